//! Steering runs: pause, resume, cancel, run again, and another try at what failed.

use uuid::Uuid;

use super::CollectionRun;
use crate::{
    app::App,
    auth::Actor,
    error::{Error, Result},
};

/// Pauses a run after the products in hand; one that waits, at once. A run that is paused stays so.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `RUN_FINISHED`.
pub async fn pause(_app: &App, _actor: &Actor, _id: Uuid) -> Result<CollectionRun> {
    Err(Error::internal("not built yet"))
}

/// Goes on with a paused run. Also takes back the wish to pause.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `RUN_FINISHED`; `RUN_NOT_PAUSED`.
pub async fn resume(_app: &App, _actor: &Actor, _id: Uuid) -> Result<CollectionRun> {
    Err(Error::internal("not built yet"))
}

/// Ends a run after the products in hand; one that does not run, at once.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `RUN_FINISHED`.
pub async fn cancel(_app: &App, _actor: &Actor, _id: Uuid) -> Result<CollectionRun> {
    Err(Error::internal("not built yet"))
}

/// Starts a run like another one: the same categories, settings and limits.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `UNKNOWN_CATEGORY`; `TOO_MANY_RUNS`.
pub async fn rerun(_app: &App, _actor: &Actor, _id: Uuid) -> Result<CollectionRun> {
    Err(Error::internal("not built yet"))
}

/// Tries again what failed in a run that has ended, and only that; a run that has not ended does so as well.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `NOTHING_FAILED`; `TOO_MANY_RUNS`.
pub async fn retry_failures(_app: &App, _actor: &Actor, _id: Uuid) -> Result<CollectionRun> {
    Err(Error::internal("not built yet"))
}
