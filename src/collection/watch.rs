//! Watching runs: the present state at once, then every change, and the last state always.
//!
//! Not here: what happens in a run, event by event (`activity.rs`); the streams themselves (`progress`).

use std::{convert::Infallible, sync::Arc};

use chrono::{DateTime, Utc};
use entity::{collection_run, collection_worker};
use futures::{FutureExt, Stream, StreamExt, future::BoxFuture};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::{
    ACTIVE, CollectionRun, CollectionWorker,
    list::{get, visible},
    parts::by_run,
};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    error::{Context, Result},
    progress::{self, LATELY, Topic, Watched},
};

/// Most runs that one look at all of them brings.
const MOST: u64 = 1_000;

/// A run as those who watch it see it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRun {
    /// The run.
    pub run: CollectionRun,
    /// What its workers are doing, by their numbers.
    pub workers: Vec<CollectionWorker>,
}

/// Who may see runs sees all of the organisation's.
struct Sight(Scope);

impl Watched for LiveRun {
    const TOPIC: Topic = Topic::Run;

    fn id(&self) -> Uuid {
        self.run.id
    }

    fn revision(&self) -> i64 {
        self.run.revision
    }

    fn is_final(&self) -> bool {
        !ACTIVE.contains(&self.run.status)
    }

    fn read<'a>(app: &'a App, ids: &'a [Uuid]) -> BoxFuture<'a, Result<Vec<Self>>> {
        let rows = collection_run::Entity::find().filter(collection_run::Column::Id.is_in(ids.iter().copied()));
        manned(app, rows).boxed()
    }

    fn lately(app: &App) -> BoxFuture<'_, Result<Vec<Self>>> {
        let since = app.clock.now() - LATELY;
        manned(app, collection_run::Entity::find().filter(collection_run::Column::UpdatedAt.gte(since))).boxed()
    }
}

impl progress::Sight<LiveRun> for Sight {
    fn sees(&self, live: &LiveRun) -> bool {
        live.run.org_id == self.0.org_id()
    }

    fn present<'a>(&'a self, app: &'a App, since: Option<DateTime<Utc>>) -> BoxFuture<'a, Result<Vec<LiveRun>>> {
        use collection_run::Column as C;
        let wanted =
            Condition::any().add(C::Status.is_in(ACTIVE)).add_option(since.map(|since| C::UpdatedAt.gte(since)));
        manned(app, visible(&self.0).filter(wanted).order_by_asc(C::CreatedAt).order_by_asc(C::Id)).boxed()
    }
}

/// Watches one run until it has ended.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; `NOT_FOUND`.
pub async fn watch(app: &App, actor: &Actor, id: Uuid) -> Result<impl Stream<Item = Arc<LiveRun>> + Send + use<>> {
    get(app, actor, id).await?;
    let states = progress::paced(progress::follow(app, id)?.map(Ok::<_, Infallible>));
    Ok(states.map(|state| match state {
        Ok(state) => state,
        Err(never) => match never {},
    }))
}

/// Watches all runs of the organisation: those that have not ended at once, then every change of any. Does not end.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn watch_all(app: &App, actor: &Actor) -> Result<impl Stream<Item = Result<Arc<LiveRun>>> + Send + use<>> {
    Ok(progress::paced(progress::follow_all(app, Sight(actor.require(Permission::ReadSellers)?)).await?))
}

/// Runs with their workers.
async fn manned(app: &App, rows: Select<collection_run::Entity>) -> Result<Vec<LiveRun>> {
    let runs = rows.limit(MOST).all(app.db.read()).await.doing("reading runs for those who watch")?;
    let workers =
        collection_worker::Entity::find().filter(collection_worker::Column::RunId.is_in(runs.iter().map(|run| run.id)));
    let mut crews = by_run(app, workers).await?;
    Ok(runs.into_iter().map(|run| LiveRun { workers: crews.remove(&run.id).unwrap_or_default(), run }).collect())
}
