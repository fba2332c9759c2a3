//! What is wrong with a file: a fault of a row or a column with its place and its reason, or why it is no file of rows.
//!
//! What a reader would get wrong: a fault is not an error. Faults are collected to the end of the file; an error ends it.

use std::io;

use serde::{Deserialize, Serialize};

use super::{reading::SheetKind, table::Cell};
use crate::error::Error;

/// Characters kept of a cell that was refused.
const LONGEST_CELL: usize = 200;

/// One fault of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The line the row begins on, or the row of a sheet; 1 is usually the header. Rows of a workbook's further sheets
    /// go on from 1,048,576, and the reason says where they are.
    pub line: u64,
    /// The header of the column, where it is the fault of one.
    pub column: Option<String>,
    /// Which fault it is.
    pub code: FaultCode,
    /// The rest of a sentence that begins with the column or the row.
    pub reason: String,
    /// The cell, cut.
    pub cell: Option<String>,
}

macro_rules! fault_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// Which fault it is. Its name is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum FaultCode {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl FaultCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in the API and in files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

fault_codes! {
    /// Two columns have one header.
    DuplicateHeader = "DUPLICATE_HEADER",
    /// Two columns would fill one field.
    DuplicateField = "DUPLICATE_FIELD",
    /// A field that every row needs has no column.
    MissingColumn = "MISSING_COLUMN",
    /// The mapping names a column that the file does not have, or a field of another kind.
    BadMapping = "BAD_MAPPING",
    /// Nothing says whether money is cents or dollars.
    MoneyUnitNotStated = "MONEY_UNIT_NOT_STATED",
    /// `1.234` may be a thousand or a little more than one, and no row of the column decides.
    AmbiguousNumber = "AMBIGUOUS_NUMBER",
    /// `01/02/2026` may be two days, and no row of the column decides.
    AmbiguousDate = "AMBIGUOUS_DATE",
    /// The row is no CSV, or no JSON object.
    BrokenRow = "BROKEN_ROW",
    /// The row is longer than a row can be.
    RowTooLong = "ROW_TOO_LONG",
    /// The row has more or fewer values than the header.
    WrongLength = "WRONG_LENGTH",
    /// The bytes are not of the encoding.
    WrongEncoding = "WRONG_ENCODING",
    /// An object names a key twice.
    DuplicateKey = "DUPLICATE_KEY",
    /// A value is an object or an array.
    NestedValue = "NESTED_VALUE",
    /// The cell is an error of the spreadsheet, as `#N/A`.
    CellError = "CELL_ERROR",
    /// The cell must not be empty.
    MissingValue = "MISSING_VALUE",
    /// The text is too long, or has a NUL.
    InvalidText = "INVALID_TEXT",
    /// An id was kept as a number, and the spreadsheet lost digits of it.
    DigitsLost = "DIGITS_LOST",
    /// Not an amount of money.
    InvalidMoney = "INVALID_MONEY",
    /// An amount below zero.
    NegativeMoney = "NEGATIVE_MONEY",
    /// An amount with parts of a cent.
    TooPrecise = "TOO_PRECISE",
    /// An amount above what can be stored exactly.
    TooLarge = "TOO_LARGE",
    /// Not a day.
    InvalidDate = "INVALID_DATE",
    /// Not a whole number in its bounds.
    InvalidCount = "INVALID_COUNT",
    /// Not a share of 0 to 100.
    InvalidPercent = "INVALID_PERCENT",
    /// Neither true nor false.
    InvalidFlag = "INVALID_FLAG",
    /// Not one of the words there are.
    UnknownWord = "UNKNOWN_WORD",
    /// An earlier row is of the same thing.
    DuplicateRow = "DUPLICATE_ROW",
}

impl Fault {
    /// A fault of a row as a whole.
    pub(super) fn of_row(line: u64, code: FaultCode, reason: impl Into<String>) -> Self {
        Self { line, column: None, code, reason: reason.into(), cell: None }
    }

