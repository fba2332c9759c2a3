//! XLSX in constant memory: rows go to a temporary file as they come, the workbook to the client after the last.
//!
//! Limits of the format (Excel specifications and limits): a sheet holds 1,048,576 rows, a cell 32,767 UTF-16 units,
//! a date is a day count from 1900. What a reader would get wrong: texts are written as texts, never as formulas.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use chrono::{DateTime, NaiveDate, Utc};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};
use tokio_util::sync::CancellationToken;

use super::{
    columns::{Column, ExportKind, Money, Shape},
    output::{FIRST_PAGE, Output},
    spool::SpoolWriter,
};
use crate::{
    db::{Cell, RowSink, Stop},
    error::{Context, Error, Result},
};

/// Rows of a sheet besides its header.
const ROWS_OF_SHEET: u32 = 1_048_575;
/// UTF-16 units of a cell.
const UNITS_OF_CELL: usize = 32_767;
/// Deflate is most of the work; level 1 halves it for files a fifth larger (see `benches/`).
const COMPRESSION: u8 = 2;
/// Day 0 of Excel's dates, such that they are right from March 1900 on.
const EPOCH: Option<NaiveDate> = NaiveDate::from_ymd_opt(1899, 12, 30);
/// Before 1900-03-01 Excel's calendar has a day too many.
const FIRST_DAY: f64 = 61.0;

/// Writes a workbook.
pub struct Xlsx {
    out: Output,
    book: Workbook,
    columns: Vec<Column>,
    formats: Formats,
    kind: ExportKind,
    sheet: usize,
    row: u32,
    rows: u64,
    cut_cells: u64,
    rows_of_sheet: u32,
    gone: CancellationToken,
}

struct Formats {
    header: Format,
    money: Format,
    date: Format,
    time: Format,
}

impl Xlsx {
    /// A workbook with its first header; temporary files lie in `dir`.
    ///
    /// # Errors
    /// When a temporary file cannot be made.
    pub fn new(
        spool: SpoolWriter,
        kind: ExportKind,
        columns: &[Column],
        dir: &Path,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let mut book = Workbook::new();
        book.set_tempdir(dir).doing("choosing where a workbook is written")?;
        book.set_zip_compression_level(COMPRESSION);
        book.set_properties(&DocProperties::new().set_creation_datetime(&excel_time(now)?));
        let gone = spool.gone();
        let mut xlsx = Self {
            out: Output::new(spool),
            book,
            columns: columns.to_vec(),
            formats: Formats {
                header: Format::new().set_bold(),
                money: Format::new().set_num_format("$#,##0.00"),
                date: Format::new().set_num_format("yyyy-mm-dd"),
                time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            },
            kind,
            sheet: 0,
            row: 0,
            rows: 0,
            cut_cells: 0,
            rows_of_sheet: ROWS_OF_SHEET,
            gone,
        };
        xlsx.open_sheet().doing("beginning a sheet")?;
        Ok(xlsx)
    }

