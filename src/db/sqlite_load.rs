//! Bulk writing to SQLite: rusqlite, one prepared statement, some thousand rows a transaction.
//!
//! What a reader would get wrong: SQLite lets one write at a time, and who waits for it looks now and then whether it is
//! their turn. So each transaction holds the place of this process's one writing connection as well: whoever else of this
//! process writes waits in its line, and gets in between two of them.

use std::{path::Path, time::Duration};

use rusqlite::{
    Connection, OpenFlags, ToSql,
    types::{ToSqlOutput, Value, ValueRef},
};
use sea_orm::{
    DatabaseConnection,
    sqlx::{self, Sqlite, pool::PoolConnection},
};
use tokio::time::Instant;

use super::{BUSY_TIMEOUT, Input, Target, wait::Wait};
use crate::error::{Context, Error, Result};

/// Rows of a transaction.
const ROWS: u32 = 20_000;
/// A transaction takes no longer, however slowly its rows come.
const LONGEST: Duration = Duration::from_millis(250);
/// Rows between two looks at the time.
const LOOK_EVERY: u32 = 256;
/// KiB below zero, as SQLite wants it. Rows come in the order of their key: every page is written about once.
const CACHE: i64 = -8_192;

/// A load that is going on.
pub struct SqliteLoad {
    connection: Connection,
    insert: String,
    writer: DatabaseConnection,
    wait: Wait,
    open: Option<Open>,
}

/// A transaction that is open.
struct Open {
    rows: u32,
    until: Instant,
    _place: PoolConnection<Sqlite>,
}

impl SqliteLoad {
    pub fn begin(path: &Path, target: Target, writer: DatabaseConnection, wait: Wait) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).doing("opening the database for a bulk write")?;
        connection.busy_timeout(BUSY_TIMEOUT).doing("setting the busy time-out")?;
        connection.pragma_update(None, "cache_size", CACHE).doing("setting the size of the page cache")?;
        connection.pragma_update(None, "synchronous", "NORMAL").doing("setting how the disk is waited for")?;
        let holes = vec!["?"; target.columns.len()].join(", ");
        let insert = format!("INSERT INTO {} ({}) VALUES ({holes})", target.table, target.column_list());
        Ok(Self { connection, insert, writer, wait, open: None })
    }

    pub fn row(&mut self, values: &[Input<'_>]) -> Result<()> {
        if self.open.is_none() {
            self.open()?;
        }
        let mut insert = self.connection.prepare_cached(&self.insert).doing("preparing a bulk write")?;
        insert.execute(rusqlite::params_from_iter(values)).doing("writing rows in bulk")?;
        drop(insert);
        let is_full = self.open.as_mut().is_some_and(|open| {
            open.rows += 1;
            open.rows >= ROWS || (open.rows % LOOK_EVERY == 0 && Instant::now() >= open.until)
        });
        if is_full { self.commit() } else { Ok(()) }
    }

    pub fn finish(mut self) -> Result<()> {
        self.commit()
    }

    fn open(&mut self) -> Result<()> {
        let place = self.place()?;
        self.connection.execute_batch("BEGIN IMMEDIATE").doing("opening a bulk write")?;
        self.open = Some(Open { rows: 0, until: Instant::now() + LONGEST, _place: place });
        Ok(())
    }

    /// This process's turn to write. It comes, however long somebody else's takes.
    fn place(&self) -> Result<PoolConnection<Sqlite>> {
        let pool = self.writer.get_sqlite_connection_pool();
        loop {
            let place = self.wait.until(async {
                match pool.acquire().await {
                    Err(sqlx::Error::PoolTimedOut) => Ok(None),
                    place => place.map(Some).doing("waiting for the turn to write in bulk"),
                }
            });
            if let Some(place) = place? {
                return Ok(place);
            }
        }
    }

    fn commit(&mut self) -> Result<()> {
        if self.open.is_none() {
            return Ok(());
        }
        // What fails here is undone when this is dropped.
        self.connection.execute_batch("COMMIT").doing("committing a bulk write")?;
        self.give_back();
        Ok(())
    }

    /// Lets the next one write. The pool wants a runtime for that, which this thread is not part of.
    fn give_back(&mut self) {
        let _entered = self.wait.runtime().enter();
        self.open = None;
    }
}

impl ToSql for Input<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Uuid(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value.as_bytes())),
            Self::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Self::Bytes(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
            Self::Int(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
            Self::Float(value) => ToSqlOutput::Borrowed(ValueRef::Real(*value)),
            Self::Bool(value) => ToSqlOutput::Borrowed(ValueRef::Integer((*value).into())),
            // As sqlx spells it.
            Self::Date(value) => ToSqlOutput::Owned(Value::Text(value.to_string())),
        })
    }
}

impl Drop for SqliteLoad {
    fn drop(&mut self) {
        // Before the place of the writer is given back, so that the next one finds nothing locked.
        if self.open.is_some()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            let error = Error::caused("undoing a bulk write", error);
            error.log();
        }
        self.give_back();
    }
}
