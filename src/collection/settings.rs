//! Within which limits an organisation collects.
//!
//! What a reader would get wrong: an organisation without a row has the defaults; whoever starts a run makes the row and
//! locks it, so that two who start at the same moment do not both pass the limit of active runs.

use chrono::{DateTime, Utc};
use entity::collection_settings;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use crate::{
    app::App,
    auth::{Actor, Permission},
    db::Transaction,
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

/// The settings, and nobody else starts a run of the organisation until the transaction ends.
pub(super) async fn lock(tx: &Transaction, org_id: Uuid, now: DateTime<Utc>) -> Result<CollectionSettings> {
    use collection_settings::Column as C;
    let row = row(org_id, &CollectionSettings::default(), now)?;
    // An update that changes nothing: it locks the row that is there.
    let keep = Expr::col((collection_settings::Entity, C::Workers)).add(0);
    let lock = OnConflict::column(C::OrgId).value(C::Workers, keep).to_owned();
    let row = collection_settings::Entity::insert(row).on_conflict(lock).exec_with_returning(tx).await;
    read(row.doing("locking the settings of collection")?)
}

/// Settings as they are stored.
pub(super) fn row(org_id: Uuid, settings: &CollectionSettings, now: DateTime<Utc>) -> Result<collection_settings::ActiveModel> {
    let unwritable = |error| Error::caused("storing settings", error);
    Ok(collection_settings::ActiveModel {
        org_id: Set(org_id),
        max_active_runs: Set(settings.max_active_runs),
        workers: Set(settings.workers),
        max_cost_cents: Set(settings.max_cost_cents),
        prices: Set(serde_json::to_string(&settings.prices).map_err(unwritable)?),
        blocked: Set(serde_json::to_string(&settings.blocked).map_err(unwritable)?),
        updated_at: Set(now),
    })
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
