//! Two processes on one PostgreSQL and one S3: each job runs once, what one does the other shows, and takes over.

use std::{
    collections::BTreeSet,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use entity::{
    export_job::{self, ExportJobStatus},
    job::{self, JobState},
};
use futures::StreamExt;
use sea_orm::EntityTrait;
use sellerbook::{app::App, auth, clock::Clock, config::Config, exports, files::LeftoverKind, work};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{PATIENCE, WIDE, eventually, many, process::Setting, queued, row, storage::stored, wide};
use crate::{
    Backend, TestApp,
    export_jobs::{start, uuid},
    storage::place::Place,
};

const JOBS: usize = 200;

/// A database and an S3, and what leads a process to both.
async fn shared() -> Option<(TestApp, Place, Setting)> {
    let (app, place) = (TestApp::new(Backend::Postgres).await?, Place::on_s3()?);
    let mut setting = Setting::of(&app);
    for (name, value) in place.variables() {
        setting = setting.with(&name, value);
    }
    Some((app, place, setting))
}

fn small() -> Value {
    json!({ "kind": "RECORDS", "format": "CSV", "columns": ["id", "ebay_order_id"] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_run_each_of_many_jobs_once() {
    let Some((app, place, setting)) = shared().await else { return };
    many(&app, 20, 10).await;
    let setting = setting.with("SELLERBOOK_WORKERS", "3").with("SELLERBOOK_LOG", "info,sellerbook=debug");
    let mut first = setting.start("serve");
    let mut second = setting.start("work");
    for number in 0..JOBS {
        let person = if number % 4 == 0 { &app.seeded.other_admin } else { &app.seeded.admin };
        start(&app, &person.token, small()).await;
    }
    let jobs = || async { job::Entity::find().all(app.app.db.read()).await.unwrap() };
    eventually("all done", || async { jobs().await.iter().all(|job| job.finished_at.is_some()) }).await;
    let jobs = jobs().await;
    assert_eq!(jobs.len(), JOBS);
    assert!(jobs.iter().all(|job| (job.state, job.attempts, job.fence) == (JobState::Done, 1, 1)));
    let exports = export_job::Entity::find().all(app.app.db.read()).await.unwrap();
    assert!(exports.iter().all(|export| export.status == ExportJobStatus::Completed));
    let named: BTreeSet<String> = exports.iter().filter_map(|export| export.file_key.clone()).collect();
    let lying: BTreeSet<String> = place.everything().await.into_iter().map(|found| found.key).collect();
    assert_eq!((named.len(), &named), (JOBS, &lying));
    first.kill();
    second.kill();
    let made = [first.log(), second.log()].map(|log| log.lines().filter(|line| line.contains("exported")).count());
    assert_eq!(made[0] + made[1], JOBS, "{made:?}");
    assert!(made[0] > 0 && made[1] > 0, "{made:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_does_another_shows_and_takes_over_when_it_dies() {
    let Some((app, place, setting)) = shared().await else { return };
    many(&app, 6_000, 4_000).await;
    let here = another(&app, &place).await;
    let _ears = AbortOnDropHandle::new(tokio::spawn(work::listen(here.clone())));
    let id = start(&app, &app.seeded.admin.token, wide()).await;
    let admin = auth::of_member(&here, app.seeded.admin.id).await.unwrap();
    let mut states = pin!(exports::watch(&here, &admin, uuid(&id)).await.unwrap());
    let mut there = setting.start("work");
    // What is begun and done over there is seen here.
    let progress = async {
        while let Some(live) = states.next().await {
            if live.job.status == ExportJobStatus::Processing && live.job.rows_done > 0 {
                return live.job.rows_done;
            }
        }
        panic!("it ended before any progress was seen");
    };
    let seen = timeout(PATIENCE, progress).await.unwrap();
    eventually("uploading", || async { is_uploading(&place).await }).await;
    let crew = work::crew(here.clone(), 1, CancellationToken::new());
    let _crew = AbortOnDropHandle::new(tokio::spawn(crew));
    there.kill();
    let killed = Instant::now();
    assert_eq!(queued(&app, &id).await.state, JobState::Running);
    eventually("taken over", || async { queued(&app, &id).await.fence == 2 }).await;
    println!("taken over after {:?}", killed.elapsed());
    // The lease is a second, the rescue looks every two.
    assert!(killed.elapsed() < Duration::from_secs(5), "{:?}", killed.elapsed());
    let rest = async {
        let mut rows_done = seen;
        let mut status = ExportJobStatus::Processing;
        while let Some(live) = states.next().await {
            assert!(live.job.rows_done >= rows_done, "it went backwards");
            (rows_done, status) = (live.job.rows_done, live.job.status);
        }
        (rows_done, status)
    };
    assert_eq!(timeout(PATIENCE, rest).await.unwrap(), (6_000, ExportJobStatus::Completed));
    assert!(stored(&place, &row(&app, &id).await).await == app.file(&app.seeded.admin.token, WIDE).await.as_bytes());
    // What the dead had uploaded is there until the sweep, an hour later.
    assert!(is_uploading(&place).await);
    let mut later = here.clone();
    later.clock = Clock::fixed(Clock::system().now() + chrono::TimeDelta::hours(1));
    work::chore(&later, work::Chore::Sweep).await.unwrap();
    let left: Vec<_> = place.everything().await.into_iter().map(|left| (left.key, left.kind)).collect();
    assert_eq!(left, [(row(&app, &id).await.file_key.unwrap(), LeftoverKind::Whole)]);
}

async fn is_uploading(place: &Place) -> bool {
    place.everything().await.iter().any(|left| matches!(left.kind, LeftoverKind::Upload(_)))
}

/// A process within the test.
async fn another(app: &TestApp, place: &Place) -> App {
    let mut other = App::connect(Config::clone(&app.app.config)).await.unwrap();
    other.config = Arc::new(Config { job_lease_seconds: 1, ..Config::clone(&app.app.config) });
    other.files = place.files.clone();
    other
}
