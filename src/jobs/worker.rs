//! A worker: claims a job, keeps its lease while it runs, settles it, and begins again.
//!
//! Not here: what the jobs do ([`Work`] is handed in). What a reader would get wrong: nothing of a worker may simply be
//! dropped while it holds a job, or that job waits until its lease is over. A worker is told to stop, and returns.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::Instrument;
use uuid::Uuid;

use super::{
    Job, JobError, Lane, Lease, Stopped,
    claim::claim,
    queue::{self, Standing},
    settle::{rescue, settle},
};
use crate::{
    app::App,
    db::Transaction,
    error::{Error, Result},
};

/// The slow poll: how long a lost wake-up can cost at most.
const POLL: Duration = Duration::from_secs(5);
/// How long further wake-ups gather after one that was answered, so that a thousand of them are not a thousand claims.
const GATHER: Duration = Duration::from_millis(20);
/// The wait after a failure of the database, before it is asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a job that was told to stop may take before it is dropped: one of seconds to tidy up, one of hours to finish
/// what it has in hand and has paid for.
fn stop_grace(lane: Lane) -> Duration {
    match lane {
        Lane::Short | Lane::Post => Duration::from_secs(5),
        Lane::Long => Duration::from_secs(60),
    }
}

/// What the jobs do. One implementation is the product's, others are those of tests.
pub trait Work: Send + Sync + 'static {
    /// Does a job.
    fn run<'a>(&'a self, app: &'a App, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>>;

    /// Lets the job's subject know what became of it, in the transaction that settles it.
    fn settled<'a>(
        &'a self,
        app: &'a App,
        tx: &'a Transaction,
        org_id: Uuid,
        job: Job,
        settled: Settled<'a>,
    ) -> BoxFuture<'a, Result<()>>;
}

/// What became of a job that did not end by itself.
#[derive(Clone, Copy, Debug)]
pub enum Settled<'a> {
    /// It waits again: after a failure, a shutdown, or the loss of its worker.
    PutBack,
    /// It was stopped because somebody asked for it.
    Cancelled,
    /// There will be no further try; this was the reason.
    GaveUp(&'a Error),
}

/// Works on one job at a time. Cheap to clone; each clone that runs is one more worker.
#[derive(Clone)]
pub struct Worker {
    app: App,
    work: Arc<dyn Work>,
    lane: Lane,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker that does this work, of the short lane.
    pub fn with(app: App, work: Arc<dyn Work>) -> Self {
        Self { app, work, lane: Lane::Short }
    }

    /// The same for the jobs of a lane.
    #[must_use]
    pub fn of(self, lane: Lane) -> Self {
        Self { lane, ..self }
    }

    /// Works on one job after the other until `stop`, and then to the end of the one in hand; `break_off` puts that back into
    /// the queue.
    pub async fn run(self, stop: CancellationToken, break_off: CancellationToken) {
        self.run_together(1, stop, break_off).await;
    }

    /// As [`run`](Self::run), on up to `most` jobs at the same time, one at least. One looks for them all: looking takes a
    /// connection to the database, and those are few.
    pub async fn run_together(self, most: usize, stop: CancellationToken, break_off: CancellationToken) {
        let mut woken = self.app.jobs.woken();
        let mut attended = JoinSet::new();
        while !stop.is_cancelled() {
            while attended.try_join_next().is_some() {}
            if attended.len() >= most.max(1) {
                tokio::select! {
                    _ = attended.join_next() => {}
                    () = stop.cancelled() => {}
                }
                continue;
            }
            woken.mark_unchanged();
            match claim(&self.app, self.lane).await {
                Ok(Some(lease)) => {
                    let (worker, break_off) = (self.clone(), break_off.clone());
                    attended.spawn(async move { worker.attend(lease, &break_off).await });
                }
                Ok(None) => idle(&mut woken, &stop).await,
                Err(error) => {
                    error.log();
                    let _ = timeout(PAUSE, stop.cancelled()).await;
                }
            }
        }
        while attended.join_next().await.is_some() {}
    }

