//! What a person may state of a file of rows, and what its columns can fill.
//!
//! Not here: what was found in a file (`import_file.rs`). What a reader would get wrong: one type is both input and output,
//! so that what was stated can be sent back with a change.

use async_graphql::{Enum, InputObject, SimpleObject};

use super::scalar::small;
use crate::{
    error::{Error, Result},
    sheet::{self, Field, Reading, SheetKind},
};

/// What the rows of a file are.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sheet::SheetKind")]
pub enum ImportKind {
    /// Order records.
    Records,
    /// Sellers.
    Sellers,
}

/// What a file is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sheet::SheetFormat")]
pub enum ImportFormat {
    /// Values separated by commas, semicolons, tabs or bars; also plain text, one name a line.
    Csv,
    /// One JSON document: an array of objects, alone or as an export writes it.
    Json,
    /// One JSON object after another.
    Ndjson,
    /// An Excel workbook.
    Xlsx,
}

/// How the characters of a text file are written.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sheet::Encoding")]
pub enum TextEncoding {
    /// UTF-8, with or without a byte order mark.
    #[graphql(name = "UTF_8")]
    Utf8,
    /// UTF-16, the low byte first: a spreadsheet's "Unicode text".
    #[graphql(name = "UTF_16_LE")]
    Utf16Le,
    /// UTF-16, the high byte first.
    #[graphql(name = "UTF_16_BE")]
    Utf16Be,
    /// Windows-1252, of which Latin-1 is a part.
    #[graphql(name = "WINDOWS_1252")]
    Windows1252,
}

/// What stands between the values of a CSV.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sheet::Delimiter")]
pub enum CsvDelimiter {
    /// `,`
    Comma,
    /// `;`, as spreadsheets write where `,` separates decimals.
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Bar,
}

/// The unit of money.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sheet::MoneyUnit")]
pub enum MoneyUnit {
    /// Whole US cents.
    Cents,
    /// US dollars, with up to two digits of cents.
    Decimal,
}

/// What stands before the cents; the other one may stand between thousands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sheet::DecimalSeparator")]
pub enum DecimalSeparator {
    /// `1,234.56`
    Point,
    /// `1.234,56`
    Comma,
}

/// How days are written. A time of day after them is passed over.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sheet::DateFormat")]
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
    /// `Nov 21, 2026` or `Nov-21-26`
    UsName,
    /// `21 Nov 2026` or `21-Nov-26`
    EuName,
}

/// Whether a CSV has a `'` before texts that a spreadsheet would run as formulas, as our exports write it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sheet::Formulas")]
pub enum CsvFormulas {
    /// It has; one `'` comes off.
    Prefixed,
    /// It was exported with `rawFormulas`; texts stay as they are.
    Raw,
}

/// What a column fills.
#[derive(Clone, Debug, SimpleObject, InputObject)]
#[graphql(input_name = "ImportMappingInput")]
pub struct ImportMapping {
    /// The column's `index`.
    column: i32,
    /// The `key` of a field (see `importFields`); null to pass the column over.
    field: Option<String>,
}

/// What is stated of a file. Whatever is absent is found out from all its rows, or is a fault where it cannot be.
#[derive(Clone, Debug, Default, SimpleObject, InputObject)]
#[graphql(input_name = "ImportReadingInput")]
pub struct ImportReading {
    /// What it is. A file whose content is something else is refused.
    format: Option<ImportFormat>,
    /// How its characters are written.
    encoding: Option<TextEncoding>,
    /// What stands between the values of a CSV.
    delimiter: Option<CsvDelimiter>,
    /// Whether the first line names the columns.
    header: Option<bool>,
    /// The unit of money, for columns whose header does not say it as `fees_cents` does. Never guessed.
    money: Option<MoneyUnit>,
    /// What stands before the cents.
    decimal_separator: Option<DecimalSeparator>,
    /// How days are written, in all columns.
    dates: Option<DateFormat>,
    /// Whether our `'` comes off in a CSV.
    formulas: Option<CsvFormulas>,
    /// Columns and what each fills; those that are not named are as suggested.
    mapping: Option<Vec<ImportMapping>>,
    /// The sheet of a workbook, by its name.
    sheet: Option<String>,
}

impl TryFrom<ImportReading> for Reading {
    type Error = Error;

    fn try_from(stated: ImportReading) -> Result<Self> {
        let mapping = stated.mapping.map(|columns| columns.into_iter().map(mapped).collect()).transpose()?;
        Ok(Self {
            format: stated.format.map(Into::into),
            encoding: stated.encoding.map(Into::into),
            delimiter: stated.delimiter.map(Into::into),
            header: stated.header,
            money: stated.money.map(Into::into),
            decimal_separator: stated.decimal_separator.map(Into::into),
            dates: stated.dates.map(Into::into),
            formulas: stated.formulas.map(Into::into),
            mapping,
            sheet: stated.sheet,
        })
    }
}

impl From<Reading> for ImportReading {
    fn from(reading: Reading) -> Self {
        let mapping = |(column, field): (usize, Option<Field>)| ImportMapping {
            column: small(column),
            field: field.map(|field| field.key().to_owned()),
        };
        Self {
            format: reading.format.map(Into::into),
            encoding: reading.encoding.map(Into::into),
            delimiter: reading.delimiter.map(Into::into),
            header: reading.header,
            money: reading.money.map(Into::into),
            decimal_separator: reading.decimal_separator.map(Into::into),
            dates: reading.dates.map(Into::into),
            formulas: reading.formulas.map(Into::into),
            mapping: reading.mapping.map(|columns| columns.into_iter().map(mapping).collect()),
            sheet: reading.sheet,
        }
    }
}

fn mapped(stated: ImportMapping) -> Result<(usize, Option<Field>)> {
    let invalid = |message: String| Error::bad_input("INVALID_MAPPING", message);
    let column =
        usize::try_from(stated.column).map_err(|_| invalid(format!("there is no column {}", stated.column)))?;
    let field = stated.field.map(|key| {
        let found = [SheetKind::Records, SheetKind::Sellers].into_iter().find_map(|kind| Field::find(kind, &key));
        found.ok_or_else(|| invalid(format!("there is no field `{}`; see `importFields`", key.escape_debug())))
    });
    Ok((column, field.transpose()?))
}

/// A field that a column of a file can fill.
#[derive(Clone, Debug, SimpleObject)]
pub struct ImportField {
    /// Its name in a mapping, and in our own files; of money, without the unit.
    key: &'static str,
    /// Its name for people.
    label: &'static str,
    /// Other names that people give such a column, in small letters; a header that is one of these finds the field.
    aliases: Vec<&'static str>,
    /// Whether every file must have a column for it.
    is_required: bool,
}

impl From<Field> for ImportField {
    fn from(field: Field) -> Self {
        Self {
            key: field.key(),
            label: field.label(),
            aliases: field.aliases().to_vec(),
            is_required: field.is_required(),
        }
    }
}
