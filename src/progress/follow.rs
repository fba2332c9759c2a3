//! Streams of what is watched: the present state at once, then every change, and the last state always.
//!
//! Not here: who reads the rows (`hub.rs`) and who may see what ([`Sight`] is handed in). What a reader would get wrong:
//! whoever may not see a thing any more is not noticed here; the session of a stream ends when its person's permissions
//! change.

use std::{collections::VecDeque, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{Stream, future::BoxFuture, stream};
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

use super::{Seen, Watched};
use crate::{
    app::App,
    error::{Error, Result},
};

/// What changed this long ago is read again for who watches all: three times the slow poll.
pub const LATELY: TimeDelta = TimeDelta::seconds(15);

/// What one who watches all things of a kind may see of them.
pub trait Sight<T>: Send + Sync + 'static {
    /// Whether a thing is among them.
    fn sees(&self, thing: &T) -> bool;

    /// Those that can still change, the oldest first; and with `since`, those that changed after it.
    fn present<'a>(&'a self, app: &'a App, since: Option<DateTime<Utc>>) -> BoxFuture<'a, Result<Vec<T>>>;
}

/// Follows one thing until it is final or gone. Whether one may see it was asked before.
///
/// # Errors
/// None that a caller can cause.
pub fn follow<T: Watched>(app: &App, id: Uuid) -> Result<impl Stream<Item = Arc<T>> + Send + use<T>> {
    let seen = app.progress.watch::<T>(app, id)?;
    Ok(stream::unfold(Some(seen), |seen| async {
        let mut seen = seen?;
        let thing = next(&mut seen).await?;
        let rest = (!thing.is_final()).then_some(seen);
        Some((thing, rest))
    }))
}

/// The next state; none when the thing is gone.
pub async fn next<T>(seen: &mut watch::Receiver<Seen<T>>) -> Option<Arc<T>> {
    loop {
        seen.changed().await.ok()?;
        match &*seen.borrow_and_update() {
            Seen::NotYet => {}
            Seen::Is(thing) => return Some(Arc::clone(thing)),
            Seen::Gone => return None,
        }
    }
}

/// Follows all things of a kind that are in sight: those that can change at once, then every change of any. Does not end.
///
/// # Errors
/// When the present cannot be read.
pub async fn follow_all<T: Watched, S: Sight<T>>(
    app: &App,
    sight: S,
) -> Result<impl Stream<Item = Result<Arc<T>>> + Send + use<T, S>> {
    // Attached first: what changes while the present is read comes after it.
    let changes = app.progress.watch_all::<T>(app)?;
    let present = sight.present(app, None).await?.into_iter().map(Arc::new).collect();
    let all = All { app: app.clone(), sight, changes, present, heard_at: app.clock.now() };
    Ok(stream::unfold(Some(all), |all| async {
        let mut all = all?;
        match all.next().await {
            Ok(thing) => Some((Ok(thing), Some(all))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

/// One who watches all.
struct All<T, S> {
    app: App,
    sight: S,
    changes: broadcast::Receiver<Arc<T>>,
    present: VecDeque<Arc<T>>,
    heard_at: DateTime<Utc>,
}

impl<T: Watched, S: Sight<T>> All<T, S> {
    async fn next(&mut self) -> Result<Arc<T>> {
        loop {
            if let Some(thing) = self.present.pop_front() {
                return Ok(thing);
            }
            let change = self.changes.recv().await;
            let before = std::mem::replace(&mut self.heard_at, self.app.clock.now());
            match change {
                Ok(thing) if self.sight.sees(&thing) => return Ok(thing),
                Ok(_) => {}
                // Too slow: what was missed since it last listened is read, the latest state of each.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    let missed = self.sight.present(&self.app, Some(before - LATELY)).await?;
                    self.present = missed.into_iter().map(Arc::new).collect();
                }
                Err(broadcast::error::RecvError::Closed) => {
                    return Err(Error::internal("the hub lives as long as it is watched"));
                }
            }
        }
    }
}
