//! What was found in the file of an import: its columns, its first rows as they were understood, and what is wrong with it.
//!
//! Not here: what a person states of it (`import_reading.rs`). What a reader would get wrong: a sample holds what would be
//! stored, not what stands in the file.

use async_graphql::{ComplexObject, Enum, SimpleObject};

use super::{
    connection::connection,
    import_reading::{DateFormat, DecimalSeparator, MoneyUnit},
    scalar::{BigInt, small},
};
use crate::{
    imports,
    sheet::{self, SurveyedColumn},
};

/// How the field of a column was found.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sheet::SuggestedBy")]
pub enum SuggestedBy {
    /// The header is a name of the field.
    Alias,
    /// The header is like a name of the field.
    Similarity,
}

/// The field that a header seems to mean.
#[derive(Clone, Debug, SimpleObject)]
pub struct ImportSuggestion {
    /// The key of the field (see `importFields`).
    field: &'static str,
    /// How sure it is, above 0.7 and at most 1.
    score: f64,
    /// How it was found.
    by: SuggestedBy,
}

/// A column of a file.
#[derive(Clone, Debug, SimpleObject)]
pub struct ImportColumn {
    /// Its place in the file, from 0.
    index: i32,
    /// Its header, as it stands there.
    header: String,
    /// What it seems to fill; null when nothing is like it.
    suggestion: Option<ImportSuggestion>,
    /// The key of the field it fills, as stated, else as suggested; null when it is passed over.
    field: Option<&'static str>,
    /// Whether it is one that our own exports compute or give, and so passed over.
    is_ours: bool,
    /// The unit of its money; null when it is no money, or the unit is not stated.
    money: Option<MoneyUnit>,
    /// Whether its header states the unit, rather than a person.
    is_money_stated_by_header: bool,
    /// What stands before its cents; null when it is no money.
    decimal_separator: Option<DecimalSeparator>,
    /// How its days are written; null when it has none, or has them as a workbook's own.
    date_format: Option<DateFormat>,
}

impl From<SurveyedColumn> for ImportColumn {
    fn from(column: SurveyedColumn) -> Self {
        let suggestion = column.suggestion.map(|found| ImportSuggestion {
            field: found.field.key(),
            score: found.score,
            by: found.by.into(),
        });
        Self {
            index: small(column.index),
            header: column.header,
            suggestion,
            field: column.mapped.map(sheet::Field::key),
            is_ours: column.is_ours,
            money: column.money.map(|stated| stated.unit.into()),
            is_money_stated_by_header: column.money.is_some_and(|stated| stated.by_header),
            decimal_separator: column.separator.map(Into::into),
            date_format: column.dates.map(Into::into),
        }
    }
}

/// A row of a file as it was understood.
#[derive(Clone, Debug, SimpleObject)]
pub struct ImportSampleRow {
    /// The line it begins on, or its row of the sheet.
    line: BigInt,
    /// What it gives.
    cells: Vec<ImportSampleCell>,
}

/// What a row gives for a field.
#[derive(Clone, Debug, SimpleObject)]
pub struct ImportSampleCell {
    /// The key of the field (see `importFields`).
    field: &'static str,
    /// What would be stored, as text: money in cents, days as YYYY-MM-DD; null for nothing.
    value: Option<String>,
}

impl From<imports::SampleRow> for ImportSampleRow {
    fn from(row: imports::SampleRow) -> Self {
        let cells = row.cells.into_iter().map(|cell| ImportSampleCell { field: cell.field.key(), value: cell.value });
        Self { line: BigInt(i64::try_from(row.line).unwrap_or(i64::MAX)), cells: cells.collect() }
    }
}

/// Something wrong with a file.
#[derive(Clone, Debug, SimpleObject)]
pub struct ImportFault {
    /// The line the row begins on, or its row of the sheet; 1 is usually the header, 0 the file as a whole.
    line: BigInt,
    /// The header of the column; null when it is not about one.
    column: Option<String>,
    /// For programs: `INVALID_DATE`, `MONEY_UNIT_NOT_STATED`, `DUPLICATE_ROW` and others.
    code: String,
    /// What is wrong, as the rest of a sentence that begins with the column or the row.
    reason: String,
    /// What stands there, cut to 200 characters; null when it is not about one cell.
    cell: Option<String>,
}

impl From<imports::ImportFault> for ImportFault {
    fn from(fault: imports::ImportFault) -> Self {
        Self {
            line: BigInt(fault.line),
            column: fault.column_name,
            code: fault.code,
            reason: fault.reason,
            cell: fault.cell,
        }
    }
}

connection!(
    ImportFaultConnection,
    ImportFaultEdge,
    ImportFault,
    i64,
    "A page of what is wrong with a file, in its order. The first 10,000 faults are kept."
);

#[ComplexObject]
impl ImportFaultConnection {
    /// The faults of this page, without their cursors.
    async fn nodes(&self) -> Vec<&ImportFault> {
        self.rows()
    }

    /// How many faults the file has, those that are not kept too.
    async fn total_count(&self) -> i64 {
        self.source
    }
}