    /// A fault of a column, found on a line.
    pub(super) fn of_column(line: u64, column: &str, code: FaultCode, reason: impl Into<String>) -> Self {
        Self { column: Some(cut(column)), ..Self::of_row(line, code, reason) }
    }

    /// A fault of a cell.
    pub(super) fn of_cell(line: u64, column: &str, wrong: Wrong, cell: &str) -> Self {
        let cell = (!cell.is_empty()).then(|| cut(cell));
        Self { cell, ..Self::of_column(line, column, wrong.code, wrong.reason) }
    }
}

/// What is wrong with a cell, without its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub code: FaultCode,
    /// The rest of a sentence that begins with the column.
    pub reason: String,
}

impl Wrong {
    pub fn new(code: FaultCode, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub fn missing() -> Self {
        Self::new(FaultCode::MissingValue, "must not be empty")
    }

    /// Of a cell that no field can take: an error of a spreadsheet, an object, an array.
    pub fn no_value(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Error(error) => Self::new(FaultCode::CellError, format!("is the error {error} of a spreadsheet")),
            _ => Self::new(FaultCode::NestedValue, "must be one value, not an object or an array"),
        }
    }
}

/// As much of a cell as is kept, without the NUL that a database does not take.
fn cut(cell: &str) -> String {
    cell.chars().filter(|character| *character != '\0').take(LONGEST_CELL).collect()
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The file cannot be opened or read.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// There is not even a header.
    #[error("the file is empty; its first line must name the columns")]
    Empty,
    /// It is something else than a file of rows.
    #[error("{0}")]
    NotASheet(String),
    /// It is not of the format that was stated.
    #[error("the file is {found}, not {stated} as was stated")]
    OtherFormat {
        /// What was stated.
        stated: &'static str,
        /// What the content is.
        found: &'static str,
    },
    /// It is of the other kind.
    #[error("the file is of {}, not of {}", .found.name(), .wanted.name())]
    OtherKind {
        /// What was asked for.
        wanted: SheetKind,
        /// What the file says.
        found: SheetKind,
    },
    /// The workbook has no sheet of the stated name.
    #[error("the workbook has no sheet {wanted}; its sheets are {found}")]
    NoSuchSheet {
        /// The stated name, quoted.
        wanted: String,
        /// The names there are, quoted.
        found: String,
    },
    /// It is damaged, or cut off.
    #[error("{0}")]
    BrokenFile(String),
    /// A limit is passed.
    #[error("{0}")]
    TooLarge(String),
    /// The reading was stopped.
    #[error("the reading of the file was stopped")]
    Stopped,
    /// Whoever took the rows failed, or we did.
    #[error(transparent)]
    Other(#[from] Error),
}

impl SheetError {
    /// A stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "FILE_UNREADABLE",
            Self::Empty => "FILE_EMPTY",
            Self::NotASheet(_) => "FILE_NOT_A_SHEET",
            Self::OtherFormat { .. } => "FILE_OF_OTHER_FORMAT",
            Self::OtherKind { .. } => "FILE_OF_OTHER_KIND",
            Self::NoSuchSheet { .. } => "NO_SUCH_SHEET",
            Self::BrokenFile(_) => "FILE_BROKEN",
            Self::TooLarge(_) => "FILE_TOO_LARGE",
            Self::Stopped => "STOPPED",
            Self::Other(error) => error.code(),
        }
    }

    /// Whether it is the file's doing, so that the same file fails again.
    #[must_use]
    pub fn is_of_the_file(&self) -> bool {
        !matches!(self, Self::Unreadable(_) | Self::Stopped | Self::Other(_))
    }
}

/// A cell in a message: cut, and with nothing that could run in a terminal.
pub(super) fn shown(cell: &str) -> String {
    const SHOWN: usize = 40;
    let cut = cell.chars().nth(SHOWN).map_or("", |_| "…");
    let start: String = cell.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    format!("\"{start}{cut}\"")
}
