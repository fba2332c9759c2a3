//! What both kinds of rows do with cells: each column's cell into its field, then the rules of the whole row.
//!
//! Not here: which fields there are (`record.rs`, `seller.rs`).

use super::{
    fault::Wrong,
    field::Field,
    reading::{DateFormat, DecimalSeparator, Formulas, MoneyUnit, SheetFormat},
    survey::{Survey, SurveyedColumn},
    table::Cell,
};

/// How the cells of a column are to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub unit: MoneyUnit,
    pub separator: DecimalSeparator,
    pub dates: DateFormat,
    /// Whether our `'` comes off.
    pub is_prefixed: bool,
}

impl Style {
    /// As the survey found it; what it left open is in no cell.
    pub fn of(survey: &Survey, column: &SurveyedColumn) -> Self {
        Self {
            unit: column.money.map_or(MoneyUnit::Decimal, |money| money.unit),
            separator: column.separator.unwrap_or_default(),
            dates: column.dates.unwrap_or(DateFormat::Iso),
            is_prefixed: survey.format == SheetFormat::Csv && survey.formulas == Formulas::Prefixed,
        }
    }
}

/// A row of one kind. Its default is a row of a file without columns.
pub(super) trait SheetRow: Default {
    /// Takes a cell, or says what is wrong with it.
    fn take(&mut self, field: Field, cell: Cell<'_>, style: Style) -> Result<(), Wrong>;

    /// Applies the rules that need the whole row, or says which it breaks.
    fn finish(&mut self) -> Result<(), Wrong>;

    /// Writes down what the row is known by, and answers the field that says it.
    fn identity(&self, key: &mut String) -> Field;
}
