//! The workers, the clockwork and the ears of a process, from its start to its end.
//!
//! What a reader would get wrong: on the way out, the time to finish belongs to the jobs that run; only when it is over
//! are they told to stop, and then they go back into the queue for another process, without a mark against them.

use std::time::Duration;

use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{chores, worker};
use crate::{
    app::App,
    db::{Channel, Heard},
    error::Result,
    jobs::Lane,
};

/// How long jobs that were broken off may take to tidy up and to be put back. Longer than a worker lets them.
const LAST_GRACE: Duration = Duration::from_secs(10);

/// Notifications that go out at the same time. Each is a request that waits; the few of one organisation leave the others room.
const POSTS: usize = 16;

/// Works with so many workers until `stop`, then lets what runs finish for as long as the configuration allows.
///
/// # Errors
/// When the clockwork does not start.
pub async fn crew(app: App, workers: u32, stop: CancellationToken) -> Result<()> {
    let clockwork = chores::start(&app).await?;
    let break_off = CancellationToken::new();
    let mut crew = JoinSet::new();
    let many = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    if workers > 0 {
        crew.spawn(worker(&app).run_together(many(workers), stop.clone(), break_off.clone()));
    }
    // Who works for hours goes on elsewhere, or here after the restart: they finish what is in hand, no more.
    crew.spawn(worker(&app).of(Lane::Long).run_together(many(app.config.runs), stop.clone(), stop.clone()));
    crew.spawn(worker(&app).of(Lane::Post).run_together(POSTS, stop.clone(), break_off.clone()));
    stop.cancelled().await;
    clockwork.stop().await;
    if timeout(app.config.shutdown_grace(), all_left(&mut crew)).await.is_ok() {
        return Ok(());
    }
    tracing::warn!("the time to finish is over; putting what runs back into the queue");
    break_off.cancel();
    if timeout(LAST_GRACE, all_left(&mut crew)).await.is_err() {
        tracing::error!("jobs that do not stop; another process takes them when their leases are over");
        crew.shutdown().await;
    }
    Ok(())
}

async fn all_left(crew: &mut JoinSet<()>) {
    while crew.join_next().await.is_some() {}
}

/// Listens to the other processes for as long as it is awaited.
pub async fn listen(app: App) {
    let (jobs, progress) = (app.jobs.clone(), app.progress.clone());
    let on_heard = move |heard| match heard {
        Heard::Told(Channel::Jobs, _) => jobs.wake(),
        Heard::Told(Channel::Changes, text) => progress.told(&text),
        Heard::Missed => {
            jobs.wake();
            progress.missed();
        }
    };
    app.db.listen(&app.config.database_url, on_heard).await;
}
