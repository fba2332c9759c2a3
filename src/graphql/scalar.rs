//! The scalars of the schema: money, days and moments, each spelled one way.

use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};
use chrono::{NaiveDate, Utc};

use crate::{
    clock::{read_day, read_moment, rfc3339},
    error::{Error, Result},
};

/// The largest whole number that a JSON number holds exactly.
const LARGEST_EXACT: i64 = 1 << 53;

/// Whole US cents as a JSON number, exact to 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cents(pub i64);

impl Cents {
    /// A sum, which may be larger than a JSON number holds.
    pub fn exact(cents: i64) -> Result<Self> {
        if cents.abs() > LARGEST_EXACT {
            return Err(Error::too_large("SUM_TOO_LARGE", "the sum is beyond 2^53 cents; narrow the filter"));
        }
        Ok(Self(cents))
    }
}

/// Whole US cents as a JSON number, exact to 2^53.
#[Scalar]
impl ScalarType for Cents {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => match number.as_i64().filter(|cents| cents.abs() <= LARGEST_EXACT) {
                Some(cents) => Ok(Self(cents)),
                None => Err(InputValueError::custom("must be a whole number of cents, at most 2^53")),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.0))
    }
}

/// A day of the calendar, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A day of the calendar, `YYYY-MM-DD`.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => match read_day(text) {
                Some(day) => Ok(Self(day)),
                None => Err(InputValueError::custom("must be a day as YYYY-MM-DD")),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A moment as in RFC 3339, in UTC: `2026-11-20T08:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// A moment as in RFC 3339, in UTC: `2026-11-20T08:00:00Z`. Other offsets are accepted and turned into UTC.
#[Scalar]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => match read_moment(text) {
                Some(time) => Ok(Self(time)),
                None => Err(InputValueError::custom("must be a moment as in RFC 3339: 2026-11-20T08:00:00Z")),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(rfc3339(self.0))
    }
}

/// A number as an `Int`, which ends at two thousand million; what has more has other troubles.
pub fn small<N: TryInto<i32>>(number: N) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

/// A whole number as a JSON number, exact to 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BigInt(pub i64);

/// A whole number as a JSON number, exact to 2^53.
#[Scalar]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => match number.as_i64().filter(|number| number.abs() <= LARGEST_EXACT) {
                Some(number) => Ok(Self(number)),
                None => Err(InputValueError::custom("must be a whole number, at most 2^53")),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.0))
    }
}
