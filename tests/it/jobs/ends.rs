//! How jobs end: failed and tried again, given up, cancelled, interrupted, forgotten.

use std::time::Instant;

use chrono::TimeDelta;
use entity::{
    job::{self, JobState},
    record, seller,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use sellerbook::{
    error::Error,
    jobs::{Cancelling, JobError, Stopped},
    work::{self, Chore},
};
use tokio_util::sync::CancellationToken;

use super::{advance, cancel, enqueue, eventually, row, trial::Trial};
use crate::{
    on_both,
    seed::{self, NewRecord, NewSeller},
};

on_both! {
async fn a_failure_is_tried_again_after_growing_waits_and_then_given_up(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    let trial = Trial::vain();
    let mut waits = Vec::new();
    for attempt in 1..=4 {
        assert_eq!(trial.worker(&test.app).work_off().await.unwrap(), 1, "it waits for its time");
        let row = row(&test.app, jobs[0]).await;
        assert_eq!((row.state, row.attempts), (JobState::Pending, attempt));
        waits.push((row.run_at - test.now()).as_seconds_f64());
        advance(&test.app.clock, TimeDelta::minutes(5));
    }
    for (wait, usual) in waits.iter().zip([2.0, 8.0, 32.0, 128.0]) {
        assert!((usual * 0.75..=usual * 1.25).contains(wait), "{waits:?}");
    }
    assert_eq!(trial.worker(&test.app).work_off().await.unwrap(), 1);
    let row = row(&test.app, jobs[0]).await;
    assert_eq!((row.state, row.attempts, row.finished_at), (JobState::Failed, 5, Some(test.now())));
    let told: Vec<String> = trial.told().into_iter().map(|(_, what)| what).collect();
    assert_eq!(told, ["put back", "put back", "put back", "put back", "gave up: INTERNAL"]);
}
}

on_both! {
async fn what_will_never_succeed_is_given_up_at_once(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    let trial = Trial::new(|_, _| Box::pin(async { Err(Error::Suspended.into()) }));
    trial.worker(&test.app).work_off().await.unwrap();
    assert_eq!(row(&test.app, jobs[0]).await.state, JobState::Failed);
    assert_eq!(trial.told(), [(jobs[0], "gave up: MEMBER_SUSPENDED".to_owned())]);
}
}

on_both! {
async fn a_panic_is_a_failure_like_others(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    let trial = Trial::new(|_, _| Box::pin(async { panic!("on purpose") }));
    assert_eq!(trial.worker(&test.app).work_off().await.unwrap(), 1);
    assert_eq!(row(&test.app, jobs[0]).await.state, JobState::Pending);
    assert_eq!(trial.panics(), 1);
}
}

on_both! {
async fn a_job_and_its_subject_are_settled_together_or_not_at_all(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    let trial = Trial::new(|_, _| Box::pin(async { Err(JobError::give_up(Error::internal("it is possible"))) }));
    trial.refuse(1);
    let (worker, app) = (trial.worker(&test.app), test.app.clone());
    let running = tokio::spawn(async move { worker.work_off().await.unwrap() });
    eventually("refused", || async { trial.told().len() == 1 }).await;
    assert_eq!(row(&app, jobs[0]).await.state, JobState::Running);
    running.await.unwrap();
    assert_eq!(row(&app, jobs[0]).await.state, JobState::Failed);
    assert_eq!(trial.told().len(), 2);
}
}

on_both! {
async fn a_job_that_waits_is_cancelled_at_once(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    assert_eq!(cancel(&test.app, test.seeded.other_org, jobs[0]).await, Cancelling::Nothing);
    assert_eq!(cancel(&test.app, test.seeded.org, jobs[0]).await, Cancelling::Cancelled);
    assert_eq!(cancel(&test.app, test.seeded.org, jobs[0]).await, Cancelling::Nothing);
    assert_eq!(Trial::easy().worker(&test.app).work_off().await.unwrap(), 0);
    let row = row(&test.app, jobs[0]).await;
    assert_eq!((row.state, row.attempts, row.finished_at), (JobState::Cancelled, 0, Some(test.now())));
}
}

on_both! {
async fn a_job_that_runs_stops_within_a_second(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    let trial = Trial::new(|app, lease| {
        Box::pin(async move {
            lease.stop().cancelled().await;
            assert_eq!(lease.stopped(), Some(Stopped::Cancelled));
            assert_eq!(lease.finish_alone(&app.db).await.unwrap_err().code(), "JOB_CANCELLED");
            Err(JobError::stopped())
        })
    });
    let worker = trial.worker(&test.app);
    let running = tokio::spawn(async move { worker.work_off().await.unwrap() });
    eventually("begun", || async { row(&test.app, jobs[0]).await.state == JobState::Running }).await;
    let asked = Instant::now();
    assert_eq!(cancel(&test.app, test.seeded.org, jobs[0]).await, Cancelling::Asked);
    running.await.unwrap();
    assert!(asked.elapsed().as_millis() < 1_000, "{:?}", asked.elapsed());
    assert_eq!(row(&test.app, jobs[0]).await.state, JobState::Cancelled);
    assert_eq!(trial.told(), [(jobs[0], "cancelled".to_owned())]);
}
}

on_both! {
async fn a_cancelled_job_whose_worker_died_does_not_run_again(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    let trial = Trial::endless();
    let worker = trial.worker(&test.app);
    let dies = tokio::spawn(async move { worker.work_off().await });
    eventually("begun", || async { row(&test.app, jobs[0]).await.state == JobState::Running }).await;
    dies.abort();
    let _ = dies.await;
    assert_eq!(cancel(&test.app, test.seeded.org, jobs[0]).await, Cancelling::Asked);
    advance(&test.app.clock, TimeDelta::minutes(1));
    assert_eq!(trial.worker(&test.app).rescue().await.unwrap(), 1);
    assert_eq!(row(&test.app, jobs[0]).await.state, JobState::Cancelled);
    assert_eq!(trial.told(), [(jobs[0], "cancelled".to_owned())]);
}
}

on_both! {
async fn a_shutdown_lets_jobs_finish_and_then_puts_them_back_uncharged(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 2).await;
    let trial = Trial::endless();
    let (stop, break_off) = (CancellationToken::new(), CancellationToken::new());
    let running = tokio::spawn(trial.worker(&test.app).run(stop.clone(), break_off.clone()));
    eventually("begun", || async { row(&test.app, jobs[0]).await.state == JobState::Running }).await;
    advance(&test.app.clock, TimeDelta::seconds(5));
    stop.cancel();
    tokio::task::yield_now().await;
    assert_eq!(row(&test.app, jobs[0]).await.state, JobState::Running);
    break_off.cancel();
    running.await.unwrap();
    let (first, second) = (row(&test.app, jobs[0]).await, row(&test.app, jobs[1]).await);
    assert_eq!((first.state, first.attempts, first.run_at), (JobState::Pending, 0, second.run_at));
    assert_eq!((second.state, second.fence), (JobState::Pending, 0), "none is begun any more");
    assert_eq!(trial.told(), [(jobs[0], "put back".to_owned())]);
}
}

