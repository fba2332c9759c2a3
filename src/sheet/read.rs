//! The second pass over a file: its rows, understood.
//!
//! What a reader would get wrong: a row that is wrong does not end the pass, and neither does its first fault: whoever
//! mends a file wants to know of all of them.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::{
    RowAt,
    fault::{Fault, FaultCode, SheetError, Wrong},
    field::Field,
    json::Keys,
    reading::{Limits, SheetFormat, Step},
    row::{SheetRow, Style},
    rows::{self, Opening},
    survey::{Survey, SurveyedColumn},
    table::{Cell, TableRow},
};
use crate::error::{Error, Result};

/// Rows between two signs of progress.
const STEP: u64 = 4_096;

/// A column that fills a field.
struct Filling<'a> {
    index: usize,
    header: &'a str,
    field: Field,
    style: Style,
}

/// Hands over the rows of a surveyed file.
pub(super) fn read<R: SheetRow>(
    path: &Path,
    survey: &Survey,
    limits: &Limits,
    on_step: &dyn Fn(Step),
    stop: &CancellationToken,
    each: &mut dyn FnMut(RowAt<R>) -> Result<()>,
) -> Result<u64, SheetError> {
    if !survey.faults.is_empty() {
        return Err(Error::internal("only a file whose survey has no faults is read").into());
    }
    let mut keys = Keys::of(survey.columns.iter().map(|column| column.header.clone()));
    let reader = Reader::of(survey);
    let mut known = Known::default();
    rows::for_each(&Opening::of(path, survey), &mut keys, limits, stop, &mut |row, place| {
        let read = reader.row::<R>(row).and_then(|read| known.check(row, &reader, read));
        each(RowAt { line: row.line, row: read })?;
        if place.rows % STEP == 0 {
            on_step(Step::Reading(place.rows, survey.rows));
        }
        Ok(())
    })
}

/// Understands rows.
struct Reader<'a> {
    fillings: Vec<Filling<'a>>,
    columns: usize,
    format: SheetFormat,
}

impl<'a> Reader<'a> {
    fn of(survey: &'a Survey) -> Self {
        let filling = |column: &'a SurveyedColumn| {
            let (field, style) = (column.mapped?, Style::of(survey, column));
            Some(Filling { index: column.index, header: &column.header, field, style })
        };
        let fillings = survey.columns.iter().filter_map(filling).collect();
        Self { fillings, columns: survey.columns.len(), format: survey.format }
    }

    fn row<R: SheetRow>(&self, row: &TableRow) -> Result<R, Vec<Fault>> {
        let wrong = row.wrong.clone().or_else(|| self.wrong_length(row));
        if let Some(Wrong { code, reason }) = wrong {
            return Err(vec![placed(Fault::of_row(row.line, code, reason), row)]);
        }
        let (mut read, mut faults) = (R::default(), Vec::new());
        for filling in &self.fillings {
            let cell = row.cell(filling.index);
            let taken = match cell {
                // A cell that a workbook does not have is one that is empty; a key that an object does not have is not.
                Cell::Absent if self.format == SheetFormat::Xlsx => read.take(filling.field, Cell::Null, filling.style),
                Cell::Absent if filling.field.is_required() => Err(Wrong::missing()),
                Cell::Absent => Ok(()),
                Cell::Error(_) | Cell::Nested => Err(Wrong::no_value(cell)),
                cell => read.take(filling.field, cell, filling.style),
            };
            if let Err(wrong) = taken {
                faults.push(placed(Fault::of_cell(row.line, filling.header, wrong, &cell.shown()), row));
            }
        }
        if faults.is_empty()
            && let Err(Wrong { code, reason }) = read.finish()
        {
            faults.push(placed(Fault::of_row(row.line, code, reason), row));
        }
        if faults.is_empty() { Ok(read) } else { Err(faults) }
    }

    fn wrong_length(&self, row: &TableRow) -> Option<Wrong> {
        let reason = format!("has {} values where the header has {}", row.len(), self.columns);
        (self.format == SheetFormat::Csv && row.len() != self.columns)
            .then(|| Wrong::new(FaultCode::WrongLength, reason))
    }
}

/// A fault that says where it is, where its line does not.
fn placed(mut fault: Fault, row: &TableRow) -> Fault {
    if let Some(place) = row.place() {
        fault.reason = format!("{} ({place})", fault.reason);
    }
    fault
}

/// What the rows so far are known by, small enough to keep a million in memory: half of a SHA-256 each, as two texts of
/// one key are not to be found, by chance or by intent.
#[derive(Default)]
struct Known {
    lines: HashMap<[u8; 16], u64>,
    /// What one row is known by.
    identity: String,
}

impl Known {
    /// Refuses a row that is the same as an earlier one.
    fn check<R: SheetRow>(&mut self, row: &TableRow, reader: &Reader<'_>, read: R) -> Result<R, Vec<Fault>> {
        self.identity.clear();
        let field = read.identity(&mut self.identity);
        let mut key = [0; 16];
        for (byte, hashed) in key.iter_mut().zip(Sha256::digest(self.identity.as_bytes())) {
            *byte = hashed;
        }
        match self.lines.entry(key) {
            Entry::Vacant(place) => {
                place.insert(row.line);
                Ok(read)
            }
            Entry::Occupied(first) => {
                let reason = format!("is the same as on line {}", first.get());
                let wrong = Wrong::new(FaultCode::DuplicateRow, reason);
                let shown = reader.fillings.iter().find(|filling| filling.field == field);
                let (header, cell) =
                    shown.map_or((field.key(), Cell::Null), |filling| (filling.header, row.cell(filling.index)));
                Err(vec![placed(Fault::of_cell(row.line, header, wrong, &cell.shown()), row)])
            }
        }
    }
}
