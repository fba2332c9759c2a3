//! Records: one eBay sale each, what it earned, and what was done to it.
//!
//! Not here: files (`exports`). What a reader would get wrong: earnings, cost of goods and profit are columns that the
//! database generates; nobody computes them again. Remarks are in a table of their own and pass a second check.

mod change;
mod deletion;
mod edit;
mod events;
mod field;
mod filter;
pub(crate) mod history;
mod new_record;
mod order;
mod purge;
mod write;

use std::collections::HashMap;

use entity::{record, record_remark};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait, Select,
    sea_query::{Expr, ExprTrait, Func},
};
use uuid::Uuid;

pub use change::{RecordChange, WriteRecordError};
pub use deletion::{Affected, count_deleted, delete, list_deleted, restore};
pub use edit::{create, update};
pub use entity::record_event::{RecordEventKind, RecordEventSource};
pub use events::{FieldChange, RecordEvent, Version, changes, count_events, events, events_each, find_known};
pub use field::RecordField;
pub use filter::RecordFilter;
pub use new_record::NewRecord;
pub use order::{RecordOrder, RecordOrderField};
pub use purge::purge;
pub use write::add_many;

use crate::{
    accounts,
    app::App,
    auth::{Actor, Permission, Scope, qualified},
    db::Transaction,
    error::{Context, Result},
    page::{self, Fingerprint, List, Page, PageRequest},
};

/// One record, without its remarks.
pub type Record = record::Model;
/// How a sale ended.
pub use record::RecordStatus;

/// The remarks of a record, as far as the actor may read them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The order remark.
    pub order: Option<String>,
    /// The service remark.
    pub service: Option<String>,
}

/// Sums over every record of a filter. Money is US cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Totals {
    /// Records.
    pub count: i64,
    /// Sum of the sale prices.
    pub sale_price_cents: i64,
    /// Sum of eBay's fees.
    pub ebay_fees_cents: i64,
    /// Sum of the earnings.
    pub earnings_net_cents: i64,
    /// Sum of the cost of goods.
    pub cogs_total_cents: i64,
    /// Sum of the profits.
    pub profit_cents: i64,
}

/// A page of the records the actor may see.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.read`; a filter or page that cannot be answered.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: &RecordFilter,
    order: RecordOrder,
    request: &PageRequest,
) -> Result<Page<Record>> {
    let scope = actor.require(Permission::ReadRecords)?;
    let fingerprint = Fingerprint::of("records", scope.org_id(), &order, filter)?;
    page::read(app.db.read(), matching(&scope, filter)?, order, request, fingerprint).await
}

/// The same page of the records of several accounts, in one statement.
///
/// The page of an account is that of [`list`] with the account as its filter, cursors included.
///
/// # Errors
/// As [`list`]; what is wrong with a cursor is the answer of the account it was used with.
pub async fn list_each(
    app: &App,
    actor: &Actor,
    account_ids: &[Uuid],
    filter: &RecordFilter,
    order: RecordOrder,
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<Record>>>> {
    let scope = actor.require(Permission::ReadRecords)?;
    let mut lists = Vec::with_capacity(account_ids.len());
    for id in account_ids {
        let filter = filter.of_account(*id);
        let fingerprint = Fingerprint::of("records", scope.org_id(), &order, &filter)?;
        lists.push(List { id: *id, select: matching(&scope, &filter)?, fingerprint });
    }
    page::read_each(app.db.read(), lists, order, request, |record| record.account_id).await
}

/// How many records a list has.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, actor: &Actor, filter: &RecordFilter) -> Result<u64> {
    let scope = actor.require(Permission::ReadRecords)?;
    matching(&scope, filter)?.count(app.db.read()).await.doing("counting records")
}

/// Sums over a list.
///
/// # Errors
/// As [`list`].
pub async fn totals(app: &App, actor: &Actor, filter: &RecordFilter) -> Result<Totals> {
    let scope = actor.require(Permission::ReadRecords)?;
    let sums = summed(matching(&scope, filter)?).into_model::<Totals>().one(app.db.read()).await;
    sums.doing("summing records").map(Option::unwrap_or_default)
}

