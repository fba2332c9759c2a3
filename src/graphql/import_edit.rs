//! Rows that an import wrote and somebody edited since, in the schema.

use async_graphql::{ComplexObject, Context, Result, Union};
use uuid::Uuid;

use super::{
    actor, app,
    connection::{connection, total},
    record::Record,
    seller::Seller,
};
use crate::{
    imports::{self, Edited},
    records, sellers,
};

/// A row of an import, as it is stored now.
#[derive(Clone, Debug, Union)]
pub enum ImportedRow {
    /// Of an import of records.
    Record(Record),
    /// Of an import of sellers.
    Seller(Seller),
}

impl From<records::Record> for ImportedRow {
    fn from(row: records::Record) -> Self {
        Self::Record(row.into())
    }
}

impl From<sellers::Seller> for ImportedRow {
    fn from(row: sellers::Seller) -> Self {
        Self::Seller(row.into())
    }
}

connection!(
    ImportEditConnection,
    ImportEditEdge,
    ImportedRow,
    Uuid,
    "A page of what an import wrote and somebody edited since."
);

impl ImportEditConnection {
    /// The connection of a page of either kind.
    pub(super) fn of(import_id: Uuid, edited: Edited) -> Self {
        match edited {
            Edited::Records(page) => Self::new(page, import_id),
            Edited::Sellers(page) => Self::new(page, import_id),
        }
    }
}

#[ComplexObject]
impl ImportEditConnection {
    /// The rows of this page, without their cursors.
    async fn nodes(&self) -> Vec<&ImportedRow> {
        self.rows()
    }

    /// How many rows there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async {
            let count = imports::count_edited(app(ctx)?, actor(ctx)?, self.source).await?;
            Ok(total(count))
        };
        Some(count.await)
    }
}
