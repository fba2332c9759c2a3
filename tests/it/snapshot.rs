//! Downloads beside writers, slow clients and failures: a file is of one instant, holds nothing while it waits, and is
//! whole or visibly broken.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{Request, Response, StatusCode, header},
};
use chrono::Days;
use http_body_util::BodyExt;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sellerbook::{config::Config, graphql, http};
use serde_json::Value;
use tokio::{sync::oneshot, task::JoinHandle};
use tower::ServiceExt;

use crate::{
    Backend, TestApp, log, on_both,
    seed::{self, NewRecord},
};

/// Enough that a file takes longer to read than a writer to commit.
const ROWS: usize = 30_000;
/// A round in which the download was done before the writer proves nothing and is repeated, so often.
const ROUNDS: usize = 20;
/// Longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the downloads of an organisation ended so far.
fn ends(app: &TestApp) -> Vec<String> {
    let org = format!("org_id={}", app.seeded.org);
    log::exports().borrow().iter().filter(|line| line.contains(&org)).cloned().collect()
}

/// How the next download ends after those that `known` counts.
async fn end(app: &TestApp, known: usize) -> String {
    let mut log = log::exports();
    let ended = log.wait_for(|lines| {
        let org = format!("org_id={}", app.seeded.org);
        lines.iter().filter(|line| line.contains(&org)).count() > known
    });
    drop(tokio::time::timeout(PATIENCE, ended).await.unwrap().unwrap());
    ends(app).swap_remove(known)
}

async fn execute(app: &TestApp, statements: Vec<String>) {
    let write = app.app.db.write(move |tx| {
        Box::pin(async move {
            for statement in statements {
                tx.execute_unprepared(&statement).await.unwrap();
            }
            Ok(())
        })
    });
    write.await.unwrap();
}

/// Copies each record so many times; `told` tells the copies' order ids apart.
fn copies(app: &TestApp, times: usize, told: &str, which: &str) -> String {
    let id = if app.backend == Backend::Sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
    let same = "org_id, account_id, sale_date, item_name, item_name_folded, qty, ebay_fees_cents, amazon_price_cents,
        amazon_tax_cents, amazon_shipping_cents, amazon_order_id, status, return_label_cost_cents, version, created_at,
        updated_at";
    format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times})
        INSERT INTO record (id, ebay_order_id, sale_price_cents, {same})
        SELECT {id}, ebay_order_id || '{told}' || i, sale_price_cents + i, {same} FROM record CROSS JOIN n
        WHERE deleted_at IS NULL AND {which}"
    )
}

async fn seed_rows(app: &TestApp) {
    let new = (0..10).map(|index| {
        let new = NewRecord::new(&app.app, app.seeded.org, app.seeded.accounts[index % 3], format!("order {index}"));
        NewRecord {
            day: new.day + Days::new(index as u64 / 3),
            item: format!("Löng \"name\", {index} ").repeat(4),
            ..new
        }
    });
    seed::records(&app.app, new.collect()).await;
    execute(app, vec![copies(app, ROWS / 10 - 1, "-", "1 = 1")]).await;
}

/// A transaction that edits, moves to either end, deletes and adds a seventh of the rows each, ready to commit: `commit`
/// ends it so fast that a download which is being read is still being read.
struct Disturbance {
    commit: oneshot::Sender<()>,
    committed: JoinHandle<sellerbook::error::Result<()>>,
}

impl Disturbance {
    async fn prepare(app: &TestApp, round: usize) -> Self {
        let seventh = |number| format!("sale_price_cents % 7 = {number}");
        let statements = [
            format!("UPDATE record SET item_name = 'edited {round}', version = version + 1 WHERE {}", seventh(1)),
            format!("UPDATE record SET sale_date = '2020-01-01' WHERE {}", seventh(2)),
            format!("UPDATE record SET sale_date = '2026-12-24' WHERE {}", seventh(3)),
            format!("UPDATE record SET deleted_at = updated_at WHERE {}", seventh(4)),
            copies(app, 1, &format!("-{round}-"), &seventh(5)),
        ];
        let ((commit, may_commit), (prepared, is_prepared)) = (oneshot::channel(), oneshot::channel());
        let db = app.app.db.clone();
        let committed = tokio::spawn(async move {
            let write = db.write(move |tx| {
                Box::pin(async move {
                    for statement in statements {
                        tx.execute_unprepared(&statement).await.unwrap();
                    }
                    prepared.send(()).unwrap();
                    may_commit.await.unwrap();
                    Ok(())
                })
            });
            write.await
        });
        is_prepared.await.unwrap();
        Self { commit, committed }
    }

