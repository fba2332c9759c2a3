//! What a list is ordered by: the key that each row has, and the orders that most lists have: the newest first, by a text,
//! by a number, by an id.
//!
//! What a reader would get wrong: an order always ends in the id, or rows of the same key would be lost between pages.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait, EntityTrait,
    sea_query::{Expr, SimpleExpr, Value},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::has_four_digit_year;

/// The direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// The value a list is ordered by, of one row.
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum Key {
    /// A number.
    #[serde(rename = "i")]
    Int(i64),
    /// A fraction.
    #[serde(rename = "f")]
    Float(f64),
    /// A text.
    #[serde(rename = "t")]
    Text(String),
    /// A day.
    #[serde(rename = "d")]
    Date(NaiveDate),
    /// A moment.
    #[serde(rename = "m")]
    Time(DateTime<Utc>),
    /// An id.
    #[serde(rename = "u")]
    Id(Uuid),
}

impl Key {
    /// Whether a row could have it; the databases stumble over what none has.
    pub(super) fn can_be_stored(&self) -> bool {
        match self {
            Self::Int(_) | Self::Float(_) | Self::Id(_) => true,
            Self::Text(text) => !text.contains('\0'),
            Self::Date(day) => has_four_digit_year(day),
            Self::Time(time) => has_four_digit_year(time),
        }
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Int(value) => value.into(),
            Key::Float(value) => value.into(),
            Key::Text(value) => value.into(),
            Key::Date(value) => value.into(),
            Key::Time(value) => value.into(),
            Key::Id(value) => value.into(),
        }
    }
}

/// A total order of an entity: a key that is never null, then the id.
pub trait Ordering<E: EntityTrait>: Copy {
    /// The key in SQL.
    fn expr(self) -> SimpleExpr;
    /// The id column.
    fn id(self) -> E::Column;
    /// The key and the id of a row in hand.
    fn key_of(self, row: &E::Model) -> (Key, Uuid);
    /// Smallest or largest first.
    fn direction(self) -> Direction;
    /// Whether this is the kind of key it has: a cursor comes from outside.
    fn fits(self, key: &Key) -> bool;
}

/// The newest first: the only order of many a list.
#[derive(Debug)]
pub struct Newest<E: EntityTrait> {
    /// When a row came to be.
    pub at: E::Column,
    /// Its id.
    pub id: E::Column,
    /// Both, of a row in hand.
    pub of: fn(&E::Model) -> (DateTime<Utc>, Uuid),
}

// Derived, they would ask the same of the rows.
impl<E: EntityTrait> Copy for Newest<E> {}

impl<E: EntityTrait> Clone for Newest<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: EntityTrait> Ordering<E> for Newest<E> {
    fn expr(self) -> SimpleExpr {
        Expr::col(self.at.as_column_ref())
    }

    fn id(self) -> E::Column {
        self.id
    }

    fn key_of(self, row: &E::Model) -> (Key, Uuid) {
        let (at, id) = (self.of)(row);
        (Key::Time(at), id)
    }

    fn direction(self) -> Direction {
        Direction::Desc
    }

    fn fits(self, key: &Key) -> bool {
        matches!(key, Key::Time(_))
    }
}

/// By a text, the smallest first.
#[derive(Debug)]
pub struct ByText<E: EntityTrait> {
    /// The text, the same on both databases and in every row.
    pub text: E::Column,
    /// The id.
    pub id: E::Column,
    /// Both, of a row in hand.
    pub of: fn(&E::Model) -> (String, Uuid),
}

impl<E: EntityTrait> Copy for ByText<E> {}

impl<E: EntityTrait> Clone for ByText<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: EntityTrait> Ordering<E> for ByText<E> {
    fn expr(self) -> SimpleExpr {
        Expr::col(self.text.as_column_ref())
    }

    fn id(self) -> E::Column {
        self.id
    }

    fn key_of(self, row: &E::Model) -> (Key, Uuid) {
        let (text, id) = (self.of)(row);
        (Key::Text(text), id)
    }

    fn direction(self) -> Direction {
        Direction::Asc
    }

    fn fits(self, key: &Key) -> bool {
        matches!(key, Key::Text(_))
    }
}

/// By a whole number.
#[derive(Debug)]
pub struct ByNumber<E: EntityTrait> {
    /// The number.
    pub number: E::Column,
    /// The id.
    pub id: E::Column,
    /// Smallest or largest first.
    pub direction: Direction,
    /// The number and the id of a row in hand.
    pub of: fn(&E::Model) -> (i64, Uuid),
}

impl<E: EntityTrait> Copy for ByNumber<E> {}

impl<E: EntityTrait> Clone for ByNumber<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: EntityTrait> Ordering<E> for ByNumber<E> {
    fn expr(self) -> SimpleExpr {
        Expr::col(self.number.as_column_ref())
    }

    fn id(self) -> E::Column {
        self.id
    }

    fn key_of(self, row: &E::Model) -> (Key, Uuid) {
        let (number, id) = (self.of)(row);
        (Key::Int(number), id)
    }

    fn direction(self) -> Direction {
        self.direction
    }

    fn fits(self, key: &Key) -> bool {
        matches!(key, Key::Int(_))
    }
}

/// By an id alone, the latest first: ids rise with time.
#[derive(Debug)]
pub struct ById<E: EntityTrait> {
    /// The id.
    pub id: E::Column,
    /// That of a row in hand.
    pub of: fn(&E::Model) -> Uuid,
}

impl<E: EntityTrait> Copy for ById<E> {}

impl<E: EntityTrait> Clone for ById<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: EntityTrait> Ordering<E> for ById<E> {
    fn expr(self) -> SimpleExpr {
        Expr::col(self.id.as_column_ref())
    }

    fn id(self) -> E::Column {
        self.id
    }

    fn key_of(self, row: &E::Model) -> (Key, Uuid) {
        let id = (self.of)(row);
        (Key::Id(id), id)
    }

    fn direction(self) -> Direction {
        Direction::Desc
    }

    fn fits(self, key: &Key) -> bool {
        matches!(key, Key::Id(_))
    }
}
