//! One transaction that changes very many rows by few statements, each of which may take its time.
//!
//! This is where the two databases differ again: PostgreSQL is told to let a statement go on for longer than a request would;
//! SQLite gets memory for the pages of the indexes, each of which would be written many times over otherwise. What a reader
//! would get wrong: on SQLite nobody else writes meanwhile. Others of this process wait in line, those of others too.

use std::time::Duration;

use futures::future::BoxFuture;
use sea_orm::ConnectionTrait;

use super::{Db, Reader, SQLITE_WRITE_CACHE, Transaction};
use crate::error::{Context, Result};

/// How long one statement may take: a million rows take half a minute here, and machines differ.
const PATIENCE: Duration = Duration::from_secs(900);
/// The same for PostgreSQL, a little less, so that it says so itself; memory to sort and hash in; and no compiling, which
/// never pays where each row is written into nine indexes.
const SETTINGS: &str = "SET LOCAL statement_timeout = '890s'; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off";
/// KiB below zero, as SQLite wants it: the indexes of a million records, about.
const CACHE: &str = "-262144";

impl Db {
    /// Whether nobody else of this process can write, and for a while: a request that had to wait may come again.
    #[must_use]
    pub fn is_held_up(&self) -> bool {
        self.is_sqlite() && self.much.try_lock().is_err()
    }

    /// As [`write`](Self::write), for changes of very many rows at once.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_much<T, F>(&self, work: F) -> Result<T>
    where
        F: for<'tx> FnOnce(&'tx Transaction) -> BoxFuture<'tx, Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        if self.is_sqlite() {
            let _turn = self.much.lock().await;
            // Whoever is dropped meanwhile leaves the connection its memory until the next time.
            self.pragma(&format!("PRAGMA cache_size = {CACHE}")).await?;
            let written = self.write(work).await;
            self.pragma(&format!("PRAGMA cache_size = {SQLITE_WRITE_CACHE}; PRAGMA shrink_memory")).await?;
            return written;
        }
        let patient = Self { writer: Reader::new(self.writer.unbounded().clone(), Some(PATIENCE)), ..self.clone() };
        patient
            .write(move |tx| {
                Box::pin(async move {
                    tx.execute_unprepared(SETTINGS).await.doing("preparing to change very many rows")?;
                    work(tx).await
                })
            })
            .await
    }

    async fn pragma(&self, pragma: &str) -> Result<()> {
        self.writer.execute_unprepared(pragma).await.doing("sizing the page cache").map(drop)
    }
}