    async fn commit(self) {
        self.commit.send(()).unwrap();
        self.committed.await.unwrap().unwrap();
    }
}

async fn start(app: &TestApp, path: &str) -> Response<Body> {
    let request = Request::get(path).header("authorization", format!("Bearer {}", app.seeded.admin.token));
    let response = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    response
}

/// A download that is read to its end and has said so in the log: it may do so after its last byte.
async fn whole(app: &TestApp, path: &str) -> Vec<u8> {
    let known = ends(app).len();
    let body = start(app, path).await.into_body();
    let file = body.collect().await.unwrap().to_bytes();
    assert!(end(app, known).await.contains(" exported "));
    file.to_vec()
}

async fn chunk(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    Some(body.frame().await?.map(|frame| frame.into_data().unwrap()))
}

/// A file that a writer changes every row of while it is read is the file from before.
async fn assert_of_one_instant(app: &TestApp, path: &str) {
    for round in 0..ROUNDS {
        let before = whole(app, path).await;
        let disturbance = Disturbance::prepare(app, round).await;
        let known = ends(app).len();
        let mut body = start(app, path).await.into_body();
        let mut file = Vec::new();
        // A workbook comes only after its last row, a Parquet file with its row groups; the status says that reading has begun.
        if !path.contains("excel") && !path.contains("parquet") {
            file.extend_from_slice(&chunk(&mut body).await.unwrap().unwrap());
        }
        disturbance.commit().await;
        let was_read = is_read(app).await;
        file.extend_from_slice(&body.collect().await.unwrap().to_bytes());
        assert!(end(app, known).await.contains(" exported "));
        assert!(file == before, "round {round}: {} bytes, {} before", file.len(), before.len());
        assert!(whole(app, path).await != before, "round {round} changed nothing");
        if was_read {
            return;
        }
    }
    panic!("every download was done before its writer");
}

on_both! {
    alone: async fn a_csv_is_of_the_instant_it_began(app: TestApp) {
        seed_rows(&app).await;
        assert_of_one_instant(&app, "/export/records/csv").await;
    }
}

on_both! {
    alone: async fn a_json_is_of_the_instant_it_began(app: TestApp) {
        seed_rows(&app).await;
        assert_of_one_instant(&app, "/export/records/json").await;
        let file = app.file(&app.seeded.admin.token, "/export/records/json?columns=id").await;
        let rows = serde_json::from_str::<Value>(&file).unwrap()["records"].as_array().unwrap().len();
        let (_, _, csv) = app.get(&app.seeded.admin.token, "/export/records/csv?columns=id").await;
        assert_eq!(rows + 1, String::from_utf8(csv).unwrap().lines().count());
    }
}

on_both! {
    alone: async fn a_workbook_is_of_the_instant_it_began(app: TestApp) {
        seed_rows(&app).await;
        assert_of_one_instant(&app, "/export/records/excel?columns=ebay_order_id,sale_date,item_name").await;
    }
}

on_both! {
    alone: async fn a_parquet_is_of_the_instant_it_began(app: TestApp) {
        seed_rows(&app).await;
        assert_of_one_instant(&app, "/export/records/parquet").await;
    }
}

/// Whether anything still reads in bulk.
async fn is_read(app: &TestApp) -> bool {
    match app.backend {
        Backend::Postgres => {
            let sql = "SELECT COUNT(*) AS readers FROM pg_stat_activity WHERE datname = current_database()
                AND application_name = 'sellerbook export' AND state <> 'idle'";
            let row = app.app.db.read().query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
            row.unwrap().try_get::<i64>("", "readers").unwrap() > 0
        }
        Backend::Sqlite => {
            // It cannot cut the log while a reader needs it.
            let path = app.app.config.database_url.strip_prefix("sqlite://").unwrap();
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.busy_timeout(Duration::ZERO).unwrap();
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).unwrap() > 0
        }
    }
}

