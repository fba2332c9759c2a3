//! `export_log`: every file that left or was to leave.

use sea_orm::entity::prelude::*;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ExportOutcome {
    /// On its way, or its process died.
    #[sea_orm(string_value = "UNFINISHED")]
    Unfinished,
    /// Left whole.
    #[sea_orm(string_value = "COMPLETED")]
    Completed,
    /// Could not be made.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// Stopped by a person.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
    /// Its client left.
    #[sea_orm(string_value = "ABANDONED")]
    Abandoned,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "export_log")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// Who took it; none when the member is gone or it was the operator.
    pub member_id: Option<Uuid>,
    /// Whose address that was; empty for the operator.
    pub email: String,
    /// The job that made it; none for a stream.
    pub export_job_id: Option<Uuid>,
    /// What it is of, as in the schema: `RECORDS`.
    pub kind: String,
    /// What it is, as in the schema: `CSV`.
    pub format: String,
    /// The keys of its columns, separated by commas.
    pub columns: String,
    /// Which rows, as JSON.
    pub filter: String,
    /// What became of it.
    pub outcome: ExportOutcome,
    /// Rows in it.
    pub row_count: Option<i64>,
    /// Its size.
    pub bytes: Option<i64>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Times a job's file was downloaded.
    pub downloads: i32,
    /// When it was begun, UTC.
    pub created_at: DateTimeUtc,
    /// When it ended, UTC.
    pub finished_at: Option<DateTimeUtc>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
