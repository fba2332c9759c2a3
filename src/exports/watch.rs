//! Watching export jobs: the present state at once, then every change, and the last state always.
//!
//! Not here: who reads the rows (`progress`), once for all who watch. What a reader would get wrong: whoever may not see a
//! job any more is not noticed here; the session of a stream ends when its person's permissions change.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::export_job::{self, ExportJobStatus};
use futures::{FutureExt, Stream, future::BoxFuture, stream};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

use super::{
    ACTIVE, ExportJob,
    list::{get, places},
    sight::Sight,
};
use crate::{
    app::App,
    auth::Actor,
    error::{Context, Error, Result},
    progress::{Seen, Topic, Watched},
};

/// What changed this long ago is read again for who watches all: three times the slow poll.
const LATELY: TimeDelta = TimeDelta::seconds(15);
/// Most jobs that one look at all of them brings.
const MOST: u64 = 1_000;

/// An export job as those who watch it see it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveExport {
    /// The job.
    pub job: ExportJob,
    /// Its place in the line while it waits; 1 is the next.
    pub position: Option<u64>,
}

impl Watched for LiveExport {
    const TOPIC: Topic = Topic::Export;

    fn id(&self) -> Uuid {
        self.job.id
    }

    fn revision(&self) -> i64 {
        self.job.revision
    }

    fn is_final(&self) -> bool {
        !ACTIVE.contains(&self.job.status)
    }

    fn read<'a>(app: &'a App, ids: &'a [Uuid]) -> BoxFuture<'a, Result<Vec<Self>>> {
        let rows = export_job::Entity::find().filter(export_job::Column::Id.is_in(ids.iter().copied()));
        placed(app, rows).boxed()
    }

    fn lately(app: &App) -> BoxFuture<'_, Result<Vec<Self>>> {
        let since = app.clock.now() - LATELY;
        let rows = export_job::Entity::find().filter(export_job::Column::UpdatedAt.gte(since));
        placed(app, rows).boxed()
    }
}

/// Watches one export job until it has ended.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing; `NOT_FOUND`.
pub async fn watch(app: &App, actor: &Actor, id: Uuid) -> Result<impl Stream<Item = Arc<LiveExport>> + Send + use<>> {
    get(app, actor, id).await?;
    let seen = app.progress.watch::<LiveExport>(app, id)?;
    Ok(stream::unfold(Some(seen), |seen| async {
        let mut seen = seen?;
        let live = next(&mut seen).await?;
        let rest = (!live.is_final()).then_some(seen);
        Some((live, rest))
    }))
}

async fn next(seen: &mut watch::Receiver<Seen<LiveExport>>) -> Option<Arc<LiveExport>> {
    loop {
        seen.changed().await.ok()?;
        match &*seen.borrow_and_update() {
            Seen::NotYet => {}
            Seen::Is(live) => return Some(Arc::clone(live)),
            Seen::Gone => return None,
        }
    }
}

/// Watches all export jobs the actor may see: those that have not ended at once, then every change of any. Does not end.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing.
pub async fn watch_all(app: &App, actor: &Actor) -> Result<impl Stream<Item = Result<Arc<LiveExport>>> + Send + use<>> {
    let sight = Sight::of(actor)?;
    // Attached first: what changes while the present is read comes after it.
    let changes = app.progress.watch_all::<LiveExport>(app)?;
    let present = active(app, &sight, None).await?;
    let all = All { app: app.clone(), sight, changes, present, heard_at: app.clock.now() };
    Ok(stream::unfold(Some(all), |all| async {
        let mut all = all?;
        match all.next().await {
            Ok(live) => Some((Ok(live), Some(all))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

/// One who watches all.
struct All {
    app: App,
    sight: Sight,
    changes: broadcast::Receiver<Arc<LiveExport>>,
    present: VecDeque<Arc<LiveExport>>,
    heard_at: DateTime<Utc>,
}

impl All {
    async fn next(&mut self) -> Result<Arc<LiveExport>> {
        loop {
            if let Some(live) = self.present.pop_front() {
                return Ok(live);
            }
            let change = self.changes.recv().await;
            let before = std::mem::replace(&mut self.heard_at, self.app.clock.now());
            match change {
                Ok(live) if self.sight.sees(&live.job) => return Ok(live),
                Ok(_) => {}
                // Too slow: what was missed since it last listened is read, the latest state of each.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.present = active(&self.app, &self.sight, Some(before - LATELY)).await?;
                }
                Err(broadcast::error::RecvError::Closed) => {
                    return Err(Error::internal("the hub lives as long as it is watched"));
                }
            }
        }
    }
}

/// The jobs in sight that have not ended, the oldest first; and with `since`, those that changed after it.
async fn active(app: &App, sight: &Sight, since: Option<DateTime<Utc>>) -> Result<VecDeque<Arc<LiveExport>>> {
    use export_job::Column as C;
    let open = C::Status.is_in(ACTIVE);
    let wanted = Condition::any().add(open).add_option(since.map(|since| C::UpdatedAt.gte(since)));
    let rows = sight.visible().filter(wanted).order_by_asc(C::CreatedAt).order_by_asc(C::Id);
    Ok(placed(app, rows).await?.into_iter().map(Arc::new).collect())
}

async fn placed(app: &App, rows: Select<export_job::Entity>) -> Result<Vec<LiveExport>> {
    let jobs = rows.limit(MOST).all(app.db.read()).await.doing("reading export jobs for those who watch")?;
    let waiting: Vec<Uuid> =
        jobs.iter().filter(|job| job.status == ExportJobStatus::Pending).map(|job| job.id).collect();
    let places = if waiting.is_empty() { HashMap::new() } else { places(app, &waiting).await? };
    Ok(jobs.into_iter().map(|job| LiveExport { position: places.get(&job.id).copied(), job }).collect())
}
