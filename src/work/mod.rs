//! What the jobs do: the one `match` from [`Job`] to function. Beside it, what a process that works consists of.
//!
//! Not here: which job is next and what becomes of it (`jobs`). What a reader would get wrong: the functions called in
//! [`Work::settled`] run inside the transaction that settles the job; they write what its subject shows, and no more.

mod chores;
mod crew;

use std::sync::Arc;

use futures::future::BoxFuture;
use uuid::Uuid;

pub use chores::{Chore, chore};
pub use crew::{crew, listen};

use crate::{
    app::App,
    collection,
    db::Transaction,
    error::Result,
    exports, imports,
    jobs::{Job, JobError, Lane, Lease, Settled, Work, Worker},
    notifications, schedules,
};

/// What the jobs of this product do.
#[derive(Clone, Copy, Debug)]
pub struct Duties;

impl Work for Duties {
    fn run<'a>(&'a self, app: &'a App, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        match lease.job() {
            Job::Export(_) => Box::pin(exports::run(app, lease)),
            Job::Collection(_) => Box::pin(collect(app, lease)),
            Job::Notification(_) => Box::pin(notifications::deliver(app, lease)),
            Job::Import(_) => Box::pin(imports::run(app, lease)),
        }
    }

    fn settled<'a>(
        &'a self,
        app: &'a App,
        tx: &'a Transaction,
        org_id: Uuid,
        job: Job,
        settled: Settled<'a>,
    ) -> BoxFuture<'a, Result<()>> {
        let now = app.clock.now();
        match (job, settled) {
            (Job::Export(id), Settled::PutBack) => Box::pin(exports::put_back(tx, now, org_id, id)),
            (Job::Export(id), Settled::Cancelled) => Box::pin(exports::cancelled(tx, now, org_id, id)),
            (Job::Export(id), Settled::GaveUp(error)) => Box::pin(exports::gave_up(tx, now, org_id, id, error)),
            (Job::Collection(id), Settled::PutBack) => Box::pin(collection::put_back(tx, now, org_id, id)),
            (Job::Collection(id), Settled::Cancelled) => Box::pin(collection::cancelled(tx, now, org_id, id)),
            (Job::Collection(id), Settled::GaveUp(error)) => Box::pin(collection::gave_up(tx, now, org_id, id, error)),
            (Job::Notification(_), Settled::PutBack) => Box::pin(async { Ok(()) }),
            (Job::Notification(id), Settled::Cancelled) => Box::pin(notifications::cancelled(tx, now, org_id, id)),
            (Job::Notification(id), Settled::GaveUp(error)) => {
                Box::pin(notifications::gave_up(tx, now, org_id, id, error))
            }
            (Job::Import(id), Settled::PutBack) => Box::pin(imports::put_back(tx, now, org_id, id)),
            (Job::Import(id), Settled::Cancelled) => Box::pin(imports::cancelled(tx, now, org_id, id)),
            (Job::Import(id), Settled::GaveUp(error)) => Box::pin(imports::gave_up(tx, now, org_id, id, error)),
        }
    }
}

/// Works on a run. When it has ended, what waited for that starts at once; the clockwork would see to it, but later.
async fn collect(app: &App, lease: &Lease) -> Result<(), JobError> {
    let worked = collection::run(app, lease).await;
    if let Err(error) = schedules::release(app, lease.org_id()).await {
        error.log();
    }
    worked
}

/// A worker of this product.
#[must_use]
pub fn worker(app: &App) -> Worker {
    Worker::with(app.clone(), Arc::new(Duties))
}

/// Works the queue by hand until nothing in it can be claimed. Answers how many tries that took.
///
/// # Errors
/// The database's own failure.
pub async fn run_jobs(app: &App) -> Result<usize> {
    let mut tries = 0;
    for lane in Lane::ALL {
        tries += worker(app).of(lane).work_off().await?;
    }
    Ok(tries)
}
