//! Takes a workbook apart into rows.
//!
//! Not here: what may be unpacked at all (`package.rs`). What a reader would get wrong: a formula counts by the value it
//! had when the workbook was saved; a day is a number that only its format makes a day; and our own exports go on over
//! several sheets, which are one file of rows here.

mod package;

use std::{
    cell::Cell as Shared,
    io::BufReader,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    rc::Rc,
};

use calamine::{Cell as BookCell, DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use chrono::NaiveDate;

use super::{
    csv::{LONGEST_ROW, MOST_COLUMNS},
    encoding::Counted,
    fault::{FaultCode, SheetError, shown},
    reading::{Limits, Reading},
    table::{Cell, ROWS_OF_SHEET, TableRow},
};

/// A workbook, its shared texts in memory.
pub(super) struct Book {
    book: Xlsx<BufReader<Counted>>,
    /// How far the reading is.
    pub bytes: Rc<Shared<u64>>,
}

/// Looks whether a workbook can be read in bounded memory.
pub(super) fn check(path: &Path, limits: &Limits, is_stopped: &dyn Fn() -> bool) -> Result<(), SheetError> {
    package::check(path, limits, is_stopped)
}

/// The rows that are read, from which sheets, and their header.
#[derive(Debug)]
pub(super) struct Chosen {
    pub sheets: Vec<String>,
    pub header: Vec<String>,
    /// The row it is on.
    pub line: u64,
}

impl Book {
    /// Opens a workbook that was checked.
    pub fn open(path: &Path) -> Result<Self, SheetError> {
        let (file, bytes) = Counted::open(path)?;
        let book = guarded(|| Xlsx::new(BufReader::new(file)).map_err(broken))?;
        Ok(Self { book, bytes })
    }

    /// Chooses the sheets: the stated one; else the first with a header that `is_known`, else the first with anything,
    /// and all after it that have the same header.
    pub fn choose(&mut self, reading: &Reading, is_known: &dyn Fn(&str) -> bool) -> Result<Chosen, SheetError> {
        if let Some(stated) = &reading.sheet {
            return self.stated(stated);
        }
        let mut headers: Vec<(String, Vec<String>, u64)> = Vec::new();
        for sheet in self.visible() {
            if let Some((header, line)) = self.header(&sheet)? {
                headers.push((sheet, header, line));
            }
        }
        let known = headers.iter().position(|(_, header, _)| header.iter().any(|name| is_known(name)));
        let mut from = headers.into_iter().skip(known.unwrap_or_default());
        let (first, header, line) = from.next().ok_or(SheetError::Empty)?;
        let same = from.filter(|(_, other, _)| *other == header).map(|(sheet, ..)| sheet);
        Ok(Chosen { sheets: std::iter::once(first).chain(same).collect(), header, line })
    }

    fn stated(&mut self, stated: &str) -> Result<Chosen, SheetError> {
        let names = self.book.sheet_names();
        if !names.iter().any(|name| name == stated) {
            let found = names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
            return Err(SheetError::NoSuchSheet { wanted: shown(stated), found });
        }
        let (header, line) = self.header(stated)?.ok_or(SheetError::Empty)?;
        Ok(Chosen { sheets: vec![stated.to_owned()], header, line })
    }

    fn visible(&self) -> Vec<String> {
        let is_seen = |sheet: &&calamine::Sheet| {
            sheet.typ == SheetType::WorkSheet && matches!(sheet.visible, SheetVisible::Visible)
        };
        self.book.sheets_metadata().iter().filter(is_seen).map(|sheet| sheet.name.clone()).collect()
    }

    /// The first row of a sheet that has something, and its line.
    fn header(&mut self, sheet: &str) -> Result<Option<(Vec<String>, u64)>, SheetError> {
        let mut found = None;
        self.sheet_rows(sheet, 0, &mut |row| {
            let name = |cell: Cell<'_>| super::cell::text(cell, usize::MAX, false).ok().flatten().unwrap_or_default();
            found = Some((row.cells().map(name).collect(), row.line));
            Ok(false)
        })?;
        Ok(found)
    }

    /// Hands over the rows of the sheets, in their order.
    pub fn rows(
        &mut self,
        sheets: &[String],
        has_header: bool,
        on_row: &mut dyn FnMut(&mut TableRow) -> Result<(), SheetError>,
    ) -> Result<(), SheetError> {
        for (nth, sheet) in (0..).zip(sheets) {
            let mut is_header = has_header;
            self.sheet_rows(sheet, nth, &mut |row| {
                if !std::mem::take(&mut is_header) {
                    on_row(row)?;
                }
                Ok(true)
            })?;
        }
        Ok(())
    }

    /// Hands over the rows of a sheet that have something, until `on_row` wants no more.
    fn sheet_rows(
        &mut self,
        name: &str,
        nth: u64,
        on_row: &mut dyn FnMut(&mut TableRow) -> Result<bool, SheetError>,
    ) -> Result<(), SheetError> {
        let mut cells = guarded(|| self.book.worksheet_cells_reader(name).map_err(broken))?;
        let mut row = TableRow::default();
        row.sheet = (nth > 0).then(|| Rc::from(name));
        let line = |at: u32| nth * ROWS_OF_SHEET + u64::from(at) + 1;
        while let Some(cell) = guarded(|| cells.next_cell().map_err(broken))? {
            let (at, column) = cell.get_position();
            if u64::from(at) >= ROWS_OF_SHEET || (line(at) < row.line && row.line > 0) {
                return Err(SheetError::BrokenFile("the rows of the workbook are not in their order".to_owned()));
            }
            if row.line != line(at) {
                if !row.is_blank() && !on_row(&mut row)? {
                    return Ok(());
                }
                row.begin(line(at));
            }
            put(&mut row, column, &cell);
        }
        if row.line > 0 && !row.is_blank() {
            on_row(&mut row)?;
        }
        Ok(())
    }
}

fn put(row: &mut TableRow, column: u32, cell: &BookCell<DataRef<'_>>) {
    let index = usize::try_from(column).unwrap_or(usize::MAX);
    if index >= MOST_COLUMNS || row.text_len() > LONGEST_ROW {
        row.is_wrong(FaultCode::RowTooLong, "is longer than a row can be");
        return;
    }
    match cell.get_value() {
        DataRef::Empty => {}
        DataRef::Int(value) => row.put(index, Cell::Int(*value)),
        DataRef::Float(value) => row.put(index, Cell::Float(*value)),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            row.put(index, Cell::Text(text));
        }
        DataRef::SharedString(text) => row.put(index, Cell::Text(text)),
        DataRef::Bool(value) => row.put(index, Cell::Bool(*value)),
        DataRef::DateTime(moment) => match day(moment) {
            Some(day) => row.put(index, Cell::Day(day)),
            None => row.put(index, Cell::Float(moment.as_f64())),
        },
        DataRef::Error(error) => row.put(index, Cell::Error(&error.to_string())),
    }
}

/// The day of a moment; none where it is only a time of day, or the 29th of February 1900, which Excel believes in.
fn day(moment: &ExcelDateTime) -> Option<NaiveDate> {
    if moment.is_duration() || moment.as_f64() < 1.0 {
        return None;
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day))
}

fn broken(error: XlsxError) -> SheetError {
    match error {
        XlsxError::Io(error) if error.kind() != std::io::ErrorKind::InvalidData => SheetError::Unreadable(error),
        XlsxError::Password => {
            SheetError::NotASheet("the file is a workbook with a password; save it without one".to_owned())
        }
        error => {
            tracing::debug!(%error, "a workbook cannot be read");
            SheetError::BrokenFile("the workbook is damaged, or none that Excel would open".to_owned())
        }
    }
}

/// The library takes a workbook's word for some things and panics where it was no good.
fn guarded<T>(read: impl FnOnce() -> Result<T, SheetError>) -> Result<T, SheetError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(SheetError::BrokenFile("the workbook is damaged".to_owned())))
}
