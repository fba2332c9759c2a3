//! What can be done to sellers by hand: inputs, payloads and refusals of their mutations.
//!
//! What a reader would get wrong: the sellers of a payload are read only when they are selected, and all of them unless
//! `first` says otherwise. Who changes a hundred thousand wants the count.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};
use uuid::Uuid;

use super::{actor, app, change::payload, scalar::small, seller::Seller, user_error::user_error};
use crate::{
    error::{Error, Result},
    id::IdKind,
    sellers::{self, Added, Changed},
};

/// Whom to add.
#[derive(Debug, InputObject)]
pub struct AddSellersInput {
    /// Their names, at most 100,000 of at most 1,000 characters each. White space around a name is taken off; a name that
    /// is given twice counts once, and so does one in another case, width or spacing.
    pub(super) names: Vec<String>,
}

/// Whom to rename.
#[derive(Debug, InputObject)]
pub struct RenameSellerInput {
    /// The seller's id.
    id: ID,
    /// The new name, at most 1,000 characters. White space around it is taken off.
    pub(super) display_name: String,
}

impl RenameSellerInput {
    pub(super) fn id(&self) -> Result<Uuid> {
        IdKind::Seller.read(&self.id)
    }
}

/// Whose flag to set or to take off.
#[derive(Debug, InputObject)]
pub struct FlagSellersInput {
    /// The sellers' ids, at most 100,000.
    pub(super) ids: Vec<ID>,
    /// Whether they are to be flagged. Nothing is toggled: those that are so already stay so.
    pub(super) flagged: bool,
}

/// Whom to delete.
#[derive(Debug, InputObject)]
pub struct DeleteSellersInput {
    /// The sellers' ids, at most 100,000.
    pub(super) ids: Vec<ID>,
}

/// Whom to restore.
#[derive(Debug, InputObject)]
pub struct RestoreSellersInput {
    /// The sellers' ids, at most 100,000.
    pub(super) ids: Vec<ID>,
}

/// The sellers that an input names.
pub(super) fn named(ids: &[ID]) -> Result<Vec<Uuid>> {
    ids.iter().map(|id| IdKind::Seller.read(id)).collect()
}

user_error!(
    /// Why no seller was added.
    AddSellersError,
    /// Refusals of `addSellers`.
    AddSellersErrorCode {
        /// A name is empty, too long or holds a NUL; the message says which.
        InvalidName = "INVALID_NAME" at Some(&["names"]),
        /// More names than one call takes.
        TooManySellers = "TOO_MANY_SELLERS" at Some(&["names"]),
    }
);

user_error!(
    /// Why a seller was not renamed.
    RenameSellerError,
    /// Refusals of `renameSeller`.
    RenameSellerErrorCode {
        /// The name is empty, too long or holds a NUL.
        InvalidName = "INVALID_NAME" at Some(&["displayName"]),
        /// Another seller is known by that name.
        SellerExists = "SELLER_EXISTS" at Some(&["displayName"]),
    }
);

user_error!(
    /// Why no seller was flagged.
    FlagSellersError,
    /// Refusals of `flagSellers`.
    FlagSellersErrorCode {
        /// More sellers than one call takes.
        TooManySellers = "TOO_MANY_SELLERS" at Some(&["ids"]),
    }
);

user_error!(
    /// Why no seller was deleted.
    DeleteSellersError,
    /// Refusals of `deleteSellers`.
    DeleteSellersErrorCode {
        /// More sellers than one call takes.
        TooManySellers = "TOO_MANY_SELLERS" at Some(&["ids"]),
    }
);

user_error!(
    /// Why no seller was restored.
    RestoreSellersError,
    /// Refusals of `restoreSellers`.
    RestoreSellersErrorCode {
        /// Another seller has the platform id, or the name, of one of them; the message names them.
        SellerExists = "SELLER_EXISTS" at Some(&["ids"]),
        /// More sellers than one call takes.
        TooManySellers = "TOO_MANY_SELLERS" at Some(&["ids"]),
    }
);

payload!(
    RenameSellerPayload,
    RenameSellerError,
    "What `renameSeller` did.",
    seller: Seller,
    "The seller as it is now; null when it was refused."
);

