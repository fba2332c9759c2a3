//! The end of what was deleted: for 30 days it can be restored, then it is removed for good.
//!
//! Not here: who may do so; the nouns ask before they call. Nor sellers: they are never removed, what they were at any
//! moment must stay known.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::{
    db::Db,
    error::{Context, Result},
};

/// Days that what was deleted can be restored.
const KEPT_DAYS: i64 = 30;
/// Removed in one transaction: few enough that nobody who writes waits for long.
const BATCH: u64 = 1_000;

/// What was deleted at this moment or later can be restored now.
#[must_use]
pub fn kept_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(KEPT_DAYS)
}

/// The columns of an entity whose rows are deleted softly.
#[derive(Clone, Copy, Debug)]
pub struct Deletable<E: EntityTrait> {
    /// The id.
    pub id: E::Column,
    /// Whose row it is.
    pub org_id: E::Column,
    /// Since when it is deleted; null while it lives.
    pub deleted_at: E::Column,
}

impl<E: EntityTrait> Deletable<E> {
    /// Removes what an organisation deleted too long ago to restore it. Answers how many rows.
    ///
    /// # Errors
    /// The database's own failure; what was removed before it stays removed.
    pub async fn purge(self, db: &Db, org_id: Uuid, now: DateTime<Utc>) -> Result<u64> {
        let deleted_before = kept_since(now);
        let mut purged = 0;
        loop {
            let old = E::find()
                .select_only()
                .column(self.id)
                .filter(self.org_id.eq(org_id))
                .filter(self.deleted_at.lt(deleted_before))
                .limit(BATCH)
                .into_query();
            let removal = E::delete_many().filter(self.org_id.eq(org_id)).filter(self.id.in_subquery(old));
            let removed = db
                .write(move |tx| Box::pin(async move { removal.exec(tx).await.doing("removing what was deleted") }))
                .await?
                .rows_affected;
            purged += removed;
            if removed < BATCH {
                return Ok(purged);
            }
        }
    }
}
