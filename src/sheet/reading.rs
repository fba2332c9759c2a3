//! What a person may state of a file, and what they get when they state nothing.
//!
//! Not here: how it is found out (`content.rs`, `header.rs`, `survey.rs`). What a reader would get wrong: a statement is
//! obeyed, not taken as a hint; only a header that says its unit in words, as `fees_cents` does, is stronger.

use serde::{Deserialize, Serialize};

use super::field::Field;

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SheetKind {
    /// Order records.
    Records,
    /// Sellers.
    Sellers,
}

impl SheetKind {
    /// Its name in messages, and of the array in our own JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Sellers => "sellers",
        }
    }
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SheetFormat {
    /// Values separated by commas, semicolons, tabs or bars; also plain text, one name a line.
    Csv,
    /// One JSON document: an array of objects, alone or in our envelope.
    Json,
    /// One JSON object after another.
    Ndjson,
    /// An Excel workbook.
    Xlsx,
}

impl SheetFormat {
    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Ndjson => "NDJSON",
            Self::Xlsx => "XLSX",
        }
    }
}

/// How the characters of a text file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "UTF_8")]
    Utf8,
    /// UTF-16, the low byte first: a spreadsheet's "Unicode text".
    #[serde(rename = "UTF_16_LE")]
    Utf16Le,
    /// UTF-16, the high byte first.
    #[serde(rename = "UTF_16_BE")]
    Utf16Be,
    /// Windows-1252, of which Latin-1 is a part.
    #[serde(rename = "WINDOWS_1252")]
    Windows1252,
}

impl Encoding {
    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (low byte first)",
            Self::Utf16Be => "UTF-16 (high byte first)",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

/// What stands between the values of a CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// `;`, as spreadsheets write where `,` separates decimals.
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Bar,
}

impl Delimiter {
    /// All of them; the likelier first.
    pub(super) const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Bar];

    /// The byte it is.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Bar => b'|',
        }
    }
}

/// The unit of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MoneyUnit {
    /// Whole US cents.
    Cents,
    /// US dollars, with up to two digits of cents.
    Decimal,
}

/// What stands before the cents; the other one may stand between thousands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecimalSeparator {
    /// `1,234.56`
    #[default]
    Point,
    /// `1.234,56`
    Comma,
}

/// How days are written. A time of day after them is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DateFormat {
    /// `2026-11-21`
    Iso,
    /// `2026/11/21`
    IsoSlash,
    /// `11/21/2026`
    UsSlash,
    /// `21/11/2026`
    EuSlash,
    /// `11-21-2026`
    UsDash,
    /// `21-11-2026`
    EuDash,
    /// `21.11.2026`
    EuDot,
    /// `Nov 21, 2026` or `Nov-21-26`, as eBay's reports have it
    UsName,
    /// `21 Nov 2026` or `21-Nov-26`
    EuName,
}

/// Whether a CSV has our `'` before texts that a spreadsheet would run as formulas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Formulas {
    /// It has; one `'` comes off.
    #[default]
    Prefixed,
    /// It was exported with `formulas=raw`; texts stay as they are.
    Raw,
}

/// What a person states of a file; whatever is absent is found out, or refused where it cannot be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reading {
    /// The format. One that the content contradicts is refused.
    pub format: Option<SheetFormat>,
    /// How its characters are written.
    pub encoding: Option<Encoding>,
    /// What stands between the values of a CSV.
    pub delimiter: Option<Delimiter>,
    /// Whether the first line names the columns.
    pub header: Option<bool>,
    /// The unit of money, for columns whose header does not say it.
    pub money: Option<MoneyUnit>,
    /// What stands before the cents.
    pub decimal_separator: Option<DecimalSeparator>,
    /// How days are written, in all columns.
    pub dates: Option<DateFormat>,
    /// Whether our `'` comes off in a CSV.
    pub formulas: Option<Formulas>,
    /// Columns by their index, and what each fills; nothing to pass it over. Others are as suggested.
    pub mapping: Option<Vec<(usize, Option<Field>)>>,
    /// The sheet of a workbook, by its name.
    pub sheet: Option<String>,
}

/// What may be read at all.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
    /// Bytes that a workbook may unpack to.
    pub expanded_bytes: u64,
}

impl Default for Limits {
    /// A gigabyte and two million rows; the sheets of such a workbook unpack to a few gigabytes.
    fn default() -> Self {
        Self { bytes: 1 << 30, rows: 2_000_000, expanded_bytes: 8 << 30 }
    }
}

/// How far the reading of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Finding out what is in it: bytes of the file's bytes, about.
    Surveying(u64, u64),
    /// Reading its rows: rows of the file's rows.
    Reading(u64, u64),
}
