//! Bulk writing to PostgreSQL: `COPY … FROM STDIN (FORMAT binary)`, encoded here.
//!
//! The format is PostgreSQL's own, described under "Binary Format" in its reference of COPY. All rows of a load are one
//! statement: they are there when it ends, and not at all when it does not.

use std::time::Duration;

use chrono::NaiveDate;
use sea_orm::sqlx::{
    PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgCopyIn, PgPoolCopyExt},
};
use tokio::time::timeout;

use super::{Input, Target, wait::Wait};
use crate::error::{Context, Error, Result};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Flags, and the length of an extension that no version has used.
const REST_OF_HEADER: [u8; 8] = [0; 8];
/// Where a row's number of fields would be.
const TRAILER: i16 = -1;
/// Sent at once.
const PIECE: usize = 256 * 1024;
/// How long the server may take to take a piece, or to end. Indexes are written as rows come, so there is never much left.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to say that no more comes.
const FAREWELL: Duration = Duration::from_secs(2);

/// A load that is going on.
pub struct PostgresLoad {
    /// None when it has ended.
    copy: Option<PgCopyIn<PoolConnection<Postgres>>>,
    buffer: Vec<u8>,
    wait: Wait,
}

impl PostgresLoad {
    pub fn begin(pool: &PgPool, target: Target, wait: Wait) -> Result<Self> {
        let statement = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", target.table, target.column_list());
        let copy = wait.until(within(pool.copy_in_raw(&statement)))?;
        let mut buffer = Vec::with_capacity(PIECE + PIECE / 4);
        buffer.extend_from_slice(SIGNATURE);
        buffer.extend_from_slice(&REST_OF_HEADER);
        Ok(Self { copy: Some(copy), buffer, wait })
    }

    pub fn row(&mut self, values: &[Input<'_>]) -> Result<()> {
        let count = i16::try_from(values.len()).map_err(|error| Error::caused("counting columns", error))?;
        self.buffer.extend_from_slice(&count.to_be_bytes());
        for value in values {
            put(&mut self.buffer, *value)?;
        }
        if self.buffer.len() >= PIECE { self.send() } else { Ok(()) }
    }

    pub fn finish(mut self) -> Result<()> {
        self.buffer.extend_from_slice(&TRAILER.to_be_bytes());
        self.send()?;
        match self.copy.take() {
            Some(copy) => self.wait.until(within(copy.finish())).map(drop),
            None => Ok(()),
        }
    }

    fn send(&mut self) -> Result<()> {
        if let Some(copy) = &mut self.copy {
            self.wait.until(within(copy.send(self.buffer.as_slice())))?;
        }
        self.buffer.clear();
        Ok(())
    }
}

impl Drop for PostgresLoad {
    fn drop(&mut self) {
        let Some(copy) = self.copy.take() else { return };
        // Without a farewell the connection would be lost to the pool, and said to have failed. Not waited for: this may be
        // the end of the process, when there is no runtime to wait in. Whoever drops it instead must be within one, too.
        let _entered = self.wait.runtime().enter();
        self.wait.runtime().spawn(async move {
            let left = timeout(FAREWELL, copy.abort("given up")).await;
            tracing::debug!(?left, "left a load");
        });
    }
}

async fn within<T>(answer: impl Future<Output = sea_orm::sqlx::Result<T>>) -> Result<T> {
    let silent = |elapsed| sea_orm::sqlx::Error::Io(std::io::Error::other::<tokio::time::error::Elapsed>(elapsed));
    timeout(PATIENCE, answer).await.map_err(silent).and_then(|answer| answer).doing("writing rows in bulk")
}

fn put(buffer: &mut Vec<u8>, value: Input<'_>) -> Result<()> {
    match value {
        Input::Null => buffer.extend_from_slice(&(-1_i32).to_be_bytes()),
        Input::Uuid(value) => field(buffer, value.as_bytes())?,
        Input::Text(value) => field(buffer, value.as_bytes())?,
        Input::Bytes(value) => field(buffer, value)?,
        Input::Int(value) => field(buffer, &value.to_be_bytes())?,
        Input::Float(value) => field(buffer, &value.to_be_bytes())?,
        Input::Bool(value) => field(buffer, &[value.into()])?,
        Input::Date(value) => field(buffer, &days(value).to_be_bytes())?,
    }
    Ok(())
}

fn field(buffer: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    let len = i32::try_from(bytes.len()).map_err(|error| Error::caused("measuring a value", error))?;
    buffer.extend_from_slice(&len.to_be_bytes());
    buffer.extend_from_slice(bytes);
    Ok(())
}

/// Days since 2000-01-01.
fn days(date: NaiveDate) -> i32 {
    const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
    i32::try_from(date.signed_duration_since(EPOCH).num_days()).unwrap_or_default()
}
