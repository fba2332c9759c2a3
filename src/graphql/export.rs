//! Exports in the schema: which columns a file can have.

use async_graphql::{Enum, SimpleObject};

use crate::exports;

/// What an export is of.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "exports::ExportKind")]
pub enum ExportKind {
    /// Order records.
    Records,
    /// Sellers.
    Sellers,
}

/// A column that a file can have.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExportColumn {
    /// Its name in requests and files.
    key: &'static str,
    /// Its name for people.
    label: &'static str,
    /// Whether it is there when no columns are named.
    is_default: bool,
    /// The named sets it belongs to; a set's name may stand for its columns.
    sets: Vec<&'static str>,
}

impl From<exports::Column> for ExportColumn {
    fn from(column: exports::Column) -> Self {
        Self { key: column.key, label: column.label, is_default: column.is_default, sets: column.sets().collect() }
    }
}
