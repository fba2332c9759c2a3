//! Workbooks.

use rust_xlsxwriter::{Format, Formula};

use super::*;

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
