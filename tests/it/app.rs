//! `TestApp`: a migrated database of its own, a clock that stands still, and a seeded organisation.

use std::{
    io::Write,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode},
};
use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use sea_orm::{ConnectionTrait, Database};
use sellerbook::{app::App, clock::Clock, config::Config, graphql, http, sources::Sources};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{seed::Seeded, template};

/// The moment every test happens at.
pub const NOW: &str = "2026-11-20T08:00:00Z";

/// What JWTs are signed with.
pub const JWT_SECRET: &str = "a secret of at least thirty-two bytes";

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The one inside the binary.
    Sqlite,
    /// The one named by `TEST_POSTGRES_URL`.
    Postgres,
}

/// Runs one body on SQLite and, where there is one, on PostgreSQL. With `alone:` before it, in organisations that no other test
/// has, for what all of a process share, such as its log.
#[macro_export]
macro_rules! on_both {
    (alone: $($test:tt)*) => {
        $crate::on_both! { in alone: $($test)* }
    };
    ($(#[$meta:meta])* async fn $($test:tt)*) => {
        $crate::on_both! { in new: $(#[$meta])* async fn $($test)* }
    };
    (in $make:ident: $(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block) => {
        async fn $name($app: $crate::TestApp) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::TestApp::$make($crate::Backend::Sqlite).await.unwrap()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(app) = $crate::TestApp::$make($crate::Backend::Postgres).await {
                    super::$name(app).await;
                }
            }
        }
    };
}

/// The product around a database of its own.
pub struct TestApp {
    pub app: App,
    pub router: Router,
    pub seeded: Seeded,
    pub backend: Backend,
    pub statements: Arc<AtomicU64>,
    _files: tempfile::TempDir,
    _database: TestDatabase,
}

/// An answer over GraphQL.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl TestApp {
    /// None when there is no PostgreSQL to run on.
    pub async fn new(backend: Backend) -> Option<Self> {
        Self::on(TestDatabase::new(backend, template::is_shared()).await?).await.into()
    }

    /// The same with ids of its own.
    pub async fn alone(backend: Backend) -> Option<Self> {
        Self::on(TestDatabase::new(backend, false).await?).await.into()
    }

    async fn on((database, seeded): (TestDatabase, Seeded)) -> Self {
        let backend = database.backend();
        let files = tempfile::tempdir().unwrap();
        let config = Config {
            database_url: database.url.clone(),
            storage_url: format!("file:{}", files.path().display()),
            jwt_secret: Some(sellerbook::config::Secret::new(JWT_SECRET)),
            database_connections: 4,
            catalogue_latency_ms: 0,
            ..Config::default()
        };
        let mut app = App::connect(config).await.unwrap();
        app.clock = Clock::fixed(NOW.parse().unwrap());
        let statements = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&statements);
        app.db.on_statement(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        let router = http::router(&app, graphql::schema());
        Self { app, router, seeded, backend, statements, _files: files, _database: database }
    }

    /// Statements of requests so far.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::SeqCst)
    }

    /// Works the queue by hand until nothing in it can be claimed. Answers how many tries that took.
    pub async fn run_jobs(&self) -> usize {
        sellerbook::work::run_jobs(&self.app).await.unwrap()
    }

    /// From now on these are asked, by whoever comes through any door.
    pub fn with_sources(&mut self, sources: Sources) {
        self.app.sources = sources;
        self.router = http::router(&self.app, graphql::schema());
    }

    /// Moves the clock.
    pub fn pass(&self, time: chrono::TimeDelta) {
        self.app.clock.set(self.now() + time);
    }

    /// The moment of the test.
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// One request, as it is.
    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// A query as the bearer of `token`; an empty token sends none.
    pub async fn query(&self, token: &str, query: &str, variables: Value) -> Answer {
        let mut request = Request::post("/graphql").header("content-type", "application/json");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        let response = self.send(request.body(Body::from(body)).unwrap()).await;
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, body: serde_json::from_slice(&bytes).unwrap() }
    }

    /// The first event of a subscription, as the bearer of `token`.
    pub async fn event(&self, token: &str, query: &str) -> Value {
        let mut request =
            Request::post("/graphql").header("content-type", "application/json").header("accept", "text/event-stream");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = json!({ "query": query }).to_string();
        let mut response = self.send(request.body(Body::from(body)).unwrap()).await.into_body();
        let bytes = response.frame().await.unwrap().unwrap().into_data().unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let data = text.lines().find_map(|line| line.strip_prefix("data: "));
        serde_json::from_str(data.unwrap_or(&text)).unwrap()
    }

    /// A query that must succeed: its data.
    pub async fn data(&self, token: &str, query: &str, variables: Value) -> Value {
        let answer = self.query(token, query, variables).await;
        assert!(answer.body.get("errors").is_none(), "{query}\n{:#}", answer.body);
        answer.body["data"].clone()
    }

    /// A query that must fail: the code of its first error.
    pub async fn refusal(&self, token: &str, query: &str, variables: Value) -> String {
        let answer = self.query(token, query, variables).await;
        let code = answer.body["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("{query} was not refused\n{:#}", answer.body)).to_owned()
    }

    /// A GET as the bearer of `token`: status, headers and the whole body.
    pub async fn get(&self, token: &str, path: &str) -> (StatusCode, axum::http::HeaderMap, Vec<u8>) {
        let mut request = Request::get(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = self.send(request.body(Body::empty()).unwrap()).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, bytes.to_vec())
    }

    /// A download that must succeed, as text.
    pub async fn file(&self, token: &str, path: &str) -> String {
        let (status, _, bytes) = self.get(token, path).await;
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }
}

struct TestDatabase {
    url: String,
    cleanup: Cleanup,
}

enum Cleanup {
    Sqlite(#[expect(dead_code, reason = "removed when dropped")] tempfile::TempDir),
    Postgres { server: String, name: String },
}

impl TestDatabase {
    fn backend(&self) -> Backend {
        match self.cleanup {
            Cleanup::Sqlite(_) => Backend::Sqlite,
            Cleanup::Postgres { .. } => Backend::Postgres,
        }
    }

    /// Migrated and seeded; `shared` when its rows may have the ids of others'.
    async fn new(backend: Backend, shared: bool) -> Option<(Self, Seeded)> {
        let (database, seeded) = match backend {
            Backend::Sqlite => {
                let dir = tempfile::tempdir().unwrap();
                let path = dir.path().join("test.db");
                let mut seeded = None;
                if shared {
                    let (file, of_all) = template::sqlite().await;
                    std::fs::write(&path, file).unwrap();
                    seeded = Some(of_all.clone());
                }
                (Self { url: format!("sqlite://{}", path.display()), cleanup: Cleanup::Sqlite(dir) }, seeded)
            }
            Backend::Postgres => {
                let server = postgres_server()?;
                let name = format!("sellerbook_test_{}", Uuid::now_v7().simple());
                let mut create = format!("CREATE DATABASE {name}");
                let mut seeded = None;
                if shared {
                    let (template, of_all) = template::postgres(&server).await;
                    create = format!("{create} TEMPLATE {template}");
                    seeded = Some(of_all.clone());
                }
                let admin = Database::connect(&server).await.unwrap();
                admin.execute_unprepared(&create).await.unwrap();
                admin.close().await.unwrap();
                let (base, _) = server.rsplit_once('/').unwrap();
                (Self { url: format!("{base}/{name}"), cleanup: Cleanup::Postgres { server, name } }, seeded)
            }
        };
        let seeded = match seeded {
            Some(seeded) => seeded,
            None => template::fill(&database.url).await,
        };
        Some((database, seeded))
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Cleanup::Postgres { server, name } = &self.cleanup else { return };
        let (server, statement) = (server.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = Database::connect(&server).await.unwrap();
                admin.execute_unprepared(&statement).await.unwrap();
            });
        });
        let _ = dropped.join();
    }
}

/// The server tests make their databases on. Says once, past the capture of test output, when there is none.
fn postgres_server() -> Option<String> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    SERVER
        .get_or_init(|| {
            let server = std::env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty());
            if server.is_none() {
                let _ = writeln!(
                    std::io::stderr(),
                    "note: PostgreSQL is left out: TEST_POSTGRES_URL is not set; every test runs on SQLite alone"
                );
            }
            server
        })
        .clone()
}
