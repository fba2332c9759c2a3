//! One row as its format has it: cells without meaning, the same for every format.
//!
//! What a reader would get wrong: a row is used again for the next one, so that a million of them allocate nothing; and
//! a cell that is absent (an object without the key) is not one that is empty.

use std::{ops::Range, rc::Rc};

use chrono::NaiveDate;

use super::fault::{FaultCode, Wrong, shown};

/// Rows of a sheet, blank ones included.
pub(super) const ROWS_OF_SHEET: u64 = 1_048_576;

/// One row.
#[derive(Debug, Default)]
pub(super) struct TableRow {
    /// The line it begins on.
    pub line: u64,
    /// What is wrong with it as a row.
    pub wrong: Option<Wrong>,
    /// The sheet it is on, where its line alone does not say.
    pub sheet: Option<Rc<str>>,
    text: String,
    cells: Vec<Kept>,
}

/// A cell, its text in the row's.
#[derive(Clone, Debug)]
enum Kept {
    Absent,
    Null,
    Text(Range<usize>),
    Error(Range<usize>),
    Int(i64),
    Float(f64),
    Bool(bool),
    Day(NaiveDate),
    Nested,
}

/// What is in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// The row does not speak of the column.
    Absent,
    /// Nothing.
    Null,
    /// Text, perhaps empty.
    Text(&'a str),
    /// An error of a spreadsheet.
    Error(&'a str),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A real day.
    Day(NaiveDate),
    /// An object or an array.
    Nested,
}

impl TableRow {
    /// Empties it for the row on this line.
    pub fn begin(&mut self, line: u64) {
        self.line = line;
        self.wrong = None;
        self.text.clear();
        self.cells.clear();
    }

    /// How many cells it has.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// The cell of a column.
    pub fn cell(&self, index: usize) -> Cell<'_> {
        let text = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
        match self.cells.get(index) {
            None | Some(Kept::Absent) => Cell::Absent,
            Some(Kept::Null) => Cell::Null,
            Some(Kept::Text(range)) => Cell::Text(text(range)),
            Some(Kept::Error(range)) => Cell::Error(text(range)),
            Some(Kept::Int(value)) => Cell::Int(*value),
            Some(Kept::Float(value)) => Cell::Float(*value),
            Some(Kept::Bool(value)) => Cell::Bool(*value),
            Some(Kept::Day(value)) => Cell::Day(*value),
            Some(Kept::Nested) => Cell::Nested,
        }
    }

    /// Its cells.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..self.len()).map(|index| self.cell(index))
    }

    /// Bytes of its texts.
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Where it is, in words, when its line alone does not say.
    pub fn place(&self) -> Option<String> {
        let sheet = self.sheet.as_ref()?;
        Some(format!("row {} of the sheet {}", (self.line - 1) % ROWS_OF_SHEET + 1, shown(sheet)))
    }

    /// Whether nothing is in it.
    pub fn is_blank(&self) -> bool {
        self.wrong.is_none() && self.cells().all(|cell| matches!(cell, Cell::Absent | Cell::Null | Cell::Text("")))
    }

    /// Says what is wrong with the row, unless something is already.
    pub fn is_wrong(&mut self, code: FaultCode, reason: impl Into<String>) {
        self.wrong.get_or_insert_with(|| Wrong::new(code, reason));
    }

    /// Puts a cell into a column; those before it are absent until they are put.
    pub fn put(&mut self, index: usize, cell: Cell<'_>) {
        if self.cells.len() <= index {
            self.cells.resize(index + 1, Kept::Absent);
        }
        let kept = match cell {
            Cell::Absent => Kept::Absent,
            Cell::Null => Kept::Null,
            Cell::Text(text) => Kept::Text(self.keep(text)),
            Cell::Error(text) => Kept::Error(self.keep(text)),
            Cell::Int(value) => Kept::Int(value),
            Cell::Float(value) => Kept::Float(value),
            Cell::Bool(value) => Kept::Bool(value),
            Cell::Day(value) => Kept::Day(value),
            Cell::Nested => Kept::Nested,
        };
        if let Some(place) = self.cells.get_mut(index) {
            *place = kept;
        }
    }

    /// Whether the column has been put into.
    pub fn has(&self, index: usize) -> bool {
        self.cells.get(index).is_some_and(|cell| !matches!(cell, Kept::Absent))
    }

    /// Takes text cells that were gathered as bytes: all of them one after another, and where each ends.
    pub fn take_texts(&mut self, bytes: &mut Vec<u8>, ends: &[usize]) {
        let taken = std::mem::replace(bytes, std::mem::take(&mut self.text).into_bytes());
        self.text = String::from_utf8(taken).unwrap_or_else(|error| {
            self.wrong =
                Some(Wrong::new(FaultCode::WrongEncoding, "is not UTF-8; state the encoding if it is another"));
            // Only a row with a fault is shown so; its cells need not be where they were.
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        let mut start = 0;
        for end in ends {
            self.cells.push(Kept::Text(start..*end));
            start = *end;
        }
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }
}

impl Cell<'_> {
    /// Whether nothing is in it, or only white space.
    pub fn is_blank(self) -> bool {
        match self {
            Self::Absent | Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// What is in it, as text for people.
    pub fn shown(self) -> String {
        match self {
            Self::Text(text) | Self::Error(text) => text.to_owned(),
            Self::Int(value) => value.to_string(),
            Self::Float(value) => decimal(value),
            Self::Bool(value) => value.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Absent | Self::Null | Self::Nested => String::new(),
        }
    }
}

/// A double as a spreadsheet shows it: fifteen digits, without an exponent.
pub(super) fn decimal(value: f64) -> String {
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    rounded.to_string()
}
