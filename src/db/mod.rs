//! The database: SQLite inside the binary or PostgreSQL, chosen by the address.
//!
//! [`Db::read`] for queries, [`Db::write`] for everything that changes a row, [`Db::snapshot`] for one instant of any
//! number of rows, [`Db::loader`] for any number of new ones, [`Db::write_much`] for changes of as many at once. Not here: what the queries say (the domain modules build them with SeaORM).
//! What a reader would get wrong: on SQLite there are two pools, many readers that cannot write and one writer.

mod answer;
mod key_set;
mod load;
mod much;
mod notify;
mod packed;
mod pipe;
mod postgres;
mod postgres_bulk;
mod postgres_copy;
mod postgres_decode;
mod postgres_load;
mod rows;
mod snapshot;
mod sqlite_load;
mod sqlite_rows;
mod statistics;
mod wait;

use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use migration::MigratorTrait;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, SqliteTransactionMode, TransactionOptions, sqlx,
};
use tokio::sync::{Mutex, Semaphore};

pub use answer::{Reader, Transaction};
pub use key_set::{bytes_set, id_set};
pub use load::{Input, Load, Loader, Target};
pub use notify::{Channel, Heard, notify};
pub use rows::{Cell, CellKind, RowSink, Stop};
pub use snapshot::{RowQuery, Snapshot};

use self::postgres_bulk::BulkReaders;
use crate::error::{Context, Error, Result};

/// How long SQLite waits for another process's write before it answers "locked": as long as an import of some million
/// records is written on a slow disk.
const BUSY_TIMEOUT: Duration = Duration::from_secs(300);
/// How long who writes on SQLite waits for this process's one writing connection, for the same reason. A request gives up by
/// itself before that.
const WRITER_TIMEOUT: Duration = Duration::from_secs(300);
/// How long a request waits for a free connection before it is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Readers on SQLite. More than the machine has cores would only queue on them.
const SQLITE_READERS: u32 = 4;

/// Memory the writer may keep pages in, in KiB below zero as SQLite wants it. A record is in nine indexes; with the usual
/// 2 MB, an import of a million writes each page of them many times over and takes twice as long.
const SQLITE_WRITE_CACHE: &str = "-65536";

/// Statements a connection keeps prepared. Rows are inserted many at a time, each number of them by a statement of its own.
const STATEMENT_CACHE: usize = 500;

/// A connected database.
#[derive(Clone, Debug)]
pub struct Db {
    reader: Reader,
    writer: Reader,
    bulk: Bulk,
    bulk_permits: Arc<Semaphore>,
    /// Held by who changes very many rows.
    much: Arc<Mutex<()>>,
}

/// Where bulk reads go: connections of their own, so that downloads cannot starve requests.
#[derive(Clone, Debug)]
enum Bulk {
    Sqlite(PathBuf),
    Postgres {
        /// For snapshots.
        reads: Arc<BulkReaders>,
        /// For loads.
        loads: sqlx::PgPool,
    },
}

/// Sizes of the pools.
#[derive(Clone, Copy, Debug)]
pub struct PoolSizes {
    /// Connections for requests on PostgreSQL.
    pub requests: u32,
    /// Exports that read the database at the same time; more wait for their turn.
    pub exports: u32,
}

impl Default for PoolSizes {
    fn default() -> Self {
        Self { requests: 10, exports: 4 }
    }
}

