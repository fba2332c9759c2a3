//! Bulk reading from PostgreSQL: `COPY (…) TO STDOUT (FORMAT binary)`, as bytes.
//!
//! Rows as messages of a normal query cost three times the processor time (see `benches/`). Not here: what the bytes say
//! (`postgres_decode.rs`); who spells the rows works that out, for taking them off the socket is work enough.

use std::{pin::pin, thread, time::Duration};

use futures::{FutureExt, StreamExt};
use sea_orm::sqlx::{self, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Stop, pipe::Pipe, postgres_bulk::BulkReaders};
use crate::error::{Context, Error, Result};

/// Messages in the first batch. PostgreSQL sends a row in each: the first rows leave at once.
const FIRST_MESSAGES: usize = 100;
/// Bytes in a batch: enough that its hand-over costs nothing beside it, few enough to stay in a core's cache.
const BATCH: usize = 64 * 1024;

/// Once all has been taken that was here, so much is let come before more is waited for: PostgreSQL sends 8 KiB at a time,
/// and to be woken for each costs both sides more than its rows do. Short enough that what the server may send ahead does
/// not run out.
const NAP: Duration = Duration::from_micros(250);

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

/// Reads every row of `sql` into `pipe`, with so much patience for a server that says nothing although it should. Blocks.
pub fn read(
    readers: &BulkReaders,
    patience: Duration,
    sql: &str,
    pipe: &mut Pipe<Vec<u8>>,
    cancel: &CancellationToken,
) -> Result<(), Stop> {
    let server = Server { options: readers.options(), patience };
    readers.with(async |connection| {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Stop::Gone),
            outcome = copy(connection, &server, sql, pipe) => outcome,
        }
    })
}

async fn copy(
    connection: &mut PgConnection,
    server: &Server<'_>,
    sql: &str,
    pipe: &mut Pipe<Vec<u8>>,
) -> Result<(), Stop> {
    server.answers(connection.execute(BEGIN)).await.doing("opening a snapshot")?;
    let process = server.answers(sqlx::query_scalar(PROCESS).fetch_one(&mut *connection)).await;
    let process: i32 = process.doing("asking who reads in bulk")?;
    let statement = format!("COPY ({sql}) TO STDOUT (FORMAT binary)");
    let started = server.patiently(process, connection.copy_out_raw(&statement)).await?;
    let mut messages = started.doing("starting a bulk read")?;
    for number in 1.. {
        // Most messages are here already; only a wait is worth a timer.
        let message = match messages.next().now_or_never() {
            Some(message) => message,
            None => {
                if number > FIRST_MESSAGES {
                    thread::sleep(NAP);
                }
                server.patiently(process, messages.next()).await?
            }
        };
        let Some(message) = message else { break };
        pipe.batch.extend_from_slice(&message.doing("reading rows in bulk")?);
        if pipe.batch.len() >= BATCH || number == FIRST_MESSAGES {
            pipe.hand_over()?;
        }
    }
    drop(messages);
    server.answers(connection.execute("COMMIT")).await.doing("closing a snapshot")?;
    Ok(())
}

/// Where rows come from, and how it is told from a server that is gone.
struct Server<'o> {
    options: &'o PgConnectOptions,
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

    /// Whether that process of the server still looks for rows. Asked over a connection of its own.
    async fn is_looking(&self, process: i32) -> sqlx::Result<bool> {
        self.answers(async {
            let mut connection = PgConnection::connect_with(self.options).await?;
            let found = sqlx::query_scalar(IS_LOOKING).bind(process).fetch_one(&mut connection).await?;
            connection.close().await?;
            Ok(found)
        })
        .await
    }
}
