//! Files read back by the reader of the same library; other people's readers are in `tests/clients`.

use arrow_array::{Array, RecordBatch, cast::AsArray, types::Int64Type};
use arrow_schema::DataType;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use uuid::Uuid;

use super::*;
use crate::exports::{columns::of, spool};
use crate::id::IdKind;

const AT: &str = "2026-11-20T08:00:00Z";

/// What `fill` writes under these columns.
async fn file(kind: ExportKind, columns: &[&str], money: Money, fill: impl FnOnce(&mut Parquet)) -> Bytes {
    let (writer, reader) = spool::open(std::env::temp_dir(), u64::MAX);
    let columns = of(kind, columns);
    let mut parquet = Parquet::new(writer.clone(), kind, &columns, money, AT, &std::env::temp_dir()).unwrap();
    fill(&mut parquet);
    parquet.into_output().unwrap().finish().unwrap();
    writer.finish();
    let chunks: Vec<Bytes> = reader.ready().await.unwrap().chunks().try_collect().await.unwrap();
    chunks.concat().into()
}

fn read(file: Bytes) -> (ParquetRecordBatchReaderBuilder<Bytes>, Vec<RecordBatch>) {
    let open = || ParquetRecordBatchReaderBuilder::try_new(file.clone()).unwrap();
    (open(), open().build().unwrap().map(Result::unwrap).collect())
}

fn add(parquet: &mut Parquet, cells: &[Cell<'_>]) {
    for (index, cell) in cells.iter().enumerate() {
        parquet.cell(index, *cell).unwrap();
    }
    parquet.end_row().unwrap();
}

#[tokio::test]
async fn columns_have_their_types_names_and_say_whether_they_may_be_empty() {
    let columns = ["id", "sale_date", "item_name", "qty", "sale_price_cents", "ebay_fees_cents"];
    for (money, of_money, names) in [
        (Money::Cents, DataType::Int64, ["sale_price_cents", "ebay_fees_cents"]),
        (Money::Decimal, DataType::Decimal128(18, 2), ["sale_price", "ebay_fees"]),
    ] {
        let (reader, rows) = read(file(ExportKind::Records, &columns, money, |_| {}).await);
        assert!(rows.is_empty());
        let found: Vec<_> = reader.schema().fields().iter().map(|field| (*field.as_ref()).clone()).collect();
        let expected = [
            Field::new("id", DataType::Utf8, false),
            Field::new("sale_date", DataType::Date32, false),
            Field::new("item_name", DataType::Utf8, false),
            Field::new("qty", DataType::Int32, false),
            Field::new(names[0], of_money.clone(), false),
            Field::new(names[1], of_money, true),
        ];
        assert_eq!(found, expected);
    }
    let columns = ["feedback_percent", "flagged", "created_at"];
    let (reader, _) = read(file(ExportKind::Sellers, &columns, Money::Cents, |_| {}).await);
    let found: Vec<String> = reader.schema().fields().iter().map(|field| field.data_type().to_string()).collect();
    assert_eq!(found, ["Float64", "Boolean", "Timestamp(µs, \"UTC\")"]);
}

#[tokio::test]
async fn a_file_says_when_and_of_what_it_was_made() {
    let (reader, _) = read(file(ExportKind::Sellers, &["flagged"], Money::Cents, |_| {}).await);
    let facts = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let facts: Vec<_> = facts.iter().map(|fact| (fact.key.as_str(), fact.value.as_deref().unwrap())).collect();
    assert_eq!(facts, [("exported_at", AT), ("kind", "sellers")]);
    assert!(reader.metadata().file_metadata().created_by().unwrap().starts_with("sellerbook "));
}

#[tokio::test]
async fn values_are_what_they_were() {
    let id = Uuid::now_v7();
    let day = |text: &str| Cell::Date(text.parse().unwrap());
    let columns = ["id", "sale_date", "item_name", "ebay_fees_cents"];
    let file = file(ExportKind::Records, &columns, Money::Decimal, |parquet| {
        add(parquet, &[Cell::Uuid(id), day("2026-11-20"), Cell::Text("=1+1\r\n😀"), Cell::Int(-705)]);
        add(parquet, &[Cell::Uuid(id), day("1969-12-31"), Cell::Text(""), Cell::Null]);
    });
    let (_, rows) = read(file.await);
    let [rows] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(rows.column(0).as_string::<i32>().value(0), IdKind::Record.show(id));
    let days = rows.column(1).as_primitive::<arrow_array::types::Date32Type>();
    assert_eq!(days.values(), &[20_777, -1]);
    assert_eq!(rows.column(2).as_string::<i32>().value(0), "=1+1\r\n😀");
    let fees = rows.column(3).as_primitive::<arrow_array::types::Decimal128Type>();
    assert_eq!((fees.value_as_string(0).as_str(), fees.is_null(1)), ("-7.05", true));
}

#[tokio::test]
async fn moments_are_microseconds_in_utc() {
    let at: DateTime<Utc> = "2026-11-20T08:00:00.000001Z".parse().unwrap();
    let (_, rows) =
        read(file(ExportKind::Sellers, &["created_at"], Money::Cents, |parquet| add(parquet, &[Cell::Time(at)])).await);
    let times = rows[0].column(0).as_primitive::<arrow_array::types::TimestampMicrosecondType>();
    assert_eq!(times.value(0), at.timestamp_micros());
}

#[tokio::test]
async fn many_rows_come_in_row_groups_and_in_their_order() {
    let count = 2 * ROWS_OF_GROUP as i64 + 1_000;
    let file = file(ExportKind::Records, &["profit_cents", "item_name"], Money::Cents, |parquet| {
        for row in 0..count {
            add(parquet, &[Cell::Int(row), Cell::Text(if row % 3 == 0 { "Garden hose" } else { "Lamp" })]);
        }
        assert_eq!(parquet.rows(), count as u64);
    });
    let (reader, rows) = read(file.await);
    let groups: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [122_880, 122_880, 1_000]);
    let values: Vec<i64> =
        rows.iter().flat_map(|rows| rows.column(0).as_primitive::<Int64Type>().values().to_vec()).collect();
    assert!(values.into_iter().eq(0..count));
    let texts: Vec<bool> = rows
        .iter()
        .flat_map(|rows| rows.column(1).as_string::<i32>().iter().map(|text| text == Some("Lamp")).collect::<Vec<_>>())
        .collect();
    assert!(texts.into_iter().enumerate().all(|(row, is_lamp)| is_lamp == (row % 3 != 0)));
}

