//! Who may work on a job: leases extended, lost and taken over.

use std::sync::{Arc, atomic::Ordering};

use chrono::TimeDelta;
use entity::job::{self, JobState};
use sea_orm::{EntityTrait, sea_query::Expr};
use sellerbook::{
    config::Config,
    jobs::{Job, JobError, Stopped},
};
use tokio::sync::Notify;

use super::{
    advance, another_process, enqueue, eventually, row,
    trial::{Trial, hold},
};
use crate::on_both;

on_both! {
async fn a_lease_is_extended_while_the_work_goes_on(test: TestApp) {
    let mut app = test.app.clone();
    app.config = Arc::new(Config { job_lease_seconds: 1, ..Config::clone(&app.config) });
    let jobs = enqueue(&app, test.seeded.org, 1).await;
    let trial = Trial::new(|app, lease| {
        Box::pin(async move {
            for _ in 0..2 {
                advance(&app.clock, TimeDelta::minutes(10));
                let until = app.clock.now() + TimeDelta::seconds(1);
                eventually("extended", || async { row(app, lease.job()).await.lease_until == Some(until) }).await;
            }
            Ok(lease.finish_alone(&app.db).await?)
        })
    });
    trial.worker(&app).work_off().await.unwrap();
    assert_eq!(row(&app, jobs[0]).await.state, JobState::Done);
}
}

on_both! {
async fn a_worker_that_lost_its_lease_finishes_nothing(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    let other = another_process(&test.app).await;
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        Trial::new(move |app, lease| {
            let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
            Box::pin(async move {
                hold(app, lease).await?;
                begun.notify_one();
                go_on.notified().await;
                assert_eq!(hold(app, lease).await.unwrap_err().code(), "LEASE_LOST");
                assert_eq!(lease.finish_alone(&app.db).await.unwrap_err().code(), "LEASE_LOST");
                assert_eq!(lease.stopped(), Some(Stopped::Lost));
                assert!(matches!(JobError::from(hold(app, lease).await.unwrap_err()), JobError::Stopped));
                Ok(())
            })
        })
    };
    let worker = slow.worker(&test.app);
    let lost = tokio::spawn(async move { worker.work_off().await.unwrap() });
    begun.notified().await;
    let quick = Trial::easy();
    assert_eq!(quick.worker(&other).rescue().await.unwrap(), 0, "it is not over yet");
    advance(&test.app.clock, TimeDelta::seconds(31));
    assert_eq!(slow.worker(&test.app).rescue().await.unwrap(), 0, "its own process knows better");
    assert_eq!(quick.worker(&other).rescue().await.unwrap(), 1);
    assert_eq!(quick.told(), [(jobs[0], "put back".to_owned())]);
    let waiting = row(&other, jobs[0]).await;
    assert_eq!((waiting.state, waiting.attempts), (JobState::Pending, 1));
    assert_eq!(waiting.run_at, other.clock.now(), "it has waited for as long as the lease was");
    assert_eq!(quick.worker(&other).work_off().await.unwrap(), 1);
    go_on.notify_one();
    assert_eq!(lost.await.unwrap(), 1);
    let done = row(&other, jobs[0]).await;
    assert_eq!((done.state, done.attempts, done.fence), (JobState::Done, 2, 2));
    assert_eq!(slow.told(), []);
}
}

on_both! {
async fn a_worker_that_lost_its_lease_is_told_to_stop(test: TestApp) {
    let mut app = test.app.clone();
    app.config = Arc::new(Config { job_lease_seconds: 1, ..Config::clone(&app.config) });
    let jobs = enqueue(&app, test.seeded.org, 1).await;
    let other = another_process(&app).await;
    let endless = Trial::endless();
    let worker = endless.worker(&app);
    let lost = tokio::spawn(async move { worker.work_off().await.unwrap() });
    eventually("begun", || async { row(&app, jobs[0]).await.state == JobState::Running }).await;
    // Its last try: what is rescued is given up then, and cannot be claimed by the same worker again.
    let last = job::Entity::update_many().col_expr(job::Column::Attempts, Expr::value(5));
    app.db.write(|tx| Box::pin(async move { Ok(last.exec(tx).await.unwrap().rows_affected) })).await.unwrap();
    let thief = Trial::easy();
    eventually("rescued", || async {
        advance(&app.clock, TimeDelta::seconds(2));
        thief.worker(&other).rescue().await.unwrap() == 1
    })
    .await;
    lost.await.unwrap();
    assert_eq!(endless.told(), [], "another settled it");
}
}

on_both! {
async fn a_worker_that_finished_its_job_may_tidy_up(test: TestApp) {
    let mut app = test.app.clone();
    app.config = Arc::new(Config { job_lease_seconds: 1, ..Config::clone(&app.config) });
    let jobs = enqueue(&app, test.seeded.org, 1).await;
    let statements = Arc::clone(&test.statements);
    let trial = Trial::new(move |app, lease| {
        let statements = Arc::clone(&statements);
        Box::pin(async move {
            lease.finish_alone(&app.db).await?;
            // What looks at the lease does so three times a second, with two or three statements.
            let before = statements.load(Ordering::SeqCst);
            eventually("looked at", || async {
                assert_eq!(lease.stopped(), None);
                statements.load(Ordering::SeqCst) > before + 6
            })
            .await;
            Ok(())
        })
    });
    trial.worker(&app).work_off().await.unwrap();
    assert_eq!(row(&app, jobs[0]).await.state, JobState::Done);
}
}

on_both! {
async fn a_job_that_kills_its_workers_is_given_up(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    let trial = Trial::endless();
    let other = another_process(&test.app).await;
    for attempt in 1..=5 {
        let dying = another_process(&test.app).await;
        let worker = trial.worker(&dying);
        let dies = tokio::spawn(async move { worker.work_off().await });
        eventually("begun", || async { row(&test.app, jobs[0]).await.state == JobState::Running }).await;
        dies.abort();
        let _ = dies.await;
        assert_eq!(row(&test.app, jobs[0]).await.attempts, attempt);
        advance(&test.app.clock, TimeDelta::minutes(1));
        assert_eq!(trial.worker(&other).rescue().await.unwrap(), 1);
        advance(&test.app.clock, TimeDelta::minutes(5));
    }
    assert_eq!(row(&test.app, jobs[0]).await.state, JobState::Failed);
    assert_eq!(told(&trial, jobs[0]), ["put back", "put back", "put back", "put back", "gave up: WORKER_LOST"]);
}
}

fn told(trial: &Trial, job: Job) -> Vec<String> {
    trial.told().into_iter().filter(|(other, _)| *other == job).map(|(_, what)| what).collect()
}
