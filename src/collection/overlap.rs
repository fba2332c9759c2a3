//! What a schedule has to know of the runs there are, and what it may do to them: steps of its own operation.
//!
//! What a reader would get wrong: which runs are active may change at any moment, but none begins to be while
//! [`hold_starts`] holds.

use chrono::{DateTime, Utc};
use entity::collection_run::{self, CollectionRunStatus};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{ACTIVE, list::visible, presets, settings, steer::cancel_in};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Result},
};

/// Nobody else starts a run of the organisation until the transaction ends. Whoever also locks a job or a run does it after
/// this.
///
/// # Errors
/// The database's own failure.
pub async fn hold_starts(tx: &Transaction, org_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    settings::lock(tx, org_id, now).await.map(drop)
}

/// The runs of an organisation that have not ended.
///
/// # Errors
/// The database's own failure.
pub async fn active(db: &impl ConnectionTrait, org_id: Uuid) -> Result<Vec<Uuid>> {
    let ids = collection_run::Entity::find()
        .select_only()
        .column(collection_run::Column::Id)
        .filter(collection_run::Column::OrgId.eq(org_id))
        .filter(collection_run::Column::Status.is_in(ACTIVE))
        .order_by_asc(collection_run::Column::Id)
        .into_tuple()
        .all(db)
        .await;
    ids.doing("finding active runs")
}

/// Asks every active run to end; one that does not run ends at once. Answers which. Call [`told`](super::told) for each
/// after the commit.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`.
pub async fn cancel_active(tx: &Transaction, actor: &Actor, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let scope = actor.require(Permission::Automation)?;
    let ids = active(tx, scope.org_id()).await?;
    for id in &ids {
        cancel_in(tx, &scope, *id, now).await?;
    }
    Ok(ids)
}

/// The run of the scope that completed last.
///
/// # Errors
/// The database's own failure.
pub async fn latest_completed(db: &impl ConnectionTrait, scope: &Scope) -> Result<Option<Uuid>> {
    let latest = visible(scope)
        .select_only()
        .column(collection_run::Column::Id)
        .filter(collection_run::Column::Status.eq(CollectionRunStatus::Completed))
        .order_by_desc(collection_run::Column::CompletedAt)
        .order_by_desc(collection_run::Column::Id)
        .into_tuple()
        .one(db)
        .await;
    latest.doing("finding the latest run")
}

/// Refuses a preset that is not there.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`.
pub async fn check_preset(app: &App, actor: &Actor, id: Uuid) -> Result<()> {
    let scope = actor.require(Permission::Automation)?;
    let found = presets::find(app.db.read(), &app.sources.categories, scope.org_id(), id).await?;
    found.map(drop).ok_or_else(presets::not_found)
}
