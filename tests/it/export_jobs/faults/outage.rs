//! A database that goes away in the midst of an export: the job ends right, or failed with a reason and may be tried again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use entity::{export_job::ExportJobStatus, job::JobState};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use sellerbook::{app::App, config::Config, work};
use serde_json::json;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{WIDE, bytes, eventually, lying, many, queued, row, seen, wide};
use crate::{
    Backend, TestApp,
    export_jobs::{change, start},
};

/// A PostgreSQL that can be taken from its users.
struct Server {
    admin: DatabaseConnection,
    database: String,
}

impl Server {
    async fn of(app: &TestApp) -> Self {
        let (server, database) = app.app.config.database_url.rsplit_once('/').unwrap();
        let admin = Database::connect(format!("{server}/postgres")).await.unwrap();
        Self { admin, database: database.to_owned() }
    }

    /// Ends the connections of this name, or all. Answers how many.
    async fn cut(&self, name: &str) -> u64 {
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = '{}' AND application_name LIKE '{name}'",
            self.database
        );
        self.admin.execute_unprepared(&sql).await.unwrap().rows_affected()
    }

    async fn let_in(&self, is_let: bool) {
        let sql = format!("ALTER DATABASE {} ALLOW_CONNECTIONS {is_let}", self.database);
        self.admin.execute_unprepared(&sql).await.unwrap();
    }
}

/// A process within the test, with the machine's clock: after a failure it waits for seconds.
async fn working(app: &TestApp) -> AbortOnDropHandle<()> {
    let mut other = App::connect(Config::clone(&app.app.config)).await.unwrap();
    other.config = Arc::new(Config { job_lease_seconds: 2, ..Config::clone(&app.app.config) });
    AbortOnDropHandle::new(tokio::spawn(async move {
        let _ears = AbortOnDropHandle::new(tokio::spawn(work::listen(other.clone())));
        work::crew(other, 1, CancellationToken::new()).await.unwrap();
    }))
}

async fn begun(app: &TestApp, id: &str) {
    eventually("begun", || async { row(app, id).await.status == ExportJobStatus::Processing }).await;
}

/// Each dead connection of the test's own fails once, and is replaced.
async fn is_back(app: &TestApp) {
    for _ in 0..2 * app.app.config.database_connections {
        let _ = app.app.db.ping().await;
    }
    eventually("back", || async { app.app.db.ping().await.is_ok() }).await;
}

async fn ends_right(app: &TestApp, id: &str) {
    eventually("done", || async { queued(app, id).await.state == JobState::Done }).await;
    assert!(bytes(app, id).await == app.file(&app.seeded.admin.token, WIDE).await.as_bytes());
}

async fn goes_on(app: &TestApp) {
    let id = start(app, &app.seeded.admin.token, wide()).await;
    ends_right(app, &id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_connections_are_cut_again_and_again_ends_right() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    many(&app, 5_000, 4_000).await;
    app.app.clock.set(sellerbook::clock::Clock::system().now());
    let server = Server::of(&app).await;
    let id = start(&app, &app.seeded.admin.token, wide()).await;
    let _working = working(&app).await;
    begun(&app, &id).await;
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(3) {
        server.cut("%").await;
        sleep(Duration::from_millis(20)).await;
    }
    is_back(&app).await;
    ends_right(&app, &id).await;
    assert!(queued(&app, &id).await.attempts > 1, "it was no test");
    goes_on(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_database_is_away_for_longer_than_anybody_waits_ends_right() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    many(&app, 5_000, 4_000).await;
    app.app.clock.set(sellerbook::clock::Clock::system().now());
    let server = Server::of(&app).await;
    let id = start(&app, &app.seeded.admin.token, wide()).await;
    let _working = working(&app).await;
    begun(&app, &id).await;
    server.let_in(false).await;
    server.cut("%").await;
    // Longer than a lease, and than a request waits for a connection.
    sleep(Duration::from_secs(12)).await;
    server.let_in(true).await;
    is_back(&app).await;
    ends_right(&app, &id).await;
    goes_on(&app).await;
    assert_eq!(lying(&app).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_cut_off_each_time_fails_with_a_reason_and_is_made_when_asked_again() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    many(&app, 5_000, 4_000).await;
    let (server, token) = (Server::of(&app).await, &app.seeded.admin.token);
    let id = start(&app, token, wide()).await;
    let cutting = async {
        loop {
            server.cut("sellerbook export").await;
            sleep(Duration::from_millis(5)).await;
        }
    };
    let working = async {
        for _ in 0..5 {
            assert_eq!(app.run_jobs().await, 1);
            app.pass(TimeDelta::minutes(7));
        }
    };
    tokio::select! {
        () = working => {}
        () = cutting => {}
    }
    let failed = seen(&app, token, &id).await;
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("FAILED"), &json!("UNAVAILABLE")), "{failed:#}");
    assert!(lying(&app).await.is_empty());
    change(&app, token, "retryExport", &id).await;
    assert_eq!(app.run_jobs().await, 1);
    ends_right(&app, &id).await;
}
