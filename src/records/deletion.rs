//! Deleting records and restoring them, up to a thousand at a time, each call one event.
//!
//! Not here: the end of what is never restored (`purge.rs`). What a reader would get wrong: deleting changes a record like
//! any other change, so its version rises and what it was is kept; what is not there, or is so already, is no failure but is
//! told, since two people who tidy up mean the same.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{record, record_event::RecordEventKind};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    Record, RecordFilter,
    history::{self, Happening},
    hold_accounts,
    purge::kept_since,
    reached, visible,
    write::taken,
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    page::{self, Fingerprint, Newest, Page, PageRequest},
};

/// Most records one call takes: its ids are parameters of each of its statements.
const MOST: usize = 1_000;
/// Order ids named in a refusal; more are counted.
const NAMED: usize = 10;

/// The latest deletion first: the only order of deleted records.
const LATEST: Newest<record::Entity> = Newest {
    at: record::Column::DeletedAt,
    id: record::Column::Id,
    of: |row| (row.deleted_at.unwrap_or_default(), row.id),
};

/// What a call came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// The records that were changed, as they are now, in the order asked for.
    pub records: Vec<Record>,
    /// The ids that were left alone: of no record the actor reaches, or of one that is so already.
    pub unknown: Vec<Uuid>,
}

/// Deletes records. For 30 days they can be restored.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.delete` and `order_tracking.read`; `INVALID_IDS` for none or more than 1,000.
pub async fn delete(app: &App, actor: &Actor, ids: Vec<Uuid>) -> Result<Affected> {
    let (scope, now) = (deleting(actor)?, app.clock.now());
    check_ids(&ids)?;
    let deleted = app.db.write(move |tx| {
        Box::pin(async move {
            let found = locked(tx, &scope, visible(&scope), &ids).await?;
            turn(tx, &scope, now, &found, RecordEventKind::Deleted).await?;
            affected(tx, &scope, ids, &found).await
        })
    });
    deleted.await
}

/// Restores records that were deleted in the last 30 days, with their remarks and their history: all of them, or none.
///
/// # Errors
/// As [`delete`]; `RECORD_EXISTS` when there is a live record of one of their orders by now.
pub async fn restore(app: &App, actor: &Actor, ids: Vec<Uuid>) -> Result<Affected> {
    let (scope, now) = (deleting(actor)?, app.clock.now());
    check_ids(&ids)?;
    let restored = app.db.write(move |tx| {
        Box::pin(async move {
            let found = locked(tx, &scope, deleted(&scope, now), &ids).await?;
            check_free(tx, &scope, &found).await?;
            turn(tx, &scope, now, &found, RecordEventKind::Restored).await?;
            affected(tx, &scope, ids, &found).await
        })
    });
    restored.await
}

/// A page of the deleted records that can still be restored, the latest deletion first.
///
/// # Errors
/// As [`delete`]; a filter or page that cannot be answered.
pub async fn list_deleted(
    app: &App,
    actor: &Actor,
    filter: &RecordFilter,
    request: &PageRequest,
) -> Result<Page<Record>> {
    let scope = deleting(actor)?;
    let fingerprint = Fingerprint::of("deleted_records", scope.org_id(), &(), filter)?;
    page::read(app.db.read(), matching(app, &scope, filter)?, LATEST, request, fingerprint).await
}

/// How many deleted records can still be restored.
///
/// # Errors
/// As [`list_deleted`].
pub async fn count_deleted(app: &App, actor: &Actor, filter: &RecordFilter) -> Result<u64> {
    let scope = deleting(actor)?;
    matching(app, &scope, filter)?.count(app.db.read()).await.doing("counting deleted records")
}

/// Whoever may read records and delete them.
fn deleting(actor: &Actor) -> Result<Scope> {
    actor.require(Permission::ReadRecords)?;
    actor.require(Permission::DeleteRecords)
}

fn check_ids(ids: &[Uuid]) -> Result<()> {
    if (1..=MOST).contains(&ids.len()) {
        return Ok(());
    }
    Err(Error::bad_input("INVALID_IDS", format!("name 1 to {MOST} records, not {}", ids.len())))
}

/// The deleted records the scope reaches that can still be restored.
fn deleted(scope: &Scope, now: DateTime<Utc>) -> Select<record::Entity> {
    reached(scope).filter(record::Column::DeletedAt.gte(kept_since(now)))
}

fn matching(app: &App, scope: &Scope, filter: &RecordFilter) -> Result<Select<record::Entity>> {
    filter.check()?;
    Ok(deleted(scope, app.clock.now()).filter(filter.condition()))
}

