//! Files as people bring them, with all that goes wrong in them, from bytes to rows.

use std::{
    fs,
    io::{Cursor, Write},
    path::PathBuf,
};

use proptest::prelude::*;
use rust_xlsxwriter::{Format, Formula, Workbook};
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

#[test]
fn a_blank_in_a_column_of_cents_is_null() {
    let read = records(&csv("ebay_fees_cents", &["", "  ", "7"]), &Reading::default());
    let fees: Vec<_> = read.iter().map(|record| record.ebay_fees_cents).collect();
    assert_eq!(fees, [Some(None), Some(None), Some(Some(7))]);
    assert_eq!(read[0].amazon_tax_cents, None, "no column, nothing said");
}

#[test]
fn a_line_that_names_the_separator_is_no_header_and_counts_as_a_line() {
    let text =
        "sep=;\r\nebay_order_id;sale_date;item_name;sale_price_cents\r\n7;2026-01-02;a, b, c, d, e;100\r\n8;x;a;1\r\n";
    let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = format!("\u{feff}{text}").into_bytes();
    let (bars, tabs) = (text.replace(';', "|"), text.replace(';', "\t"));
    for file in [text.as_bytes(), &with_mark, &wide, bars.as_bytes(), tabs.as_bytes()] {
        let read = rows(file, &Reading::default());
        assert_eq!(read[0].row.as_ref().unwrap().item_name, "a, b, c, d, e");
        assert_eq!(faults(file, &Reading::default()), [(4, Some("sale_date".to_owned()), FaultCode::InvalidDate)]);
    }
    // What a person states counts, and the line is none all the same.
    let commas = text.replace("a, b, c, d, e", "a").replace(';', ",").replace("sep=,", "sep=;");
    let comma = stated(|reading| reading.delimiter = Some(Delimiter::Comma));
    assert_eq!(rows(commas.as_bytes(), &comma).len(), 2);
    // A file that says it and no more has a header of nothing.
    assert!(matches!(refused(b"sep=;\r\n"), SheetError::Empty));
    let names = brought(b"sep=,\r\nAcme\r\nOther\r\n");
    let survey = names.survey(SELLERS, &Reading::default()).unwrap();
    let read: Vec<String> = names.sellers(&survey).into_iter().map(|row| row.row.unwrap().display_name).collect();
    assert_eq!(read, ["Acme", "Other"]);
}

#[test]
fn ids_keep_their_leading_zeros() {
    let read = record(format!("{HEADER}\n0012,2026-01-02,a,100\n").as_bytes());
    assert_eq!(read.ebay_order_id, "0012");
}

#[test]
fn twelve_is_twelve_point_nothing_in_dollars_and_not_in_cents() {
    let read = records(&csv("ebay_fees", &["12", "12.00", "$12.00"]), &Reading::default());
    assert!(read.iter().all(|record| record.ebay_fees_cents == Some(Some(1200))));
    let wrong = faults(&csv("ebay_fees_cents", &["12", "12.00"]), &Reading::default());
    assert_eq!(wrong, [(3, Some("ebay_fees_cents".to_owned()), FaultCode::InvalidMoney)]);
}

#[test]
fn brackets_are_below_zero_and_refused() {
    let wrong = faults(&csv("ebay_fees", &["(12.00)", "-1"]), &Reading::default());
    assert_eq!(wrong.iter().map(|fault| fault.2).collect::<Vec<_>>(), [FaultCode::NegativeMoney; 2]);
}

#[test]
fn a_comma_before_the_cents_is_told_from_all_rows() {
    let fees = |cells: &[&str]| -> Vec<_> {
        records(&csv("ebay_fees", cells), &Reading::default())
            .into_iter()
            .map(|record| record.ebay_fees_cents)
            .collect()
    };
    assert_eq!(fees(&["\"1.234,56\"", "1.234"]), [Some(Some(123_456)), Some(Some(123_400))]);
    assert_eq!(fees(&["\"1,234.56\"", "\"1,234\""]), [Some(Some(123_456)), Some(Some(123_400))]);
    let file = csv("ebay_fees", &["12", "1.234"]);
    assert_eq!(codes(RECORDS, &file, &Reading::default()), [FaultCode::AmbiguousNumber]);
    let comma = stated(|reading| reading.decimal_separator = Some(DecimalSeparator::Comma));
    assert_eq!(records(&file, &comma)[1].ebay_fees_cents, Some(Some(123_400)));
}

