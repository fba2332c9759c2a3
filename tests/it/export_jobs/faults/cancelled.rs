//! Cancel at every stage of a job: within a second it has stopped, and nothing of it is left.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use entity::{
    export_job::ExportJobStatus,
    job::{self, JobState},
};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use sellerbook::{app::App, files::LeftoverKind, work};
use tokio::{sync::Notify, time::sleep};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{eventually, lying, many, on_disk, queued, row, wide};
use crate::{
    Backend, TestApp,
    export_jobs::{change, start, uuid},
    on_both,
    storage::{flaky::Flaky, place::Place},
};

/// A second is promised; the other is for a busy machine.
const SOON: Duration = Duration::from_secs(2);

/// A process that works, within the test.
fn working(app: &App) -> AbortOnDropHandle<()> {
    let app = app.clone();
    AbortOnDropHandle::new(tokio::spawn(async move { work::crew(app, 1, CancellationToken::new()).await.unwrap() }))
}

/// Cancels what has not ended, and waits until it has.
async fn cancel(app: &TestApp, id: &str) {
    if stop(app, id).await {
        // A file under way is taken away behind the answer.
        eventually("nothing left", || async { lying(app).await.is_empty() }).await;
    }
}

/// Cancels an export, unless it is done already, and says whether. What it has written may still lie there.
async fn stop(app: &TestApp, id: &str) -> bool {
    let asked = Instant::now();
    let cancelled = change(app, &app.seeded.admin.token, "cancelExport", id).await;
    if cancelled["userErrors"][0]["code"] == "EXPORT_FINISHED" {
        assert_eq!(row(app, id).await.status, ExportJobStatus::Completed, "only what is done is too late to cancel");
        return false;
    }
    eventually("cancelled", || async { row(app, id).await.status == ExportJobStatus::Cancelled }).await;
    let took = asked.elapsed();
    println!("cancelled after {took:?}");
    assert!(took < SOON, "{took:?}");
    assert_eq!(queued(app, id).await.state, JobState::Cancelled);
    true
}

async fn begun(app: &TestApp, id: &str) {
    eventually("begun", || async { row(app, id).await.status == ExportJobStatus::Processing }).await;
}

/// Those who work go on as before.
async fn goes_on(app: &TestApp) {
    let id = start(app, &app.seeded.admin.token, wide()).await;
    eventually("done", || async { row(app, &id).await.status == ExportJobStatus::Completed }).await;
}

on_both! {
    async fn a_job_that_waits_for_its_turn_to_read_is_cancelled(app: TestApp) {
        many(&app, 10, 10).await;
        let token = &app.seeded.admin.token;
        let waiting = start(&app, token, wide()).await;
        cancel(&app, &waiting).await;
        let mut places = Vec::new();
        for _ in 0..app.app.config.export_concurrency {
            places.push(app.app.db.snapshot().await.unwrap());
        }
        let id = start(&app, token, wide()).await;
        let _working = working(&app.app);
        begun(&app, &id).await;
        cancel(&app, &id).await;
        drop(places);
        goes_on(&app).await;
    }
}