/// Those of the records that have these ids; on PostgreSQL nobody else changes them until the end, nor archives their
/// accounts. Always in the same order, so that two who want the same ones wait for each other instead of for ever.
async fn locked(tx: &Transaction, scope: &Scope, records: Select<record::Entity>, ids: &[Uuid]) -> Result<Vec<Record>> {
    let records = records.filter(record::Column::Id.is_in(ids.iter().copied()));
    hold_accounts(tx, scope, records.clone()).await?;
    records
        .order_by_asc(record::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await
        .doing("finding records to delete or restore")
}

/// Refuses to restore what would stand beside a live record of the same order, or two records of one order at once.
async fn check_free(tx: &Transaction, scope: &Scope, records: &[Record]) -> Result<()> {
    let mut orders = HashSet::new();
    let twice = records.iter().filter(|record| !orders.insert(order_of(record))).map(order_of).collect::<HashSet<_>>();
    let live = visible(scope)
        .filter(record::Column::AccountId.is_in(orders.iter().map(|(account_id, _)| *account_id)))
        .filter(record::Column::EbayOrderId.is_in(orders.iter().map(|(_, order)| *order)))
        .all(tx)
        .await
        .doing("looking for records that were stored since")?;
    // Those of another account may have the order id of one of ours.
    let live = live.iter().map(order_of).filter(|order| orders.contains(order));
    let mut taken: Vec<&str> = live.chain(twice.iter().copied()).map(|(_, order)| order).collect();
    if taken.is_empty() {
        return Ok(());
    }
    taken.sort_unstable();
    let named = taken.iter().take(NAMED).map(|order| format!("`{}`", order.escape_debug())).collect::<Vec<_>>();
    let more = match taken.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!("there can be one live record of each of these orders: {}{more}", named.join(", "));
    Err(Error::Conflict { code: "RECORD_EXISTS", message })
}

/// What a live record is unique by.
fn order_of(record: &Record) -> (Uuid, &str) {
    (record.account_id, &record.ebay_order_id)
}

/// Deletes or restores records that are locked, all at one moment.
async fn turn(
    tx: &Transaction,
    scope: &Scope,
    now: DateTime<Utc>,
    records: &[Record],
    kind: RecordEventKind,
) -> Result<()> {
    use record::Column as C;
    let (action, is_deleted) = match kind {
        RecordEventKind::Deleted => (Action::RecordsDeleted, true),
        _ => (Action::RecordsRestored, false),
    };
    // Clocks differ, and are set back: a record never changes before it last did.
    let at = records.iter().map(|record| record.updated_at).fold(now, Ord::max);
    let Some(first) = records.first() else { return Ok(()) };
    let these = || C::Id.is_in(records.iter().map(|record| record.id));
    let ids = reached(scope).filter(these()).select_only().column(C::Id).into_query();
    history::keep(tx, scope.org_id(), ids).await?;
    record::Entity::update_many()
        .col_expr(C::DeletedAt, Expr::value(is_deleted.then_some(at)))
        .col_expr(C::UpdatedAt, Expr::value(at))
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(C::OrgId.eq(scope.org_id()))
        .filter(these())
        .exec(tx)
        .await
        .map_err(taken)?;
    let items = reached(scope).filter(these()).select_only().columns([C::Id, C::Version]).into_query();
    history::write(tx, scope.org_id(), at, Happening::by_hand(kind, scope), items).await?;
    let entry = Entry::of(action).times(records.len());
    let entry = match records.len() {
        1 => entry.on(Id(IdKind::Record, first.id)).named(&first.ebay_order_id),
        _ => entry,
    };
    audit::write(tx, scope, at, entry).await
}

/// What was changed, read again, and what was not found.
async fn affected(tx: &Transaction, scope: &Scope, ids: Vec<Uuid>, changed: &[Record]) -> Result<Affected> {
    let changed = record::Column::Id.is_in(changed.iter().map(|record| record.id));
    let found = reached(scope).filter(changed).all(tx).await.doing("reading records again")?;
    let mut found: HashMap<Uuid, Record> = found.into_iter().map(|record| (record.id, record)).collect();
    let (mut affected, mut asked) = (Affected::default(), HashSet::new());
    for id in ids.into_iter().filter(|id| asked.insert(*id)) {
        match found.remove(&id) {
            Some(record) => affected.records.push(record),
            None => affected.unknown.push(id),
        }
    }
    Ok(affected)
}
