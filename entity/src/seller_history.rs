//! `seller_history`: numbers the history of the sellers of an organisation.

use sea_orm::entity::prelude::*;

/// The last number of one organisation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seller_history")]
pub struct Model {
    /// The organisation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    /// Number of the latest event.
    pub last_seq: i64,
    /// When that was, UTC; what comes next is not earlier.
    pub last_at: Option<DateTimeUtc>,
    /// Rises with every transaction that writes sellers.
    pub revision: i64,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
