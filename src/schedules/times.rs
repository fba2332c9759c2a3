//! The times of a schedule that are to come, and what its expression says in plain words.

use std::iter;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{Cron, Schedule, time_zone};
use crate::{app::App, error::Result};

/// The next so many times of a schedule; none while it is disabled. One that is due is among them until it has fired.
///
/// # Errors
/// When the stored expression can no longer be read.
pub fn next_times(app: &App, schedule: &Schedule, count: usize) -> Result<Vec<DateTime<Utc>>> {
    let Some(next) = schedule.next_run_at else { return Ok(Vec::new()) };
    let (cron, zone) = clock(app, schedule)?;
    // What lies between a time that is due and now fires no more: only the latest of them may.
    let later = cron.upcoming(zone, next.max(app.clock.now()));
    Ok(iter::once(next).chain(later).take(count).collect())
}

/// When a schedule fires, in plain English.
///
/// # Errors
/// As [`next_times`].
pub fn describe(app: &App, schedule: &Schedule) -> Result<String> {
    Ok(clock(app, schedule)?.0.describe())
}

fn clock(app: &App, schedule: &Schedule) -> Result<(Cron, Tz)> {
    let cron = Cron::stored(&schedule.cron, app.config.schedule_shortest_gap())?;
    Ok((cron, time_zone(&schedule.time_zone)?))
}
