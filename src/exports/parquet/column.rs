//! One column of a Parquet file: its type, and the cells of the rows in hand on their way to being a column.

use std::{fmt::Write as _, sync::Arc};

use arrow_array::{
    ArrayRef,
    builder::{
        BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int32Builder, Int64Builder, StringBuilder,
        TimestampMicrosecondBuilder,
    },
};
use arrow_schema::{DataType, Field, TimeUnit};
use chrono::{Datelike, NaiveDate};

use crate::{
    db::Cell,
    error::{Error, Result},
    exports::columns::{Column, Money, Shape},
    id::IdKind,
};

/// The days of our calendar from the year 1 to 1970, where Parquet begins to count.
const EPOCH: i32 = 719_163;
/// Digits of a decimal: as many as 64 bits hold, which every reader knows.
const PRECISION: u8 = 18;
const SCALE: i8 = 2;

/// The values of one column, in rows that are no columns yet.
pub(super) enum Builder {
    Id(IdKind, StringBuilder),
    Text(StringBuilder),
    Int(Int32Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder),
    Cents(Int64Builder),
    Dollars(Decimal128Builder),
}

impl Builder {
    /// Of a column without rows.
    pub(super) fn new(shape: Shape, money: Money) -> Self {
        match (shape, money) {
            (Shape::Id(kind), _) => Self::Id(kind, StringBuilder::new()),
            (Shape::Text | Shape::Word, _) => Self::Text(StringBuilder::new()),
            (Shape::Int, _) => Self::Int(Int32Builder::new()),
            (Shape::Float, _) => Self::Float(Float64Builder::new()),
            (Shape::Bool, _) => Self::Bool(BooleanBuilder::new()),
            (Shape::Date, _) => Self::Date(Date32Builder::new()),
            (Shape::Time, _) => Self::Time(TimestampMicrosecondBuilder::new()),
            (Shape::Cents, Money::Cents) => Self::Cents(Int64Builder::new()),
            (Shape::Cents, Money::Decimal) => Self::Dollars(Decimal128Builder::new()),
        }
    }

    /// Adds a cell and says how many bytes of text it was.
    pub(super) fn add(&mut self, cell: Cell<'_>) -> Result<usize> {
        match (self, cell) {
            (Self::Id(kind, ids), Cell::Uuid(id)) => {
                let mut digits = [0; 32];
                let digits = id.simple().encode_lower(&mut digits);
                // Writing to a vector cannot fail.
                let _ = write!(ids, "{}_{digits}", kind.name());
                ids.append_value("");
                return Ok(digits.len());
            }
            (Self::Text(texts), Cell::Text(text)) => {
                texts.append_value(text);
                return Ok(text.len());
            }
            (Self::Int(ints), Cell::Int(int)) => {
                ints.append_value(i32::try_from(int).map_err(|error| Error::caused("writing a number", error))?);
            }
            (Self::Float(floats), Cell::Float(float)) => floats.append_value(float),
            (Self::Bool(bools), Cell::Bool(bool)) => bools.append_value(bool),
            (Self::Date(days), Cell::Date(day)) => days.append_value(days_of(day)),
            (Self::Time(times), Cell::Time(time)) => times.append_value(time.timestamp_micros()),
            (Self::Cents(cents), Cell::Int(int)) => cents.append_value(int),
            (Self::Dollars(cents), Cell::Int(int)) => cents.append_value(int.into()),
            (builder, Cell::Null) => builder.add_null(),
            _ => return Err(Error::internal("a column holds the type of its shape")),
        }
        Ok(0)
    }

    fn add_null(&mut self) {
        match self {
            Self::Id(_, texts) | Self::Text(texts) => texts.append_null(),
            Self::Int(ints) => ints.append_null(),
            Self::Float(floats) => floats.append_null(),
            Self::Bool(bools) => bools.append_null(),
            Self::Date(days) => days.append_null(),
            Self::Time(times) => times.append_null(),
            Self::Cents(cents) => cents.append_null(),
            Self::Dollars(cents) => cents.append_null(),
        }
    }

    /// The rows so far as a column; then begins anew.
    pub(super) fn finish(&mut self) -> Result<ArrayRef> {
        Ok(match self {
            Self::Id(_, texts) | Self::Text(texts) => Arc::new(texts.finish()),
            Self::Int(ints) => Arc::new(ints.finish()),
            Self::Float(floats) => Arc::new(floats.finish()),
            Self::Bool(bools) => Arc::new(bools.finish()),
            Self::Date(days) => Arc::new(days.finish()),
            Self::Time(times) => Arc::new(times.finish().with_timezone("UTC")),
            Self::Cents(cents) => Arc::new(cents.finish()),
            Self::Dollars(cents) => {
                let cents = cents.finish().with_precision_and_scale(PRECISION, SCALE);
                Arc::new(cents.map_err(|error| Error::caused("writing dollars", error))?)
            }
        })
    }
}

/// Days since 1970-01-01.
fn days_of(day: NaiveDate) -> i32 {
    day.num_days_from_ce() - EPOCH
}

/// The column in the schema of the file.
pub(super) fn field(column: &Column, money: Money) -> Field {
    let data_type = match (column.shape, money) {
        (Shape::Id(_) | Shape::Text | Shape::Word, _) => DataType::Utf8,
        (Shape::Int, _) => DataType::Int32,
        (Shape::Float, _) => DataType::Float64,
        (Shape::Bool, _) => DataType::Boolean,
        (Shape::Date, _) => DataType::Date32,
        (Shape::Time, _) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        (Shape::Cents, Money::Cents) => DataType::Int64,
        (Shape::Cents, Money::Decimal) => DataType::Decimal128(PRECISION, SCALE),
    };
    Field::new(column.header(money), data_type, column.is_nullable)
}
