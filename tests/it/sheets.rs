//! What an export writes is what a reading of files finds, in every format that can be read.

use chrono::NaiveDate;
use entity::record;
use sea_orm::{ActiveEnum, Iterable};
use sellerbook::sheet::{
    self, Formulas, Limits, Reading, RecordRow, RecordStatus, SellerRow, SheetFormat, SheetKind, Survey,
};
use tokio_util::sync::CancellationToken;

use crate::{
    TestApp, on_both,
    seed::{self, NewRecord, NewSeller},
};

/// A download, and its survey without faults.
async fn surveyed(app: &TestApp, path: &str, kind: SheetKind, reading: &Reading) -> (tempfile::NamedTempFile, Survey) {
    let (status, _, bytes) = app.get(&app.seeded.admin.token, path).await;
    assert!(status.is_success(), "{path}: {}", String::from_utf8_lossy(&bytes));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let stop = CancellationToken::new();
    let survey = sheet::survey(file.path(), kind, reading, &Limits::default(), &|_| {}, &stop).unwrap();
    assert_eq!(survey.faults, [], "{path}");
    (file, survey)
}

async fn records(app: &TestApp, path: &str, reading: &Reading) -> (SheetFormat, Vec<RecordRow>) {
    let (file, survey) = surveyed(app, path, SheetKind::Records, reading).await;
    let (mut rows, stop) = (Vec::new(), CancellationToken::new());
    sheet::read_records(file.path(), &survey, &Limits::default(), &|_| {}, &stop, &mut |row| {
        rows.push(row.row.unwrap());
        Ok(())
    })
    .unwrap();
    (survey.format, rows)
}

async fn sellers(app: &TestApp, path: &str) -> (SheetFormat, Vec<SellerRow>) {
    let (file, survey) = surveyed(app, path, SheetKind::Sellers, &Reading::default()).await;
    let (mut rows, stop) = (Vec::new(), CancellationToken::new());
    sheet::read_sellers(file.path(), &survey, &Limits::default(), &|_| {}, &stop, &mut |row| {
        rows.push(row.row.unwrap());
        Ok(())
    })
    .unwrap();
    (survey.format, rows)
}

on_both! {
    async fn an_export_of_records_is_read_as_it_was_in_every_format(app: TestApp) {
        let (org, account) = (app.seeded.org, app.seeded.accounts[0]);
        let new = |order: &str, item: &str| NewRecord {
            item: item.to_owned(),
            fees: Some(0),
            amazon_order: Some("-0071".to_owned()),
            remarks: Some((Some("=SUM(A1)\n\" ,;"), None)),
            ..NewRecord::new(&app.app, org, account, order)
        };
        seed::records(&app.app, vec![
            new("007", " Störe, \"x\"  日本 "),
            NewRecord { sale: 900_719_925_474_099, fees: None, remarks: None, ..new("b", "+1") },
            NewRecord { sale: 7, tax: Some(123_456), day: NaiveDate::from_ymd_opt(1900, 3, 1).unwrap(), ..new("c", "'90s") },
        ])
        .await;
        let of = |format: &str, more: &str| format!("/export/records/{format}?columns=all&account_id={account}{more}");
        let (format, expected) = records(&app, &of("csv", ""), &Reading::default()).await;
        assert_eq!((format, expected.len()), (SheetFormat::Csv, 3));
        let seven = expected.iter().find(|record| record.ebay_order_id == "007").unwrap();
        assert_eq!(seven.item_name, " Störe, \"x\"  日本 ");
        assert_eq!(seven.order_remark, Some(Some("=SUM(A1)\n\" ,;".to_owned())));
        assert_eq!((seven.ebay_fees_cents, seven.amazon_tax_cents), (Some(Some(0)), Some(Some(80))));
        assert_eq!((seven.qty, seven.status), (Some(1), Some(RecordStatus::Successful)));
        for (format, more, found) in [
            ("csv", "&money=decimal&bom=true", SheetFormat::Csv),
            ("json", "", SheetFormat::Json),
            ("json", "&money=decimal", SheetFormat::Json),
            ("ndjson", "", SheetFormat::Ndjson),
            ("excel", "", SheetFormat::Xlsx),
        ] {
            assert_eq!(records(&app, &of(format, more), &Reading::default()).await, (found, expected.clone()), "{format}{more}");
        }
        let raw = Reading { formulas: Some(Formulas::Raw), ..Reading::default() };
        assert_eq!(records(&app, &of("csv", "&formulas=raw"), &raw).await.1, expected);
    }
}

on_both! {
    async fn an_export_of_sellers_is_read_as_it_was_in_every_format(app: TestApp) {
        let org = app.seeded.org;
        seed::sellers(&app.app, vec![
            NewSeller { feedback: Some((98.6, 12)), flagged: true, ..NewSeller::new(&app.app, org, "=acme") },
            NewSeller::new(&app.app, org, "Smith, John"),
        ])
        .await;
        let (_, expected) = sellers(&app, "/export/sellers/csv").await;
        assert_eq!(expected.len(), 2);
        assert!(expected.iter().any(|seller| seller.feedback_percent == Some(Some(98.6)) && seller.flagged == Some(true)));
        for (format, found) in
            [("json", SheetFormat::Json), ("ndjson", SheetFormat::Ndjson), ("excel", SheetFormat::Xlsx)]
        {
            let read = sellers(&app, &format!("/export/sellers/{format}")).await;
            assert_eq!(read, (found, expected.clone()), "{format}");
        }
        let names = |rows: &[SellerRow]| rows.iter().map(|row| row.display_name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&sellers(&app, "/export/sellers/text").await.1), names(&expected));
    }
}

#[test]
fn the_words_for_how_a_sale_ended_are_those_that_are_stored() {
    let stored: Vec<String> = record::RecordStatus::iter().map(|status| status.to_value()).collect();
    let read = [
        RecordStatus::Successful,
        RecordStatus::ReturnLabelProvided,
        RecordStatus::ReturnClosed,
        RecordStatus::RefundNoReturn,
    ];
    assert_eq!(read.map(RecordStatus::stored).to_vec(), stored);
}
