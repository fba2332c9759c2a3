//! JSON and NDJSON.

use super::*;

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
