//! Bulk reading from PostgreSQL: `COPY (…) TO STDOUT (FORMAT binary)`, decoded here.
//!
//! The format is PostgreSQL's own, described under "Binary Format" in its reference of COPY. Rows as messages of a
//! normal query cost three times the processor time (see `benches/`).

use std::{pin::pin, time::Duration};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use futures::{FutureExt, StreamExt};
use sea_orm::sqlx::{self, Connection, Executor, PgConnection, PgPool, pool::PoolConnection};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Cell, CellKind, RowSink, Stop};
use crate::error::{Context, Error, Result};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Signature, flags, and the length of an extension that no version has used.
const HEADER_LEN: usize = SIGNATURE.len() + 8;

/// A server that has sent nothing for so long is looked at: it may be gone, or look for rows that few filters let pass.
const LOOK_AFTER: Duration = Duration::from_secs(15);
/// What it has sent by the time it is looked at may still be on its way for so long.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// One instant; no sorting where an index has the order, so that the first row comes at once; no statement time-out,
/// because a large export is no runaway query.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL enable_sort = off; SET LOCAL statement_timeout = 0; SET LOCAL jit = off";

/// Which process of the server this connection speaks to.
const PROCESS: &str = "SELECT pg_backend_pid()";
/// At work, and not waiting for us to take what it has sent, which we would have.
const IS_LOOKING: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 \
    AND state NOT IN ('idle', 'idle in transaction', 'idle in transaction (aborted)') \
    AND wait_event_type IS DISTINCT FROM 'Client')";

/// Reads every row of `sql` into `sink`, with so much patience for a server that says nothing although it should.
pub async fn read(
    pool: &PgPool,
    patience: Duration,
    sql: &str,
    kinds: &[CellKind],
    sink: &mut impl RowSink,
    cancel: &CancellationToken,
) -> Result<(), Stop> {
    let server = Server { pool, patience };
    let mut connection = pool.acquire().await.doing("connecting for a bulk read")?;
    let outcome = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Stop::Gone),
        outcome = copy(&mut connection, &server, sql, kinds, sink) => outcome,
    };
    if outcome.is_err() {
        // What is left of the COPY would have to be read to its end; closing the connection ends it on the server.
        if let Err(error) = connection.detach().close_hard().await {
            tracing::debug!(%error, "closing a bulk read");
        }
    }
    outcome
}

async fn copy(
    connection: &mut PoolConnection<sqlx::Postgres>,
    server: &Server<'_>,
    sql: &str,
    kinds: &[CellKind],
    sink: &mut impl RowSink,
) -> Result<(), Stop> {
    server.answers(connection.execute(BEGIN)).await.doing("opening a snapshot")?;
    let process = server.answers(sqlx::query_scalar(PROCESS).fetch_one(&mut **connection)).await;
    let process: i32 = process.doing("asking who reads in bulk")?;
    let statement = format!("COPY ({sql}) TO STDOUT (FORMAT binary)");
    let started = server.patiently(process, connection.copy_out_raw(&statement)).await?;
    let mut messages = started.doing("starting a bulk read")?;
    let mut decoder = Decoder { kinds, pending: Vec::new(), has_header: false };
    loop {
        // Most messages are here already; only a wait is worth a timer.
        let message = match messages.next().now_or_never() {
            Some(message) => message,
            None => server.patiently(process, messages.next()).await?,
        };
        let Some(message) = message else { break };
        decoder.take(&message.doing("reading rows in bulk")?, sink)?;
    }
    drop(messages);
    server.answers(connection.execute("COMMIT")).await.doing("closing a snapshot")?;
    Ok(())
}

/// Where rows come from, and how it is told from a server that is gone.
struct Server<'p> {
    pool: &'p PgPool,
    patience: Duration,
}

impl Server<'_> {
    /// An answer that should come soon.
    async fn answers<T>(&self, answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
        timeout(self.patience, answer).await.map_err(|elapsed| sqlx::Error::Io(elapsed.into()))?
    }

    /// What that process of the server answers, however long it looks for it, as long as it does. It does not even say
    /// that it has begun before it has something to send.
    async fn patiently<T>(&self, process: i32, answer: impl Future<Output = T>) -> Result<T> {
        let mut answer = pin!(answer);
        loop {
            if let Ok(answer) = timeout(self.patience.min(LOOK_AFTER), &mut answer).await {
                return Ok(answer);
            }
            if self.is_looking(process).await.doing("looking after a bulk read")? {
                continue;
            }
            return timeout(ON_ITS_WAY, answer).await.map_err(|elapsed| Error::Unavailable {
                context: "waiting for PostgreSQL to go on with a bulk read",
                source: Some(elapsed.into()),
            });
        }
    }

    /// Whether that process of the server still looks for rows. Asked over a connection of its own: all of the pool's may
    /// be bulk reads.
    async fn is_looking(&self, process: i32) -> sqlx::Result<bool> {
        self.answers(async {
            let mut connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
            let found = sqlx::query_scalar(IS_LOOKING).bind(process).fetch_one(&mut connection).await?;
            connection.close().await?;
            Ok(found)
        })
        .await
    }
}

