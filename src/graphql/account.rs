//! Accounts in the schema.

use async_graphql::{ComplexObject, Context, ID, InputObject, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    actor,
    administration_loader::MemberAccountCountKey,
    app,
    connection::{connection, page_request, total},
    loader::{Loader, MemberKey},
    member::Member,
    record::{RecordConnection, RecordFilterInput, RecordOrderInput, RecordSource},
    scalar::DateTime,
};
use crate::{
    accounts::{self, AccountFilter},
    id::IdKind,
};

/// One eBay store of the organisation.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Account {
    /// Its global id.
    pub(super) id: ID,
    /// Short code, unique in the organisation.
    code: String,
    /// Name shown to people; null when it has none.
    name: Option<String>,
    /// When it was made.
    created_at: DateTime,
    /// Since when it is archived with its records; null while it is not.
    archived_at: Option<DateTime>,
    #[graphql(skip)]
    key: Uuid,
    #[graphql(skip)]
    owner_id: Option<Uuid>,
}

impl From<accounts::Account> for Account {
    fn from(row: accounts::Account) -> Self {
        Self {
            id: IdKind::Account.show(row.id).into(),
            code: row.code,
            name: row.name,
            created_at: DateTime(row.created_at),
            archived_at: row.archived_at.map(DateTime),
            key: row.id,
            owner_id: row.owner_id,
        }
    }
}

/// Which accounts.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "AccountFilter")]
pub struct AccountFilterInput {
    /// True for those that are archived, in place of those that are not. Needs `admin.members`.
    archived: Option<bool>,
}

impl From<AccountFilterInput> for AccountFilter {
    fn from(input: AccountFilterInput) -> Self {
        Self { is_archived: input.archived.unwrap_or_default() }
    }
}

#[ComplexObject]
impl Account {
    /// The client who owns it: yourself, or anybody for who holds `admin.members`. Null when it has none.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let Some(id) = self.owner_id else { return Ok(None) };
        let member = ctx.data::<DataLoader<Loader>>()?.load_one(MemberKey(id)).await?;
        Ok(member.map(Into::into))
    }

    /// The records of this account, the latest sale first unless `orderBy` says otherwise.
    #[expect(clippy::too_many_arguments, reason = "the arguments of every list and the account itself")]
    async fn records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which records; all of the account when absent.")] filter: Option<RecordFilterInput>,
        #[graphql(desc = "In which order; SALE_DATE DESC when absent.")] order_by: Option<RecordOrderInput>,
    ) -> Result<RecordConnection> {
        let source = RecordSource::of_account(self.key, filter, order_by)?;
        let page = source.page(ctx, page_request(first, after, last, before)).await?;
        Ok(RecordConnection::new(page, source))
    }
}

/// Whose accounts a connection is of.
#[derive(Clone, Copy, Debug)]
pub enum AccountSource {
    /// All that one sees.
    All(AccountFilter),
    /// Of one member.
    OfMember(Uuid),
}

connection!(AccountConnection, AccountEdge, Account, AccountSource, "A page of accounts, by code.");

#[ComplexObject]
impl AccountConnection {
    /// The accounts of this page, without their cursors.
    async fn nodes(&self) -> Vec<&Account> {
        self.rows()
    }

    /// How many accounts there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        Some(count(ctx, self.source).await)
    }
}

async fn count(ctx: &Context<'_>, source: AccountSource) -> Result<i64> {
    let count = match source {
        AccountSource::All(filter) => accounts::count(app(ctx)?, actor(ctx)?, filter).await?,
        AccountSource::OfMember(id) => {
            let count = ctx.data::<DataLoader<Loader>>()?.load_one(MemberAccountCountKey(id)).await?;
            count.unwrap_or_default()
        }
    };
    Ok(total(count))
}
