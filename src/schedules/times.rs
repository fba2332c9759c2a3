//! The times of a schedule: those to come, and those that are due.

use std::iter;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use entity::schedule;

use super::{Cron, Schedule, time_zone};
use crate::{
    app::App,
    error::{Error, Result},
};

/// The next so many times of a schedule; none while it is disabled. One that is due is among them until it has fired.
///
/// # Errors
/// When what is stored can no longer be read.
pub fn next_times(app: &App, schedule: &Schedule, count: usize) -> Result<Vec<DateTime<Utc>>> {
    let Some(next) = schedule.next_run_at else { return Ok(Vec::new()) };
    let (cron, zone) = (stored_cron(app, &schedule.cron)?, stored_zone(&schedule.time_zone)?);
    // Of those between one that is due and now only the latest may still fire.
    let later = cron.upcoming(zone, next.max(app.clock.now()));
    Ok(iter::once(next).chain(later).take(count).collect())
}

/// When a schedule fires, in plain English.
///
/// # Errors
/// When what is stored can no longer be read.
pub fn describe(app: &App, schedule: &Schedule) -> Result<String> {
    Ok(stored_cron(app, &schedule.cron)?.describe())
}

/// Times of a schedule that are not in the future.
pub(super) struct Due {
    /// The oldest first.
    pub times: Vec<DateTime<Utc>>,
    /// The one that follows them; none when the calendar ends.
    pub next: Option<DateTime<Utc>>,
}

/// What is due of a schedule, so many times at most.
pub(super) fn due(app: &App, schedule: &schedule::Model, now: DateTime<Utc>, most: usize) -> Result<Due> {
    let (cron, zone) = (stored_cron(app, &schedule.cron)?, stored_zone(&schedule.time_zone)?);
    let mut times = Vec::new();
    let mut next = schedule.next_run_at;
    while let Some(at) = next.filter(|at| *at <= now && times.len() < most) {
        times.push(at);
        next = cron.next(zone, at);
    }
    Ok(Due { times, next })
}

/// The expression of a schedule, which was checked when it was stored.
pub(super) fn stored_cron(app: &App, cron: &str) -> Result<Cron> {
    let gap = app.config.schedule_shortest_gap();
    Cron::stored(cron, gap).map_err(|error| Error::caused("reading a stored cron expression", error))
}

/// The time zone of a schedule, likewise.
pub(super) fn stored_zone(name: &str) -> Result<Tz> {
    time_zone(name).map_err(|error| Error::caused("reading a stored time zone", error))
}

/// The day of a moment in a time zone.
pub(super) fn zoned_day(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}