/// Cuts messages into rows. PostgreSQL sends one row a message but does not promise to.
struct Decoder<'k> {
    kinds: &'k [CellKind],
    pending: Vec<u8>,
    has_header: bool,
}

impl Decoder<'_> {
    fn take(&mut self, message: &[u8], sink: &mut impl RowSink) -> Result<(), Stop> {
        if self.pending.is_empty() {
            let used = self.rows(message, sink)?;
            self.pending.extend_from_slice(message.get(used..).unwrap_or_default());
            return Ok(());
        }
        let mut joined = std::mem::take(&mut self.pending);
        joined.extend_from_slice(message);
        let used = self.rows(&joined, sink)?;
        joined.drain(..used);
        self.pending = joined;
        Ok(())
    }

    /// Hands over the whole rows at the start of `bytes` and says how many bytes they were.
    fn rows(&mut self, bytes: &[u8], sink: &mut impl RowSink) -> Result<usize, Stop> {
        let mut used = 0;
        if !self.has_header {
            let Some((header, _)) = bytes.split_at_checked(HEADER_LEN) else { return Ok(0) };
            if !header.starts_with(SIGNATURE) {
                return Err(Error::internal("COPY begins with its signature").into());
            }
            self.has_header = true;
            used = HEADER_LEN;
        }
        while let Some(len) = row_len(bytes.get(used..).unwrap_or_default()) {
            let row = bytes.get(used + 2..used + len).unwrap_or_default();
            if len > 2 {
                self.row(row, sink)?;
            }
            used += len;
        }
        Ok(used)
    }

    fn row(&self, mut row: &[u8], sink: &mut impl RowSink) -> Result<(), Stop> {
        for (index, kind) in self.kinds.iter().enumerate() {
            let (value, rest) = field(row).ok_or_else(|| Error::internal("a COPY row has all its columns"))?;
            row = rest;
            let cell = match value {
                None => Cell::Null,
                Some(bytes) => {
                    cell(*kind, bytes).ok_or_else(|| Error::internal("a column holds the type of its kind"))?
                }
            };
            sink.cell(index, cell)?;
        }
        sink.end_row()
    }
}

/// The length of the first whole row, its field count included; 2 for the trailer; none while it is incomplete.
fn row_len(bytes: &[u8]) -> Option<usize> {
    let (count, mut rest) = bytes.split_first_chunk::<2>()?;
    let count = i16::from_be_bytes(*count);
    for _ in 0..count.max(0) {
        (_, rest) = field(rest)?;
    }
    Some(bytes.len() - rest.len())
}

/// The first field (none for null) and what follows it.
fn field(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    match usize::try_from(i32::from_be_bytes(*len)) {
        Ok(len) => rest.split_at_checked(len).map(|(value, rest)| (Some(value), rest)),
        Err(_) => Some((None, rest)),
    }
}

fn cell(kind: CellKind, bytes: &[u8]) -> Option<Cell<'_>> {
    Some(match kind {
        CellKind::Uuid => Cell::Uuid(Uuid::from_slice(bytes).ok()?),
        CellKind::Text => Cell::Text(std::str::from_utf8(bytes).ok()?),
        CellKind::Int => Cell::Int(match bytes.len() {
            4 => i32::from_be_bytes(bytes.try_into().ok()?).into(),
            _ => i64::from_be_bytes(bytes.try_into().ok()?),
        }),
        CellKind::Float => Cell::Float(f64::from_be_bytes(bytes.try_into().ok()?)),
        CellKind::Bool => Cell::Bool(bytes != [0]),
        CellKind::Date => Cell::Date(date(i32::from_be_bytes(bytes.try_into().ok()?))?),
        CellKind::Time => Cell::Time(time(i64::from_be_bytes(bytes.try_into().ok()?))?),
    })
}

/// Days since 2000-01-01.
fn date(days: i32) -> Option<NaiveDate> {
    let epoch = NaiveDate::from_ymd_opt(2000, 1, 1)?;
    let distance = Days::new(days.unsigned_abs().into());
    if days < 0 { epoch.checked_sub_days(distance) } else { epoch.checked_add_days(distance) }
}

/// Microseconds since 2000-01-01 in UTC.
fn time(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(946_684_800, 0)?.checked_add_signed(TimeDelta::microseconds(micros))
}
