//! `record_remark`: the two remarks of a record, apart so that reading a record cannot leak them.

use sea_orm::entity::prelude::*;

/// The remarks of one record.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_remark")]
pub struct Model {
    /// The record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// The order remark.
    pub order_remark: Option<String>,
    /// The service remark.
    pub service_remark: Option<String>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
