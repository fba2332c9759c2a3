//! The orders of the list of records.

use entity::record;
use sea_orm::sea_query::SimpleExpr;
use serde::Serialize;
use uuid::Uuid;

use super::Record;
use crate::{
    auth::qualified,
    page::{Direction, Key, Ordering},
};

/// What records can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum RecordOrderField {
    /// The day of the sale.
    SaleDate,
    /// When it was stored.
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// What the buyer paid.
    SalePrice,
    /// What it earned.
    Profit,
}

/// An order of records; rows that tie are ordered by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct RecordOrder {
    /// By what.
    pub field: RecordOrderField,
    /// Which way.
    pub direction: Direction,
}

impl Default for RecordOrder {
    /// The latest sale first: the usual order of lists, and the order of every file.
    fn default() -> Self {
        Self { field: RecordOrderField::SaleDate, direction: Direction::Desc }
    }
}

impl Ordering<record::Entity> for RecordOrder {
    fn expr(self) -> SimpleExpr {
        qualified(match self.field {
            RecordOrderField::SaleDate => record::Column::SaleDate,
            RecordOrderField::CreatedAt => record::Column::CreatedAt,
            RecordOrderField::UpdatedAt => record::Column::UpdatedAt,
            RecordOrderField::SalePrice => record::Column::SalePriceCents,
            RecordOrderField::Profit => record::Column::ProfitCents,
        })
    }

    fn id(self) -> record::Column {
        record::Column::Id
    }

    fn key_of(self, row: &Record) -> (Key, Uuid) {
        let key = match self.field {
            RecordOrderField::SaleDate => Key::Date(row.sale_date),
            RecordOrderField::CreatedAt => Key::Time(row.created_at),
            RecordOrderField::UpdatedAt => Key::Time(row.updated_at),
            RecordOrderField::SalePrice => Key::Int(row.sale_price_cents),
            RecordOrderField::Profit => Key::Int(row.profit_cents),
        };
        (key, row.id)
    }

    fn direction(self) -> Direction {
        self.direction
    }

    fn fits(self, key: &Key) -> bool {
        match self.field {
            RecordOrderField::SaleDate => matches!(key, Key::Date(_)),
            RecordOrderField::CreatedAt | RecordOrderField::UpdatedAt => matches!(key, Key::Time(_)),
            RecordOrderField::SalePrice | RecordOrderField::Profit => matches!(key, Key::Int(_)),
        }
    }
}
