//! CSV by RFC 4180: CRLF, UTF-8, quotes where they are needed.
//!
//! What a reader would get wrong: a text that a spreadsheet would run as a formula gets a `'` in front. So does one
//! that begins with `'` and would look like such a text: reading takes exactly one `'` off, and both come back whole.

use serde::{Deserialize, Serialize};

use super::{
    columns::{Column, Money, Shape},
    output::Output,
    spool::SpoolWriter,
};
use crate::{
    db::{Cell, RowSink, Stop},
    text,
};

/// How a CSV is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvStyle {
    /// Cents or dollars.
    pub money: Money,
    /// Whether it begins with a byte order mark, for Excel.
    pub bom: bool,
    /// Whether texts that look like formulas stay as they are.
    pub raw_formulas: bool,
}

/// Writes a CSV.
#[derive(Debug)]
pub struct Csv {
    out: Output,
    shapes: Vec<Shape>,
    style: CsvStyle,
}

impl Csv {
    /// A CSV with its header.
    #[must_use]
    pub fn new(spool: SpoolWriter, columns: &[Column], style: CsvStyle) -> Self {
        let mut out = Output::new(spool);
        if style.bom {
            out.raw("\u{feff}".as_bytes());
        }
        let names: Vec<&str> = columns.iter().map(|column| column.header(style.money)).collect();
        out.raw(names.join(",").as_bytes());
        out.raw(b"\r\n");
        Self { out, shapes: columns.iter().map(|column| column.shape).collect(), style }
    }

    /// What it wrote into.
    #[must_use]
    pub fn into_output(self) -> Output {
        self.out
    }

    fn text(&mut self, text: &str) {
        let prefix: &[u8] = if !self.style.raw_formulas && looks_like_formula(text) { b"'" } else { b"" };
        let bytes = text.as_bytes();
        // Every byte is looked at, so that many are at once.
        let is_special = |byte: &u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
        if !bytes.iter().fold(false, |found, byte| found | is_special(byte)) {
            self.out.raw(prefix);
            self.out.raw(bytes);
            return;
        }
        self.out.raw(b"\"");
        self.out.raw(prefix);
        let mut parts = bytes.split(|byte| *byte == b'"');
        self.out.raw(parts.next().unwrap_or_default());
        for part in parts {
            self.out.raw(b"\"\"");
            self.out.raw(part);
        }
        self.out.raw(b"\"");
    }
}

impl RowSink for Csv {
    fn cell(&mut self, index: usize, cell: Cell<'_>) -> Result<(), Stop> {
        if index > 0 {
            self.out.raw(b",");
        }
        match cell {
            Cell::Null => {}
            Cell::Text(text) => self.text(text),
            Cell::Int(value) if self.style.money == Money::Decimal && self.shapes.get(index) == Some(&Shape::Cents) => {
                self.out.dollars(value);
            }
            Cell::Int(value) => self.out.int(value),
            Cell::Float(value) => self.out.float(value),
            Cell::Bool(value) => self.out.bool(value),
            Cell::Date(value) => self.out.date(value),
            Cell::Time(value) => self.out.time(value),
            Cell::Uuid(value) => {
                if let Some(Shape::Id(kind)) = self.shapes.get(index) {
                    self.out.id(*kind, value);
                }
            }
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        self.out.raw(b"\r\n");
        self.out.end_row()
    }
}

/// Whether a spreadsheet would run it, leading `'` aside.
fn looks_like_formula(text: &str) -> bool {
    text::is_formula(text.trim_start_matches('\''))
}
