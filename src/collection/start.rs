//! Starting a run, once for each idempotency key.

use uuid::Uuid;

use super::CollectionRun;
use crate::{
    app::App,
    auth::Actor,
    error::{Error, Result},
    sources::SearchSettings,
};

/// What somebody wants to collect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewRun {
    /// A preset, for its categories and search settings.
    pub preset_id: Option<Uuid>,
    /// Ids of categories, in place of those of the preset.
    pub category_ids: Option<Vec<String>>,
    /// Search settings, in place of those of the preset.
    pub search: Option<SearchSettings>,
    /// What people call it; made up from the preset and the day by default.
    pub name: Option<String>,
    /// Most it may cost, US cents. What the settings allow is never passed.
    pub max_cost_cents: Option<i64>,
    /// Most calls it may make.
    pub max_calls: Option<i32>,
    /// The same key and input give the same run.
    pub idempotency_key: Option<String>,
}

/// Starts a run; answers the one there is when its idempotency key was used before.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `INVALID_TEXT`; `NOTHING_TO_COLLECT`; `UNKNOWN_CATEGORY`; `INVALID_SEARCH`;
/// `NOT_FOUND` for a preset that is not there; `TOO_MANY_RUNS`; `IDEMPOTENCY_KEY_REUSED`.
pub async fn start(_app: &App, _actor: &Actor, _new: NewRun) -> Result<CollectionRun> {
    Err(Error::internal("not built yet"))
}
