//! Watching export jobs: the present state at once, then every change, and the last state always.
//!
//! Not here: who reads the rows, once for all who watch, and the streams (`progress`).

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use entity::export_job::{self, ExportJobStatus};
use futures::{FutureExt, Stream, future::BoxFuture};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::{
    ACTIVE, ExportJob,
    list::{get, places},
    sight::Sight,
};
use crate::{
    app::App,
    auth::Actor,
    error::{Context, Result},
    progress::{self, LATELY, Topic, Watched},
};

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

impl progress::Sight<LiveExport> for Sight {
    fn sees(&self, live: &LiveExport) -> bool {
        Self::sees(self, &live.job)
    }

    fn present<'a>(&'a self, app: &'a App, since: Option<DateTime<Utc>>) -> BoxFuture<'a, Result<Vec<LiveExport>>> {
        use export_job::Column as C;
        let wanted =
            Condition::any().add(C::Status.is_in(ACTIVE)).add_option(since.map(|since| C::UpdatedAt.gte(since)));
        placed(app, self.visible().filter(wanted).order_by_asc(C::CreatedAt).order_by_asc(C::Id)).boxed()
    }
}

/// Watches one export job until it has ended.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing; `NOT_FOUND`.
pub async fn watch(app: &App, actor: &Actor, id: Uuid) -> Result<impl Stream<Item = Arc<LiveExport>> + Send + use<>> {
    get(app, actor, id).await?;
    progress::follow(app, id)
}

/// Watches all export jobs the actor may see: those that have not ended at once, then every change of any. Does not end.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing.
pub async fn watch_all(app: &App, actor: &Actor) -> Result<impl Stream<Item = Result<Arc<LiveExport>>> + Send + use<>> {
    progress::follow_all(app, Sight::of(actor)?).await
}

async fn placed(app: &App, rows: Select<export_job::Entity>) -> Result<Vec<LiveExport>> {
    let jobs = rows.limit(MOST).all(app.db.read()).await.doing("reading export jobs for those who watch")?;
    let waiting: Vec<Uuid> =
        jobs.iter().filter(|job| job.status == ExportJobStatus::Pending).map(|job| job.id).collect();
    let places = if waiting.is_empty() { HashMap::new() } else { places(app, &waiting).await? };
    Ok(jobs.into_iter().map(|job| LiveExport { position: places.get(&job.id).copied(), job }).collect())
}