    /// Rows so far, and cells that were longer than a cell may be.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.rows, self.cut_cells)
    }

    /// Writes the workbook out and gives back what it wrote into.
    ///
    /// # Errors
    /// When it cannot be written or nobody takes it.
    pub fn into_output(mut self) -> Result<Output, Stop> {
        self.close_sheet().doing("ending a sheet")?;
        let gone = self.gone;
        // The library panics when it cannot write to its own temporary file.
        let saved = catch_unwind(AssertUnwindSafe(|| self.book.save_to_writer(&mut self.out)));
        match saved {
            Ok(Ok(())) => Ok(self.out),
            _ if gone.is_cancelled() => Err(Stop::Gone),
            Ok(Err(error)) => Err(caused("writing a workbook", error).into()),
            Err(panic) => Err(Error::panicked("writing a workbook", panic.as_ref()).into()),
        }
    }

    fn open_sheet(&mut self) -> Result<(), XlsxError> {
        let name = match (self.kind, self.sheet) {
            (ExportKind::Records, 0) => "Records".to_owned(),
            (ExportKind::Records, sheet) => format!("Records {}", sheet + 1),
            (ExportKind::Sellers, 0) => "Sellers".to_owned(),
            (ExportKind::Sellers, sheet) => format!("Sellers {}", sheet + 1),
        };
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        // Formats belong to columns: looking one up for every cell would cost more than writing the cell.
        for (index, column) in (0_u16..).zip(&self.columns) {
            sheet.set_column_width(index, width(column))?;
            match column.shape {
                Shape::Cents => sheet.set_column_format(index, &self.formats.money)?,
                Shape::Date => sheet.set_column_format(index, &self.formats.date)?,
                Shape::Time => sheet.set_column_format(index, &self.formats.time)?,
                _ => sheet,
            };
        }
        for (index, column) in (0_u16..).zip(&self.columns) {
            sheet.write_string_with_format(0, index, column.header(Money::Decimal), &self.formats.header)?;
        }
        self.row = 0;
        Ok(())
    }

    /// The filter covers the rows there are, which is known only now.
    fn close_sheet(&mut self) -> Result<(), XlsxError> {
        let last = u16::try_from(self.columns.len()).unwrap_or(u16::MAX).saturating_sub(1);
        let sheet = self.book.worksheet_from_index(self.sheet)?;
        sheet.autofilter(0, 0, self.row, last)?;
        Ok(())
    }

    fn write(&mut self, index: usize, cell: Cell<'_>) -> Result<(), XlsxError> {
        let (Some(column), Ok(at)) = (self.columns.get(index), u16::try_from(index)) else { return Ok(()) };
        let row = self.row + 1;
        let sheet = self.book.worksheet_from_index(self.sheet)?;
        match (cell, column.shape) {
            (Cell::Null, _) => {}
            (Cell::Text(text), _) => {
                let (text, is_cut) = fitting(text);
                self.cut_cells += u64::from(is_cut);
                // Excel breaks lines with LF; a CR would be written as `_x000D_`, which few other readers turn back.
                if text.contains('\r') {
                    sheet.write_string(row, at, text.replace("\r\n", "\n").replace('\r', "\n"))?;
                } else {
                    sheet.write_string(row, at, text)?;
                }
            }
            (Cell::Int(cents), Shape::Cents) => {
                sheet.write_number(row, at, dollars(cents))?;
            }
            (Cell::Int(value), _) => {
                #[expect(clippy::cast_precision_loss, reason = "Excel has only doubles")]
                sheet.write_number(row, at, value as f64)?;
            }
            (Cell::Float(value), _) => {
                sheet.write_number(row, at, value)?;
            }
            (Cell::Bool(value), _) => {
                sheet.write_boolean(row, at, value)?;
            }
            (Cell::Date(value), _) => write_day(sheet, row, at, value, 0.0)?,
            (Cell::Time(value), _) => {
                #[expect(clippy::cast_precision_loss, reason = "the milliseconds of a day")]
                let share = (value.timestamp_millis().rem_euclid(86_400_000)) as f64 / 86_400_000.0;
                write_day(sheet, row, at, value.date_naive(), share)?;
            }
            (Cell::Uuid(value), Shape::Id(kind)) => {
                sheet.write_string(row, at, kind.show(value))?;
            }
            (Cell::Uuid(value), _) => {
                sheet.write_string(row, at, value.simple().to_string())?;
            }
        }
        Ok(())
    }
}

impl RowSink for Xlsx {
    fn cell(&mut self, index: usize, cell: Cell<'_>) -> Result<(), Stop> {
        if index == 0 && self.row == self.rows_of_sheet {
            self.close_sheet().doing("ending a sheet")?;
            self.sheet += 1;
            self.open_sheet().doing("beginning a sheet")?;
        }
        Ok(self.write(index, cell).doing("writing a cell")?)
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        self.row += 1;
        self.rows += 1;
        if self.rows == FIRST_PAGE {
            self.out.ready();
        }
        Ok(())
    }
}

impl<T> Context<T> for std::result::Result<T, XlsxError> {
    fn doing(self, context: &'static str) -> Result<T> {
        self.map_err(|error| caused(context, error))
    }
}

fn caused(context: &'static str, error: XlsxError) -> Error {
    match error {
        // The library does not name it as a source.
        XlsxError::IoError(error) => Error::caused(context, error),
        error => Error::caused(context, error),
    }
}

fn excel_time(time: DateTime<Utc>) -> Result<rust_xlsxwriter::ExcelDateTime> {
    rust_xlsxwriter::ExcelDateTime::from_timestamp(time.timestamp()).doing("writing down when a workbook was made")
}