    /// Works until nothing can be claimed. Answers how many tries that took.
    ///
    /// # Errors
    /// The database's own failure.
    pub async fn work_off(&self) -> Result<usize> {
        let mut tries = 0;
        while let Some(lease) = claim(&self.app, self.lane).await? {
            self.attend(lease, &CancellationToken::new()).await;
            tries += 1;
        }
        Ok(tries)
    }

    /// Puts the jobs of workers that have been silent for too long back into the queue. Answers how many.
    ///
    /// # Errors
    /// The database's own failure.
    pub async fn rescue(&self) -> Result<u64> {
        rescue(&self.app, &self.work).await
    }

    /// From the claim to the settlement of one job.
    async fn attend(&self, lease: Lease, break_off: &CancellationToken) {
        let span = tracing::info_span!(
            "job",
            kind = lease.job().kind(),
            subject = %lease.job().subject(),
            attempt = lease.attempt()
        );
        async {
            let _held = self.app.jobs.holds(lease.id());
            let keeper = keep(self.app.clone(), lease.clone(), break_off.clone()).in_current_span();
            // A task of its own: a job that does not let go of its thread must not lose its lease for that.
            let _keeper = AbortOnDropHandle::new(tokio::spawn(keeper));
            let outcome = self.attempt(&lease).await;
            if let Err(JobError::Retry(error) | JobError::GiveUp(error)) = &outcome {
                tracing::warn!(code = error.code(), "a try failed");
                error.log();
            }
            self.settle(&lease, outcome, break_off).await;
        }
        .instrument(span)
        .await;
        self.app.jobs.wake();
    }

    /// One try, dropped when it does not stop although it was told to.
    async fn attempt(&self, lease: &Lease) -> Result<(), JobError> {
        let run = AssertUnwindSafe(self.work.run(&self.app, lease)).catch_unwind();
        let overdue = async {
            lease.stop().cancelled_owned().await;
            sleep(stop_grace(self.lane)).await;
        };
        tokio::select! {
            outcome = run => outcome.unwrap_or_else(|_| Err(JobError::retry(Error::internal("a job does not panic")))),
            () = overdue => Err(JobError::stopped()),
        }
    }

    /// Settles the job, trying for as long as the lease would last. After that it is rescued.
    async fn settle(&self, lease: &Lease, outcome: Result<(), JobError>, break_off: &CancellationToken) {
        let outcome = Arc::new(outcome);
        let end = Instant::now() + self.app.config.job_lease();
        while let Err(error) = settle(&self.app, &self.work, lease, &outcome).await {
            error.log();
            if Instant::now() > end || break_off.is_cancelled() {
                tracing::warn!("a job could not be settled; another worker will have it when its lease is over");
                return;
            }
            sleep(PAUSE).await;
        }
    }
}

/// Waits for a wake-up, the slow poll, or the end.
async fn idle(woken: &mut watch::Receiver<()>, stop: &CancellationToken) {
    let rest = async {
        sleep(GATHER).await;
        let _ = timeout(POLL, woken.changed()).await;
    };
    tokio::select! {
        () = rest => {}
        () = stop.cancelled() => {}
    }
}

/// Extends the lease and passes on the wish to stop, for as long as it is awaited.
///
/// A lease that could not be extended in time is not lost for that, only when another worker has taken the job.
async fn keep(app: App, lease: Lease, break_off: CancellationToken) {
    let beat = (app.config.job_lease() / 3).min(POLL);
    let mut woken = app.jobs.woken();
    let mut next = Instant::now() + beat;
    loop {
        let standing = tokio::select! {
            () = break_off.cancelled(), if lease.stopped().is_none() => {
                lease.stop_because(Stopped::Shutdown);
                continue;
            }
            () = sleep_until(next) => {
                next = Instant::now() + beat;
                queue::extend(&app, &lease).await
            }
            _ = woken.changed() => {
                sleep(GATHER).await;
                queue::look(&app, &lease).await
            }
        };
        match standing {
            Ok(Standing::Held | Standing::Done) => {}
            Ok(Standing::CancelAsked) => lease.stop_because(Stopped::Cancelled),
            Ok(Standing::Lost) => return lease.stop_because(Stopped::Lost),
            Err(error) => error.log(),
        }
    }
}
