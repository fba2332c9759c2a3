//! Files of rows that people bring: CSV, JSON, NDJSON and XLSX, of records and of sellers.
//!
//! Not here: what is done with the rows (`imports`), and any database. A file is read twice, on a thread that may block:
//! [`survey`] finds out what is in it and what every column means, [`read_records`] and [`read_sellers`] hand over its
//! rows, understood. What a reader would get wrong: nothing is kept of a row but a hash of what it is known by, and
//! nothing is guessed: what rows leave open (the unit of money, the order of day and month) is a fault until it is stated.

mod cell;
mod content;
mod csv;
mod day;
mod encoding;
mod fault;
mod field;
mod header;
mod json;
mod money;
mod read;
mod reading;
mod record;
mod row;
mod rows;
mod seller;
mod survey;
mod table;
#[cfg(test)]
mod tests;
mod xlsx;

use std::path::Path;

use tokio_util::sync::CancellationToken;

pub use self::{
    day::FIRST_YEAR,
    fault::{Fault, FaultCode, SheetError},
    field::{Field, FieldShape},
    money::MOST_CENTS,
    reading::{
        DateFormat, DecimalSeparator, Delimiter, Encoding, Formulas, Limits, MoneyUnit, Reading, SheetFormat,
        SheetKind, Step,
    },
    record::{RecordRow, RecordStatus},
    seller::SellerRow,
    survey::{StatedUnit, SuggestedBy, Suggestion, Survey, SurveyedColumn},
};
use crate::error::Result;

/// A row of a file and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct RowAt<R> {
    /// The line it begins on, or its row of the sheet; rises from row to row (see [`Fault::line`]).
    pub line: u64,
    /// The row, or everything that is wrong with it.
    pub row: Result<R, Vec<Fault>>,
}

/// Finds out what is in a file, all of it. Blocks.
///
/// # Errors
/// [`SheetError`] for what is no file of rows, is too large, or cannot be read; faults of rows are none.
pub fn survey(
    path: &Path,
    kind: SheetKind,
    reading: &Reading,
    limits: &Limits,
    on_step: &dyn Fn(Step),
    stop: &CancellationToken,
) -> Result<Survey, SheetError> {
    survey::survey(path, kind, reading, limits, on_step, stop)
}

/// Hands over the rows of a surveyed file of records in their order, and answers how many there were. Blocks.
///
/// A row that is the same as an earlier one (account and order id) is a fault.
///
/// # Errors
/// As [`survey`]; what `each` fails with; a survey with faults.
pub fn read_records(
    path: &Path,
    survey: &Survey,
    limits: &Limits,
    on_step: &dyn Fn(Step),
    stop: &CancellationToken,
    each: &mut dyn FnMut(RowAt<RecordRow>) -> Result<()>,
) -> Result<u64, SheetError> {
    read::read(path, survey, limits, on_step, stop, each)
}

/// Hands over the rows of a surveyed file of sellers in their order, and answers how many there were. Blocks.
///
/// A row that is the same as an earlier one (platform id, else folded name) is a fault.
///
/// # Errors
/// As [`read_records`].
pub fn read_sellers(
    path: &Path,
    survey: &Survey,
    limits: &Limits,
    on_step: &dyn Fn(Step),
    stop: &CancellationToken,
    each: &mut dyn FnMut(RowAt<SellerRow>) -> Result<()>,
) -> Result<u64, SheetError> {
    read::read(path, survey, limits, on_step, stop, each)
}
