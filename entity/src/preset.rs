//! `preset`: a named set of categories with search settings.

use sea_orm::entity::prelude::*;

/// One preset.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "preset")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// The name as it was given.
    pub name: String,
    /// The folded name, unique in the organisation.
    pub name_key: String,
    /// Ids of categories, a JSON list.
    pub category_ids: String,
    /// The search settings, as JSON.
    pub search: String,
    /// When it was made, UTC.
    pub created_at: DateTimeUtc,
    /// When it was last changed, UTC.
    pub updated_at: DateTimeUtc,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
