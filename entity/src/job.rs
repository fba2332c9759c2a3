//! `job`: work that outlives a request, under a lease while it runs.

use sea_orm::entity::prelude::*;

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum JobState {
    /// Waits for a worker, or for its time.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// A worker holds its lease.
    #[sea_orm(string_value = "RUNNING")]
    Running,
    /// Finished.
    #[sea_orm(string_value = "DONE")]
    Done,
    /// Given up.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// Stopped by a person.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// What is to be done.
    pub kind: String,
    /// What it is to be done to.
    pub subject_id: Uuid,
    /// How far it is.
    pub state: JobState,
    /// Times it was begun; one ended by a shutdown is not counted.
    pub attempts: i32,
    /// Rises by one with every claim: who holds an older one has lost the lease.
    pub fence: i64,
    /// Which of its organisation's places it runs in.
    pub slot: Option<i32>,
    /// Not before this moment, UTC.
    pub run_at: DateTimeUtc,
    /// When it was last begun, UTC.
    pub claimed_at: Option<DateTimeUtc>,
    /// When the lease ends unless extended, UTC.
    pub lease_until: Option<DateTimeUtc>,
    /// When somebody asked it to stop, UTC.
    pub cancel_asked_at: Option<DateTimeUtc>,
    /// When it was enqueued, UTC.
    pub created_at: DateTimeUtc,
    /// When it ended, UTC.
    pub finished_at: Option<DateTimeUtc>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
