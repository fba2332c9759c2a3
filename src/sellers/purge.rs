//! The end of deleted sellers.

use entity::seller;

use crate::{
    app::App,
    auth::{Actor, Permission},
    deleted::Deletable,
    error::Result,
};

const DELETABLE: Deletable<seller::Entity> =
    Deletable { id: seller::Column::Id, org_id: seller::Column::OrgId, deleted_at: seller::Column::DeletedAt };

/// Removes what was deleted too long ago to be restored. Answers how many sellers.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.write`.
pub async fn purge(app: &App, actor: &Actor) -> Result<u64> {
    let org_id = actor.require(Permission::WriteSellers)?.org_id();
    DELETABLE.purge(&app.db, org_id, app.clock.now()).await
}
