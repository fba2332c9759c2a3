//! Where the cells of a column wait until their row group is complete: in a small buffer, then in a temporary file.
//!
//! Each cell is a byte that says what follows, and its value in the machine's own order of bytes. Not here: what the cells
//! become (`column.rs`).

use std::mem;

use chrono::{DateTime, Datelike, NaiveDate};
use uuid::Uuid;

use super::scratch::{Place, Scratch};
use crate::{
    db::Cell,
    error::{Context, Error, Result},
};

/// A column puts its cells into the file when it has so many bytes of them.
const BYTES_OF_BLOCK: usize = 16 * 1024;

/// The cells of one column of the row group in hand.
#[derive(Debug, Default)]
pub struct Cells {
    buffer: Vec<u8>,
    blocks: Vec<Place>,
}

impl Cells {
    /// Adds a cell and says how many bytes it takes.
    pub fn add(&mut self, cell: Cell<'_>, file: &Scratch) -> Result<usize> {
        let before = self.buffer.len();
        match cell {
            Cell::Null => self.put(b'-', &[]),
            Cell::Uuid(value) => self.put(b'u', value.as_bytes()),
            Cell::Text(text) => {
                self.put(b't', &text.len().to_ne_bytes());
                self.buffer.extend_from_slice(text.as_bytes());
            }
            Cell::Int(value) => self.put(b'i', &value.to_ne_bytes()),
            Cell::Float(value) => self.put(b'f', &value.to_ne_bytes()),
            Cell::Bool(value) => self.put(b'b', &[u8::from(value)]),
            Cell::Date(value) => self.put(b'd', &value.num_days_from_ce().to_ne_bytes()),
            Cell::Time(value) => self.put(b'm', &value.timestamp_micros().to_ne_bytes()),
        }
        let added = self.buffer.len() - before;
        if self.buffer.len() >= BYTES_OF_BLOCK {
            self.blocks.push(file.put(&self.buffer).doing("putting cells aside")?);
            self.buffer.clear();
        }
        Ok(added)
    }

    /// Hands over all cells in their order; then there are none.
    pub fn drain(&mut self, file: &Scratch, mut each: impl FnMut(Cell<'_>) -> Result<()>) -> Result<()> {
        let mut block = Vec::new();
        for place in mem::take(&mut self.blocks) {
            file.get(place, &mut block).doing("reading cells that were put aside")?;
            hand_over(&block, &mut each)?;
        }
        hand_over(&self.buffer, &mut each)?;
        self.buffer.clear();
        Ok(())
    }

    fn put(&mut self, tag: u8, bytes: &[u8]) {
        self.buffer.push(tag);
        self.buffer.extend_from_slice(bytes);
    }
}

/// A block holds whole cells.
fn hand_over(mut block: &[u8], each: &mut impl FnMut(Cell<'_>) -> Result<()>) -> Result<()> {
    while !block.is_empty() {
        let (cell, rest) = first(block).ok_or_else(|| Error::internal("cells are read as they were put aside"))?;
        each(cell)?;
        block = rest;
    }
    Ok(())
}

fn first(block: &[u8]) -> Option<(Cell<'_>, &[u8])> {
    let (tag, rest) = block.split_first()?;
    Some(match tag {
        b'-' => (Cell::Null, rest),
        b'u' => {
            let (value, rest) = rest.split_first_chunk()?;
            (Cell::Uuid(Uuid::from_bytes(*value)), rest)
        }
        b't' => {
            let (len, rest) = rest.split_first_chunk()?;
            let (text, rest) = rest.split_at_checked(usize::from_ne_bytes(*len))?;
            (Cell::Text(std::str::from_utf8(text).ok()?), rest)
        }
        b'i' => {
            let (value, rest) = rest.split_first_chunk()?;
            (Cell::Int(i64::from_ne_bytes(*value)), rest)
        }
        b'f' => {
            let (value, rest) = rest.split_first_chunk()?;
            (Cell::Float(f64::from_ne_bytes(*value)), rest)
        }
        b'b' => {
            let (value, rest) = rest.split_first()?;
            (Cell::Bool(*value != 0), rest)
        }
        b'd' => {
            let (value, rest) = rest.split_first_chunk()?;
            (Cell::Date(NaiveDate::from_num_days_from_ce_opt(i32::from_ne_bytes(*value))?), rest)
        }
        b'm' => {
            let (value, rest) = rest.split_first_chunk()?;
            (Cell::Time(DateTime::from_timestamp_micros(i64::from_ne_bytes(*value))?), rest)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_were_put_aside() {
        let file = Scratch::new(&std::env::temp_dir()).unwrap();
        let mut cells = Cells::default();
        let long = "ü".repeat(50_000);
        for round in 0..3 {
            let mut added = Vec::new();
            for row in 0..5_000_i64 {
                added.extend([
                    Cell::Int(row - 9),
                    Cell::Null,
                    Cell::Text(if row == 7 { &long } else { "" }),
                    Cell::Float(f64::from(round) / 3.0),
                    Cell::Bool(row % 2 == 0),
                    Cell::Uuid(Uuid::from_u128(row.unsigned_abs().into())),
                    Cell::Date(NaiveDate::MIN),
                    Cell::Time(DateTime::from_timestamp_micros(-row).unwrap()),
                ]);
            }
            for cell in &added {
                cells.add(*cell, &file).unwrap();
            }
            let mut expected = added.iter();
            cells
                .drain(&file, |cell| {
                    assert_eq!(Some(&cell), expected.next());
                    Ok(())
                })
                .unwrap();
            assert_eq!(expected.next(), None);
            file.restart();
        }
    }
}
