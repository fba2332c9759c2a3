//! Tables of text: encodings, signs between values, headers and rows.

use super::*;

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
fn semicolons_tabs_and_bars_part_values_too() {
    for sign in [";", "\t", "|"] {
        let file = format!("{HEADER}\n1,2026-01-02,a,100\n").replace(',', sign);
        assert_eq!(record(file.as_bytes()).sale_price_cents, 100);
    }
    let tab = stated(|reading| reading.delimiter = Some(Delimiter::Tab));
    assert!(codes(RECORDS, HEADER.as_bytes(), &tab).contains(&FaultCode::MissingColumn));
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
