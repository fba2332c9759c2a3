//! Connections to PostgreSQL for bulk reads, each with a runtime of its own; they are kept for the next read.
//!
//! Not here: what is read (`postgres_copy.rs`), and how many read at the same time (`snapshot.rs`). What a reader would get
//! wrong: in the runtime of the requests another thread waits for all sockets, and PostgreSQL would wake it with every 8 KiB
//! it sends, which on a small machine costs both more than the rows do. Here nobody waits for a socket but who reads from it.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sea_orm::sqlx::{self, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    runtime::{Builder, Runtime},
    time::{sleep, timeout},
};

use super::{ACQUIRE_TIMEOUT, Stop, postgres::is_alive};
use crate::error::{Context, Error, Result};

/// Between two tries to reach a server that is not up.
const PAUSE: Duration = Duration::from_millis(100);

/// Those that rest, and how to make more.
#[derive(Debug)]
pub struct BulkReaders {
    options: PgConnectOptions,
    resting: Mutex<Vec<BulkReader>>,
}

/// A connection, and the runtime of the one thread that uses it.
#[derive(Debug)]
pub struct BulkReader {
    connection: PgConnection,
    /// None once it is dropped.
    runtime: Option<Runtime>,
}

impl BulkReaders {
    /// None yet.
    pub fn new(options: PgConnectOptions) -> Self {
        Self { options, resting: Mutex::default() }
    }

    /// How they connect.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Runs `work` on a connection that is alive. Blocks: call it on a blocking thread. The connection rests when the work
    /// succeeded; otherwise it is closed, which ends on the server what it was at.
    ///
    /// # Errors
    /// What `work` answers; unavailable when PostgreSQL cannot be reached.
    pub fn with(&self, work: impl AsyncFnOnce(&mut PgConnection) -> Result<(), Stop>) -> Result<(), Stop> {
        let mut reader = self.take()?;
        let outcome = reader.block_on(work);
        if outcome.is_ok() {
            self.resting().push(reader);
        }
        outcome
    }

    fn take(&self) -> Result<BulkReader> {
        loop {
            let Some(mut reader) = self.resting().pop() else { return BulkReader::connect(&self.options) };
            let asked =
                reader.block_on(async |connection| Ok(is_alive(connection).await.doing("asking who rested")?));
            if asked.is_ok() {
                return Ok(reader);
            }
        }
    }

    fn resting(&self) -> MutexGuard<'_, Vec<BulkReader>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BulkReader {
    fn connect(options: &PgConnectOptions) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().doing("beginning a bulk read")?;
        let connecting = runtime.block_on(async { timeout(ACQUIRE_TIMEOUT, connect(options)).await });
        let connection = connecting.unwrap_or(Err(sqlx::Error::PoolTimedOut)).doing("connecting for a bulk read")?;
        Ok(Self { connection, runtime: Some(runtime) })
    }

    fn block_on(&mut self, work: impl AsyncFnOnce(&mut PgConnection) -> Result<(), Stop>) -> Result<(), Stop> {
        let runtime = self.runtime.as_ref().ok_or_else(|| Error::internal("a reader has a runtime"))?;
        runtime.block_on(work(&mut self.connection))
    }
}

impl Drop for BulkReader {
    fn drop(&mut self) {
        // Wherever that happens, waiting for threads is not allowed there; it has none.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Connects, if need be as soon as the server is up.
async fn connect(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    loop {
        match PgConnection::connect_with(options).await {
            Err(sqlx::Error::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            Err(sqlx::Error::Database(error)) if error.is_transient_in_connect_phase() => {}
            outcome => return outcome,
        }
        sleep(PAUSE).await;
    }
}
