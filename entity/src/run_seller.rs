//! `run_seller`: which sellers a run saw.

use sea_orm::entity::prelude::*;

/// One seller of a run.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run_seller")]
pub struct Model {
    /// The run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    /// The seller.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seller_id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// Whether the run added it.
    pub is_new: bool,
    /// When the run first saw it, UTC.
    pub seen_at: DateTimeUtc,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
