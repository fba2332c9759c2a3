//! `import`: a file of records or sellers that somebody brought.

use sea_orm::entity::prelude::*;

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ImportStatus {
    /// Begun; its file has not come.
    #[sea_orm(string_value = "AWAITING_FILE")]
    AwaitingFile,
    /// Waits to be checked.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// Is being checked.
    #[sea_orm(string_value = "CHECKING")]
    Checking,
    /// Checked and without fault; may be carried out.
    #[sea_orm(string_value = "READY")]
    Ready,
    /// Checked, and faults were found.
    #[sea_orm(string_value = "INVALID")]
    Invalid,
    /// Is being carried out, or waits for that.
    #[sea_orm(string_value = "COMMITTING")]
    Committing,
    /// Carried out.
    #[sea_orm(string_value = "COMMITTED")]
    Committed,
    /// Is being undone, or waits for that.
    #[sea_orm(string_value = "ROLLING_BACK")]
    RollingBack,
    /// Undone.
    #[sea_orm(string_value = "ROLLED_BACK")]
    RolledBack,
    /// Could not be checked or carried out.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// Given up by a person.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
    /// Never carried out in time.
    #[sea_orm(string_value = "EXPIRED")]
    Expired,
}

/// What is being done to an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ImportPhase {
    /// The file is read for the first time: which columns it has, and how they are written.
    #[sea_orm(string_value = "SURVEYING")]
    Surveying,
    /// Its rows are read.
    #[sea_orm(string_value = "READING")]
    Reading,
    /// Its rows are compared with what is stored.
    #[sea_orm(string_value = "COMPARING")]
    Comparing,
    /// What it says is written, or what it wrote is undone.
    #[sea_orm(string_value = "WRITING")]
    Writing,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// Whose import it is; none when the member is gone, or it was the operator of the process.
    pub member_id: Option<Uuid>,
    /// Who asked for what is being done to it.
    pub actor_id: Option<Uuid>,
    /// Where they asked from, as JSON; none where nothing is known of it.
    pub origin: Option<String>,
    /// What its rows are, as in the schema: `RECORDS`.
    pub kind: String,
    /// The account of rows that do not name one.
    pub account_id: Option<Uuid>,
    /// How far it is.
    pub status: ImportStatus,
    /// What is being done to it.
    pub phase: Option<ImportPhase>,
    /// What the file was called.
    pub file_name: String,
    /// Where the file lies; none before it has come and after it was removed.
    pub file_key: Option<String>,
    /// Where a file lies that is on its way.
    pub receiving_key: Option<String>,
    /// Size of the file.
    pub bytes: Option<i64>,
    /// What the file is, as in the schema: `CSV`.
    pub format: Option<String>,
    /// What the person states of the file, as JSON.
    pub reading: String,
    /// What was found in the file, as JSON.
    pub survey: Option<String>,
    /// Its first rows as they were understood, as JSON.
    pub sample: Option<String>,
    /// Rows dealt with in this phase.
    pub rows_done: i64,
    /// Rows in the file, once counted.
    pub rows_total: Option<i64>,
    /// Bytes of the file read in this phase.
    pub bytes_done: i64,
    /// Rows that are not there yet; of what was carried out, that were not.
    pub added: Option<i64>,
    /// Rows that are there, and otherwise.
    pub changed: Option<i64>,
    /// Rows that are there just so.
    pub unchanged: Option<i64>,
    /// How many faults the file has.
    pub fault_count: i64,
    /// Rises with every check; rows and faults are those of one.
    pub attempt: i32,
    /// Whether there may be rows of it in `import_record` or `import_seller`.
    pub is_staged: bool,
    /// Whether its undoing may overwrite what was edited since.
    pub with_edited: bool,
    /// What the person says about it.
    pub note: Option<String>,
    /// The same key of the same person gives the same import.
    pub idempotency_key: Option<String>,
    /// Why the last thing asked for could not be done.
    pub error_code: Option<String>,
    /// The same for people.
    pub error_message: Option<String>,
    /// Rises with every change.
    pub revision: i64,
    /// When it was begun, UTC.
    pub created_at: DateTimeUtc,
    /// When it was last changed, UTC.
    pub updated_at: DateTimeUtc,
    /// When its file had come, UTC.
    pub received_at: Option<DateTimeUtc>,
    /// When it was last checked to the end, UTC.
    pub checked_at: Option<DateTimeUtc>,
    /// When it was carried out, UTC.
    pub committed_at: Option<DateTimeUtc>,
    /// When it was undone, UTC.
    pub rolled_back_at: Option<DateTimeUtc>,
    /// When what is kept for it will be removed, UTC; none when nothing is.
    pub expires_at: Option<DateTimeUtc>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
