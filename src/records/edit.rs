//! Writing one record by hand: making it, and changing its fields.
//!
//! Not here: many at once (`write.rs`, and imports), deleting (`deletion.rs`). What a reader would get wrong: permissions
//! are those of the fields that are *sent*, whether they say anything new or not; and a change is of the version its writer
//! saw: of two people who change the same one, the second is told what the first did, and has written nothing.

use chrono::{DateTime, Utc};
use entity::{record, record_event::RecordEventKind, record_remark, record_version};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::{
    NewRecord, Record,
    change::{RecordChange, WriteRecordError},
    field::RecordField::{self, self as F},
    history::{self, Happening},
    hold_accounts, visible,
    write::{Row, write},
};
use crate::{
    accounts,
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
};

/// Adds a record to an account. What is absent is as it is when nobody says: one piece, sold and kept.
///
/// # Errors
/// See [`WriteRecordError`]; `FORBIDDEN` without `order_tracking.read` and the permissions of all fields sent; `NOT_FOUND`
/// for an account that is not there; `RECORD_EXISTS`.
pub async fn create(
    app: &App,
    actor: &Actor,
    account_id: Uuid,
    given: RecordChange,
) -> Result<Record, WriteRecordError> {
    let scope = writing(actor, &given)?;
    let mut record = NewRecord::default();
    given.with_required().apply(&mut record)?;
    let row = Row::added(Uuid::now_v7(), account_id, app.clock.now(), record);
    let created = app.db.write(move |tx| {
        Box::pin(async move {
            if !accounts::hold(tx, &scope, &[account_id]).await? {
                return Err(Error::NotFound { what: "account" });
            }
            let (id, at, record) = (row.id, row.updated_at, row.record.clone());
            write(tx, scope.org_id(), vec![row]).await?;
            tell(tx, &scope, id, at, RecordEventKind::Created).await?;
            let written = F::ALL.into_iter().filter(|field| field.told(&record).is_some());
            let entry = Entry::of(Action::RecordCreated).to(F::noted(written, &record));
            audit::write(tx, &scope, at, entry.on(Id(IdKind::Record, id)).named(record.ebay_order_id)).await?;
            reread(tx, &scope, id).await
        })
    });
    Ok(created.await?)
}

/// Changes fields of the record whose version the writer saw. What says nothing new writes nothing.
///
/// # Errors
/// See [`WriteRecordError`]; `FORBIDDEN` without `order_tracking.read` and the permissions of all fields sent; `NOT_FOUND`;
/// `RECORD_EXISTS` for another order id.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: Uuid,
    version: i32,
    change: RecordChange,
) -> Result<Record, WriteRecordError> {
    let (scope, now) = (writing(actor, &change)?, app.clock.now());
    let updated = app.db.write(move |tx| {
        Box::pin(async move {
            match updated(tx, &scope, now, (id, version), change).await {
                // What goes wrong below undoes the transaction; a refusal has written nothing.
                Err(WriteRecordError::Other(error)) => Err(error),
                outcome => Ok(outcome),
            }
        })
    });
    updated.await?
}

/// Whoever may read records and write these fields.
fn writing(actor: &Actor, change: &RecordChange) -> Result<Scope> {
    let scope = actor.require(Permission::ReadRecords)?;
    for field in change.fields() {
        actor.require(field.writing())?;
    }
    Ok(scope)
}

async fn updated(
    tx: &Transaction,
    scope: &Scope,
    now: DateTime<Utc>,
    (id, version): (Uuid, i32),
    change: RecordChange,
) -> Result<Record, WriteRecordError> {
    let (current, before) = locked(tx, scope, id).await?;
    let sent: Vec<RecordField> = change.fields().collect();
    if current.version != version {
        let seen = seen(tx, scope, id, version).await?;
        let conflicting = sent.into_iter().filter(|field| match &seen {
            Some(seen) => field.told(seen) != field.told(&before),
            // It was never that version, or so long ago that nobody knows.
            None => true,
        });
        return Err(WriteRecordError::Stale { conflicting: conflicting.collect(), current: Box::new(current) });
    }
    let mut after = before.clone();
    change.apply(&mut after)?;
    let changed: Vec<RecordField> = F::differing(&before, &after).collect();
    if changed.is_empty() {
        return Ok(current);
    }
    let known = one(scope, id).select_only().column(record::Column::Id).into_query();
    history::keep(tx, scope.org_id(), known).await?;
    let row = Row {
        id,
        account_id: current.account_id,
        has_remarks: changed.contains(&F::OrderRemark) || changed.contains(&F::ServiceRemark),
        version: current.version + 1,
        created_at: current.created_at,
        // Clocks differ, and are set back: a record never changes before it last did.
        updated_at: now.max(current.updated_at),
        record: after.clone(),
    };
    let at = row.updated_at;
    write(tx, scope.org_id(), vec![row]).await?;
    tell(tx, scope, id, at, RecordEventKind::Updated).await?;
    let noted = |record| F::noted(changed.iter().copied(), record);
    let entry = Entry::of(Action::RecordUpdated).from(noted(&before)).to(noted(&after));
    audit::write(tx, scope, at, entry.on(Id(IdKind::Record, id)).named(after.ebay_order_id)).await?;
    Ok(reread(tx, scope, id).await?)
}

/// The record, as it is and as people wrote it; on PostgreSQL nobody else changes it until the end, nor archives its account.
async fn locked(tx: &Transaction, scope: &Scope, id: Uuid) -> Result<(Record, NewRecord)> {
    let doing = "reading a record to change";
    hold_accounts(tx, scope, one(scope, id)).await?;
    let found = one(scope, id).lock_exclusive().one(tx).await.doing(doing)?;
    let row = found.ok_or(Error::NotFound { what: "record" })?;
    let remark = record_remark::Entity::find_by_id(id)
        .filter(record_remark::Column::OrgId.eq(scope.org_id()))
        .one(tx)
        .await
        .doing(doing)?;
    Ok((row.clone(), NewRecord::of(row, remark)))
}

/// What the record was when it had that version.
async fn seen(tx: &Transaction, scope: &Scope, id: Uuid, version: i32) -> Result<Option<NewRecord>> {
    let found = record_version::Entity::find_by_id((id, version))
        .filter(record_version::Column::OrgId.eq(scope.org_id()))
        .one(tx)
        .await
        .doing("reading what a record was")?;
    Ok(found.map(NewRecord::of_version))
}

/// Writes the event of one record that a person changed.
async fn tell(tx: &Transaction, scope: &Scope, id: Uuid, at: DateTime<Utc>, kind: RecordEventKind) -> Result<()> {
    let items = one(scope, id).select_only().columns([record::Column::Id, record::Column::Version]).into_query();
    let happening = Happening::by_hand(kind, scope);
    history::write(tx, scope.org_id(), at, happening, items).await.map(drop)
}

async fn reread(tx: &Transaction, scope: &Scope, id: Uuid) -> Result<Record> {
    let found = one(scope, id).one(tx).await.doing("reading a record again")?;
    found.ok_or_else(|| Error::internal("what was just written is there"))
}

/// The record, if the scope sees it.
fn one(scope: &Scope, id: Uuid) -> Select<record::Entity> {
    visible(scope).filter(record::Column::Id.eq(id))
}
