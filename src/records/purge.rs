//! The end of deleted records.

use entity::record;

use crate::{
    app::App,
    auth::{Actor, Permission},
    deleted::Deletable,
    error::Result,
};

const DELETABLE: Deletable<record::Entity> =
    Deletable { id: record::Column::Id, org_id: record::Column::OrgId, deleted_at: record::Column::DeletedAt };

/// Removes what was deleted too long ago to be restored. Answers how many records.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.delete`.
pub async fn purge(app: &App, actor: &Actor) -> Result<u64> {
    let org_id = actor.require(Permission::DeleteRecords)?.org_id();
    DELETABLE.purge(&app.db, org_id, app.clock.now()).await
}
