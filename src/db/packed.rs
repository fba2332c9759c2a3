//! Rows packed into batches, for a database that hands over one value at a time.
//!
//! Not here: how batches travel (`pipe.rs`).

use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Cell, RowSink, Stop, pipe::Pipe};
use crate::error::Error;

/// The first batch is small, so that the first rows leave at once.
const FIRST_ROWS: usize = 100;
/// Cells in a batch: enough that its hand-over costs nothing beside it, few enough to stay in a core's cache.
const CELLS: usize = 8 * 1024;
/// Bytes of text after which a batch is handed over, however few its cells.
const TEXT: usize = 256 * 1024;

/// Packs rows into batches.
#[derive(Debug)]
pub struct Packer<'p> {
    pipe: &'p mut Pipe<Batch>,
    rows: usize,
}

impl<'p> Packer<'p> {
    /// Packs them into what this hands over.
    pub fn new(pipe: &'p mut Pipe<Batch>) -> Self {
        Self { pipe, rows: 0 }
    }
}

impl RowSink for Packer<'_> {
    #[inline]
    fn cell(&mut self, _: usize, cell: Cell<'_>) -> Result<(), Stop> {
        self.pipe.batch.push(cell);
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        self.rows += 1;
        let batch = &mut self.pipe.batch;
        batch.cells.push(Packed::EndOfRow);
        if batch.cells.len() >= CELLS || batch.text.len() >= TEXT || self.rows == FIRST_ROWS {
            return self.pipe.hand_over();
        }
        Ok(())
    }
}

/// Some rows; their texts lie one behind the other.
#[derive(Debug, Default)]
pub struct Batch {
    cells: Vec<Packed>,
    text: String,
}

/// A cell without its text.
#[derive(Debug)]
enum Packed {
    Null,
    Uuid(Uuid),
    Text(Range<u32>),
    Int(i64),
    Float(f64),
    Bool(bool),
    Date(NaiveDate),
    Time(DateTime<Utc>),
    EndOfRow,
}

impl Batch {
    #[inline]
    fn push(&mut self, cell: Cell<'_>) {
        let packed = match cell {
            Cell::Null => Packed::Null,
            Cell::Uuid(value) => Packed::Uuid(value),
            Cell::Text(text) => {
                let start = self.end();
                self.text.push_str(text);
                Packed::Text(start..self.end())
            }
            Cell::Int(value) => Packed::Int(value),
            Cell::Float(value) => Packed::Float(value),
            Cell::Bool(value) => Packed::Bool(value),
            Cell::Date(value) => Packed::Date(value),
            Cell::Time(value) => Packed::Time(value),
        };
        self.cells.push(packed);
    }

    /// A row is at most a gigabyte on both databases.
    fn end(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    /// Hands its rows to `sink`, and is empty then.
    ///
    /// # Errors
    /// What the sink answers.
    pub fn unpack(&mut self, sink: &mut impl RowSink) -> Result<(), Stop> {
        let mut index = 0;
        for packed in &self.cells {
            let cell = match packed {
                Packed::EndOfRow => {
                    sink.end_row()?;
                    index = 0;
                    continue;
                }
                Packed::Null => Cell::Null,
                Packed::Uuid(value) => Cell::Uuid(*value),
                Packed::Text(range) => Cell::Text(self.text(range)?),
                Packed::Int(value) => Cell::Int(*value),
                Packed::Float(value) => Cell::Float(*value),
                Packed::Bool(value) => Cell::Bool(*value),
                Packed::Date(value) => Cell::Date(*value),
                Packed::Time(value) => Cell::Time(*value),
            };
            sink.cell(index, cell)?;
            index += 1;
        }
        self.cells.clear();
        self.text.clear();
        Ok(())
    }

    fn text(&self, range: &Range<u32>) -> Result<&str, Stop> {
        let text = self.text.get(range.start as usize..range.end as usize);
        text.ok_or_else(|| Error::internal("a packed text lies within its batch").into())
    }
}
