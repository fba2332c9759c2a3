//! The rows of PostgreSQL's binary COPY.
//!
//! The format is PostgreSQL's own, described under "Binary Format" in its reference of COPY. Not here: how the bytes come
//! (`postgres_copy.rs`).

use std::{mem, ops::Range};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::{Cell, CellKind, RowSink, Stop};
use crate::error::{Error, Result};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Signature, flags, and the length of an extension that no version has used.
const HEADER_LEN: usize = SIGNATURE.len() + 8;

/// A row begins with the number of its fields.
const COUNT_LEN: usize = 2;

/// Cuts what a COPY sends into rows, wherever it was cut on its way.
#[derive(Debug)]
pub struct Decoder<'k> {
    kinds: &'k [CellKind],
    pending: Vec<u8>,
    has_header: bool,
    /// Of the row that is decoded.
    fields: Vec<Option<Range<usize>>>,
}

impl<'k> Decoder<'k> {
    /// For rows with columns of these kinds.
    pub fn new(kinds: &'k [CellKind]) -> Self {
        Self { kinds, pending: Vec::new(), has_header: false, fields: Vec::new() }
    }

    /// Hands the whole rows of what came next to `sink`, and leaves `bytes` empty.
    ///
    /// # Errors
    /// What the sink answers; a failure when the bytes are none of a COPY of such rows.
    pub fn take(&mut self, bytes: &mut Vec<u8>, sink: &mut impl RowSink) -> Result<(), Stop> {
        if self.pending.is_empty() {
            let used = self.rows(bytes, sink)?;
            self.pending.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            self.pending.append(bytes);
            let joined = mem::take(&mut self.pending);
            let used = self.rows(&joined, sink)?;
            self.pending.extend_from_slice(joined.get(used..).unwrap_or_default());
        }
        bytes.clear();
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
        while let Some(len) = self.find_fields(bytes.get(used..).unwrap_or_default()) {
            let row = bytes.get(used..used + len).unwrap_or_default();
            if len > COUNT_LEN {
                self.row(row, sink)?;
            }
            used += len;
        }
        Ok(used)
    }

    /// Finds where the fields of the first row lie (nowhere: null), and says how long it is; nothing while it is incomplete.
    /// The trailer is a row without fields.
    fn find_fields(&mut self, bytes: &[u8]) -> Option<usize> {
        let count = i16::from_be_bytes(*bytes.first_chunk()?);
        let mut end = COUNT_LEN;
        self.fields.clear();
        for _ in 0..count {
            let len = i32::from_be_bytes(*bytes.get(end..)?.first_chunk()?);
            end += size_of_val(&len);
            let field = usize::try_from(len).ok().map(|len| end..end + len);
            end = field.as_ref().map_or(end, |field| field.end);
            self.fields.push(field);
        }
        (end <= bytes.len()).then_some(end)
    }

    fn row(&self, row: &[u8], sink: &mut impl RowSink) -> Result<(), Stop> {
        if self.fields.len() != self.kinds.len() {
            return Err(Error::internal("a COPY row has all its columns").into());
        }
        for (index, (kind, field)) in self.kinds.iter().zip(&self.fields).enumerate() {
            let cell = match field {
                None => Some(Cell::Null),
                Some(field) => row.get(field.clone()).and_then(|bytes| cell(*kind, bytes)),
            };
            sink.cell(index, cell.ok_or_else(|| Error::internal("a column holds the type of its kind"))?)?;
        }
        sink.end_row()
    }
}

#[inline]
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What was handed over, as text.
    #[derive(Default)]
    struct Seen(Vec<String>);

    impl RowSink for Seen {
        fn cell(&mut self, index: usize, cell: Cell<'_>) -> Result<(), Stop> {
            self.0.push(format!("{index} {cell:?}"));
            Ok(())
        }

        fn end_row(&mut self) -> Result<(), Stop> {
            self.0.push("end".to_owned());
            Ok(())
        }
    }

    fn copied() -> Vec<u8> {
        let row = |text: Option<&str>, number: i32| {
            let mut row = vec![0, 2];
            match text {
                Some(text) => {
                    row.extend(i32::try_from(text.len()).unwrap().to_be_bytes());
                    row.extend(text.as_bytes());
                }
                None => row.extend((-1_i32).to_be_bytes()),
            }
            row.extend(4_i32.to_be_bytes());
            row.extend(number.to_be_bytes());
            row
        };
        [SIGNATURE, &[0; 8], &row(Some("Zoë"), 1), &row(None, -2), &row(Some(""), 3), &[0xff, 0xff]].concat()
    }

    #[test]
    fn rows_are_the_same_wherever_their_bytes_were_cut() {
        let (kinds, whole) = ([CellKind::Text, CellKind::Int], copied());
        let expected =
            ["0 Text(\"Zoë\")", "1 Int(1)", "end", "0 Null", "1 Int(-2)", "end", "0 Text(\"\")", "1 Int(3)", "end"];
        for size in 1..=whole.len() {
            let (mut decoder, mut seen) = (Decoder::new(&kinds), Seen::default());
            for piece in whole.chunks(size) {
                decoder.take(&mut piece.to_vec(), &mut seen).unwrap();
            }
            assert_eq!(seen.0, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_none_of_such_rows_is_refused() {
        let mut other = copied();
        other[0] = b'X';
        let kinds = [CellKind::Text, CellKind::Int, CellKind::Int];
        for (kinds, bytes) in [(&kinds[..2], other), (&kinds[..], copied()), (&[CellKind::Time; 2], copied())] {
            let refused = Decoder::new(kinds).take(&mut bytes.clone(), &mut Seen::default());
            assert!(matches!(refused, Err(Stop::Failed(_))));
        }
    }
}
