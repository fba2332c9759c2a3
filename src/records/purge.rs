//! The end of deleted records: for 30 days they can be restored, then they are removed for good.

use chrono::TimeDelta;
use entity::record;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::{
    app::App,
    auth::{Actor, Permission},
    error::{Context, Result},
};

/// Days that a deleted record can be restored.
const KEPT_DAYS: i64 = 30;
/// Removed in one transaction: few enough that nobody who writes waits for long.
const BATCH: u64 = 1_000;

/// Removes what was deleted too long ago to be restored. Answers how many records.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.delete`.
pub async fn purge(app: &App, actor: &Actor) -> Result<u64> {
    let org_id = actor.require(Permission::DeleteRecords)?.org_id();
    let deleted_before = app.clock.now() - TimeDelta::days(KEPT_DAYS);
    let mut purged = 0;
    loop {
        let old = record::Entity::find()
            .select_only()
            .column(record::Column::Id)
            .filter(record::Column::OrgId.eq(org_id))
            .filter(record::Column::DeletedAt.lt(deleted_before))
            .limit(BATCH)
            .into_query();
        let removal = record::Entity::delete_many()
            .filter(record::Column::OrgId.eq(org_id))
            .filter(record::Column::Id.in_subquery(old));
        let removed = app
            .db
            .write(move |tx| Box::pin(async move { removal.exec(tx).await.doing("removing deleted records") }))
            .await?
            .rows_affected;
        purged += removed;
        if removed < BATCH {
            return Ok(purged);
        }
    }
}
