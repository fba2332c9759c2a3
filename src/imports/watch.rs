//! Watching imports: the present state at once, then every change, and the last state always.
//!
//! Not here: who reads the rows, once for all who watch, and the streams (`progress`). What a reader would get wrong: an
//! import that rests because a person has to do something next is not at its end, and whoever watches goes on hearing; one that
//! was carried out is, although it can be undone: whoever undoes it watches anew.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::import::{self, ImportStatus as S};
use futures::{FutureExt, Stream, future::BoxFuture};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::{Import, list::get, sight::Sight};
use crate::{
    app::App,
    auth::Actor,
    error::{Context, Result},
    progress::{self, LATELY, Topic, Watched},
};

/// Most imports that one look at all of them brings.
const MOST: u64 = 1_000;

/// An import as those who watch it see it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveImport {
    /// The import.
    pub import: Import,
}

impl Watched for LiveImport {
    const TOPIC: Topic = Topic::Import;

    fn id(&self) -> Uuid {
        self.import.id
    }

    fn revision(&self) -> i64 {
        self.import.revision
    }

    fn is_final(&self) -> bool {
        matches!(self.import.status, S::Committed | S::RolledBack | S::Cancelled | S::Expired)
    }

    fn read<'a>(app: &'a App, ids: &'a [Uuid]) -> BoxFuture<'a, Result<Vec<Self>>> {
        live(app, import::Entity::find().filter(import::Column::Id.is_in(ids.iter().copied()))).boxed()
    }

    fn lately(app: &App) -> BoxFuture<'_, Result<Vec<Self>>> {
        let since = app.clock.now() - LATELY;
        live(app, import::Entity::find().filter(import::Column::UpdatedAt.gte(since))).boxed()
    }
}

impl progress::Sight<LiveImport> for Sight {
    fn sees(&self, live: &LiveImport) -> bool {
        Self::sees(self, &live.import)
    }

    fn present<'a>(&'a self, app: &'a App, since: Option<DateTime<Utc>>) -> BoxFuture<'a, Result<Vec<LiveImport>>> {
        use import::Column as C;
        let busy = C::Status.is_in([S::Pending, S::Checking, S::Committing, S::RollingBack]);
        let wanted = Condition::any().add(busy).add_option(since.map(|since| C::UpdatedAt.gte(since)));
        live(app, self.visible().filter(wanted).order_by_asc(C::CreatedAt).order_by_asc(C::Id)).boxed()
    }
}

/// Watches one import until it was carried out, undone or given up.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; `NOT_FOUND`.
pub async fn watch(app: &App, actor: &Actor, id: Uuid) -> Result<impl Stream<Item = Arc<LiveImport>> + Send + use<>> {
    get(app, actor, id).await?;
    progress::follow(app, id)
}

/// Watches all imports the actor may see: those at work at once, then every change of any. Does not end.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing.
pub async fn watch_all(app: &App, actor: &Actor) -> Result<impl Stream<Item = Result<Arc<LiveImport>>> + Send + use<>> {
    progress::follow_all(app, Sight::of(actor)?).await
}

async fn live(app: &App, rows: Select<import::Entity>) -> Result<Vec<LiveImport>> {
    let imports = rows.limit(MOST).all(app.db.read()).await.doing("reading imports for those who watch")?;
    Ok(imports.into_iter().map(|import| LiveImport { import }).collect())
}
