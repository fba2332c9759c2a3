//! Accounts in the schema.

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use uuid::Uuid;

use super::{
    actor, app,
    connection::{connection, page_request, total},
    record::{RecordConnection, RecordFilterInput, RecordOrderInput, RecordSource},
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
    #[graphql(skip)]
    key: Uuid,
}

impl From<accounts::Account> for Account {
    fn from(row: accounts::Account) -> Self {
        Self { id: IdKind::Account.show(row.id).into(), code: row.code, name: row.name, key: row.id }
    }
}

#[ComplexObject]
impl Account {
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

connection!(AccountConnection, AccountEdge, Account, (), "A page of accounts, by code.");

#[ComplexObject]
impl AccountConnection {
    /// The accounts of this page, without their cursors.
    async fn nodes(&self) -> Vec<&Account> {
        self.rows()
    }

    /// How many accounts there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let () = self.source;
        Some(count(ctx).await)
    }
}

async fn count(ctx: &Context<'_>) -> Result<i64> {
    let count = accounts::count(app(ctx)?, actor(ctx)?, AccountFilter::default()).await?;
    Ok(total(count))
}
