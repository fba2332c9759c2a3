//! What a cron expression would do, in the schema.

use async_graphql::SimpleObject;

use super::scalar::DateTime;
use crate::schedules;

/// What a cron expression would do, before a schedule has it.
#[derive(Clone, Debug, SimpleObject)]
pub struct CronPreview {
    /// Whether a schedule would take it.
    is_valid: bool,
    /// What is wrong with it, the field named first; null when nothing is.
    error: Option<String>,
    /// When it fires, in plain English; null when something is wrong.
    description: Option<String>,
    /// The next times, the soonest first; none when something is wrong.
    fires: Vec<CronFire>,
}

/// One time at which a cron expression fires.
#[derive(Clone, Debug, SimpleObject)]
pub struct CronFire {
    /// The moment, in UTC.
    at: DateTime,
    /// The same as clocks in the time zone show it, with the offset from UTC: `2026-03-08T03:00:00-04:00`.
    local: String,
    /// What a change of the clocks does to it: the time does not exist that day, comes twice, or comes at another offset
    /// than the one before; null on all other days.
    note: Option<String>,
}

impl From<schedules::CronPreview> for CronPreview {
    fn from(preview: schedules::CronPreview) -> Self {
        Self {
            is_valid: preview.error.is_none(),
            error: preview.error,
            description: preview.description,
            fires: preview.fires.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<schedules::CronFire> for CronFire {
    fn from(fire: schedules::CronFire) -> Self {
        Self { at: DateTime(fire.at), local: fire.local.to_rfc3339(), note: fire.note }
    }
}
