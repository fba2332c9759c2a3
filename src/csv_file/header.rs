//! The first line: which column fills which field.
//!
//! What a reader would get wrong: a field may have several names (`sale_price_cents`, `sale_price`), of which a file uses
//! one; and a column may be known and fill nothing, as what is computed is not read back.

use super::{Column, Sheet, cell, fault::Faults, rows::CsvRow};

/// The columns of one file, in its order.
#[derive(Debug)]
pub(crate) struct Layout<S: Sheet> {
    pub(super) columns: Vec<&'static Column<S::Field>>,
}

impl<S: Sheet> Layout<S> {
    /// Reads the header; every fault it has is named.
    pub(super) fn read(header: &CsvRow, faults: &mut Faults) -> Self {
        let mut columns: Vec<&'static Column<S::Field>> = Vec::with_capacity(header.len());
        if let Some(fault) = header.fault {
            faults.push(header.line, None, fault);
        }
        if header.fields().all(|name| name.contains(&b';') || name.contains(&b'\t')) {
            faults.push(header.line, None, "the columns must be separated by commas");
            return Self { columns };
        }
        for field in header.fields() {
            let name = String::from_utf8_lossy(field).into_owned();
            let Some(column) = S::COLUMNS.iter().find(|column| column.name == name) else {
                let names: Vec<&str> = S::COLUMNS.iter().map(|column| column.name).collect();
                let reason = format!("there is no such column; the columns are {}", names.join(", "));
                faults.push(header.line, Some(cell::shown(&name).into()), reason);
                continue;
            };
            if let Some(same) = columns.iter().find(|other| is_same(other, column)) {
                let reason = match same.name == column.name {
                    true => "is there twice".to_owned(),
                    false => format!("says the same as the column {}; keep one of them", same.name),
                };
                faults.push(header.line, Some(column.name.into()), reason);
            }
            columns.push(column);
        }
        let layout = Self { columns };
        for field in S::REQUIRED {
            if !layout.has(*field) {
                let names: Vec<&str> =
                    S::COLUMNS.iter().filter(|column| column.field == Some(*field)).map(|column| column.name).collect();
                faults.push(header.line, None, format!("the column {} is missing", names.join(" or ")));
            }
        }
        layout
    }

    /// Whether the file has a column for the field.
    pub(crate) fn has(&self, field: S::Field) -> bool {
        self.fields().any(|other| other == field)
    }

    /// The fields the file has columns for.
    pub(crate) fn fields(&self) -> impl Iterator<Item = S::Field> {
        self.columns.iter().filter_map(|column| column.field)
    }
}

fn is_same<F: Eq>(a: &Column<F>, b: &Column<F>) -> bool {
    a.name == b.name || (a.field.is_some() && a.field == b.field)
}
