//! The end of deleted records: for 30 days they can be restored, then they are removed for good, with their remarks, what
//! they were, and their place in events.
//!
//! What a reader would get wrong: the events stay, and still say how many records they were about.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{record, record_event_item};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::{
    app::App,
    auth::{Actor, Permission},
    db::Transaction,
    error::{Context, Result},
};

/// Days that a deleted record can be restored.
const KEPT_DAYS: i64 = 30;
/// Removed in one transaction: few enough that nobody who writes waits for long.
const BATCH: u64 = 1_000;

/// What was deleted at this moment or later can be restored now.
pub(super) fn kept_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(KEPT_DAYS)
}

/// Removes what was deleted too long ago to be restored. Answers how many records.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.delete`; what was removed before something failed stays removed.
pub async fn purge(app: &App, actor: &Actor) -> Result<u64> {
    let org_id = actor.require(Permission::DeleteRecords)?.org_id();
    let deleted_before = kept_since(app.clock.now());
    let mut purged = 0;
    loop {
        let removed = app.db.write(move |tx| Box::pin(remove(tx, org_id, deleted_before))).await?;
        purged += removed;
        if removed < BATCH {
            return Ok(purged);
        }
    }
}

/// Removes one batch. Items of events do not refer to their records, and would stay.
async fn remove(tx: &Transaction, org_id: Uuid, deleted_before: DateTime<Utc>) -> Result<u64> {
    let doing = "removing deleted records";
    let old: Vec<Uuid> = record::Entity::find()
        .select_only()
        .column(record::Column::Id)
        .filter(record::Column::OrgId.eq(org_id))
        .filter(record::Column::DeletedAt.lt(deleted_before))
        .limit(BATCH)
        .lock_exclusive()
        .into_tuple()
        .all(tx)
        .await
        .doing(doing)?;
    let items = record_event_item::Column::RecordId.is_in(old.iter().copied());
    record_event_item::Entity::delete_many().filter(items).exec(tx).await.doing(doing)?;
    let removed = record::Entity::delete_many()
        .filter(record::Column::OrgId.eq(org_id))
        .filter(record::Column::Id.is_in(old))
        .exec(tx)
        .await
        .doing(doing)?;
    Ok(removed.rows_affected)
}
