//! Files as people bring them, with all that goes wrong in them, from bytes to rows.
//!
//! Here: how a test makes a file and reads it.

mod bounds;
mod objects;
mod tables;
mod values;
mod workbooks;

use std::{
    fs,
    io::{Cursor, Write},
    path::PathBuf,
};

use rust_xlsxwriter::{Workbook, Worksheet};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

const RECORDS: SheetKind = SheetKind::Records;
const SELLERS: SheetKind = SheetKind::Sellers;
const HEADER: &str = "ebay_order_id,sale_date,item_name,sale_price_cents";

/// A file that is gone with its test.
struct Brought {
    path: PathBuf,
    _dir: TempDir,
}

fn brought(bytes: &[u8]) -> Brought {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, bytes).unwrap();
    Brought { path, _dir: dir }
}

impl Brought {
    fn survey(&self, kind: SheetKind, reading: &Reading) -> Result<Survey, SheetError> {
        survey(&self.path, kind, reading, &Limits::default(), &|_| {}, &CancellationToken::new())
    }

    fn records(&self, survey: &Survey) -> Result<Vec<RowAt<RecordRow>>, SheetError> {
        let mut rows = Vec::new();
        let stop = CancellationToken::new();
        let count = read_records(&self.path, survey, &Limits::default(), &|_| {}, &stop, &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        assert_eq!((count, survey.rows), (rows.len() as u64, rows.len() as u64));
        Ok(rows)
    }

    fn sellers(&self, survey: &Survey) -> Vec<RowAt<SellerRow>> {
        let mut rows = Vec::new();
        let stop = CancellationToken::new();
        let count = read_sellers(&self.path, survey, &Limits::default(), &|_| {}, &stop, &mut |row| {
            rows.push(row);
            Ok(())
        });
        assert_eq!(count.unwrap(), survey.rows);
        rows
    }
}

/// The records of a file that has nothing wrong before its rows.
fn rows(bytes: &[u8], reading: &Reading) -> Vec<RowAt<RecordRow>> {
    let file = brought(bytes);
    let survey = file.survey(RECORDS, reading).unwrap();
    assert_eq!(survey.faults, []);
    file.records(&survey).unwrap()
}

/// The records of a file without faults.
fn records(bytes: &[u8], reading: &Reading) -> Vec<RecordRow> {
    rows(bytes, reading).into_iter().map(|row| row.row.unwrap()).collect()
}

fn record(bytes: &[u8]) -> RecordRow {
    records(bytes, &Reading::default()).swap_remove(0)
}

/// Line, column and code of every fault of the rows.
fn faults(bytes: &[u8], reading: &Reading) -> Vec<(u64, Option<String>, FaultCode)> {
    let faults = rows(bytes, reading).into_iter().filter_map(|row| row.row.err()).flatten();
    faults.map(|fault| (fault.line, fault.column, fault.code)).collect()
}

/// Codes of what is wrong before the rows.
fn codes(kind: SheetKind, bytes: &[u8], reading: &Reading) -> Vec<FaultCode> {
    brought(bytes).survey(kind, reading).unwrap().faults.into_iter().map(|fault| fault.code).collect()
}

fn refused(bytes: &[u8]) -> SheetError {
    brought(bytes).survey(RECORDS, &Reading::default()).unwrap_err()
}

/// A CSV with the columns that must be there, and others.
fn csv(more: &str, cells: &[&str]) -> Vec<u8> {
    let rows = cells.iter().enumerate().map(|(nth, cell)| format!("{nth},2026-01-02,a,100,{cell}\r\n"));
    format!("{HEADER},{more}\r\n{}", rows.collect::<String>()).into_bytes()
}

fn stated(reading: impl FnOnce(&mut Reading)) -> Reading {
    let mut stated = Reading::default();
    reading(&mut stated);
    stated
}

/// A workbook of one sheet.
fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(["ebay_order_id", "sale_date", "item_name", "sale_price", "order_remark"]) {
        sheet.write_string(0, column, name).unwrap();
    }
    fill(sheet);
    book.save_to_buffer().unwrap()
}

/// An archive of these parts.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
