//! `record_event`: one change of records.

use sea_orm::entity::prelude::*;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum RecordEventKind {
    /// Records were created.
    #[sea_orm(string_value = "CREATED")]
    Created,
    /// Records were changed.
    #[sea_orm(string_value = "UPDATED")]
    Updated,
    /// Records were deleted.
    #[sea_orm(string_value = "DELETED")]
    Deleted,
    /// Records were restored.
    #[sea_orm(string_value = "RESTORED")]
    Restored,
}

/// What did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum RecordEventSource {
    /// A person.
    #[sea_orm(string_value = "MANUAL")]
    Manual,
    /// An import.
    #[sea_orm(string_value = "IMPORT")]
    Import,
    /// The undoing of an import.
    #[sea_orm(string_value = "ROLLBACK")]
    Rollback,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_event")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// When, UTC.
    pub at: DateTimeUtc,
    /// What was done.
    pub kind: RecordEventKind,
    /// What did it.
    pub source: RecordEventSource,
    /// The person who did it.
    pub member_id: Option<Uuid>,
    /// The import that did it, or whose undoing did.
    pub import_id: Option<Uuid>,
    /// How many records.
    pub count: i32,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
