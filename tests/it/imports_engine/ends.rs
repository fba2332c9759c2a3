//! A process that ends under an import: nobody panics, and the import is done by the next one.

use std::thread::JoinHandle;

use sea_orm::ConnectionTrait;
use sellerbook::{
    clock::Clock,
    db::{Input, Target},
    error::{Context, Error, Result},
    imports::{self, ImportStatus as S},
};
use tokio::{runtime::Builder, sync::oneshot};
use tokio_util::sync::CancellationToken;

use super::{admin, after_jobs, begin, many, of_alpha};
use crate::{
    Backend, TestApp, on_both,
    process::{Setting, eventually},
};

const TARGET: Target = Target { table: "import_record", columns: &["import_id"] };

/// A thread that waits for its turn to load rows, which does not come.
async fn waiting(app: &TestApp, stop: CancellationToken) -> JoinHandle<Result<()>> {
    let (tell, held) = oneshot::channel();
    let (db, is_postgres) = (app.app.db.clone(), app.backend == Backend::Postgres);
    tokio::spawn(async move {
        db.write_much::<(), _>(move |tx| {
            Box::pin(async move {
                if is_postgres {
                    let lock = "LOCK TABLE import_record IN ACCESS EXCLUSIVE MODE";
                    tx.execute_unprepared(lock).await.doing("testing")?;
                }
                let _ = tell.send(());
                std::future::pending().await
            })
        })
        .await
    });
    held.await.unwrap();
    let loader = app.app.db.loader().await.unwrap();
    std::thread::spawn(move || {
        let mut load = loader.begin(TARGET, stop)?;
        load.row(&[Input::Null])?;
        load.finish()
    })
}

/// Ends a runtime while a thread waits for its database. It makes no difference whether the thread waits already.
fn ends_without_panic(backend: Backend) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let thread = runtime.block_on(async {
        let app = TestApp::new(backend).await?;
        let stop = CancellationToken::new();
        let leaving = stop.clone().drop_guard();
        let thread = waiting(&app, stop).await;
        tokio::spawn(async move {
            let _kept = (app, leaving);
            std::future::pending::<()>().await;
        });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        Some(thread)
    });
    drop(runtime);
    let Some(thread) = thread else { return };
    // The other write may end before the thread is told to stop: then it has its turn, with a row that no table takes.
    let refused = thread.join().unwrap().unwrap_err();
    assert!(matches!(refused, Error::Unavailable { .. } | Error::Internal { .. }), "{refused:?}");
}

#[test]
fn a_thread_that_waits_for_sqlite_ends_with_its_process() {
    ends_without_panic(Backend::Sqlite);
}

#[test]
fn a_thread_that_waits_for_postgresql_ends_with_its_process() {
    ends_without_panic(Backend::Postgres);
}

on_both! {
    async fn a_process_that_is_told_to_end_puts_its_import_back(app: TestApp) {
        let import = begin(&app, &admin(&app).await, of_alpha(&app), &many(30_000)).await.unwrap();
        let setting = Setting::of(&app).with("SELLERBOOK_SHUTDOWN_GRACE_SECONDS", "0");
        let seen = async || imports::get(&app.app, &admin(&app).await, import.id).await.unwrap();
        for _ in 0..3 {
            let mut process = setting.start("work");
            eventually("begun", || async { seen().await.status != S::Pending }).await;
            process.terminate();
            eventually("ended", || {
                let has_ended = process.ended().is_some();
                async move { has_ended }
            })
            .await;
            assert_eq!(process.ended().unwrap().code(), Some(0));
            assert!(!process.log().contains("panicked"), "{}", process.log());
            let status = seen().await.status;
            assert!(matches!(status, S::Pending | S::Ready), "{status:?}");
        }
        app.app.clock.set(Clock::system().now());
        assert_eq!(after_jobs(&app, import.id).await.status, S::Ready);
    }
}
