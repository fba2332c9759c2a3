//! Follows a run until it has ended, or until somebody has seen enough of it.

use std::pin::pin;

use futures::{Stream, StreamExt, stream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use uuid::Uuid;

use super::view::View;
use crate::{
    app::App,
    auth::Actor,
    cli::failure::Failure,
    collection::{self, CollectionEvent, CollectionRun, CollectionRunStatus},
    error::{Context, Error, Result},
};

/// Events that are told together at most.
const TOGETHER: usize = 100;

/// How following ended.
#[derive(Debug)]
pub(super) enum End {
    /// The run has ended.
    Over(CollectionRun),
    /// It is paused, because Ctrl-C asked for it.
    Paused(CollectionRun),
    /// Somebody left at once.
    Left,
}

/// Ctrl-C, and what asks politely to end.
#[derive(Debug)]
pub(super) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// From now on they do not end the process by themselves.
    pub(super) fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).doing("listening for SIGINT")?,
            terminate: signal(SignalKind::terminate()).doing("listening for SIGTERM")?,
        })
    }

    /// The next one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Shows what becomes of a run. The first interrupt asks it to pause, the second leaves.
pub(super) async fn follow(
    app: &App,
    actor: &Actor,
    id: Uuid,
    view: &mut View,
    interrupts: &mut Interrupts,
) -> Result<End, Failure> {
    let mut states = pin!(collection::watch(app, actor, id).await?);
    let mut events = pin!(events(app, actor, id, view).await?.fuse());
    let mut is_asked = false;
    let end = loop {
        tokio::select! {
            state = states.next() => {
                let Some(live) = state else { return Err(Failure::new("the run is gone")) };
                view.state(&live.run)?;
                if live.run.completed_at.is_some() {
                    break End::Over(live.run.clone());
                }
                if is_asked && rests(&live.run) {
                    break End::Paused(live.run.clone());
                }
            }
            Some(some) = events.next() => view.events(app, actor, some).await?,
            () = interrupts.next() => {
                if is_asked {
                    return Ok(End::Left);
                }
                is_asked = true;
                tokio::select! {
                    paused = pause(app, actor, id, view) => if let Some(run) = paused? {
                        view.state(&run)?;
                        break End::Paused(run);
                    },
                    () = interrupts.next() => return Ok(End::Left),
                }
            }
        }
    };
    // What happened before that is told before the last words.
    let (End::Over(run) | End::Paused(run)) = &end else { return Ok(end) };
    while view.awaits_events(run.last_seq) {
        tokio::select! {
            some = events.next() => match some {
                Some(some) => view.events(app, actor, some).await?,
                None => break,
            },
            () = interrupts.next() => return Ok(End::Left),
        }
    }
    Ok(end)
}

/// What happens in the run, as much as is there at a time; nothing for whom it would not be shown.
async fn events(
    app: &App,
    actor: &Actor,
    id: Uuid,
    view: &View,
) -> Result<impl Stream<Item = Vec<Result<CollectionEvent>>> + use<>> {
    if !view.is_verbose() {
        return Ok(stream::empty().left_stream());
    }
    Ok(collection::activity(app, actor, id, 0).await?.ready_chunks(TOGETHER).right_stream())
}

/// Asks the run to pause. Answers it when it rests already.
async fn pause(app: &App, actor: &Actor, id: Uuid, view: &View) -> Result<Option<CollectionRun>, Failure> {
    match collection::pause(app, actor, id).await {
        Ok(_) => view.note("pausing after the products in hand; Ctrl-C again leaves at once")?,
        // Its end is on its way to us.
        Err(Error::Conflict { code: "RUN_FINISHED", .. }) => return Ok(None),
        Err(Error::Conflict { code: "RUN_PAUSED", .. }) => view.note("somebody has paused the run already")?,
        Err(error) => return Err(error.into()),
    }
    Ok(Some(collection::get(app, actor, id).await?).filter(rests))
}

/// Whether it stays paused until somebody resumes it.
fn rests(run: &CollectionRun) -> bool {
    run.status == CollectionRunStatus::Paused && run.resumes_at.is_none()
}