on_both! {
    async fn a_job_is_cancelled_at_any_moment(app: TestApp) {
        many(&app, 5_000, 4_000).await;
        let token = &app.seeded.admin.token;
        let _working = working(&app.app);
        let id = start(&app, token, wide()).await;
        begun(&app, &id).await;
        let since = Instant::now();
        eventually("done", || async { row(&app, &id).await.status == ExportJobStatus::Completed }).await;
        let lasts = since.elapsed();
        change(&app, token, "deleteExport", &id).await;
        let seed: u64 = std::env::var("TEST_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
        println!("TEST_SEED={seed}");
        let mut moments = SmallRng::seed_from_u64(seed);
        for _ in 0..10 {
            let id = start(&app, token, wide()).await;
            let moment = lasts.mul_f64(moments.random_range(0.0..1.0));
            // From the claim on, at times before the job says that it has begun.
            eventually("claimed", || async { queued(&app, &id).await.fence > 0 }).await;
            sleep(moment).await;
            println!("after {moment:?} of {lasts:?}");
            cancel(&app, &id).await;
            change(&app, token, "deleteExport", &id).await;
            assert_eq!(on_disk(&app), 0);
        }
        goes_on(&app).await;
    }
}

on_both! {
    async fn a_job_is_cancelled_when_its_file_is_whole_and_not_yet_its_own(app: TestApp) {
        many(&app, 5_000, 4_000).await;
        let id = start(&app, &app.seeded.admin.token, wide()).await;
        let _working = working(&app.app);
        begun(&app, &id).await;
        // While this is written nobody can finish the job; the file is made all the same.
        let other = App::connect(sellerbook::config::Config::clone(&app.app.config)).await.unwrap();
        let (files, asked_at, subject) = (app.app.files.clone(), app.now(), uuid(&id));
        other
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let asked = job::Entity::update_many()
                        .col_expr(job::Column::CancelAskedAt, Expr::value(asked_at))
                        .filter(job::Column::SubjectId.eq(subject));
                    assert_eq!(asked.exec(tx).await.unwrap().rows_affected, 1);
                    eventually("whole", || async {
                        let lying = files.leftovers(chrono::DateTime::<chrono::Utc>::MAX_UTC).await.unwrap();
                        lying.iter().any(|found| found.kind == LeftoverKind::Whole)
                    })
                    .await;
                    Ok(())
                })
            })
            .await
            .unwrap();
        eventually("cancelled", || async { row(&app, &id).await.status == ExportJobStatus::Cancelled }).await;
        eventually("nothing left", || async { lying(&app).await.is_empty() }).await;
        goes_on(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_waits_for_the_database_is_cancelled() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    many(&app, 10, 10).await;
    let other = App::connect(sellerbook::config::Config::clone(&app.app.config)).await.unwrap();
    let (locked, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (is_locked, released) = (Arc::clone(&locked), Arc::clone(&release));
    let locking = tokio::spawn(async move {
        let lock = other.db.write(move |tx| {
            Box::pin(async move {
                // Rows can be neither counted nor read.
                tx.execute_unprepared("LOCK TABLE record IN ACCESS EXCLUSIVE MODE").await.unwrap();
                is_locked.notify_one();
                released.notified().await;
                Ok(())
            })
        });
        lock.await.unwrap();
    });
    locked.notified().await;
    let _working = working(&app.app);
    let id = start(&app, &app.seeded.admin.token, wide()).await;
    eventually("claimed", || async { queued(&app, &id).await.fence > 0 }).await;
    cancel(&app, &id).await;
    release.notify_one();
    locking.await.unwrap();
    goes_on(&app).await;
}

on_both! {
    async fn a_job_whose_storage_does_not_answer_is_cancelled(app: TestApp) {
        let (mut app, Some(place)) = (app, Place::on_s3()) else { return };
        let flaky = Flaky::before(&place, 0).await;
        app.app.files = place.through(&flaky.address);
        many(&app, 3_000, 4_000).await;
        let token = &app.seeded.admin.token;
        let _working = working(&app.app);
        for export in [serde_json::json!({ "kind": "SELLERS", "format": "CSV" }), wide()] {
            flaky.state.is_stuck.store(true, Ordering::SeqCst);
            let id = start(&app, token, export).await;
            begun(&app, &id).await;
            eventually("writing", || async { flaky.state.stuck.load(Ordering::SeqCst) > 0 }).await;
            assert!(stop(&app, &id).await);
            // Nothing can be taken away before it answers again.
            flaky.state.is_stuck.store(false, Ordering::SeqCst);
            flaky.state.stuck.store(0, Ordering::SeqCst);
            place.becomes_empty().await;
        }
        goes_on(&app).await;
    }
}
