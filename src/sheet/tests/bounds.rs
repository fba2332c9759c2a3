//! What is refused as a whole, what ends the reading, and that nothing makes it panic.

use proptest::prelude::*;

use super::*;

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
