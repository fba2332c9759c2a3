//! Rows on their way from the thread that reads them to the thread that writes them, a batch at a time.
//!
//! Reading a database and spelling a file cost about the same; side by side they take little more than half the time.
//! What a reader would get wrong: a batch is bounded and only a few are on their way, so the reader waits for the writer
//! (which never waits for a client, see `exports/spool.rs`).

use std::{
    mem,
    ops::Range,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Cell, RowSink, Stop};
use crate::error::Error;

/// The first batch is small, so that the first rows leave at once.
const FIRST_ROWS: usize = 100;
/// Cells in a batch: enough that its hand-over costs nothing beside it, few enough to stay in a core's cache.
const CELLS: usize = 8 * 1024;
/// Bytes of text after which a batch is handed over, however few its cells.
const TEXT: usize = 256 * 1024;
/// Batches on their way.
const ON_THEIR_WAY: usize = 2;

/// Runs `read` here and hands its rows to `sink` on a thread of its own.
///
/// # Errors
/// What the sink answers, else what `read` answers.
pub fn piped<S: RowSink + Send>(sink: &mut S, read: impl FnOnce(&mut Packer) -> Result<(), Stop>) -> Result<(), Stop> {
    let (full, packed) = sync_channel(ON_THEIR_WAY);
    // Every batch there is fits, so that giving one back never waits.
    let (used, empty) = sync_channel(ON_THEIR_WAY + 2);
    let mut packer = Packer { batch: Batch::default(), rows: 0, full, empty };
    thread::scope(|scope| {
        let writer = scope.spawn(move || unpack(&packed, &used, sink));
        let outcome = read(&mut packer).and_then(|()| packer.hand_over());
        // The writer ends when nothing more can come.
        drop(packer);
        let written =
            writer.join().unwrap_or_else(|panic| Err(Error::panicked("encoding rows", panic.as_ref()).into()));
        written.and(outcome)
    })
}

/// Packs rows into batches.
#[derive(Debug)]
pub struct Packer {
    batch: Batch,
    rows: usize,
    full: SyncSender<Batch>,
    empty: Receiver<Batch>,
}

impl Packer {
    /// A writer that is gone has said why; see [`piped`].
    fn hand_over(&mut self) -> Result<(), Stop> {
        let next = self.empty.try_recv().unwrap_or_default();
        self.full.send(mem::replace(&mut self.batch, next)).map_err(|_| Stop::Gone)
    }
}

impl RowSink for Packer {
    #[inline]
    fn cell(&mut self, _: usize, cell: Cell<'_>) -> Result<(), Stop> {
        self.batch.push(cell);
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        self.rows += 1;
        self.batch.cells.push(Packed::EndOfRow);
        if self.batch.cells.len() >= CELLS || self.batch.text.len() >= TEXT || self.rows == FIRST_ROWS {
            return self.hand_over();
        }
        Ok(())
    }
}

/// Some rows; their texts lie one behind the other.
#[derive(Debug, Default)]
struct Batch {
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

    fn unpack(&self, sink: &mut impl RowSink) -> Result<(), Stop> {
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
        Ok(())
    }

    fn text(&self, range: &Range<u32>) -> Result<&str, Stop> {
        let text = self.text.get(range.start as usize..range.end as usize);
        text.ok_or_else(|| Error::internal("a packed text lies within its batch").into())
    }
}

fn unpack(packed: &Receiver<Batch>, used: &SyncSender<Batch>, sink: &mut impl RowSink) -> Result<(), Stop> {
    for mut batch in packed {
        batch.unpack(sink)?;
        batch.cells.clear();
        batch.text.clear();
        // The reader is gone after its last batch.
        let _ = used.try_send(batch);
    }
    Ok(())
}
