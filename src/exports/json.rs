//! JSON in an envelope whose array comes last, and NDJSON: the same objects, one a line.

use uuid::Uuid;

use super::{
    columns::{Column, ExportKind, Money, Shape},
    output::Output,
    spool::SpoolWriter,
};
use crate::{
    db::{Cell, RowSink, Stop},
    id::IdKind,
};

/// Writes JSON or NDJSON.
#[derive(Debug)]
pub struct Json {
    out: Output,
    columns: Vec<JsonColumn>,
    money: Money,
    is_enveloped: bool,
}

#[derive(Debug)]
struct JsonColumn {
    /// What stands before the value: `{"id":` or `,"qty":`.
    opening: Vec<u8>,
    shape: Shape,
}

impl Json {
    /// One document: when it was made, what it is of, the run whose sellers they are, then the rows.
    #[must_use]
    pub fn document(
        spool: SpoolWriter,
        kind: ExportKind,
        run: Option<Uuid>,
        columns: &[Column],
        money: Money,
        exported_at: &str,
    ) -> Self {
        let mut json = Self::lines(spool, columns, money);
        json.is_enveloped = true;
        let name = kind.name();
        let said = match (kind, run) {
            (ExportKind::Records, _) => format!("\"kind\":\"{name}\","),
            (ExportKind::Sellers, Some(run)) => format!("\"run_id\":\"{}\",", IdKind::Run.show(run)),
            (ExportKind::Sellers, None) => String::new(),
        };
        let envelope = format!("{{\"exported_at\":\"{exported_at}\",{said}\"{name}\":[");
        json.out.raw(envelope.as_bytes());
        json
    }

    /// One object a line and nothing else.
    #[must_use]
    pub fn lines(spool: SpoolWriter, columns: &[Column], money: Money) -> Self {
        let columns = columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let first = if index == 0 { '{' } else { ',' };
                let opening = format!("{first}\"{}\":", column.header(money)).into_bytes();
                JsonColumn { opening, shape: column.shape }
            })
            .collect();
        Self { out: Output::new(spool), columns, money, is_enveloped: false }
    }

    /// Closes the document and gives back what it wrote into.
    #[must_use]
    pub fn into_output(mut self) -> Output {
        if self.is_enveloped {
            self.out.raw(b"\n]}\n");
        }
        self.out
    }
}

impl RowSink for Json {
    fn cell(&mut self, index: usize, cell: Cell<'_>) -> Result<(), Stop> {
        let Some(column) = self.columns.get(index) else { return Ok(()) };
        if index == 0 && self.is_enveloped {
            self.out.raw(if self.out.rows() == 0 { b"\n" } else { b",\n" });
        }
        self.out.raw(&column.opening);
        match (cell, column.shape) {
            (Cell::Null, _) => self.out.raw(b"null"),
            (Cell::Text(text), _) => self.out.json_string(text),
            (Cell::Int(value), Shape::Cents) if self.money == Money::Decimal => self.out.dollars(value),
            (Cell::Int(value), _) => self.out.int(value),
            (Cell::Float(value), _) => self.out.float(value),
            (Cell::Bool(value), _) => self.out.bool(value),
            (Cell::Date(value), _) => {
                self.out.raw(b"\"");
                self.out.date(value);
                self.out.raw(b"\"");
            }
            (Cell::Time(value), _) => {
                self.out.raw(b"\"");
                self.out.time(value);
                self.out.raw(b"\"");
            }
            (Cell::Uuid(value), Shape::Id(kind)) => {
                self.out.raw(b"\"");
                self.out.id(kind, value);
                self.out.raw(b"\"");
            }
            (Cell::Uuid(_), _) => self.out.raw(b"null"),
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        self.out.raw(if self.is_enveloped { b"}" } else { b"}\n" });
        self.out.end_row()
    }
}