#[test]
fn the_unit_of_money_is_stated_and_never_guessed() {
    let file = b"Order ID,Date sold,Item,Sold price\n1,2026-01-02,a,12.00\n";
    assert_eq!(codes(RECORDS, file, &Reading::default()), [FaultCode::MoneyUnitNotStated]);
    let dollars = stated(|reading| reading.money = Some(MoneyUnit::Decimal));
    assert_eq!(records(file, &dollars)[0].sale_price_cents, 1200);
    let unused = csv("Amazon tax", &["", ""]);
    assert_eq!(codes(RECORDS, &unused, &Reading::default()), [], "nothing in it, nothing to know");
}

#[test]
fn two_ways_of_writing_days_in_one_column_are_a_fault_of_the_rows_that_differ() {
    let file = |dates: &[&str]| {
        let rows = dates.iter().enumerate().map(|(nth, date)| format!("{nth},{date},a,100\n"));
        format!("{HEADER}\n{}", rows.collect::<String>()).into_bytes()
    };
    let mixed = file(&["2026-01-02", "2026-01-03", "01/04/2026", ""]);
    let column = || Some("sale_date".to_owned());
    assert_eq!(
        faults(&mixed, &Reading::default()),
        [(4, column(), FaultCode::InvalidDate), (5, column(), FaultCode::MissingValue)]
    );
    assert_eq!(codes(RECORDS, &file(&["01/02/2026"]), &Reading::default()), [FaultCode::AmbiguousDate]);
    assert_eq!(
        records(&file(&["01/02/2026", "13/02/2026"]), &Reading::default())[0].sale_date.to_string(),
        "2026-02-01"
    );
    let us = stated(|reading| reading.dates = Some(DateFormat::UsSlash));
    assert_eq!(records(&file(&["01/02/2026"]), &us)[0].sale_date.to_string(), "2026-01-02");
}

