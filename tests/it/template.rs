//! Databases to begin with: migrated and seeded once a process, copied for each test.
//!
//! What a reader would get wrong: where every test is a process of its own (nextest), a copy would be made once for each; there
//! each test migrates for itself.

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, FromQueryResult, Statement};
use sellerbook::{app::App, clock::Clock, config::Config};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::{
    app::NOW,
    seed::{self, Seeded},
};

/// What the names of templates on PostgreSQL begin with. An id follows, which tells when it was made.
const PREFIX: &str = "sellerbook_template_";
/// Older ones are of runs that ended.
const OLD: TimeDelta = TimeDelta::hours(2);

/// Whether tests share this process.
pub fn is_shared() -> bool {
    std::env::var_os("NEXTEST").is_none()
}

/// Migrates and seeds a database.
pub async fn fill(url: &str) -> Seeded {
    let mut app = App::connect(Config { database_url: url.to_owned(), ..Config::default() }).await.unwrap();
    app.clock = Clock::fixed(NOW.parse().unwrap());
    app.db.migrate().await.unwrap();
    seed::seed(&app).await
}

/// The file of a SQLite database.
pub async fn sqlite() -> &'static (Vec<u8>, Seeded) {
    static TEMPLATE: OnceCell<(Vec<u8>, Seeded)> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let dir = tempfile::tempdir().unwrap();
            let url = format!("sqlite://{}", dir.path().join("made.db").display());
            let seeded = fill(&url).await;
            let whole = dir.path().join("whole.db");
            let db = Database::connect(&url).await.unwrap();
            db.execute_unprepared(&format!("VACUUM INTO '{}'", whole.display())).await.unwrap();
            (std::fs::read(whole).unwrap(), seeded)
        })
        .await
}

/// The name of a PostgreSQL database to copy.
pub async fn postgres(server: &str) -> &'static (String, Seeded) {
    static TEMPLATE: OnceCell<(String, Seeded)> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let admin = Database::connect(server).await.unwrap();
            remove_old(&admin).await;
            let name = format!("{PREFIX}{}", Uuid::now_v7().simple());
            admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
            let (base, _) = server.rsplit_once('/').unwrap();
            let seeded = fill(&format!("{base}/{name}")).await;
            // Nobody may be connected to what is copied.
            admin.execute_unprepared(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await.unwrap();
            let sql = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = ";
            admin.execute_unprepared(&format!("{sql} '{name}'")).await.unwrap();
            admin.close().await.unwrap();
            (name, seeded)
        })
        .await
}

/// Nothing tells a run that it ends, so the next one tidies up.
async fn remove_old(admin: &DatabaseConnection) {
    #[derive(FromQueryResult)]
    struct Found {
        datname: String,
    }
    let sql = format!("SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'");
    let found = Found::find_by_statement(Statement::from_string(admin.get_database_backend(), sql));
    for Found { datname } in found.all(admin).await.unwrap() {
        let id: Uuid = datname[PREFIX.len()..].parse().unwrap();
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        if seconds + OLD.num_seconds().unsigned_abs() < Clock::system().now().timestamp().unsigned_abs() {
            admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {datname} WITH (FORCE)")).await.unwrap();
        }
    }
}
