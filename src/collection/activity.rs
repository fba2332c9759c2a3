//! What happens in a run, event by event: what came after a number, and then what comes, until the run has ended.
//!
//! What a reader would get wrong: the wake-ups only say when to look. The events are read from the table by their numbers,
//! so none is left out and none comes twice, whichever process writes them.

use std::collections::VecDeque;

use entity::collection_event;
use futures::{Stream, stream};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::watch;
use uuid::Uuid;

use super::{CollectionEvent, LiveRun, list::get};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    error::{Context, Result},
    progress::{Seen, Watched, next},
};

/// Events read at a time.
const BATCH: u64 = 200;

/// What happened in a run after event number `after`, and then what happens; ends with the run. No number is left out
/// and none comes twice.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; `NOT_FOUND`.
pub async fn activity(
    app: &App,
    actor: &Actor,
    run_id: Uuid,
    after: i64,
) -> Result<impl Stream<Item = Result<CollectionEvent>> + Send + use<>> {
    let scope = actor.require(Permission::ReadSellers)?;
    get(app, actor, run_id).await?;
    // Attached first: what is written while the first are read is looked for afterwards.
    let seen = app.progress.watch::<LiveRun>(app, run_id)?;
    let activity = Activity { app: app.clone(), scope, run_id, after, ahead: VecDeque::new(), seen, is_over: false };
    Ok(stream::unfold(Some(activity), |activity| async {
        let mut activity = activity?;
        match activity.next().await {
            Ok(Some(event)) => Some((Ok(event), Some(activity))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    }))
}

struct Activity {
    app: App,
    scope: Scope,
    run_id: Uuid,
    after: i64,
    ahead: VecDeque<CollectionEvent>,
    seen: watch::Receiver<Seen<LiveRun>>,
    /// The run had ended before the events were last read.
    is_over: bool,
}

impl Activity {
    async fn next(&mut self) -> Result<Option<CollectionEvent>> {
        loop {
            if let Some(event) = self.ahead.pop_front() {
                self.after = event.seq;
                return Ok(Some(event));
            }
            self.ahead = self.read().await?.into();
            if !self.ahead.is_empty() {
                continue;
            }
            if self.is_over {
                return Ok(None);
            }
            // Gone with its organisation, or ended: what was written until then is read once more.
            self.is_over = next(&mut self.seen).await.is_none_or(|live| live.is_final());
        }
    }

    async fn read(&self) -> Result<Vec<CollectionEvent>> {
        use collection_event::Column as C;
        collection_event::Entity::find()
            .filter(C::OrgId.eq(self.scope.org_id()))
            .filter(C::RunId.eq(self.run_id))
            .filter(C::Seq.gt(self.after))
            .order_by_asc(C::Seq)
            .limit(BATCH)
            .all(self.app.db.read())
            .await
            .doing("reading what happened in a run")
    }
}
