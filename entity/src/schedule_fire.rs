//! `schedule_fire`: what became of one planned time of a schedule.

use sea_orm::entity::prelude::*;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum FireOutcome {
    /// Started what it is for.
    #[sea_orm(string_value = "STARTED")]
    Started,
    /// Waits until no run is active.
    #[sea_orm(string_value = "BUFFERED")]
    Buffered,
    /// Did not start, because a run was active.
    #[sea_orm(string_value = "SKIPPED")]
    Skipped,
    /// Nobody was there at its time.
    #[sea_orm(string_value = "MISSED")]
    Missed,
    /// Was not to wait, or not any longer.
    #[sea_orm(string_value = "DROPPED")]
    Dropped,
    /// Was refused.
    #[sea_orm(string_value = "FAILED")]
    Failed,
}

/// One fire.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_fire")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// The schedule.
    pub schedule_id: Uuid,
    /// The time it was planned for, UTC.
    pub planned_at: DateTimeUtc,
    /// When it started something, UTC.
    pub fired_at: Option<DateTimeUtc>,
    /// What became of it.
    pub outcome: FireOutcome,
    /// Why it did not start, a stable code.
    pub reason: Option<String>,
    /// Whether a person asked for it.
    pub is_manual: bool,
    /// The run it started.
    pub run_id: Option<Uuid>,
    /// The export it started.
    pub export_job_id: Option<Uuid>,
    /// When it was written down, UTC.
    pub created_at: DateTimeUtc,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
