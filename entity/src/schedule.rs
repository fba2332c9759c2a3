//! `schedule`: what happens by the clock.

use sea_orm::entity::prelude::*;

/// What a fire does when a run of the organisation is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum OverlapPolicy {
    /// Waits for its end; a second one while one waits is dropped.
    #[sea_orm(string_value = "BUFFER_ONE")]
    BufferOne,
    /// Does not start.
    #[sea_orm(string_value = "SKIP")]
    Skip,
    /// Waits, and so do further ones, a few at most.
    #[sea_orm(string_value = "BUFFER_ALL")]
    BufferAll,
    /// Has all active runs cancelled and waits for their end.
    #[sea_orm(string_value = "CANCEL_OTHER")]
    CancelOther,
    /// Starts all the same.
    #[sea_orm(string_value = "ALLOW_ALL")]
    AllowAll,
}

/// One schedule.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule")]
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
    /// Who last changed it, and as whom it fires; none when the member is gone.
    pub member_id: Option<Uuid>,
    /// The preset to collect; it may be gone.
    pub preset_id: Option<Uuid>,
    /// The file to make, as JSON.
    pub export: Option<String>,
    /// Whether the file holds the new sellers of the latest finished run.
    pub latest_run_sellers: bool,
    /// When, as it was given.
    pub cron: String,
    /// Where the clock hangs, an IANA name.
    pub time_zone: String,
    /// Whether it fires by itself.
    pub is_enabled: bool,
    /// What a fire does when a run is active.
    pub overlap: OverlapPolicy,
    /// How late a fire may still start, in seconds.
    pub catchup_window_seconds: i32,
    /// Whether the member is told by e-mail.
    pub notify_email: bool,
    /// Where it is told to a program.
    pub webhook_url: Option<String>,
    /// When it fires next, UTC; none while it is disabled.
    pub next_run_at: Option<DateTimeUtc>,
    /// Rises with every change by a person.
    pub revision: i64,
    /// When it was made, UTC.
    pub created_at: DateTimeUtc,
    /// When a person last changed it, UTC.
    pub updated_at: DateTimeUtc,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
