//! Which job is next, and how many may run.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::TimeDelta;
use entity::job::{self, JobState};
use futures::future::join_all;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use sellerbook::{
    app::App,
    config::Config,
    jobs::{self, Job},
};
use uuid::Uuid;

use super::{advance, another_process, enqueue, put, raw, row, trial::Trial};
use crate::{on_both, seed};

/// Work that is done at once and takes a second, and the jobs in the order they ran in.
fn in_order() -> (Arc<Trial>, Arc<Mutex<Vec<Job>>>) {
    let ran = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&ran);
    let trial = Trial::new(move |app, lease| {
        heard.lock().unwrap().push(lease.job());
        Box::pin(async move {
            advance(&app.clock, TimeDelta::seconds(1));
            Ok(lease.finish_alone(&app.db).await?)
        })
    });
    (trial, ran)
}

on_both! {
async fn jobs_of_one_organisation_run_in_the_order_they_came(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 5).await;
    let (trial, ran) = in_order();
    assert_eq!(trial.worker(&test.app).work_off().await.unwrap(), 5);
    assert_eq!(*ran.lock().unwrap(), jobs);
    let first = row(&test.app, jobs[0]).await;
    assert_eq!((first.state, first.attempts, first.fence), (JobState::Done, 1, 1));
    assert_eq!((first.slot, first.lease_until), (None, None));
    assert_eq!(trial.told(), [], "what its own transaction ended is not told");
}
}

on_both! {
async fn a_thousand_jobs_of_one_organisation_do_not_starve_another(test: TestApp) {
    enqueue_quickly(&test.app, test.seeded.org, 1_000).await;
    let third = seed::organisation(&test.app, "third").await;
    let (few, late) = (enqueue(&test.app, test.seeded.other_org, 3).await, enqueue(&test.app, third, 1).await);
    let (trial, ran) = in_order();
    let stop = tokio_util::sync::CancellationToken::new();
    // One worker alone; it stops after the twelfth job.
    let (seen, enough) = (Arc::clone(&ran), stop.clone());
    let watch = async move { super::eventually("twelve jobs", || async { seen.lock().unwrap().len() >= 12 }).await; enough.cancel() };
    tokio::join!(trial.worker(&test.app).run(stop, Default::default()), watch);
    let ran = ran.lock().unwrap();
    let places: Vec<usize> =
        few.iter().chain(&late).map(|job| ran.iter().position(|other| other == job).unwrap()).collect();
    assert_eq!(places, [1, 4, 6, 2], "{ran:?}");
}
}

on_both! {
async fn no_more_run_than_an_organisation_may(test: TestApp) {
    const MAY: u32 = 3;
    let mut app = test.app.clone();
    app.config = Arc::new(Config { jobs_per_organisation: MAY, ..Config::clone(&app.config) });
    let other = another_process(&app).await;
    for _ in 0..30 {
        enqueue(&app, test.seeded.org, 1).await;
        enqueue(&app, test.seeded.other_org, 1).await;
    }
    let (most, ran) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let trial = {
        let (most, ran) = (Arc::clone(&most), Arc::clone(&ran));
        Trial::new(move |app, lease| {
            let (most, ran) = (Arc::clone(&most), Arc::clone(&ran));
            Box::pin(async move {
                let running = running(app, lease.org_id()).await;
                most.fetch_max(running.len(), Ordering::SeqCst);
                assert!(running.iter().all(|slot| (1..=3).contains(slot)), "{running:?}");
                ran.fetch_add(1, Ordering::SeqCst);
                Ok(lease.finish_alone(&app.db).await?)
            })
        })
    };
    let workers = (0..24).map(|number| {
        let worker = trial.worker(if number % 2 == 0 { &app } else { &other });
        tokio::spawn(async move { worker.work_off().await.unwrap() })
    });
    let tries: usize = join_all(workers).await.into_iter().map(Result::unwrap).sum();
    assert_eq!((tries, ran.load(Ordering::SeqCst)), (60, 60), "each job runs once");
    assert_eq!(most.load(Ordering::SeqCst), MAY as usize);
    assert_eq!(trial.told(), []);
}
}