/// What `addSellers` did.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct AddSellersPayload {
    /// How many sellers were added.
    added_count: i32,
    /// How many were there.
    already_known_count: i32,
    /// Why nothing was done; empty when it was.
    user_errors: Vec<AddSellersError>,
    #[graphql(skip)]
    outcome: Added,
}

impl AddSellersPayload {
    pub(super) fn of(outcome: Result<Added>) -> Result<Self> {
        let (outcome, user_errors) = match outcome {
            Ok(outcome) => (outcome, Vec::new()),
            Err(error) => (Added::default(), vec![AddSellersError::of(error)?]),
        };
        let (added_count, already_known_count) = (small(outcome.added.len()), small(outcome.known.len()));
        Ok(Self { added_count, already_known_count, user_errors, outcome })
    }
}

#[ComplexObject]
impl AddSellersPayload {
    /// The new sellers, in the order of their names. Null when they cannot be read.
    async fn added(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the first so many; all when absent.")] first: Option<i32>,
    ) -> Option<async_graphql::Result<Vec<Seller>>> {
        Some(shown(ctx, &self.outcome.added, first).await)
    }

    /// The sellers that had one of the names, in the order of the names. Null when they cannot be read.
    async fn already_known(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the first so many; all when absent.")] first: Option<i32>,
    ) -> Option<async_graphql::Result<Vec<Seller>>> {
        Some(shown(ctx, &self.outcome.known, first).await)
    }
}

/// Defines the payload of a mutation that changes all sellers it names at once.
macro_rules! changed_payload {
    ($payload:ident, $error:ident, $doc:literal, $sellers_doc:literal, $unknown_doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, SimpleObject)]
        #[graphql(complex)]
        pub struct $payload {
            /// How many sellers were changed.
            count: i32,
            #[doc = $unknown_doc]
            unknown_ids: Vec<ID>,
            /// Why nothing was done; empty when it was.
            user_errors: Vec<$error>,
            #[graphql(skip)]
            changed: Vec<Uuid>,
        }

        impl $payload {
            pub(super) fn of(outcome: Result<Changed>) -> Result<Self> {
                let (outcome, user_errors) = match outcome {
                    Ok(outcome) => (outcome, Vec::new()),
                    Err(error) => (Changed::default(), vec![$error::of(error)?]),
                };
                let unknown_ids = outcome.unknown.into_iter().map(|id| IdKind::Seller.show(id).into()).collect();
                Ok(Self { count: small(outcome.ids.len()), unknown_ids, user_errors, changed: outcome.ids })
            }
        }

        #[ComplexObject]
        impl $payload {
            #[doc = $sellers_doc]
            async fn sellers(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Only the first so many; all when absent.")] first: Option<i32>,
            ) -> Option<async_graphql::Result<Vec<Seller>>> {
                Some(shown(ctx, &self.changed, first).await)
            }
        }
    };
}

changed_payload!(
    FlagSellersPayload,
    FlagSellersError,
    "What `flagSellers` did.",
    "Those whose flag is now another, in the order of the ids. Null when they cannot be read.",
    "Ids of no seller of your organisation, and of those that have been deleted."
);
changed_payload!(
    DeleteSellersPayload,
    DeleteSellersError,
    "What `deleteSellers` did.",
    "Those that were deleted, in the order of the ids. Null when they cannot be read.",
    "Ids of no seller of your organisation, and of those that had been deleted before."
);
changed_payload!(
    RestoreSellersPayload,
    RestoreSellersError,
    "What `restoreSellers` did.",
    "Those that were restored, in the order of the ids. Null when they cannot be read.",
    "Ids of no seller of your organisation, and of those that were not deleted."
);

/// The sellers with these ids, or the first of them.
async fn shown(ctx: &Context<'_>, ids: &[Uuid], first: Option<i32>) -> async_graphql::Result<Vec<Seller>> {
    let most = first.map_or(Ok(ids.len()), usize::try_from);
    let most = most.map_err(|_| Error::bad_input("BAD_USER_INPUT", "`first` must not be less than 0"))?;
    let ids = ids.get(..most).unwrap_or(ids);
    let rows = sellers::changed(app(ctx)?, actor(ctx)?, ids).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
