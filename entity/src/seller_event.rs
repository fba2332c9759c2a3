//! `seller_event`: one change of sellers.

use sea_orm::entity::prelude::*;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum SellerEventKind {
    /// Sellers were added.
    #[sea_orm(string_value = "ADDED")]
    Added,
    /// A seller was renamed.
    #[sea_orm(string_value = "RENAMED")]
    Renamed,
    /// Sellers were flagged.
    #[sea_orm(string_value = "FLAGGED")]
    Flagged,
    /// Flags were taken off.
    #[sea_orm(string_value = "UNFLAGGED")]
    Unflagged,
    /// Sellers were deleted.
    #[sea_orm(string_value = "DELETED")]
    Deleted,
    /// Sellers were restored.
    #[sea_orm(string_value = "RESTORED")]
    Restored,
    /// Sellers were exported.
    #[sea_orm(string_value = "EXPORTED")]
    Exported,
    /// Something else of sellers was changed.
    #[sea_orm(string_value = "UPDATED")]
    Updated,
}

/// What did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ChangeSource {
    /// A person.
    #[sea_orm(string_value = "MANUAL")]
    Manual,
    /// A collection run.
    #[sea_orm(string_value = "COLLECTION_RUN")]
    CollectionRun,
    /// An import.
    #[sea_orm(string_value = "IMPORT")]
    Import,
    /// An export.
    #[sea_orm(string_value = "EXPORT")]
    Export,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seller_event")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// Its number in the organisation, from 1, without gaps.
    pub seq: i64,
    /// When, UTC.
    pub at: DateTimeUtc,
    /// What was done.
    pub kind: SellerEventKind,
    /// What did it.
    pub source: ChangeSource,
    /// The run that did it.
    pub run_id: Option<Uuid>,
    /// The person who did it.
    pub member_id: Option<Uuid>,
    /// How many sellers.
    pub count: i32,
    /// The import that did it.
    pub import_id: Option<Uuid>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