/// The places that are taken.
async fn running(app: &App, org: Uuid) -> Vec<i32> {
    let rows = job::Entity::find()
        .filter(job::Column::OrgId.eq(org))
        .filter(job::Column::State.eq(JobState::Running))
        .all(app.db.read())
        .await
        .unwrap();
    rows.into_iter().filter_map(|row| row.slot).collect()
}

on_both! {
async fn a_place_is_the_lowest_that_is_free(test: TestApp) {
    let slots = Arc::new(Mutex::new(HashMap::new()));
    let seen = Arc::clone(&slots);
    let trial = Trial::new(move |app, lease| {
        let seen = Arc::clone(&seen);
        Box::pin(async move {
            let slot = row(app, lease.job()).await.slot.unwrap();
            seen.lock().unwrap().insert(lease.job(), slot);
            Ok(lease.finish_alone(&app.db).await?)
        })
    });
    for (slot, job) in [(1, Uuid::now_v7()), (3, Uuid::now_v7())] {
        let mut running = raw(&test.app, test.seeded.org, "export");
        running.subject_id = Set(job);
        running.state = Set(JobState::Running);
        running.slot = Set(Some(slot));
        running.claimed_at = Set(Some(test.now()));
        running.lease_until = Set(Some(test.now()));
        seed::insert::<job::Entity>(&test.app, vec![running]).await;
    }
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    trial.worker(&test.app).work_off().await.unwrap();
    assert_eq!(slots.lock().unwrap()[&jobs[0]], 2);
}
}

on_both! {
async fn a_job_of_a_kind_from_the_future_is_left_to_it(test: TestApp) {
    seed::insert::<job::Entity>(&test.app, vec![raw(&test.app, test.seeded.org, "telepathy")]).await;
    let known = enqueue(&test.app, test.seeded.org, 1).await;
    assert_eq!(Trial::easy().worker(&test.app).work_off().await.unwrap(), 1);
    assert_eq!(row(&test.app, known[0]).await.state, JobState::Done);
}
}

on_both! {
async fn a_subject_has_one_job_at_a_time(test: TestApp) {
    let jobs = enqueue(&test.app, test.seeded.org, 1).await;
    assert_eq!(put(&test.app, test.seeded.org, jobs[0]).await.unwrap_err().code(), "JOB_EXISTS");
    Trial::easy().worker(&test.app).work_off().await.unwrap();
    put(&test.app, test.seeded.org, jobs[0]).await.unwrap();
    assert_eq!(row(&test.app, jobs[0]).await.state, JobState::Pending);
}
}

on_both! {
async fn the_line_takes_turns_between_organisations(test: TestApp) {
    let many = enqueue(&test.app, test.seeded.org, 4).await;
    let few = enqueue(&test.app, test.seeded.other_org, 2).await;
    let gone = enqueue(&test.app, test.seeded.other_org, 1).await;
    super::cancel(&test.app, test.seeded.other_org, gone[0]).await;
    let asked: Vec<Job> = many.iter().chain(&few).chain(&gone).copied().collect();
    let places = jobs::positions(test.app.db.read(), &asked).await.unwrap();
    let place = |job: &Job| places.get(job).copied();
    assert_eq!(many.iter().map(place).collect::<Vec<_>>(), [Some(1), Some(3), Some(5), Some(6)]);
    assert_eq!(few.iter().map(place).collect::<Vec<_>>(), [Some(2), Some(4)]);
    assert_eq!(place(&gone[0]), None);
    assert_eq!(jobs::positions(test.app.db.read(), &[]).await.unwrap(), HashMap::new());
}
}

async fn enqueue_quickly(app: &App, org: Uuid, count: usize) {
    let rows = std::iter::repeat_with(|| raw(app, org, "export")).take(count).collect();
    seed::insert::<job::Entity>(app, rows).await;
}
