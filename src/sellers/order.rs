//! The orders of the list of sellers.

use entity::seller;
use sea_orm::sea_query::{Expr, Func, SimpleExpr};
use serde::Serialize;
use uuid::Uuid;

use super::Seller;
use crate::{
    auth::qualified,
    page::{Direction, Key, Ordering},
};

/// Names are ordered by so many characters, then by id; the index of the order holds as many.
const ORDERED_CHARS: i32 = 200;

/// What sellers can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum SellerOrderField {
    /// When it was first stored.
    CreatedAt,
    /// The name, folded: case and accents of width ignored.
    DisplayName,
    /// Runs it was seen in.
    TimesSeen,
    /// Positive feedback; unknown counts as the lowest.
    FeedbackPercent,
    /// Feedbacks; unknown counts as the lowest.
    FeedbackCount,
}

/// An order of sellers; rows that tie are ordered by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SellerOrder {
    /// By what.
    pub field: SellerOrderField,
    /// Which way.
    pub direction: Direction,
}

impl Default for SellerOrder {
    /// The newest first: the usual order of lists, and the order of every file.
    fn default() -> Self {
        Self { field: SellerOrderField::CreatedAt, direction: Direction::Desc }
    }
}

impl Ordering<seller::Entity> for SellerOrder {
    /// Spelled as in the indexes, constants included, or the databases would not use them.
    fn expr(self) -> SimpleExpr {
        let known = |column| Expr::expr(Func::coalesce([qualified(column), Expr::cust("-1")]));
        match self.field {
            SellerOrderField::CreatedAt => qualified(seller::Column::CreatedAt),
            SellerOrderField::DisplayName => start_of_name(),
            SellerOrderField::TimesSeen => qualified(seller::Column::TimesSeen),
            SellerOrderField::FeedbackPercent => known(seller::Column::FeedbackPercent),
            SellerOrderField::FeedbackCount => known(seller::Column::FeedbackCount),
        }
    }

    fn id(self) -> seller::Column {
        seller::Column::Id
    }

    fn key_of(self, row: &Seller) -> (Key, Uuid) {
        let key = match self.field {
            SellerOrderField::CreatedAt => Key::Time(row.created_at),
            SellerOrderField::DisplayName => Key::Text(start_of(&row.normalized_name)),
            SellerOrderField::TimesSeen => Key::Int(row.times_seen.into()),
            SellerOrderField::FeedbackPercent => Key::Float(row.feedback_percent.unwrap_or(-1.0)),
            SellerOrderField::FeedbackCount => Key::Int(row.feedback_count.map_or(-1, i64::from)),
        };
        (key, row.id)
    }

    fn direction(self) -> Direction {
        self.direction
    }

    fn fits(self, key: &Key) -> bool {
        match self.field {
            SellerOrderField::CreatedAt => matches!(key, Key::Time(_)),
            SellerOrderField::DisplayName => matches!(key, Key::Text(_)),
            SellerOrderField::FeedbackPercent => matches!(key, Key::Float(_)),
            SellerOrderField::TimesSeen | SellerOrderField::FeedbackCount => matches!(key, Key::Int(_)),
        }
    }
}

/// What of a name is in the index, as the database computes it.
pub(super) fn start_of_name() -> SimpleExpr {
    Expr::expr(Func::cust("substr").args([
        qualified(seller::Column::NormalizedName),
        Expr::cust("1"),
        Expr::cust(ORDERED_CHARS.to_string()),
    ]))
}

/// The same, computed here.
pub(super) fn start_of(normalized_name: &str) -> String {
    normalized_name.chars().take(ORDERED_CHARS as usize).collect()
}
