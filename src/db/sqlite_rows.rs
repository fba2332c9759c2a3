//! Bulk reading from SQLite: rusqlite, one prepared statement, one read transaction.
//!
//! sqlx crosses a thread for every row; reading on the spot is three times as fast (see `benches/`).

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{
    Connection, OpenFlags, Row, params_from_iter,
    types::{Value as SqliteValue, ValueRef},
};
use sea_orm::sea_query::{Value, Values};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{BUSY_TIMEOUT, Cell, CellKind, RowSink, Stop};
use crate::error::{Context, Error, Result};

/// Virtual machine steps between two looks at the cancellation, well under a millisecond.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// KiB below zero, as SQLite wants it. Every page is read about once, so more would only be memory.
const CACHE: i64 = -512;

/// Reads every row of `sql` into `sink`.
pub fn read(
    path: &Path,
    sql: &str,
    values: Values,
    kinds: &[CellKind],
    sink: &mut impl RowSink,
    cancel: &CancellationToken,
) -> Result<(), Stop> {
    let connection = open(path)?;
    let watched = cancel.clone();
    connection
        .progress_handler(STEPS_BETWEEN_LOOKS, Some(move || watched.is_cancelled()))
        .doing("watching a bulk read")?;
    // A statement outside a transaction is a read transaction of its own: one instant from first row to last.
    let mut statement = connection.prepare(sql).doing("preparing a bulk read")?;
    let values = values.0.into_iter().map(bind).collect::<Result<Vec<_>>>()?;
    let mut rows = statement.query(params_from_iter(values)).doing("starting a bulk read")?;
    loop {
        match rows.next() {
            Ok(Some(row)) => {
                hand_over(row, kinds, sink)?;
            }
            Ok(None) => return Ok(()),
            Err(_) if cancel.is_cancelled() => return Err(Stop::Gone),
            Err(error) => return Err(Error::caused("reading rows in bulk", error).into()),
        }
    }
}

fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).doing("opening the database for a bulk read")?;
    connection.busy_timeout(BUSY_TIMEOUT).doing("setting the busy time-out")?;
    connection.pragma_update(None, "cache_size", CACHE).doing("setting the size of the page cache")?;
    Ok(connection)
}

fn hand_over(row: &Row<'_>, kinds: &[CellKind], sink: &mut impl RowSink) -> Result<(), Stop> {
    for (index, kind) in kinds.iter().enumerate() {
        // Matched where it is read: passed on as a `Result`, each value would cost two copies through memory.
        match row.get_ref(index) {
            Ok(value) => hand_over_cell(index, *kind, value, sink)?,
            Err(error) => return Err(Error::caused("reading a column in bulk", error).into()),
        }
    }
    sink.end_row()
}

#[inline]
fn hand_over_cell(index: usize, kind: CellKind, value: ValueRef<'_>, sink: &mut impl RowSink) -> Result<(), Stop> {
    let unexpected = || Error::internal("a column holds the type of its kind");
    match (kind, value) {
        (_, ValueRef::Null) => sink.cell(index, Cell::Null),
        (CellKind::Int, ValueRef::Integer(int)) => sink.cell(index, Cell::Int(int)),
        (CellKind::Text, ValueRef::Text(bytes)) => sink.cell(index, Cell::Text(text(bytes)?)),
        (CellKind::Date, ValueRef::Text(bytes)) => sink.cell(index, Cell::Date(date(bytes).ok_or_else(unexpected)?)),
        (CellKind::Bool, ValueRef::Integer(int)) => sink.cell(index, Cell::Bool(int != 0)),
        (CellKind::Float, ValueRef::Real(real)) => sink.cell(index, Cell::Float(real)),
        #[expect(clippy::cast_precision_loss, reason = "SQLite stores whole doubles as integers and widens them back")]
        (CellKind::Float, ValueRef::Integer(int)) => sink.cell(index, Cell::Float(int as f64)),
        (CellKind::Uuid, ValueRef::Blob(bytes)) => {
            sink.cell(index, Cell::Uuid(Uuid::from_slice(bytes).map_err(|_| unexpected())?))
        }
        (CellKind::Time, ValueRef::Text(bytes)) => {
            sink.cell(index, Cell::Time(time(text(bytes)?).ok_or_else(unexpected)?))
        }
        _ => Err(unexpected().into()),
    }
}

fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| Error::caused("reading text in bulk", error))
}

/// `YYYY-MM-DD`, without chrono's general parser: every record has one.
fn date(bytes: &[u8]) -> Option<NaiveDate> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
    };
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return None };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(&[*m1, *m2])?, number(&[*d1, *d2])?)
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// The values our filters use, spelled as sqlx spells them, so that both drivers compare alike.
fn bind(value: Value) -> Result<SqliteValue> {
    Ok(match value {
        Value::Bool(Some(value)) => SqliteValue::Integer(value.into()),
        Value::Int(Some(value)) => SqliteValue::Integer(value.into()),
        Value::BigInt(Some(value)) => SqliteValue::Integer(value),
        Value::BigUnsigned(Some(value)) => {
            SqliteValue::Integer(i64::try_from(value).map_err(|error| Error::caused("binding a number", error))?)
        }
        Value::Double(Some(value)) => SqliteValue::Real(value),
        Value::String(Some(value)) => SqliteValue::Text(value),
        Value::Uuid(Some(value)) => SqliteValue::Blob(value.as_bytes().to_vec()),
        Value::ChronoDate(Some(value)) => SqliteValue::Text(value.to_string()),
        Value::ChronoDateTimeUtc(Some(value)) => SqliteValue::Text(sqlx_time(value)),
        _ => return Err(Error::internal("a bulk query binds only the types filters use")),
    })
}

fn sqlx_time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_exactly_or_not_at_all() {
        assert_eq!(date(b"2026-11-20"), NaiveDate::from_ymd_opt(2026, 11, 20));
        for wrong in ["2026-02-30", "2026-1-20", "20261120", "2026-11-2x", ""] {
            assert_eq!(date(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
