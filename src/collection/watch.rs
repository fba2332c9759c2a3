//! Watching runs: the present state at once, then every change, and the last state always; and what happens in one.

use std::sync::Arc;

use futures::{Stream, stream};
use uuid::Uuid;

use super::{CollectionEvent, CollectionRun, CollectionWorker};
use crate::{
    app::App,
    auth::Actor,
    error::{Error, Result},
};

/// A run as those who watch it see it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRun {
    /// The run.
    pub run: CollectionRun,
    /// What its workers are doing, by their numbers.
    pub workers: Vec<CollectionWorker>,
}

/// Watches one run until it has ended.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; `NOT_FOUND`.
pub async fn watch(_app: &App, _actor: &Actor, _id: Uuid) -> Result<impl Stream<Item = Arc<LiveRun>> + Send + use<>> {
    if true {
        return Err(Error::internal("not built yet"));
    }
    Ok(stream::empty())
}

/// Watches all runs of the organisation: those that have not ended at once, then every change of any. Does not end.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn watch_all(
    _app: &App,
    _actor: &Actor,
) -> Result<impl Stream<Item = Result<Arc<LiveRun>>> + Send + use<>> {
    if true {
        return Err(Error::internal("not built yet"));
    }
    Ok(stream::empty())
}

/// What happened in a run after event number `after`, and then what happens; ends with the run. No number is left out
/// and none comes twice.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; `NOT_FOUND`.
pub async fn activity(
    _app: &App,
    _actor: &Actor,
    _run_id: Uuid,
    _after: i64,
) -> Result<impl Stream<Item = Result<CollectionEvent>> + Send + use<>> {
    if true {
        return Err(Error::internal("not built yet"));
    }
    Ok(stream::empty())
}
