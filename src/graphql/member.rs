//! Members in the schema: the people of an organisation.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    access_profile::AccessProfile,
    account::{AccountConnection, AccountSource},
    actor,
    administration_loader::{MemberAccountsKey, MemberProfilesKey, MemberTokensKey},
    api_token::{ApiTokenConnection, ApiTokenSource},
    app,
    connection::{connection, page_request, total},
    loader::{Loader, unanswered},
    scalar::DateTime,
    viewer::Role,
};
use crate::{
    id::IdKind,
    members::{self, MemberFilter},
};

/// Whether a member may enter at all.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "members::MemberStatus")]
pub enum MemberStatus {
    /// May work.
    Active,
    /// Cut off: requests, open subscriptions and download links.
    Suspended,
}

/// Which members. Every condition that is given must hold.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "MemberFilter")]
pub struct MemberFilterInput {
    /// Part of the e-mail address, whatever its case; at most 200 characters.
    search: Option<String>,
    /// Any of these roles.
    roles: Option<Vec<Role>>,
    /// Any of these.
    statuses: Option<Vec<MemberStatus>>,
}

impl From<MemberFilterInput> for MemberFilter {
    fn from(input: MemberFilterInput) -> Self {
        Self {
            search: input.search,
            roles: input.roles.map(|roles| roles.into_iter().map(Into::into).collect()),
            statuses: input.statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
        }
    }
}

/// One person in the organisation. You see yourself; who holds `admin.members` sees everybody.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Member {
    /// Their global id.
    pub(super) id: ID,
    /// Their e-mail address.
    email: String,
    /// Their role.
    role: Role,
    /// Whether they may enter at all.
    status: MemberStatus,
    /// Since when they are a member.
    created_at: DateTime,
    #[graphql(skip)]
    key: Uuid,
}

impl From<members::Member> for Member {
    fn from(row: members::Member) -> Self {
        Self {
            id: IdKind::Member.show(row.id).into(),
            email: row.email,
            role: row.role.into(),
            status: row.status.into(),
            created_at: DateTime(row.created_at),
            key: row.id,
        }
    }
}

#[ComplexObject]
impl Member {
    /// The access profiles they hold, by name: at most 50, of a VA alone. Null when they cannot be read.
    async fn access_profiles(&self, ctx: &Context<'_>) -> Option<Result<Vec<AccessProfile>>> {
        let profiles = async {
            let profiles = ctx.data::<DataLoader<Loader>>()?.load_one(MemberProfilesKey(self.key)).await?;
            Ok(profiles.unwrap_or_default().into_iter().map(Into::into).collect())
        };
        Some(profiles.await)
    }

    /// The accounts that a VA works on or a client owns, by code; none of an admin, who sees all. Null when they cannot be
    /// read.
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Option<Result<AccountConnection>> {
        let key = MemberAccountsKey(self.key, page_request(first, after, last, before));
        let page = async {
            let page = ctx.data::<DataLoader<Loader>>()?.load_one(key).await?.ok_or_else(unanswered)??;
            Ok(AccountConnection::new(page, AccountSource::OfMember(self.key)))
        };
        Some(page.await)
    }

    /// The API tokens that act as them, the newest first. Null without `admin.members`.
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Option<Result<ApiTokenConnection>> {
        let key = MemberTokensKey(self.key, page_request(first, after, last, before));
        let page = async {
            let page = ctx.data::<DataLoader<Loader>>()?.load_one(key).await?.ok_or_else(unanswered)??;
            Ok(ApiTokenConnection::new(page, ApiTokenSource::OfMember(self.key)))
        };
        Some(page.await)
    }
}

connection!(MemberConnection, MemberEdge, Member, MemberFilter, "A page of members, by e-mail address.");

#[ComplexObject]
impl MemberConnection {
    /// The members of this page, without their cursors.
    async fn nodes(&self) -> Vec<&Member> {
        self.rows()
    }

    /// How many members there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async { Ok(total(members::count(app(ctx)?, actor(ctx)?, &self.source).await?)) };
        Some(count.await)
    }
}