/// Soon nothing reads. A connection that goes back to its pool is asked for a last sign of life, so not quite at once.
async fn is_free(app: &TestApp) {
    let free = async { while is_read(app).await {} };
    tokio::time::timeout(PATIENCE, free).await.unwrap();
}

on_both! {
    alone: async fn a_client_that_does_not_read_holds_no_connection_and_no_snapshot(app: TestApp) {
        seed_rows(&app).await;
        let path = "/export/records/csv?columns=ebay_order_id,item_name";
        let whole = whole(&app, path).await;
        let known = ends(&app).len();
        // More than may read at the same time: none of them waits for a client.
        let mut waiting = Vec::new();
        for _ in 0..app.app.config.export_concurrency + 2 {
            waiting.push(start(&app, path).await);
        }
        for index in 0..waiting.len() {
            assert!(end(&app, known + index).await.contains(" exported "));
        }
        is_free(&app).await;
        Disturbance::prepare(&app, 0).await.commit().await;
        for response in waiting {
            assert!(response.into_body().collect().await.unwrap().to_bytes() == whole);
        }
    }
}

on_both! {
    alone: async fn a_client_that_leaves_stops_the_work(app: TestApp) {
        seed_rows(&app).await;
        for path in ["csv", "json", "excel", "parquet"].map(|format| format!("/export/records/{format}")) {
            let mut left = String::new();
            for _ in 0..ROUNDS {
                let known = ends(&app).len();
                drop(start(&app, &path).await);
                left = end(&app, known).await;
                if left.contains("export left by its client") {
                    break;
                }
            }
            assert!(left.contains("export left by its client"), "{left}");
        }
        // PostgreSQL notices with its next row that nobody listens.
        is_free(&app).await;
    }
}

/// The response of an app that is configured otherwise.
async fn start_with(app: &TestApp, path: &str, configure: impl FnOnce(&mut Config)) -> Response<Body> {
    let mut other = app.app.clone();
    configure(Arc::make_mut(&mut other.config));
    let request = Request::get(path).header("authorization", format!("Bearer {}", app.seeded.admin.token));
    http::router(&other, graphql::schema()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

on_both! {
    alone: async fn a_failure_after_the_first_page_breaks_the_transfer(app: TestApp) {
        seed_rows(&app).await;
        for path in ["csv", "json", "ndjson", "parquet"].map(|format| format!("/export/records/{format}")) {
            let whole = whole(&app, &path).await;
            let known = ends(&app).len();
            let response = start_with(&app, &path, |config| config.spool_limit_bytes = 1).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert!(end(&app, known).await.contains("export failed"));
            let (mut body, mut file) = (response.into_body(), Vec::new());
            let last = loop {
                match chunk(&mut body).await {
                    Some(Ok(chunk)) => file.extend_from_slice(&chunk),
                    last => break last,
                }
            };
            assert!(matches!(last, Some(Err(_))), "{path} ends as if it were whole");
            assert!(!file.is_empty() && file.len() < whole.len() && whole.starts_with(&file));
        }
    }
}

async fn assert_problem(response: Response<Body>, status: StatusCode, code: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    assert!(!response.headers().contains_key(header::CONTENT_DISPOSITION));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["code"], code);
}

on_both! {
    alone: async fn a_failure_before_the_first_page_is_a_problem(app: TestApp) {
        let formats = ["csv", "json", "ndjson", "excel", "parquet"];
        let nowhere = |config: &mut Config| config.spool_dir = Some("/nowhere/at/all".into());
        for path in ["/export/records/excel", "/export/records/parquet"] {
            let response = start_with(&app, path, nowhere).await;
            assert_problem(response, StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL").await;
        }
        execute(&app, vec!["ALTER TABLE record RENAME TO elsewhere".to_owned()]).await;
        for format in formats {
            let response = start_with(&app, &format!("/export/records/{format}"), |_| {}).await;
            assert_problem(response, StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL").await;
        }
    }
}
