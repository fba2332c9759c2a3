//! Takes a CSV apart by RFC 4180, and knows on which line of the file it is.
//!
//! Not here: what the columns mean. What a reader would get wrong: a line of the file is not a row, as quotes may hold
//! line breaks; people look for the line. The `csv` crate forgives an unclosed quote and a text after a closed one; here
//! they are faults, because what follows them is not what its writer meant.

use std::io::{self, BufRead};

/// Longest row in bytes. The longest that can be stored has a quarter of it; a longer one is a quote left open.
const LONGEST_ROW: usize = 1024 * 1024;

/// Reads rows.
#[derive(Debug)]
pub(super) struct CsvRows<R> {
    input: R,
    /// The line of the next byte.
    line: u64,
    /// Whether the last byte was CR, so that LF belongs to it.
    after_cr: bool,
    /// Whether what follows makes no sense any more.
    is_over: bool,
}

/// One row, its fields one after another. Meant to be used again for the next.
#[derive(Debug, Default)]
pub(super) struct CsvRow {
    /// The line it begins on.
    pub line: u64,
    /// What is wrong with it as CSV.
    pub fault: Option<&'static str>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl CsvRow {
    /// How many fields it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Its fields.
    pub fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(self.ends.iter().copied()).filter_map(|(start, end)| self.bytes.get(start..end))
    }

    fn clear(&mut self) {
        self.fault = None;
        self.bytes.clear();
        self.ends.clear();
    }

    fn end_field(&mut self) {
        self.ends.push(self.bytes.len());
    }

    fn is_blank(&self) -> bool {
        self.ends.is_empty() && self.bytes.is_empty()
    }
}

/// Where in a field one is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Bare,
    Quoted,
    /// After a quote in a quoted field: its end, or the first of two.
    Closed,
}

impl<R: BufRead> CsvRows<R> {
    pub fn new(input: R) -> Self {
        Self { input, line: 1, after_cr: false, is_over: false }
    }

    /// Reads the next row; false after the last. Blank lines are none.
    pub fn read(&mut self, row: &mut CsvRow) -> io::Result<bool> {
        row.clear();
        row.line = self.line;
        let mut state = State::Start;
        while !self.is_over {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(self.end_of_file(row, state));
            }
            let (mut used, mut is_whole) = (0, false);
            for &byte in buffer {
                used += 1;
                self.line += u64::from(byte == b'\r' || byte == b'\n' && !self.after_cr);
                self.after_cr = byte == b'\r';
                let is_end = state != State::Quoted && matches!(byte, b'\r' | b'\n');
                if is_end && state == State::Start && row.is_blank() {
                    row.line = self.line;
                } else if is_end {
                    row.end_field();
                    is_whole = true;
                    break;
                } else {
                    state = step(state, byte, row);
                }
            }
            self.input.consume(used);
            if is_whole {
                return Ok(true);
            }
            if row.bytes.len() > LONGEST_ROW {
                row.fault = Some("is longer than a row can be; is a quote left open?");
                self.is_over = true;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn end_of_file(&mut self, row: &mut CsvRow, state: State) -> bool {
        self.is_over = true;
        if state == State::Start && row.is_blank() {
            return false;
        }
        if state == State::Quoted {
            row.fault = Some("has a quote that is never closed");
        }
        row.end_field();
        true
    }
}

/// Takes one byte that does not end the row.
fn step(state: State, byte: u8, row: &mut CsvRow) -> State {
    match (state, byte) {
        (State::Start, b'"') => return State::Quoted,
        (State::Quoted, b'"') => return State::Closed,
        (State::Start | State::Bare | State::Closed, b',') => {
            row.end_field();
            return State::Start;
        }
        (State::Closed, b'"') => {
            row.bytes.push(byte);
            return State::Quoted;
        }
        (State::Closed, _) => {
            row.fault = Some("has text after a closing quote; a quote within quotes is written twice")
        }
        _ => {}
    }
    row.bytes.push(byte);
    if state == State::Quoted { State::Quoted } else { State::Bare }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Rows = Vec<(u64, Vec<String>, Option<&'static str>)>;

    fn read(text: &[u8]) -> Rows {
        // A tiny buffer, so that every state meets its end.
        let mut rows = CsvRows::new(io::BufReader::with_capacity(3, text));
        let mut row = CsvRow::default();
        let mut all = Vec::new();
        while rows.read(&mut row).unwrap() {
            let fields = row.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
            all.push((row.line, fields, row.fault));
        }
        all
    }

    fn lines(text: &str) -> Vec<u64> {
        read(text.as_bytes()).into_iter().map(|(line, ..)| line).collect()
    }

    #[test]
    fn a_row_knows_the_line_it_begins_on() {
        assert_eq!(lines("a,b\r\n1,2\r\n\r\n\"x\r\ny\",2\r\n3,4"), [1, 2, 4, 6]);
        assert_eq!(lines("a,b\n1,2\n\n\"x\ny\",2\n3,4\n\n"), [1, 2, 4, 6]);
        assert_eq!(lines("a\rb\r\rc"), [1, 2, 4]);
        assert_eq!(lines(""), [0_u64; 0]);
    }

    #[test]
    fn what_breaks_the_rules_is_a_fault_on_its_line() {
        let rows = read(b"a,b\n\"x\"y,2\n1,\"open\n3,4\n");
        assert_eq!(rows[1].2, Some("has text after a closing quote; a quote within quotes is written twice"));
        assert_eq!((rows[2].0, rows[2].2), (3, Some("has a quote that is never closed")));
        assert_eq!(rows.len(), 3);
        let long = format!("a\n\"{}", "x".repeat(LONGEST_ROW + 10));
        assert_eq!(read(long.as_bytes())[1].2, Some("is longer than a row can be; is a quote left open?"));
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_the_same(
            rows in prop::collection::vec(prop::collection::vec("[a,\"\r\n ü]{0,6}", 2..4), 0..6), crlf: bool,
        ) {
            let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new().flexible(true).terminator(terminator).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let read: Vec<Vec<String>> = read(&text).into_iter().map(|(_, fields, _)| fields).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
