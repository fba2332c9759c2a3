//! Watching export jobs: every state in its order, the last always, and the database asked once for all who watch.

use std::{
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures::{Stream, StreamExt};
use sellerbook::{
    auth,
    exports::{self, ExportJobStatus, LiveExport},
    work,
};
use serde_json::json;
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{change, records_csv, rows, start, uuid};
use crate::{
    TestApp, on_both,
    storage::{flaky::Flaky, place::Place},
};

const SOON: Duration = Duration::from_secs(20);

async fn actor(app: &TestApp, id: uuid::Uuid) -> auth::Actor {
    auth::of_member(&app.app, id).await.unwrap()
}

async fn next(states: &mut (impl Stream<Item = Arc<LiveExport>> + Unpin)) -> Option<Arc<LiveExport>> {
    timeout(SOON, states.next()).await.unwrap()
}

on_both! {
    async fn a_watcher_sees_the_present_and_the_end(app: TestApp) {
        rows(&app, 50).await;
        let admin = actor(&app, app.seeded.admin.id).await;
        let id = start(&app, &app.seeded.admin.token, records_csv()).await;
        let mut states = pin!(exports::watch(&app.app, &admin, uuid(&id)).await.unwrap());
        let first = next(&mut states).await.unwrap();
        assert_eq!((first.job.status, first.position), (ExportJobStatus::Pending, Some(1)));
        app.run_jobs().await;
        let mut rows_done = 0;
        let mut last = None;
        while let Some(live) = next(&mut states).await {
            assert!(live.job.rows_done >= rows_done);
            rows_done = live.job.rows_done;
            last = Some(live.job.status);
        }
        assert_eq!((last, rows_done), (Some(ExportJobStatus::Completed), 50));
        // Whoever comes late sees the end at once.
        let states: Vec<_> = exports::watch(&app.app, &admin, uuid(&id)).await.unwrap().collect().await;
        assert_eq!(states.len(), 1);
        assert_eq!(states[0].job.status, ExportJobStatus::Completed);
    }
}

on_both! {
    async fn who_waits_for_a_job_is_told_how_many_rows_there_are(app: TestApp) {
        let (mut app, Some(place)) = (app, Place::on_s3()) else { return };
        let flaky = Flaky::before(&place, 0).await;
        app.app.files = place.through(&flaky.address);
        rows(&app, 50).await;
        let admin = actor(&app, app.seeded.admin.id).await;
        // Its file cannot be written before that, so it runs for as long as it takes.
        flaky.state.is_stuck.store(true, Ordering::SeqCst);
        let id = start(&app, &app.seeded.admin.token, records_csv()).await;
        let mut states = pin!(exports::watch(&app.app, &admin, uuid(&id)).await.unwrap());
        let _working = AbortOnDropHandle::new(tokio::spawn(work::crew(app.app.clone(), 1, CancellationToken::new())));
        let told = loop {
            let live = next(&mut states).await.unwrap();
            if let Some(total) = live.job.rows_total {
                break (live.job.status, live.job.rows_done, total);
            }
        };
        assert_eq!(told, (ExportJobStatus::Processing, 50, 50));
        flaky.state.is_stuck.store(false, Ordering::SeqCst);
    }
}

on_both! {
    async fn a_deleted_job_ends_its_streams(app: TestApp) {
        let admin = actor(&app, app.seeded.admin.id).await;
        let id = start(&app, &app.seeded.admin.token, records_csv()).await;
        let mut states = pin!(exports::watch(&app.app, &admin, uuid(&id)).await.unwrap());
        next(&mut states).await.unwrap();
        change(&app, &app.seeded.admin.token, "cancelExport", &id).await;
        change(&app, &app.seeded.admin.token, "deleteExport", &id).await;
        while let Some(live) = next(&mut states).await {
            assert_eq!(live.job.status, ExportJobStatus::Cancelled);
        }
    }
}

on_both! {
    async fn a_thousand_watchers_cost_the_database_what_one_does(app: TestApp) {
        rows(&app, 50).await;
        let admin = actor(&app, app.seeded.admin.id).await;
        let id = start(&app, &app.seeded.admin.token, records_csv()).await;
        let mut watchers = Vec::new();
        for _ in 0..1_000 {
            let mut states = Box::pin(exports::watch(&app.app, &admin, uuid(&id)).await.unwrap());
            next(&mut states).await.unwrap();
            watchers.push(states);
        }
        let before = app.statements();
        app.run_jobs().await;
        let ends = futures::future::join_all(watchers.into_iter().map(async |mut states| {
            let (mut rows_done, mut last) = (0, None);
            while let Some(live) = next(&mut states).await {
                assert!(live.job.rows_done >= rows_done);
                rows_done = live.job.rows_done;
                last = Some(live.job.status);
            }
            last
        }));
        assert!(ends.await.iter().all(|end| *end == Some(ExportJobStatus::Completed)));
        let cost = app.statements() - before;
        assert!(cost < 100, "{cost} statements");
    }
}

on_both! {
    async fn who_watches_all_sees_what_they_may_and_no_more(app: TestApp) {
        rows(&app, 9).await;
        let seeded = &app.seeded;
        let (admin, va, other) =
            (actor(&app, seeded.admin.id).await, actor(&app, seeded.va.id).await, actor(&app, seeded.other_admin.id).await);
        let waiting = start(&app, &seeded.va.token, records_csv()).await;
        let mut of_admin = Box::pin(exports::watch_all(&app.app, &admin).await.unwrap());
        let mut of_va = Box::pin(exports::watch_all(&app.app, &va).await.unwrap());
        let mut of_other = Box::pin(exports::watch_all(&app.app, &other).await.unwrap());
        for states in [&mut of_admin, &mut of_va] {
            let live = timeout(SOON, states.next()).await.unwrap().unwrap().unwrap();
            assert_eq!(live.job.id, uuid(&waiting));
        }
        let of_the_admin = start(&app, &seeded.admin.token, json!({ "kind": "SELLERS", "format": "CSV" })).await;
        let of_others = start(&app, &seeded.other_admin.token, records_csv()).await;
        app.run_jobs().await;
        let mut ended = std::collections::BTreeSet::new();
        while ended.len() < 2 {
            let live = timeout(SOON, of_admin.next()).await.unwrap().unwrap().unwrap();
            assert_ne!(live.job.id, uuid(&of_others));
            if live.job.status == ExportJobStatus::Completed {
                ended.insert(live.job.id);
            }
        }
        assert!(ended.contains(&uuid(&of_the_admin)));
        loop {
            let live = timeout(SOON, of_va.next()).await.unwrap().unwrap().unwrap();
            assert_eq!(live.job.id, uuid(&waiting));
            if live.job.status == ExportJobStatus::Completed {
                break;
            }
        }
        loop {
            let live = timeout(SOON, of_other.next()).await.unwrap().unwrap().unwrap();
            assert_eq!(live.job.id, uuid(&of_others));
            if live.job.status == ExportJobStatus::Completed {
                break;
            }
        }
    }
}

/// On PostgreSQL a process hears of what another one does, without waiting for its poll.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_on_one_process_sees_the_work_of_another() {
    let Some(app) = TestApp::new(crate::Backend::Postgres).await else { return };
    rows(&app, 50).await;
    let mut other = sellerbook::app::App::connect((*app.app.config).clone()).await.unwrap();
    other.clock = app.app.clock.clone();
    let ears = tokio::spawn(work::listen(other.clone()));
    let admin = actor(&app, app.seeded.admin.id).await;
    let id = start(&app, &app.seeded.admin.token, records_csv()).await;
    let mut states = pin!(exports::watch(&other, &admin, uuid(&id)).await.unwrap());
    assert_eq!(next(&mut states).await.unwrap().job.status, ExportJobStatus::Pending);
    app.run_jobs().await;
    let mut last = None;
    while let Some(live) = next(&mut states).await {
        last = Some(live.job.status);
    }
    assert_eq!(last, Some(ExportJobStatus::Completed));
    ears.abort();
}
