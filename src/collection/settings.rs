//! Within which limits an organisation collects.
//!
//! What a reader would get wrong: an organisation without a row has the defaults; whoever starts a run makes the row and
//! locks it, so that two who start at the same moment do not both pass the limit of active runs.

use entity::collection_settings;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    app::App,
    auth::{Actor, Permission},
    error::{Context, Error, Result},
    sources::Prices,
};

/// The settings of an organisation.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectionSettings {
    /// Runs that may be active at the same time, 1 to 20.
    pub max_active_runs: i32,
    /// Workers of a run, 1 to 20.
    pub workers: i32,
    /// Most that one run may cost, US cents; none for no limit.
    pub max_cost_cents: Option<i64>,
    /// What a call costs.
    pub prices: Prices,
    /// Names and platform ids of sellers that are left out.
    pub blocked: Vec<String>,
}

impl Default for CollectionSettings {
    fn default() -> Self {
        Self { max_active_runs: 3, workers: 5, max_cost_cents: None, prices: Prices::default(), blocked: Vec::new() }
    }
}

/// The settings of the actor's organisation.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn settings(app: &App, actor: &Actor) -> Result<CollectionSettings> {
    let scope = actor.require(Permission::ReadSellers)?;
    of(app.db.read(), scope.org_id()).await
}

/// The settings of an organisation, for steps of longer operations.
pub(super) async fn of(db: &impl ConnectionTrait, org_id: Uuid) -> Result<CollectionSettings> {
    let row = collection_settings::Entity::find()
        .filter(collection_settings::Column::OrgId.eq(org_id))
        .one(db)
        .await
        .doing("reading the settings of collection")?;
    row.map_or_else(|| Ok(CollectionSettings::default()), read)
}

fn read(row: collection_settings::Model) -> Result<CollectionSettings> {
    let unreadable = |error| Error::caused("reading stored settings", error);
    Ok(CollectionSettings {
        max_active_runs: row.max_active_runs,
        workers: row.workers,
        max_cost_cents: row.max_cost_cents,
        prices: serde_json::from_str(&row.prices).map_err(unreadable)?,
        blocked: serde_json::from_str(&row.blocked).map_err(unreadable)?,
    })
}
