//! What a cell says: money, days, texts, and that nothing is said.

use super::*;

#[test]
fn a_blank_in_a_column_of_cents_is_null() {
    let read = records(&csv("ebay_fees_cents", &["", "  ", "7"]), &Reading::default());
    let fees: Vec<_> = read.iter().map(|record| record.ebay_fees_cents).collect();
    assert_eq!(fees, [Some(None), Some(None), Some(Some(7))]);
    assert_eq!(read[0].amazon_tax_cents, None, "no column, nothing said");
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
fn only_the_columns_that_are_there_are_said() {
    let read = record(
        format!("{HEADER},Return label ($),status,Store\n1,2026-01-02,a,100,5,refund no return,S1\n").as_bytes(),
    );
    assert_eq!(read.account_code.as_deref(), Some("S1"));
    assert_eq!((read.status, read.return_label_cost_cents), (Some(RecordStatus::RefundNoReturn), Some(Some(0))));
    assert_eq!((read.qty, read.amazon_order_id, read.order_remark), (None, None, None));
}