#[test]
fn every_encoding_says_the_same() {
    let text = format!("{HEADER}\r\n1,2026-01-02,Störe ½,100\r\n");
    let wide = |to_bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
    let latin: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    for (bytes, encoding) in [
        (text.clone().into_bytes(), Encoding::Utf8),
        ([b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat(), Encoding::Utf8),
        ([vec![0xff, 0xfe], wide(u16::to_le_bytes)].concat(), Encoding::Utf16Le),
        ([vec![0xfe, 0xff], wide(u16::to_be_bytes)].concat(), Encoding::Utf16Be),
        (latin, Encoding::Windows1252),
    ] {
        let survey = brought(&bytes).survey(RECORDS, &Reading::default()).unwrap();
        assert_eq!((survey.encoding, survey.columns[0].header.as_str()), (Some(encoding), "ebay_order_id"));
        assert_eq!(record(&bytes).item_name, "Störe ½");
    }
    let unmarked = wide(u16::to_le_bytes);
    assert!(matches!(refused(&unmarked), SheetError::NotASheet(_)));
    let wide = stated(|reading| reading.encoding = Some(Encoding::Utf16Le));
    assert_eq!(records(&unmarked, &wide)[0].item_name, "Störe ½");
}

#[test]
fn a_line_break_within_quotes_is_kept_exactly() {
    for text in ["a\r\nb", "a\nb", "a\rb", " a \r\n\r\n b "] {
        let file = csv("order_remark", &[&format!("\"{text}\""), "x"]);
        let read = records(&file, &Reading::default());
        assert_eq!(read[0].order_remark, Some(Some(text.to_owned())));
    }
}

#[test]
fn two_headers_of_one_name_are_a_fault_that_names_both() {
    let file = brought(format!("{HEADER},note,Note,note\n").as_bytes());
    let faults = file.survey(RECORDS, &Reading::default()).unwrap().faults;
    assert!(faults.iter().any(|fault| {
        fault.code == FaultCode::DuplicateHeader && fault.reason == "is the header of two columns, 5 and 7"
    }));
    assert!(matches!(file.records(&file.survey(RECORDS, &Reading::default()).unwrap()), Err(SheetError::Other(_))));
}

#[test]
fn a_cell_of_twenty_thousand_characters_is_read_within_its_fields_limit() {
    let long = "ü".repeat(20_000);
    let wrong = faults(&csv("order_remark", &[&long]), &Reading::default());
    assert_eq!(wrong, [(2, Some("order_remark".to_owned()), FaultCode::InvalidText)]);
    let row = rows(&csv("order_remark", &[&long]), &Reading::default()).swap_remove(0);
    assert_eq!(row.row.unwrap_err()[0].cell.as_ref().unwrap().chars().count(), 200);
    let fits = "ü".repeat(10_000);
    assert_eq!(records(&csv("order_remark", &[&fits]), &Reading::default())[0].order_remark, Some(Some(fits)));
    assert_eq!(
        records(&csv("Comment of the buyer", &[&long]), &Reading::default()).len(),
        1,
        "a column that is passed over"
    );
}

#[test]
fn formulas_of_a_csv_lose_the_one_sign_that_we_gave_them() {
    let file = csv("order_remark", &["'=1+1", "''=1", "'90s", "=1"]);
    let remarks = |reading: &Reading| -> Vec<_> {
        records(&file, reading).into_iter().filter_map(|record| record.order_remark.flatten()).collect()
    };
    assert_eq!(remarks(&Reading::default()), ["=1+1", "'=1", "'90s", "=1"]);
    let raw = stated(|reading| reading.formulas = Some(Formulas::Raw));
    assert_eq!(remarks(&raw), ["'=1+1", "''=1", "'90s", "=1"]);
}

#[test]
fn a_file_that_is_not_what_it_says_is_told_what_it_is() {
    for (bytes, what) in [
        (b"\x89PNG\r\n\x1a\n....".as_slice(), "a picture (PNG)"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file"),
        (b"<html><table><tr>", "a web page"),
        (b"\xef\xbb\xbf  <!DOCTYPE html>", "a web page"),
        (b"<?xml version=\"1.0\"?><Workbook>", "XML"),
        (b"\x1f\x8b\x08\0", "compressed with gzip"),
        (b"PAR1\0\0", "a Parquet file"),
        (b"a\0b\0c", "no text"),
    ] {
        let error = refused(bytes);
        assert!(error.to_string().contains(what), "{error}");
        assert_eq!(error.code(), "FILE_NOT_A_SHEET");
    }
    assert!(refused(&zipped(&[("a.csv", b"a,b")])).to_string().contains("a ZIP archive that is no workbook"));
    assert!(refused(&zipped(&[("content.xml", b"<a/>")])).to_string().contains("an OpenDocument file"));
    assert!(matches!(refused(b"PK\x03\x04 and no more"), SheetError::BrokenFile(_)));
    assert!(matches!(refused(b""), SheetError::Empty));
    assert!(matches!(refused(b"\xef\xbb\xbf \r\n"), SheetError::Empty));
    let xlsx = stated(|reading| reading.format = Some(SheetFormat::Xlsx));
    let error = brought(HEADER.as_bytes()).survey(RECORDS, &xlsx).unwrap_err();
    assert_eq!(error.to_string(), "the file is CSV, not XLSX as was stated");
}

#[test]
fn only_the_columns_that_are_there_are_said() {
    let read = record(
        format!("{HEADER},Return label ($),status,Store\n1,2026-01-02,a,100,5,refund no return,S1\n").as_bytes(),
    );
    assert_eq!(read.account_code.as_deref(), Some("S1"));
    assert_eq!((read.status, read.return_label_cost_cents), (Some(RecordStatus::RefundNoReturn), Some(Some(0))));
    assert_eq!((read.qty, read.amazon_order_id, read.order_remark), (None, None, None));
}

#[test]
fn every_fault_of_every_row_is_told() {
    let file = format!(
        "{HEADER},qty,status\n,2026-13-01,,x,0,LOST\n1,2026-01-02,a,100,2\n\"2\"x,2026-01-02,a,100,2,\n\n,,,,,\n3,2026-01-02,a,100,,\n3,2026-01-02,b,100,,\n"
    );
    let found: Vec<(u64, FaultCode)> =
        faults(file.as_bytes(), &Reading::default()).into_iter().map(|(line, _, code)| (line, code)).collect();
    assert_eq!(
        found,
        [
            (2, FaultCode::MissingValue),
            (2, FaultCode::InvalidDate),
            (2, FaultCode::MissingValue),
            (2, FaultCode::InvalidMoney),
            (2, FaultCode::InvalidCount),
            (2, FaultCode::UnknownWord),
            (3, FaultCode::WrongLength),
            (4, FaultCode::BrokenRow),
            (8, FaultCode::DuplicateRow),
        ]
    );
    let read = rows(file.as_bytes(), &Reading::default());
    assert_eq!(read.last().unwrap().row.as_ref().unwrap_err()[0].reason, "is the same as on line 7");
}

#[test]
fn semicolons_tabs_and_bars_part_values_too() {
    for sign in [";", "\t", "|"] {
        let file = format!("{HEADER}\n1,2026-01-02,a,100\n").replace(',', sign);
        assert_eq!(record(file.as_bytes()).sale_price_cents, 100);
    }
    let tab = stated(|reading| reading.delimiter = Some(Delimiter::Tab));
    assert!(codes(RECORDS, HEADER.as_bytes(), &tab).contains(&FaultCode::MissingColumn));
}

#[test]
fn sellers_are_names_one_a_line_or_a_table() {
    let names = |bytes: &[u8]| -> Vec<String> {
        let file = brought(bytes);
        let survey = file.survey(SELLERS, &Reading::default()).unwrap();
        assert_eq!(survey.faults, []);
        file.sellers(&survey).into_iter().map(|row| row.row.unwrap().display_name).collect()
    };
    assert_eq!(names(b"acme\r\n\r\nSmith, John\r\n"), ["acme", "Smith, John"]);
    assert_eq!(names(b"Smith, John\nacme\n"), ["Smith, John", "acme"]);
    assert_eq!(names(b"Username\nacme\nbob\n"), ["acme", "bob"]);
    assert_eq!(names("Seller;Feedback %;Flagged\nacme;99.5;yes\n".as_bytes()), ["acme"]);
    assert_eq!(names(b"{\"sellers\":[{\"display_name\":\"acme\"}]}"), ["acme"]);
    assert_eq!(codes(SELLERS, b"x,y\n1,2\n", &Reading::default()), [FaultCode::MissingColumn], "a table of something");
    let file = brought(b"acme\nACME \nbob\n");
    let read = file.sellers(&file.survey(SELLERS, &Reading::default()).unwrap());
    let wrong: Vec<_> = read.iter().filter_map(|row| row.row.as_ref().err()).map(|faults| faults[0].code).collect();
    assert_eq!(wrong, [FaultCode::DuplicateRow]);
}

#[test]
fn a_mapping_that_is_stated_is_obeyed() {
    let file = b"a,b,c,d,e\n1,2026-01-02,x,100,y\n";
    let reading = stated(|reading| {
        reading.money = Some(MoneyUnit::Cents);
        reading.mapping = Some(vec![
            (0, Some(Field::EbayOrderId)),
            (1, Some(Field::SaleDate)),
            (4, Some(Field::ItemName)),
            (3, Some(Field::SalePrice)),
        ]);
    });
    let read = records(file, &reading).swap_remove(0);
    assert_eq!((read.item_name.as_str(), read.sale_price_cents), ("y", 100));
    let text = serde_json::to_string(&reading).unwrap();
    assert_eq!(serde_json::from_str::<Reading>(&text).unwrap(), reading);
    assert!(serde_json::from_str::<Reading>("{\"monney\":\"CENTS\"}").is_err());
}

const OBJECT: &str = r#"{"ebay_order_id":"007","sale_date":"2026-01-02","item_name":"a","sale_price_cents":100}"#;

#[test]
fn json_is_an_array_an_envelope_or_lines() {
    let other = OBJECT.replace("007", "008");
    for (text, format) in [
        (format!("[{OBJECT},\n {other}]\n"), SheetFormat::Json),
        (
            format!("{{\"exported_at\":\"x\",\"kind\":\"records\",\"records\":[\n{OBJECT},\n{other}\n]}}\n"),
            SheetFormat::Json,
        ),
        (format!("{{\"a\":{{\"b\":[1,2]}},\"records\":[{OBJECT},{other}],\"count\":2}}"), SheetFormat::Json),
        (format!("{OBJECT}\n\n{other}"), SheetFormat::Ndjson),
        (format!("\u{feff}{OBJECT}\r\n{other}\r\n"), SheetFormat::Ndjson),
    ] {
        let survey = brought(text.as_bytes()).survey(RECORDS, &Reading::default()).unwrap();
        assert_eq!((survey.format, survey.rows), (format, 2), "{text}");
        assert_eq!(record(text.as_bytes()).ebay_order_id, "007");
    }
    for empty in ["[]", "{\"records\":[]}", "{\"records\": [ ] }"] {
        assert_eq!(records(empty.as_bytes(), &Reading::default()), []);
    }
    assert!(matches!(refused(b"{\"sellers\":[]}"), SheetError::OtherKind { .. }));
    assert!(matches!(refused(b"{\n\"rows\":[]\n}"), SheetError::NotASheet(_)));
}

#[test]
fn a_key_that_is_missing_says_nothing_and_null_says_null() {
    let with = |more: &str| OBJECT.replace('}', &format!(",{more}}}")).replace("007", &more.len().to_string());
    let text =
        format!("{}\n{}\n{OBJECT}\n", with("\"ebay_fees_cents\":null"), with("\"qty\":3,\"ebay_fees_cents\":12"));
    let read = records(text.as_bytes(), &Reading::default());
    let fees: Vec<_> = read.iter().map(|record| record.ebay_fees_cents).collect();
    assert_eq!(fees, [Some(None), Some(Some(12)), None]);
    assert_eq!((read[1].qty, read[2].qty), (Some(3), None));
    let survey = brought(text.as_bytes()).survey(RECORDS, &Reading::default()).unwrap();
    let keys: Vec<&str> = survey.columns.iter().map(|column| column.header.as_str()).collect();
    assert_eq!(keys[4..], ["ebay_fees_cents", "qty"]);
}

#[test]
fn what_is_wrong_with_an_object_is_a_fault_of_its_line() {
    let text = format!(
        "{OBJECT}\n{{\"item_name\":\"a\",\"item_name\":\"b\"}}\n[1]\n{{\"a\":\n{{\"ebay_order_id\":12345678901234567890,\"sale_date\":\"2026-01-02\",\
         \"item_name\":{{\"x\":1}},\"sale_price_cents\":1.5}}\n{{\"item_name\":\"x\"}}\n{{\"sale_date\":null}}\n"
    );
    let found: Vec<(u64, FaultCode)> =
        faults(text.as_bytes(), &Reading::default()).into_iter().map(|(line, _, code)| (line, code)).collect();
    assert_eq!(
        found,
        [
            (2, FaultCode::DuplicateKey),
            (3, FaultCode::BrokenRow),
            (4, FaultCode::BrokenRow),
            (5, FaultCode::NestedValue),
            (5, FaultCode::InvalidMoney),
            (6, FaultCode::MissingValue),
            (6, FaultCode::MissingValue),
            (6, FaultCode::MissingValue),
        ]
    );
}

#[test]
fn a_document_that_is_cut_off_is_told_from_a_whole_one() {
    let document = format!("{{\"records\":[{OBJECT}]}}");
    for end in [document.len() - 1, document.len() - 2, document.len() - 3, 30] {
        let found = faults(&document.as_bytes()[..end], &Reading::default());
        assert_eq!(found.last().unwrap().2, FaultCode::BrokenRow, "{}", &document[..end]);
    }
    assert_eq!(faults(format!("{document}]").as_bytes(), &Reading::default())[0].2, FaultCode::BrokenRow);
}

/// A workbook of one sheet.
fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(["ebay_order_id", "sale_date", "item_name", "sale_price", "order_remark"]) {
        sheet.write_string(0, column, name).unwrap();
    }
    fill(sheet);
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_has_real_numbers_days_and_flags() {
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let file = workbook(|sheet| {
        sheet.write_number(1, 0, 123_456_789_012_345.0).unwrap();
        sheet.write_number_with_format(1, 1, 46_346.0, &day).unwrap();
        sheet.write_boolean(1, 2, true).unwrap();
        sheet.write_number(1, 3, 19.99).unwrap();
        sheet.write_formula(2, 0, Formula::new("1+1").set_result("A-2")).unwrap();
        sheet.write_string(2, 1, "2026-11-21").unwrap();
        sheet.write_string(2, 2, "=cmd").unwrap();
        sheet.write_string(2, 3, "$1,234.50").unwrap();
        sheet.write_string(2, 4, "'=1").unwrap();
    });
    let read = records(&file, &Reading::default());
    assert_eq!((read[0].ebay_order_id.as_str(), read[0].item_name.as_str()), ("123456789012345", "TRUE"));
    assert_eq!((read[0].sale_date.to_string().as_str(), read[0].sale_price_cents), ("2026-11-20", 1999));
    assert_eq!((read[0].order_remark.clone(), read[1].sale_price_cents), (Some(None), 123_450));
    assert_eq!((read[1].ebay_order_id.as_str(), read[1].item_name.as_str()), ("A-2", "=cmd"));
    assert_eq!(read[1].order_remark, Some(Some("'=1".to_owned())), "only a CSV has our sign");
}

#[test]
fn errors_and_lost_digits_of_a_workbook_are_faults() {
    let file = workbook(|sheet| {
        sheet.write_number(1, 0, 1_234_567_890_123_456_800.0).unwrap();
        sheet.write_number(1, 1, 46_346.0).unwrap();
        sheet.write_formula(1, 2, Formula::new("NA()").set_result("#N/A")).unwrap();
        sheet.write_number(1, 3, 12.345).unwrap();
    });
    let found: Vec<FaultCode> = faults(&file, &Reading::default()).into_iter().map(|fault| fault.2).collect();
    assert_eq!(found[..2], [FaultCode::DigitsLost, FaultCode::InvalidDate]);
    assert_eq!(found.last(), Some(&FaultCode::TooPrecise));
}

#[test]
fn our_own_workbooks_go_on_over_several_sheets() {
    let mut book = Workbook::new();
    for (nth, name) in ["Notes", "Records", "Records 2", "Other"].into_iter().enumerate() {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        let header: &[&str] = if name.starts_with("Records") {
            &["ebay_order_id", "sale_date", "item_name", "sale_price"]
        } else {
            &["What", "this is"]
        };
        for (column, text) in (0..).zip(header) {
            sheet.write_string(0, column, *text).unwrap();
        }
        for (column, text) in (0..).zip([nth.to_string().as_str(), "2026-01-02", "a", if nth == 2 { "x" } else { "1" }])
        {
            sheet.write_string(2, column, text).unwrap();
        }
    }
    let file = book.save_to_buffer().unwrap();
    let survey = brought(&file).survey(RECORDS, &Reading::default()).unwrap();
    assert_eq!((survey.sheets, survey.rows), (vec!["Records".to_owned(), "Records 2".to_owned()], 2));
    let read = rows(&file, &Reading::default());
    assert_eq!((read[0].line, read[1].line), (3, 1_048_576 + 3));
    let reason = &read[1].row.as_ref().unwrap_err()[0].reason;
    assert!(reason.ends_with("(row 3 of the sheet \"Records 2\")"), "{reason}");
    let other = stated(|reading| reading.sheet = Some("Records 3".to_owned()));
    assert!(matches!(brought(&file).survey(RECORDS, &other), Err(SheetError::NoSuchSheet { .. })));
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_refused_whatever_it_declares() {
    let bomb =
        zipped(&[("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", &b"<c></c>".repeat(1_000_000))]);
    assert!(bomb.len() < 200_000);
    let limits = Limits { expanded_bytes: 1 << 20, ..Limits::default() };
    let survey = |bytes: &[u8]| {
        survey(&brought(bytes).path, RECORDS, &Reading::default(), &limits, &|_| {}, &CancellationToken::new())
    };
    assert!(matches!(survey(&bomb), Err(SheetError::TooLarge(_))));
    let mut lying = bomb.clone();
    // Both places that declare the size of the sheet.
    let declared = 7_000_000_u32.to_le_bytes();
    for at in 0..lying.len() - 4 {
        if lying[at..at + 4] == declared {
            lying[at..at + 4].copy_from_slice(&[7, 0, 0, 0]);
        }
    }
    assert_ne!(lying, bomb);
    assert!(survey(&lying).is_err());
    let texts = zipped(&[
        ("xl/workbook.xml", b"<workbook/>"),
        ("xl/sharedStrings.xml", b"<sst uniqueCount=\"99999999999\"></sst>"),
    ]);
    assert!(matches!(refused(&texts), SheetError::TooLarge(_)));
}

#[test]
fn limits_and_a_stop_end_the_reading() {
    let file = brought(&csv("qty", &["1", "2", "3"]));
    let survey_with = |limits: Limits, stop: &CancellationToken| {
        survey(&file.path, RECORDS, &Reading::default(), &limits, &|_| {}, stop)
    };
    let go_on = CancellationToken::new();
    assert!(matches!(survey_with(Limits { rows: 2, ..Limits::default() }, &go_on), Err(SheetError::TooLarge(_))));
    assert!(matches!(survey_with(Limits { bytes: 9, ..Limits::default() }, &go_on), Err(SheetError::TooLarge(_))));
    assert!(survey_with(Limits { rows: 3, ..Limits::default() }, &go_on).is_ok());
    let stop = CancellationToken::new();
    stop.cancel();
    assert!(matches!(survey_with(Limits::default(), &stop), Err(SheetError::Stopped)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_it_panic(
        start in prop_oneof![
            Just(""), Just("PK\u{3}\u{4}"), Just("{\"records\":["), Just("["), Just("{\""), Just("\u{feff}"),
            Just("ebay_order_id,sale_date,item_name,sale_price\n"), Just("display_name\n"),
        ],
        bytes in prop::collection::vec(prop_oneof![
            any::<u8>(), prop::sample::select(b"{}[]\",:\\ \r\n\t;|'=0123.-".as_slice()),
        ], 0..80),
    ) {
        let file = brought(&[start.as_bytes(), &bytes].concat());
        for kind in [RECORDS, SELLERS] {
            if let Ok(survey) = file.survey(kind, &Reading::default()) && survey.faults.is_empty() {
                let _ = if kind == RECORDS { file.records(&survey).is_ok() } else { file.sellers(&survey).is_empty() };
            }
        }
    }

    #[test]
    fn a_damaged_workbook_is_refused_or_read(at in 0_usize..6_000, byte: u8) {
        let mut bytes = workbook(|sheet| { sheet.write_string(1, 0, "1").unwrap(); });
        let at = at % bytes.len();
        bytes[at] = byte;
        let file = brought(&bytes);
        if let Ok(survey) = file.survey(RECORDS, &Reading::default()) && survey.faults.is_empty() {
            let _ = file.records(&survey);
        }
    }
}

/// `cargo test --release -- --ignored --nocapture a_million_rows`
#[test]
#[ignore = "measures"]
fn a_million_rows_take_seconds() {
    let header = "id,ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,earnings_net_cents,amazon_price_cents,\
                  amazon_tax_cents,amazon_shipping_cents,cogs_total_cents,amazon_order_id,status,return_label_cost_cents,profit_cents\r\n";
    let mut text = header.to_owned();
    for row in 0..1_000_000 {
        text.push_str(&format!(
            "record_0197{row:028x},27-{row:08}-12345,2026-01-{:02},\"Item, number {row} of many\",1,4599,612,3987,2100,168,0,2268,114-{row:07}-1234567,SUCCESSFUL,,1719\r\n",
            row % 28 + 1
        ));
    }
    let file = brought(text.as_bytes());
    let start = std::time::Instant::now();
    let survey = file.survey(RECORDS, &Reading::default()).unwrap();
    let surveyed = start.elapsed();
    let mut faults = 0;
    let stop = CancellationToken::new();
    let rows = read_records(&file.path, &survey, &Limits::default(), &|_| {}, &stop, &mut |row| {
        faults += u64::from(row.row.is_err());
        Ok(())
    });
    println!("{} MB: surveyed in {surveyed:?}, read in {:?}", text.len() >> 20, start.elapsed() - surveyed);
    assert_eq!((rows.unwrap(), faults), (1_000_000, 0));
}
