//! The first pass over a file: what is in it.
//!
//! Not here: the rows themselves, which the second pass reads. What a reader would get wrong: units, separators and
//! formats are decided by all rows of a column, so the file is read to its end before the first cell can be understood.

use serde::{Deserialize, Serialize};

use super::{
    fault::Fault,
    field::Field,
    reading::{DateFormat, DecimalSeparator, Delimiter, Encoding, Formulas, MoneyUnit, SheetFormat, SheetKind},
};

/// What is in a file, and how its second pass is to read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// What the rows are of.
    pub kind: SheetKind,
    /// The format.
    pub format: SheetFormat,
    /// How the characters are written; none in a workbook.
    pub encoding: Option<Encoding>,
    /// What stands between values; none where nothing does.
    pub delimiter: Option<Delimiter>,
    /// Whether our `'` comes off.
    pub formulas: Formulas,
    /// Whether the first line names the columns; without, every line is a seller's name.
    pub has_header: bool,
    /// The sheets that are read, in their order; none but in a workbook.
    pub sheets: Vec<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Rows, the header aside. Blank ones are none.
    pub rows: u64,
    /// The columns, in their order.
    pub columns: Vec<SurveyedColumn>,
    /// What is wrong before any row can be understood; with one of these the second pass is refused.
    pub faults: Vec<Fault>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurveyedColumn {
    /// Its place, from 0.
    pub index: usize,
    /// Its header, as given.
    pub header: String,
    /// Whether it is one of our own files' that is computed or ours to give, and so passed over.
    pub is_ours: bool,
    /// What it seems to fill.
    pub suggestion: Option<Suggestion>,
    /// What it fills: as stated, else as suggested.
    pub mapped: Option<Field>,
    /// The unit of its money, where it is money and the unit is stated.
    pub money: Option<StatedUnit>,
    /// What stands before the cents, where it is money.
    pub separator: Option<DecimalSeparator>,
    /// How its days are written, where it is days in text.
    pub dates: Option<DateFormat>,
}

/// A field that a header seems to mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The field.
    pub field: Field,
    /// How sure it is, to 1.
    pub score: f64,
    /// How it was found.
    pub by: SuggestedBy,
}

/// How a suggestion was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SuggestedBy {
    /// The header is a name of the field.
    Alias,
    /// The header is like a name of the field.
    Similarity,
}

/// The unit of a column's money, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedUnit {
    /// The unit.
    pub unit: MoneyUnit,
    /// Whether the header says it, rather than the person.
    pub by_header: bool,
}

impl Survey {
    /// The fields that are filled, in the order of the columns.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        self.columns.iter().filter_map(|column| column.mapped)
    }

    /// Whether a column fills the field.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.fields().any(|other| other == field)
    }
}
