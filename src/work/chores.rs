//! The chores: what nobody asks for and somebody has to do, by the clock.
//!
//! Not here: what they do to rows and files, which is the business of the modules that own them. What a reader would get
//! wrong: every process that works does all of them, at the same moments. Each must be right however many do it.

use std::{sync::Arc, time::Instant};

use chrono::TimeDelta;
use tokio::sync::Mutex;
use tokio_cron_scheduler::{Job as Entry, JobScheduler, JobSchedulerError};

use super::worker;
use crate::{
    app::App,
    auth,
    error::{Error, Result},
    exports, imports, jobs, notifications, organisations, records, schedules,
};

/// A file this young is left alone: clocks differ.
const YOUNG: TimeDelta = TimeDelta::minutes(1);

/// One chore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chore {
    /// Jobs of workers that died go back into the queue.
    Rescue,
    /// Schedules that are due fire; what waited for a run to end starts.
    Fire,
    /// Files of export jobs whose time is over are removed.
    Expire,
    /// Files that belong to nothing are removed.
    Sweep,
    /// What was deleted or ended long ago is removed for good.
    Purge,
}

impl Chore {
    const ALL: [Self; 5] = [Self::Rescue, Self::Fire, Self::Expire, Self::Sweep, Self::Purge];

    /// When it is done, in UTC: seconds, minutes, hours, day, month, weekday.
    fn times(self) -> &'static str {
        match self {
            // Seldom does it find anything, and it looks into a small index; but somebody waits for what it finds.
            Self::Rescue => "*/2 * * * * *",
            // People expect a schedule within seconds; what waits for the end of a run does not wait for this.
            Self::Fire => "*/5 * * * * *",
            Self::Expire => "10 * * * * *",
            Self::Sweep => "20 */10 * * * *",
            Self::Purge => "30 40 * * * *",
        }
    }
}

/// Does a chore, once. Answers how many things it found to do.
///
/// # Errors
/// What its owner answers.
pub async fn chore(app: &App, chore: Chore) -> Result<u64> {
    match chore {
        Chore::Rescue => worker(app).rescue().await,
        Chore::Fire => schedules::tick(app).await,
        Chore::Expire => Ok(exports::expire(app).await? + imports::expire(app).await?),
        Chore::Sweep => sweep(app).await,
        Chore::Purge => purge(app).await,
    }
}

async fn sweep(app: &App) -> Result<u64> {
    // Listed once, and first: what is begun from now on is not among them.
    let leftovers = app.files.leftovers(app.clock.now() - YOUNG).await?;
    Ok(exports::sweep(app, &leftovers).await? + imports::sweep(app, &leftovers).await?)
}

async fn purge(app: &App) -> Result<u64> {
    let mut purged = jobs::purge(app).await? + notifications::purge(app).await?;
    for slug in organisations::slugs(app).await? {
        let operator = auth::operator(app, &slug).await?;
        purged += records::purge(app, &operator).await?;
    }
    Ok(purged)
}

/// The clockwork while it goes.
pub(super) struct Clockwork(JobScheduler);

impl Clockwork {
    /// Starts no further chore.
    pub(super) async fn stop(mut self) {
        if let Err(error) = self.0.shutdown().await {
            tracing::warn!(%error, "stopping the clockwork");
        }
    }
}

/// Starts the clockwork.
pub(super) async fn start(app: &App) -> Result<Clockwork> {
    let scheduler = JobScheduler::new().await.map_err(refused)?;
    for chore in Chore::ALL {
        scheduler.add(entry(app.clone(), chore).map_err(refused)?).await.map_err(refused)?;
    }
    scheduler.start().await.map_err(refused)?;
    Ok(Clockwork(scheduler))
}

fn refused(error: JobSchedulerError) -> Error {
    Error::caused("starting the clockwork", error)
}

fn entry(app: App, chore: Chore) -> Result<Entry, JobSchedulerError> {
    let turn = Arc::new(Mutex::new(()));
    Entry::new_async(chore.times(), move |_, _| Box::pin(once(app.clone(), chore, Arc::clone(&turn))))
}

/// Does a chore, unless this process is still at it.
async fn once(app: App, what: Chore, turn: Arc<Mutex<()>>) {
    let Ok(_turn) = turn.try_lock() else { return };
    let started = Instant::now();
    match chore(&app, what).await {
        Ok(0) => {}
        Ok(found) => tracing::info!(chore = ?what, found, seconds = started.elapsed().as_secs_f64(), "a chore"),
        Err(error) => error.log(),
    }
}
