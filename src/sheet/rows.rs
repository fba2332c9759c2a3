//! The rows of a file, whatever its format: the one loop that both passes go through.
//!
//! What a reader would get wrong: rows with nothing in them are none, as spreadsheets leave them behind.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::{
    content::broken_text,
    csv::CsvRows,
    encoding,
    fault::SheetError,
    json::{self, Keys, Opened},
    reading::{Delimiter, Encoding, Limits, SheetFormat, SheetKind},
    survey::Survey,
    table::TableRow,
    xlsx::Book,
};

/// Rows between two looks whether to go on.
const STEP: u64 = 1_024;

/// How a file is to be opened.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    pub path: &'a Path,
    pub kind: SheetKind,
    pub format: SheetFormat,
    pub encoding: Encoding,
    pub delimiter: Option<Delimiter>,
    pub has_header: bool,
    pub sheets: Vec<String>,
}

impl<'a> Opening<'a> {
    /// As the survey found it.
    pub fn of(path: &'a Path, survey: &Survey) -> Self {
        Self {
            path,
            kind: survey.kind,
            format: survey.format,
            encoding: survey.encoding.unwrap_or(Encoding::Utf8),
            delimiter: survey.delimiter,
            has_header: survey.has_header,
            sheets: survey.sheets.clone(),
        }
    }
}

/// What is told of every row.
pub(super) struct Place<'a> {
    /// How many rows have come, this one included.
    pub rows: u64,
    /// Bytes read of the file.
    pub bytes: u64,
    /// The columns of JSON so far.
    pub keys: &'a Keys,
}

type OnRow<'a> = dyn FnMut(&TableRow, &Place<'_>) -> Result<(), SheetError> + 'a;

/// Hands over the rows of a file in their order and answers how many there were.
pub(super) fn for_each(
    opening: &Opening<'_>,
    keys: &mut Keys,
    limits: &Limits,
    stop: &CancellationToken,
    on_row: &mut OnRow<'_>,
) -> Result<u64, SheetError> {
    let mut rows = 0;
    let mut hand_over = |row: &TableRow, bytes: u64, keys: &Keys| {
        if row.is_blank() {
            return Ok(());
        }
        rows += 1;
        if rows > limits.rows {
            return Err(SheetError::TooLarge(format!("the file has more than {} rows", limits.rows)));
        }
        if rows % STEP == 0 && stop.is_cancelled() {
            return Err(SheetError::Stopped);
        }
        on_row(row, &Place { rows, bytes, keys })
    };
    let mut row = TableRow::default();
    match opening.format {
        SheetFormat::Csv => {
            let (text, bytes) = encoding::open(opening.path, opening.encoding)?;
            let mut csv = CsvRows::open(text, opening.delimiter).map_err(broken_text)?;
            if opening.has_header {
                csv.read(&mut row).map_err(broken_text)?;
            }
            while csv.read(&mut row).map_err(broken_text)? {
                hand_over(&row, bytes.get(), keys)?;
            }
        }
        SheetFormat::Json | SheetFormat::Ndjson => {
            let (Opened::Document(mut objects) | Opened::Lines(mut objects)) =
                json::open(opening.path, opening.kind, opening.encoding)?;
            while objects.read(&mut row, keys)? {
                hand_over(&row, objects.bytes.get(), keys)?;
            }
        }
        SheetFormat::Xlsx => {
            let mut book = Book::open(opening.path)?;
            let bytes = std::rc::Rc::clone(&book.bytes);
            book.rows(&opening.sheets, opening.has_header, &mut |row| hand_over(row, bytes.get(), keys))?;
        }
    }
    Ok(rows)
}
