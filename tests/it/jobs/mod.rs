//! The queue, with work of the tests' own in the place of the product's.

mod claims;
mod ends;
mod leases;
pub mod processes;
mod trial;

use std::time::Duration;

use chrono::TimeDelta;
use entity::job::{self, JobState};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use sellerbook::{
    app::App,
    clock::Clock,
    config::Config,
    error::Result,
    jobs::{self, Cancelling, Job},
};
use uuid::Uuid;

/// Puts so many jobs into the queue, in order.
async fn enqueue(app: &App, org: Uuid, count: usize) -> Vec<Job> {
    let jobs: Vec<Job> = std::iter::repeat_with(|| Job::Export(Uuid::now_v7())).take(count).collect();
    for job in &jobs {
        put(app, org, *job).await.unwrap();
    }
    jobs
}

async fn put(app: &App, org: Uuid, job: Job) -> Result<()> {
    let now = app.clock.now();
    app.db.write(move |tx| Box::pin(async move { jobs::enqueue(tx, now, org, job).await })).await?;
    app.jobs.wake();
    Ok(())
}

async fn cancel(app: &App, org: Uuid, job: Job) -> Cancelling {
    let now = app.clock.now();
    let cancelling = app.db.write(move |tx| Box::pin(async move { jobs::cancel(tx, now, org, job).await })).await;
    app.jobs.wake();
    cancelling.unwrap()
}

/// A row as the queue would write it.
fn raw(app: &App, org: Uuid, kind: &str) -> job::ActiveModel {
    job::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(org),
        kind: Set(kind.to_owned()),
        subject_id: Set(Uuid::now_v7()),
        state: Set(JobState::Pending),
        attempts: Set(0),
        fence: Set(0),
        slot: Set(None),
        run_at: Set(app.clock.now()),
        claimed_at: Set(None),
        lease_until: Set(None),
        cancel_asked_at: Set(None),
        created_at: Set(app.clock.now()),
        finished_at: Set(None),
    }
}

/// The newest row of a job.
async fn row(app: &App, job: Job) -> job::Model {
    job::Entity::find()
        .filter(job::Column::SubjectId.eq(job.subject()))
        .order_by_desc(job::Column::Id)
        .one(app.db.read())
        .await
        .unwrap()
        .unwrap()
}

/// A second process on the same database, whose clock stands at the same moment.
async fn another_process(app: &App) -> App {
    let mut other = App::connect(Config::clone(&app.config)).await.unwrap();
    other.clock = app.clock.clone();
    other
}

fn advance(clock: &Clock, by: TimeDelta) {
    clock.set(clock.now() + by);
}

/// Waits for something that must come about, and not for long.
async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let begun = tokio::time::Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}: never");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
