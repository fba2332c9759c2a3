//! Writes any number of rows into one table, at the database's own speed: the twin of `snapshot.rs`.
//!
//! This is where the two databases differ once more: a prepared statement of rusqlite, some thousand rows a transaction, or
//! PostgreSQL's binary `COPY`. What a reader would get wrong: on SQLite what was loaded so far is there for all to see, and
//! stays when the rest never comes; rows must say which load they are of.

use chrono::NaiveDate;
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Bulk, Db, postgres_load::PostgresLoad, sqlite_load::SqliteLoad, wait::Wait};
use crate::error::Result;

/// One value of one row that is loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input<'a> {
    /// No value.
    Null,
    /// A UUID.
    Uuid(Uuid),
    /// Text, without NUL.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An integer of 64 bits; its column is a `bigint`.
    Int(i64),
    /// A double.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A day.
    Date(NaiveDate),
}

impl<'a, T: Into<Self>> From<Option<T>> for Input<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! inputs {
    ($($type:ty => $variant:ident,)+) => {
        $(impl<'a> From<$type> for Input<'a> {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        })+
    };
}

inputs! {
    Uuid => Uuid,
    &'a str => Text,
    &'a [u8] => Bytes,
    i64 => Int,
    f64 => Float,
    bool => Bool,
    NaiveDate => Date,
}

/// A table, and those of its columns that get values, in their order.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The table.
    pub table: &'static str,
    /// The columns.
    pub columns: &'static [&'static str],
}

impl Target {
    /// Its columns as a list in SQL.
    pub(super) fn column_list(&self) -> String {
        self.columns.join(", ")
    }
}

/// The right to load rows; holds its place among those that read or write in bulk at the same time.
#[derive(Debug)]
pub struct Loader {
    bulk: Bulk,
    writer: sea_orm::DatabaseConnection,
    runtime: Handle,
    permit: OwnedSemaphorePermit,
}

/// Rows on their way.
pub struct Load {
    way: Way,
    _permit: OwnedSemaphorePermit,
}

#[expect(clippy::large_enum_variant, reason = "there is one for each load, of which few go on at a time")]
enum Way {
    Sqlite(SqliteLoad),
    Postgres(PostgresLoad),
}

impl std::fmt::Debug for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Load").finish_non_exhaustive()
    }
}

impl Db {
    /// Waits for a place among those that read or write in bulk at the same time.
    ///
    /// # Errors
    /// Unavailable when none is free within a minute.
    pub async fn loader(&self) -> Result<Loader> {
        let permit = self.bulk_permit("waiting for a place to load rows").await?;
        Ok(Loader {
            bulk: self.bulk.clone(),
            writer: self.writer.unbounded().clone(),
            runtime: Handle::current(),
            permit,
        })
    }
}

impl Loader {
    /// Begins. Blocks, as all of a load does: call it on a thread of its own. Nothing is waited for any more once `stop` is
    /// cancelled; whoever ends the runtime must have cancelled it.
    ///
    /// # Errors
    /// The database's own failure.
    pub fn begin(self, target: Target, stop: CancellationToken) -> Result<Load> {
        let wait = Wait::new(self.runtime, stop);
        let way = match &self.bulk {
            Bulk::Sqlite(path) => Way::Sqlite(SqliteLoad::begin(path, target, self.writer, wait)?),
            Bulk::Postgres { loads, .. } => Way::Postgres(PostgresLoad::begin(loads, target, wait)?),
        };
        Ok(Load { way, _permit: self.permit })
    }
}

impl Load {
    /// Writes a row: a value for each column.
    ///
    /// # Errors
    /// The database's own failure.
    pub fn row(&mut self, values: &[Input<'_>]) -> Result<()> {
        match &mut self.way {
            Way::Sqlite(load) => load.row(values),
            Way::Postgres(load) => load.row(values),
        }
    }

    /// Ends: all rows are there.
    ///
    /// # Errors
    /// The database's own failure.
    pub fn finish(self) -> Result<()> {
        match self.way {
            Way::Sqlite(load) => load.finish(),
            Way::Postgres(load) => load.finish(),
        }
    }
}
