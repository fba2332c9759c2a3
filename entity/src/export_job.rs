//! `export_job`: a file somebody asked for.

use sea_orm::entity::prelude::*;

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ExportJobStatus {
    /// Waits for a worker.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// Is being written.
    #[sea_orm(string_value = "PROCESSING")]
    Processing,
    /// Whole, and there to be downloaded.
    #[sea_orm(string_value = "COMPLETED")]
    Completed,
    /// Could not be made.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// Stopped by a person.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
    /// Was whole; its file has been removed.
    #[sea_orm(string_value = "EXPIRED")]
    Expired,
}

/// One export job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "export_job")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// Who asked for it; none when the member is gone.
    pub member_id: Option<Uuid>,
    /// What it is of, as in the schema: `RECORDS`.
    pub kind: String,
    /// What it is, as in the schema: `CSV`.
    pub format: String,
    /// The request, as JSON.
    pub request: String,
    /// The keys of its columns, separated by commas.
    pub columns: String,
    /// The accounts whose records may be in it, ids separated by commas; none when it was made with all in reach.
    pub reach: Option<String>,
    /// How far it is.
    pub status: ExportJobStatus,
    /// Rows written; never less than before.
    pub rows_done: i64,
    /// Rows there are, once counted.
    pub rows_total: Option<i64>,
    /// Size of the file.
    pub bytes: Option<i64>,
    /// SHA-256 of the file, 64 hex digits.
    pub sha256: Option<String>,
    /// What the file is called when downloaded.
    pub file_name: Option<String>,
    /// Where the file lies; only while it is there.
    pub file_key: Option<String>,
    /// Times it was downloaded.
    pub downloads: i32,
    /// The key the client sent with it.
    pub idempotency_key: Option<String>,
    /// Why it failed, for programs.
    pub error_code: Option<String>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it was asked for, UTC.
    pub created_at: DateTimeUtc,
    /// When it was last changed, UTC.
    pub updated_at: DateTimeUtc,
    /// When it was first begun, UTC.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended, however it ended, UTC.
    pub completed_at: Option<DateTimeUtc>,
    /// When the file is removed, UTC.
    pub expires_at: Option<DateTimeUtc>,
    /// The schedule that started it.
    pub schedule_id: Option<Uuid>,
    /// Whom its end is told, as JSON.
    pub notify: Option<String>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
