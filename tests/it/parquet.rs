//! Parquet files: the rows of the CSV in the same order, with types in place of spellings.

use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::DataType;
use axum::http::StatusCode;
use bytes::Bytes;
use chrono::{DateTime, Days, NaiveDate, SecondsFormat};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{
    TestApp, on_both,
    seed::{self, NewRecord, NewSeller},
};

/// Columns and rows of a file, each cell as a CSV would spell it.
type Table = (Vec<String>, Vec<Vec<String>>);

async fn parquet(app: &TestApp, kind: &str, query: &str) -> (Table, Vec<DataType>) {
    let path = format!("/export/{kind}/parquet?{query}");
    let (status, _, file) = app.get(&app.seeded.admin.token, &path).await;
    assert_eq!(status, StatusCode::OK);
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap();
    let names = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    let types = reader.schema().fields().iter().map(|field| field.data_type().clone()).collect();
    let rows = reader.build().unwrap().flat_map(|rows| spelled(&rows.unwrap())).collect();
    ((names, rows), types)
}

async fn csv(app: &TestApp, kind: &str, query: &str) -> Table {
    let file = app.file(&app.seeded.admin.token, &format!("/export/{kind}/csv?formulas=raw&{query}")).await;
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let names = texts(reader.headers().unwrap());
    (names, reader.records().map(|record| texts(&record.unwrap())).collect())
}

fn spelled(rows: &RecordBatch) -> Vec<Vec<String>> {
    (0..rows.num_rows()).map(|row| rows.columns().iter().map(|column| cell(column, row)).collect()).collect()
}

fn cell(column: &dyn Array, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Decimal128(18, 2) => column.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Date32 => {
            let days = u64::try_from(column.as_primitive::<Date32Type>().value(row)).unwrap();
            NaiveDate::default().checked_add_days(Days::new(days)).unwrap().to_string()
        }
        DataType::Timestamp(..) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            DateTime::from_timestamp_micros(micros).unwrap().to_rfc3339_opts(SecondsFormat::AutoSi, true)
        }
        other => panic!("no column is {other}"),
    }
}

/// As many kinds of rows as there are: with and without what may be missing, and texts that spreadsheets would run.
async fn fill(app: &TestApp) {
    let [alpha, beta, _] = app.seeded.accounts;
    let new = |account, order: &str| NewRecord::new(&app.app, app.seeded.org, account, order);
    let full = NewRecord {
        shipping: Some(705),
        label: Some(0),
        remarks: Some((Some("late\r\n\"again\""), Some("=1+1"))),
        item: "Tölpel 😀".to_owned(),
        ..new(alpha, "0001")
    };
    let bare = NewRecord { fees: None, price: None, tax: None, amazon_order: None, ..new(beta, "0002") };
    let loss = NewRecord { sale: 1, item: "-1,5".to_owned(), ..new(alpha, "0003") };
    seed::records(&app.app, vec![full, bare, loss]).await;
    let seller = |name: &str| NewSeller::new(&app.app, app.seeded.org, name);
    let known = NewSeller { platform_id: Some("00123".to_owned()), flagged: true, ..seller("  ACME  Store") };
    let ids = seed::sellers(&app.app, vec![known, NewSeller { feedback: None, ..seller("'quoted") }]).await;
    let run = seed::bare_run(&app.app, app.seeded.org).await;
    seed::seen_in_run(&app.app, app.seeded.org, run, vec![(ids[0], true)]).await;
}

on_both! {
    async fn a_parquet_holds_the_rows_of_the_csv_in_their_order(app: TestApp) {
        fill(&app).await;
        for (kind, query) in [
            ("records", "columns=all"),
            ("records", ""),
            ("records", "columns=profit_cents,id,sale_date&search=000"),
            ("records", "columns=all&money=decimal"),
            ("sellers", "columns=all"),
        ] {
            let (found, _) = parquet(&app, kind, query).await;
            assert!(found.1.len() >= 2);
            assert_eq!(found, csv(&app, kind, query).await, "{kind} {query}");
        }
    }
}

on_both! {
    async fn columns_of_a_parquet_are_typed(app: TestApp) {
        let types = async |kind, query| {
            let ((names, _), types) = parquet(&app, kind, query).await;
            names.into_iter().zip(types).map(|(name, found)| format!("{name} {found}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            types("records", "columns=id,sale_date,qty,ebay_fees_cents,profit_cents,status,service_remark").await,
            "id Utf8, sale_date Date32, qty Int32, ebay_fees_cents Int64, profit_cents Int64, status Utf8, \
             service_remark Utf8"
        );
        assert_eq!(
            types("records", "columns=ebay_fees_cents,qty,profit_cents&money=decimal").await,
            "ebay_fees Decimal128(18, 2), qty Int32, profit Decimal128(18, 2)"
        );
        assert_eq!(
            types("sellers", "").await,
            "display_name Utf8, normalized_name Utf8, platform Utf8, platform_id Utf8, times_seen Int32, \
             feedback_percent Float64, feedback_count Int32, flagged Boolean, created_at Timestamp(µs, \"UTC\")"
        );
        assert_eq!(
            types("sellers", "columns=first_seen_run_id,last_seen_run_id,source_product").await,
            "first_seen_run_id Utf8, last_seen_run_id Utf8, source_product Utf8"
        );
    }
}

on_both! {
    async fn a_parquet_without_rows_has_its_columns_all_the_same(app: TestApp) {
        for (kind, columns) in [("records", 16), ("sellers", 9)] {
            let ((names, rows), _) = parquet(&app, kind, "").await;
            assert_eq!((names.len(), rows.len()), (columns, 0));
        }
    }
}