impl Db {
    /// Connects to `sqlite://path` (created when missing) or `postgres://…`.
    ///
    /// # Errors
    /// `DATABASE_URL` when the address is neither; unavailable when nothing answers there.
    pub async fn connect(url: &str, sizes: PoolSizes) -> Result<Self> {
        let bulk_permits = Arc::new(Semaphore::new(sizes.exports.max(1) as usize));
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = Reader::new(postgres::connect(url, sizes.requests).await?, Some(postgres::PATIENCE));
            let bulk = postgres::connect_bulk(url, sizes.exports)?;
            return Ok(Self { reader: pool.clone(), writer: pool, bulk, bulk_permits, much: Arc::default() });
        }
        let path = sqlite_path(url)?;
        let writer = Reader::new(connect_sqlite(url, true).await?, None);
        let reader = Reader::new(connect_sqlite(url, false).await?, None);
        Ok(Self { reader, writer, bulk: Bulk::Sqlite(path), bulk_permits, much: Arc::default() })
    }

    /// For queries. On SQLite these connections refuse to write.
    #[must_use]
    pub fn read(&self) -> &Reader {
        &self.reader
    }

    /// Whether this is the database inside the binary.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        matches!(self.bulk, Bulk::Sqlite(_))
    }

    /// Runs the queries of `work` beside work that is more urgent: on PostgreSQL by one process, which rather looks through
    /// an index alone than through the whole table.
    ///
    /// # Errors
    /// What `work` answers, or the database's own failure.
    pub async fn read_beside<T, F>(&self, work: F) -> Result<T>
    where
        F: for<'tx> FnOnce(&'tx Transaction) -> BoxFuture<'tx, Result<T>> + Send,
        T: Send,
    {
        let tx = self.reader.begin(TransactionOptions::default()).await.doing("opening a transaction to read in")?;
        if !self.is_sqlite() {
            tx.execute_unprepared(postgres::BESIDE).await.doing("asking for queries beside others")?;
        }
        let value = work(&tx).await?;
        tx.commit().await.doing("closing a transaction to read in")?;
        Ok(value)
    }

    /// Runs `work` in one writing transaction: committed when it answers `Ok`, undone otherwise.
    ///
    /// On SQLite the transaction is immediate: begun deferred, a read followed by a write fails under load.
    ///
    /// # Errors
    /// What `work` answers, or the database's own failure.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        F: for<'tx> FnOnce(&'tx Transaction) -> BoxFuture<'tx, Result<T>> + Send,
        T: Send,
    {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = self.writer.begin(options).await.doing("opening a transaction")?;
        let value = match work(&tx).await {
            Ok(value) => value,
            Err(error) => {
                // What is not undone here is undone by the end of the connection.
                if let Err(error) = tx.rollback().await {
                    tracing::debug!(%error, "undoing a transaction");
                }
                return Err(error);
            }
        };
        tx.commit().await.doing("committing")?;
        Ok(value)
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// The database's own failure.
    pub async fn migrate(&self) -> Result<()> {
        migration::Migrator::up(self.writer.unbounded(), None).await.doing("migrating the database")
    }

    /// How many migrations the database still lacks.
    ///
    /// # Errors
    /// The database's own failure.
    pub async fn pending_migrations(&self) -> Result<usize> {
        let pending = migration::Migrator::get_pending_migrations(self.writer.unbounded())
            .await
            .doing("reading the migrations")?;
        Ok(pending.len())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Unavailable when it does not.
    pub async fn ping(&self) -> Result<()> {
        self.reader.execute_unprepared("SELECT 1").await.doing("asking the database for a sign of life")?;
        Ok(())
    }

    /// Waits no longer than so for an answer of PostgreSQL, for tests with servers that say nothing.
    pub fn expect_answers_within(&mut self, patience: Duration) {
        self.reader.set_patience(patience);
        self.writer.set_patience(patience);
    }

    /// Calls `seen` after each statement of a request, for tests that count them and for tools that measure.
    pub fn on_statement(&mut self, seen: impl Fn(&str) + Send + Sync + 'static) {
        let seen = Arc::new(seen);
        for connection in [&mut self.reader, &mut self.writer] {
            let seen = Arc::clone(&seen);
            connection.unbounded_mut().set_metric_callback(move |statement| seen(&statement.statement.sql));
        }
    }
}

/// A count as it is stored: the whole numbers of both databases have a sign.
#[must_use]
pub fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn sqlite_path(url: &str) -> Result<PathBuf> {
    let refused = || {
        Error::bad_input(
            "DATABASE_URL",
            "DATABASE_URL must be `sqlite://<path of a file>` or `postgres://<user>@<host>/<database>`",
        )
    };
    if !url.starts_with("sqlite:") || url.contains(":memory:") || url.contains("mode=memory") {
        return Err(refused());
    }
    let options = sqlx::sqlite::SqliteConnectOptions::from_str(url).map_err(|_| refused())?;
    let path = options.get_filename().to_path_buf();
    if path.as_os_str().is_empty() { Err(refused()) } else { Ok(path) }
}

async fn connect_sqlite(url: &str, writes: bool) -> Result<DatabaseConnection> {
    use sqlx::{
        Connection,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    };
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(if writes { 1 } else { SQLITE_READERS })
        .acquire_timeout(if writes { WRITER_TIMEOUT } else { ACQUIRE_TIMEOUT })
        .test_before_acquire(false)
        // When a commit fails (a full disk), SQLite may have undone the transaction by itself. The library still counts it
        // as open: what came next on that connection would be a part of it, and never committed.
        .map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite
                .create_if_missing(writes)
                .busy_timeout(BUSY_TIMEOUT)
                .synchronous(SqliteSynchronous::Normal)
                .statement_cache_capacity(STATEMENT_CACHE)
                .foreign_keys(true);
            if writes {
                sqlite.journal_mode(SqliteJournalMode::Wal).pragma("cache_size", SQLITE_WRITE_CACHE)
            } else {
                sqlite.pragma("query_only", "on")
            }
        });
    Database::connect(options).await.doing("opening the SQLite database")
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, Statement};

    use super::*;

    async fn execute(db: &Db, statements: &'static [&'static str]) -> Result<()> {
        db.write(move |tx| {
            Box::pin(async move {
                for statement in statements {
                    tx.execute_unprepared(statement).await.doing("testing")?;
                }
                Ok(())
            })
        })
        .await
    }

    #[tokio::test]
    async fn what_is_written_after_a_failed_commit_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::connect(&url, PoolSizes::default()).await.unwrap();
        execute(&db, &["CREATE TABLE thing (id integer)"]).await.unwrap();
        // As SQLite does by itself when the disk is full.
        let undone = &["INSERT INTO thing VALUES (1)", "ROLLBACK"];
        for _ in 0..2 {
            execute(&db, undone).await.unwrap_err();
            execute(&db, &["nonsense"]).await.unwrap_err();
        }
        execute(&db, &["INSERT INTO thing VALUES (2)"]).await.unwrap();
        let others = Db::connect(&url, PoolSizes::default()).await.unwrap();
        let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) FROM thing");
        let counted = others.read().query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(counted.try_get_by_index::<i64>(0).unwrap(), 1);
    }
}
