//! `seller_event_item`: one seller of an event.

use sea_orm::entity::prelude::*;

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seller_event_item")]
pub struct Model {
    /// The event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: Uuid,
    /// The seller.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seller_id: Uuid,
    /// What was changed, as it was.
    pub old_value: Option<String>,
    /// What was changed, as it became.
    pub new_value: Option<String>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