on_both! {
async fn what_ended_or_was_deleted_long_ago_is_removed_for_good(test: TestApp) {
    let app = &test.app;
    enqueue(app, test.seeded.org, 1).await;
    Trial::easy().worker(app).work_off().await.unwrap();
    let days_ago = |days| Some(app.clock.now() - TimeDelta::days(days));
    let record = |order: &str, deleted_at| NewRecord {
        deleted_at,
        remarks: Some((Some("a remark"), None)),
        ..NewRecord::new(app, test.seeded.org, test.seeded.accounts[0], order)
    };
    seed::records(app, vec![record("old", days_ago(31)), record("late", days_ago(29)), record("live", None)]).await;
    let seller = |name: &str, deleted_at| NewSeller { deleted_at, ..NewSeller::new(app, test.seeded.other_org, name) };
    seed::sellers(app, vec![seller("old", days_ago(31)), seller("late", days_ago(29)), seller("live", None)]).await;
    assert_eq!(work::chore(app, Chore::Purge).await.unwrap(), 1);
    assert_eq!(record::Entity::find().count(app.db.read()).await.unwrap(), 2);
    let waiting = enqueue(app, test.seeded.org, 1).await;
    advance(&app.clock, TimeDelta::days(31));
    assert_eq!(work::chore(app, Chore::Purge).await.unwrap(), 2);
    // What the sellers were at any moment stays known.
    assert_eq!(seller::Entity::find().count(app.db.read()).await.unwrap(), 3);
    assert_eq!(job::Entity::find().count(app.db.read()).await.unwrap(), 1);
    assert_eq!(row(app, waiting[0]).await.state, JobState::Pending);
    assert_eq!(work::chore(app, Chore::Rescue).await.unwrap(), 0);
}
}