/// Sums over the records of several accounts, each by itself, in one statement.
///
/// # Errors
/// As [`list`].
pub async fn totals_each(
    app: &App,
    actor: &Actor,
    account_ids: &[Uuid],
    filter: &RecordFilter,
) -> Result<HashMap<Uuid, Totals>> {
    #[derive(FromQueryResult)]
    struct OfAccount {
        account_id: Uuid,
        #[sea_orm(nested)]
        totals: Totals,
    }
    let scope = actor.require(Permission::ReadRecords)?;
    let rows = summed(matching(&scope, filter)?)
        .column(record::Column::AccountId)
        .filter(record::Column::AccountId.is_in(account_ids.iter().copied()))
        .group_by(record::Column::AccountId)
        .into_model::<OfAccount>()
        .all(app.db.read())
        .await
        .doing("summing records by account")?;
    Ok(rows.into_iter().map(|row| (row.account_id, row.totals)).collect())
}

/// PostgreSQL sums bigint as numeric; the cast back fails, rather than rounds, when the sum is too large.
fn summed(records: Select<record::Entity>) -> Select<record::Entity> {
    let sum = |column: record::Column| {
        Expr::expr(Func::coalesce([qualified(column).sum().cast_as("bigint"), Expr::value(0_i64)]))
    };
    records
        .select_only()
        .column_as(record::Column::Id.count(), "count")
        .column_as(sum(record::Column::SalePriceCents), "sale_price_cents")
        .column_as(sum(record::Column::EbayFeesCents), "ebay_fees_cents")
        .column_as(sum(record::Column::EarningsNetCents), "earnings_net_cents")
        .column_as(sum(record::Column::CogsTotalCents), "cogs_total_cents")
        .column_as(sum(record::Column::ProfitCents), "profit_cents")
}

/// The records with these ids that the actor may see, in no order; the others are left out.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.read`.
pub async fn find_many(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Record>> {
    let scope = actor.require(Permission::ReadRecords)?;
    visible(&scope)
        .filter(record::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.read())
        .await
        .doing("finding records")
}

/// The remarks of these records, deleted ones too for whoever may restore them. What the actor may not read is none, as if nothing were written.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.read`.
pub async fn remarks(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<HashMap<Uuid, Remarks>> {
    let scope = actor.require(Permission::ReadRecords)?;
    let (order, service) = (scope.holds(Permission::ReadOrderRemark), scope.holds(Permission::ReadServiceRemark));
    if !order && !service {
        return Ok(HashMap::new());
    }
    let seen = known(&scope)
        .select_only()
        .column(record::Column::Id)
        .filter(record::Column::Id.is_in(ids.iter().copied()))
        .into_query();
    let rows = record_remark::Entity::find()
        .filter(record_remark::Column::OrgId.eq(scope.org_id()))
        .filter(record_remark::Column::RecordId.in_subquery(seen))
        .all(app.db.read())
        .await
        .doing("reading remarks")?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let remarks =
                Remarks { order: row.order_remark.filter(|_| order), service: row.service_remark.filter(|_| service) };
            (row.record_id, remarks)
        })
        .collect())
}

/// The records the scope reaches, live and deleted. Every query of this folder starts here.
fn reached(scope: &Scope) -> Select<record::Entity> {
    record::Entity::find()
        .filter(record::Column::OrgId.eq(scope.org_id()))
        .filter(scope.reaches(qualified(record::Column::AccountId)))
}

/// The live ones of them: what there is for everybody. Every list and every export starts here.
pub(crate) fn visible(scope: &Scope) -> Select<record::Entity> {
    reached(scope).filter(record::Column::DeletedAt.is_null())
}

/// Holds the accounts of records that are to be changed until the transaction ends. Whoever asks for the records afterwards
/// does not find those whose account was archived meanwhile.
async fn hold_accounts(tx: &Transaction, scope: &Scope, records: Select<record::Entity>) -> Result<()> {
    // One at a time goes the way that holding has: SQLite's transactions do so by themselves.
    if tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let ids: Vec<Uuid> = records
        .select_only()
        .column(record::Column::AccountId)
        .distinct()
        .into_tuple()
        .all(tx)
        .await
        .doing("finding the accounts of records to change")?;
    accounts::hold(tx, scope, &ids).await.map(drop)
}

/// Those of which there is something to know: the live ones, and the deleted ones for whoever may restore them.
fn known(scope: &Scope) -> Select<record::Entity> {
    if scope.holds(Permission::DeleteRecords) { reached(scope) } else { visible(scope) }
}

/// The visible records of a filter, in no order.
pub(crate) fn matching(scope: &Scope, filter: &RecordFilter) -> Result<Select<record::Entity>> {
    filter.check()?;
    Ok(visible(scope).filter(filter.condition()))
}
