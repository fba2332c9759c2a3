//! What a bulk read hands over: cells, one after another, borrowed from the database's own buffers.
//!
//! Not here: how they are read (`sqlite_rows.rs`, `postgres_copy.rs`) or written (`exports/`).
//! Cells are pushed, not collected, so that a million rows allocate nothing per row.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::error::Error;

/// The shape of a column, which the binary formats do not say themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A UUID.
    Uuid,
    /// Text.
    Text,
    /// An integer of 32 or 64 bits.
    Int,
    /// A double.
    Float,
    /// True or false.
    Bool,
    /// A day.
    Date,
    /// A moment in UTC.
    Time,
}

/// One value of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Null,
    /// See [`CellKind::Uuid`].
    Uuid(Uuid),
    /// See [`CellKind::Text`].
    Text(&'a str),
    /// See [`CellKind::Int`].
    Int(i64),
    /// See [`CellKind::Float`].
    Float(f64),
    /// See [`CellKind::Bool`].
    Bool(bool),
    /// See [`CellKind::Date`].
    Date(NaiveDate),
    /// See [`CellKind::Time`].
    Time(DateTime<Utc>),
}

/// Why a read ended before its last row.
#[derive(Debug)]
pub enum Stop {
    /// Nobody wants the rows any more.
    Gone,
    /// Reading or writing failed.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Takes the rows of a bulk read: each cell in the order of the columns, then the end of the row.
pub trait RowSink {
    /// The next cell, of the column at `index`.
    ///
    /// # Errors
    /// Ends the read.
    fn cell(&mut self, index: usize, cell: Cell<'_>) -> Result<(), Stop>;

    /// The row is complete.
    ///
    /// # Errors
    /// Ends the read.
    fn end_row(&mut self) -> Result<(), Stop>;
}
