//! Whole processes: how one begins and ends, and how several on one PostgreSQL wake each other.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use entity::job::{self, JobState};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, Statement};
use sellerbook::{
    app::App,
    jobs::{Cancelling, Job},
    work,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{another_process, cancel, enqueue, eventually, raw, row, trial::Trial};
use crate::{Backend, TestApp, on_both, seed};

/// Less than the slow poll.
const SOON: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_put_in_on_one_process_runs_on_another_at_once() {
    let Some(test) = TestApp::new(Backend::Postgres).await else { return };
    let other = listening(&test.app).await;
    let (trial, stop) = (Trial::easy(), CancellationToken::new());
    let working = tokio::spawn(trial.worker(&other.app).run(stop.clone(), CancellationToken::new()));
    for _ in 0..3 {
        let (jobs, begun) = (enqueue(&test.app, test.seeded.org, 1).await, Instant::now());
        eventually("done", || async { row(&test.app, jobs[0]).await.state == JobState::Done }).await;
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }
    stop.cancel();
    working.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_cancelled_from_another_process_within_a_second() {
    let Some(test) = TestApp::new(Backend::Postgres).await else { return };
    let other = listening(&test.app).await;
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    let worker = Trial::endless().worker(&other.app);
    let working = tokio::spawn(async move { worker.work_off().await.unwrap() });
    eventually("begun", || async { row(&test.app, jobs[0]).await.state == JobState::Running }).await;
    let asked = Instant::now();
    assert_eq!(cancel(&test.app, test.seeded.org, jobs[0]).await, Cancelling::Asked);
    working.await.unwrap();
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!(row(&test.app, jobs[0]).await.state, JobState::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_was_lost_listens_again_and_looks_at_what_it_missed() {
    let Some(test) = TestApp::new(Backend::Postgres).await else { return };
    let other = listening(&test.app).await;
    let (trial, stop) = (Trial::easy(), CancellationToken::new());
    let working = tokio::spawn(trial.worker(&other.app).run(stop.clone(), CancellationToken::new()));
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    eventually("done", || async { row(&test.app, jobs[0]).await.state == JobState::Done }).await;
    let ended = ask(&test.app, &format!("SELECT count(pg_terminate_backend(pid)) AS n FROM {LISTENERS}")).await;
    assert_eq!(ended, 1);
    let (jobs, begun) = (enqueue(&test.app, test.seeded.org, 1).await, Instant::now());
    eventually("done", || async { row(&test.app, jobs[0]).await.state == JobState::Done }).await;
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    eventually("listening again", || async { listeners(&test.app).await == 1 }).await;
    stop.cancel();
    working.await.unwrap();
}

on_both! {
async fn a_process_works_and_rescues_and_leaves_when_it_is_told(test: TestApp) {
    let mut lost = raw(&test.app, test.seeded.org, "export");
    let moment = test.now();
    lost.state = Set(JobState::Running);
    lost.slot = Set(Some(1));
    lost.claimed_at = Set(Some(moment));
    lost.lease_until = Set(Some(moment));
    let rescued = Job::Export(lost.subject_id.clone().unwrap());
    seed::insert::<job::Entity>(&test.app, vec![lost]).await;
    super::advance(&test.app.clock, TimeDelta::seconds(1));
    let jobs = enqueue(&test.app, test.seeded.org, 3).await;
    let stop = CancellationToken::new();
    let process = tokio::spawn(work::crew(test.app.clone(), 2, stop.clone()));
    for job in jobs {
        eventually("tried", || async { row(&test.app, job).await.fence > 0 }).await;
    }
    eventually("rescued", || async { row(&test.app, rescued).await.fence > 0 }).await;
    let told = Instant::now();
    stop.cancel();
    process.await.unwrap().unwrap();
    assert!(told.elapsed() < SOON, "{:?}", told.elapsed());
}
}

/// A process that listens.
pub struct Listening {
    pub app: App,
    _ears: AbortOnDropHandle<()>,
}

const LISTENERS: &str = "pg_stat_activity WHERE application_name = 'sellerbook listen' AND query LIKE 'LISTEN%'
    AND state = 'idle' AND datname = current_database()";

pub async fn listening(app: &App) -> Listening {
    let other = another_process(app).await;
    let ears = AbortOnDropHandle::new(tokio::spawn(work::listen(other.clone())));
    eventually("listening", || async { listeners(app).await == 1 }).await;
    Listening { app: other, _ears: ears }
}

async fn listeners(app: &App) -> i64 {
    ask(app, &format!("SELECT count(*) AS n FROM {LISTENERS}")).await
}

async fn ask(app: &App, sql: &str) -> i64 {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    app.db.read().query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}