#[tokio::test]
async fn long_texts_end_a_row_group_early() {
    let text: String = (0..10_000_u32).map(|letter| char::from_u32(0x4e00 + letter * 7 % 20_000).unwrap()).collect();
    let count = 3_000;
    let file = file(ExportKind::Records, &["order_remark"], Money::Cents, |parquet| {
        for row in 0..count {
            add(parquet, &[Cell::Text(&format!("{row}{text}"))]);
        }
    });
    let (reader, rows) = read(file.await);
    assert!(reader.metadata().num_row_groups() > 1);
    let texts: Vec<String> = rows
        .iter()
        .flat_map(|rows| {
            rows.column(0).as_string::<i32>().iter().map(|text| text.unwrap().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    assert!(texts.len() == count && texts.iter().enumerate().all(|(row, found)| *found == format!("{row}{text}")));
}

#[tokio::test]
async fn nobody_reading_any_more_is_no_failure() {
    let (writer, reader) = spool::open(std::env::temp_dir(), u64::MAX);
    let columns = of(ExportKind::Records, &["profit_cents"]);
    let mut parquet =
        Parquet::new(writer, ExportKind::Records, &columns, Money::Cents, AT, &std::env::temp_dir()).unwrap();
    drop(reader);
    let stopped = (0..400_000_i64).find_map(|row| {
        // Numbers that do not compress, or a row group would fit the first chunk.
        parquet.cell(0, Cell::Int(row.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64))).ok()?;
        parquet.end_row().err()
    });
    assert!(matches!(stopped, Some(Stop::Gone)));
}
