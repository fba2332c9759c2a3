//! Seeing runs: the history, one run by its id, and what belongs to it.

use entity::collection_run;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::CollectionRun;
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    error::{Context, Error, Result},
};

/// The runs with these ids, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn find_many(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<CollectionRun>> {
    let scope = actor.require(Permission::ReadSellers)?;
    visible(&scope)
        .filter(collection_run::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.read())
        .await
        .doing("finding runs")
}

/// One run.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; `NOT_FOUND`.
pub async fn get(app: &App, actor: &Actor, id: Uuid) -> Result<CollectionRun> {
    find_many(app, actor, &[id]).await?.pop().ok_or_else(not_found)
}

/// The runs of the scope. Every query of this folder over them starts here.
pub(super) fn visible(scope: &Scope) -> Select<collection_run::Entity> {
    collection_run::Entity::find().filter(collection_run::Column::OrgId.eq(scope.org_id()))
}

/// No run of that id in the organisation.
pub(super) fn not_found() -> Error {
    Error::NotFound { what: "collection run" }
}
