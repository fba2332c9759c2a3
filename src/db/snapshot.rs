//! Reads any number of rows as they were at one instant, at the database's own speed.
//!
//! This is where the two databases truly differ: rusqlite in one read transaction, or PostgreSQL's binary `COPY` in one
//! repeatable-read transaction. The SQL is built once, by sea-query, and the rows come out the same.
//! What a reader would get wrong: a snapshot is read on a blocking thread and never waits for the client; it ends with
//! its last row, so a slow download holds no connection and no old version of the database.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    DbBackend,
    sea_query::{PostgresQueryBuilder, SelectStatement, SqliteQueryBuilder},
};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Bulk, CellKind, Db, RowSink, Stop,
    packed::{Batch, Packer},
    pipe::{self, Pipe},
    postgres, postgres_copy,
    postgres_decode::Decoder,
    sqlite_rows,
};
use crate::error::{Error, Result};

/// A million rows take a second or two, a workbook of them ten: whoever waits longer is better told to come back.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A query and the shape of its columns.
#[derive(Clone, Debug)]
pub struct RowQuery {
    /// Selects exactly the columns of `kinds`, in their order.
    pub select: SelectStatement,
    /// One for each column.
    pub kinds: Vec<CellKind>,
}

/// The right to read one snapshot; holds its place among the exports that read at the same time.
#[derive(Debug)]
pub struct Snapshot {
    bulk: Bulk,
    patience: Duration,
    _permit: OwnedSemaphorePermit,
}

impl Db {
    /// Waits for a place among the exports that read at the same time.
    ///
    /// # Errors
    /// Unavailable when none is free within a minute.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let permit = self.bulk_permit("waiting for a place to read an export").await?;
        let patience = self.reader.patience().unwrap_or(postgres::PATIENCE);
        Ok(Snapshot { bulk: self.bulk.clone(), patience, _permit: permit })
    }

    /// A place among those that read or write in bulk at the same time.
    pub(super) async fn bulk_permit(&self, waiting: &'static str) -> Result<OwnedSemaphorePermit> {
        let busy = || Error::Unavailable { context: waiting, source: None };
        let permit = timeout(LONGEST_WAIT, Arc::clone(&self.bulk_permits).acquire_owned()).await;
        permit.map_err(|_| busy())?.map_err(|_| busy())
    }
}

impl Snapshot {
    /// Which database it reads.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        match self.bulk {
            Bulk::Sqlite(_) => DbBackend::Sqlite,
            Bulk::Postgres { .. } => DbBackend::Postgres,
        }
    }

    /// Reads every row into `sink`. Blocks: call it on a blocking thread.
    ///
    /// # Errors
    /// [`Stop::Gone`] soon after `cancel`, else what the database or the sink answers.
    pub fn read(
        &self,
        query: &RowQuery,
        sink: &mut (impl RowSink + Send),
        cancel: &CancellationToken,
    ) -> Result<(), Stop> {
        let kinds = &query.kinds;
        match &self.bulk {
            Bulk::Sqlite(path) => {
                let (sql, values) = query.select.build(SqliteQueryBuilder);
                let read = |pipe: &mut Pipe<Batch>| {
                    sqlite_rows::read(path, &sql, values, kinds, &mut Packer::new(pipe), cancel)
                };
                pipe::piped(|batch| batch.unpack(sink), read)
            }
            Bulk::Postgres { reads, .. } => {
                // COPY takes no parameters, so the values are written into the text by sea-query's own escaping.
                let sql = query.select.to_string(PostgresQueryBuilder);
                let mut decoder = Decoder::new(kinds);
                let read = |pipe: &mut Pipe<Vec<u8>>| postgres_copy::read(reads, self.patience, &sql, pipe, cancel);
                pipe::piped(|bytes| decoder.take(bytes, sink), read)
            }
        }
    }
}
