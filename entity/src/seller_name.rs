//! `seller_name`: the names a seller has been seen under.

use sea_orm::entity::prelude::*;

/// One name.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seller_name")]
pub struct Model {
    /// The seller.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seller_id: Uuid,
    /// SHA-256 of the normalised name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name_hash: Vec<u8>,
    /// The name as it was first seen.
    pub display_name: String,
    /// When it was first seen, UTC.
    pub first_seen_at: DateTimeUtc,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