/// A day as Excel's number; one that Excel cannot count, as text.
fn write_day(sheet: &mut Worksheet, row: u32, at: u16, day: NaiveDate, share: f64) -> Result<(), XlsxError> {
    #[expect(clippy::cast_precision_loss, reason = "days are exact in a double")]
    let days = EPOCH.map_or(0, |epoch| day.signed_duration_since(epoch).num_days()) as f64;
    if days < FIRST_DAY {
        sheet.write_string(row, at, day.to_string())?;
    } else {
        sheet.write_number(row, at, days + share)?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "Excel has only doubles; cents are exact to 2^53")]
fn dollars(cents: i64) -> f64 {
    cents as f64 / 100.0
}

/// As much of the text as a cell holds, and whether that is less than all.
fn fitting(text: &str) -> (&str, bool) {
    if text.len() <= UNITS_OF_CELL {
        return (text, false);
    }
    let mut units = 0;
    let cut = text.char_indices().find(|(_, char)| {
        units += char.len_utf16();
        units > UNITS_OF_CELL
    });
    match cut.and_then(|(at, _)| text.get(..at)) {
        Some(head) => (head, true),
        None => (text, false),
    }
}

/// In characters of the default font.
fn width(column: &Column) -> f64 {
    match column.shape {
        Shape::Id(_) => 40.0,
        Shape::Text if column.key == "item_name" => 48.0,
        Shape::Text => 26.0,
        Shape::Word => 24.0,
        Shape::Time => 20.0,
        Shape::Cents => 18.0,
        Shape::Int | Shape::Float | Shape::Bool | Shape::Date => 14.0,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use calamine::{Data, Reader, Xlsx as Workbook};
    use futures::TryStreamExt;

    use super::*;
    use crate::exports::{columns::of, spool};

    /// A workbook of so many rows, with sheets of three.
    async fn workbook(rows: i64) -> Workbook<io::Cursor<Vec<u8>>> {
        let (writer, reader) = spool::open(std::env::temp_dir(), u64::MAX);
        let columns = of(ExportKind::Records, &["ebay_order_id", "sale_date", "profit_cents"]);
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut xlsx = Xlsx::new(writer.clone(), ExportKind::Records, &columns, &std::env::temp_dir(), now).unwrap();
        xlsx.rows_of_sheet = 3;
        for row in 0..rows {
            xlsx.cell(0, Cell::Text(&format!("=order\r\n{row}"))).unwrap();
            xlsx.cell(1, Cell::Date(NaiveDate::from_ymd_opt(2026, 11, 20).unwrap())).unwrap();
            xlsx.cell(2, if row == 1 { Cell::Null } else { Cell::Int(row - 205) }).unwrap();
            xlsx.end_row().unwrap();
        }
        xlsx.into_output().unwrap().finish().unwrap();
        writer.finish();
        let chunks: Vec<bytes::Bytes> = reader.ready().await.unwrap().chunks().try_collect().await.unwrap();
        Workbook::new(io::Cursor::new(chunks.concat())).unwrap()
    }

    #[tokio::test]
    async fn more_rows_than_a_sheet_holds_continue_on_the_next() {
        for (rows, heights) in [(0, vec![1]), (3, vec![4]), (4, vec![4, 2]), (7, vec![4, 4, 2])] {
            let mut book = workbook(rows).await;
            let found: Vec<usize> =
                book.sheet_names().iter().map(|name| book.worksheet_range(name).unwrap().height()).collect();
            assert_eq!(found, heights, "{rows} rows");
        }
        assert_eq!(workbook(7).await.sheet_names(), ["Records", "Records 2", "Records 3"]);
    }

    #[tokio::test]
    async fn cells_have_the_types_of_their_columns() {
        let range = workbook(2).await.worksheet_range("Records").unwrap();
        let row = |at: u32| (0..3).map(|column| range.get_value((at, column)).cloned().unwrap()).collect::<Vec<_>>();
        let text = |text: &str| Data::String(text.to_owned());
        assert_eq!(row(0), [text("ebay_order_id"), text("sale_date"), text("profit")]);
        let first = row(1);
        assert_eq!(first[0], text("=order\n0"));
        assert!(matches!(&first[1], Data::DateTime(day) if day.as_f64() == 46_346.0), "{first:?}");
        assert_eq!(first[2], Data::Float(-2.05));
        assert_eq!(row(2)[2], Data::Empty);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(fitting("short"), ("short", false));
        let long = "\u{1f600}".repeat(20_000);
        let (head, is_cut) = fitting(&long);
        assert!(is_cut);
        assert_eq!(head.encode_utf16().count(), 32_766);
        let exact = "ü".repeat(32_767);
        assert_eq!(fitting(&exact), (exact.as_str(), false));
    }
}
