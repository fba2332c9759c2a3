//! Changing schedules: making, changing, deleting.
//!
//! What a reader would get wrong: whoever changes a schedule last is who it acts as from then on. A change never fires for
//! times that are over, and never again for one that has its row.

use entity::schedule::OverlapPolicy;
use uuid::Uuid;

use super::{list::Schedule, target::Target};
use crate::{
    app::App,
    auth::{Actor, Permission},
    error::{Error, Result},
};

/// The first of each month, when nobody says.
pub const USUAL_CRON: &str = "0 0 1 * *";
/// An hour, when nobody says.
pub const USUAL_WINDOW: i32 = 3_600;

/// A schedule to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSchedule {
    /// Its name, unique in the organisation whatever its case.
    pub name: String,
    /// What it starts.
    pub target: Target,
    /// When: five fields, or `@monthly` and its kin.
    pub cron: String,
    /// Where the clock hangs, an IANA name.
    pub time_zone: String,
    /// Whether it fires by itself.
    pub is_enabled: bool,
    /// What a fire does when a run is active.
    pub overlap: OverlapPolicy,
    /// How late a fire may still start, in seconds: 0 to 604,800.
    pub catchup_window_seconds: i32,
    /// Whether who makes it is told by e-mail.
    pub notify_email: bool,
    /// Where it is told to a program.
    pub webhook_url: Option<String>,
}

/// What is to change of a schedule; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduleChange {
    /// Another name.
    pub name: Option<String>,
    /// Another target.
    pub target: Option<Target>,
    /// Other times.
    pub cron: Option<String>,
    /// Another time zone.
    pub time_zone: Option<String>,
    /// Whether it fires by itself.
    pub is_enabled: Option<bool>,
    /// What a fire does when a run is active.
    pub overlap: Option<OverlapPolicy>,
    /// How late a fire may still start, in seconds: 0 to 604,800.
    pub catchup_window_seconds: Option<i32>,
    /// Whether who changes it is told by e-mail.
    pub notify_email: Option<bool>,
    /// Where it is told to a program; `Some(None)` for nowhere.
    pub webhook_url: Option<Option<String>>,
}

/// Makes a schedule.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`, or what the export needs; `INVALID_TEXT`; `SCHEDULE_NAME_TAKEN`; `INVALID_CRON`;
/// `INVALID_TIME_ZONE`; `INVALID_CATCHUP_WINDOW`; `NOT_FOUND` for a preset that is not there; those of an export's columns,
/// format and filter; `EMAIL_NOT_CONFIGURED`, `WEBHOOKS_NOT_CONFIGURED`, `INVALID_WEBHOOK_URL`; `TOO_MANY_SCHEDULES`.
pub async fn create_schedule(app: &App, actor: &Actor, new: NewSchedule) -> Result<Schedule> {
    actor.require(Permission::Automation)?;
    let _ = (app, new);
    Err(Error::internal("schedules are on their way"))
}

/// Changes a schedule. What it started stays as it is; disabling drops what waits.
///
/// # Errors
/// As [`create_schedule`]; `NOT_FOUND`.
pub async fn update_schedule(app: &App, actor: &Actor, id: Uuid, change: ScheduleChange) -> Result<Schedule> {
    actor.require(Permission::Automation)?;
    let _ = (app, id, change);
    Err(Error::internal("schedules are on their way"))
}

/// Deletes a schedule and its fires. What it started stays as it is.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`.
pub async fn delete_schedule(app: &App, actor: &Actor, id: Uuid) -> Result<Schedule> {
    actor.require(Permission::Automation)?;
    let _ = (app, id);
    Err(Error::internal("schedules are on their way"))
}
