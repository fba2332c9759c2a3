//! What an expression would do, before anybody keeps it.
//!
//! Not here: the times (`next.rs`). What a reader would get wrong: an expression that cannot be read is an answer, since who
//! is still writing it wants to know what is wrong; a time zone that there is none of is an error.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::{Cron, next::local};
use crate::{
    app::App,
    auth::{Actor, Permission},
    error::{Error, Result},
    schedules::time_zone,
};

/// Most times that are told at once: four years of a monthly schedule.
pub const MOST_TIMES: i32 = 50;

/// What an expression would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronPreview {
    /// What is wrong with it, the field named first; none when nothing is.
    pub error: Option<String>,
    /// When it fires, in plain words; none when something is wrong.
    pub description: Option<String>,
    /// The next times.
    pub fires: Vec<CronFire>,
}

/// One time at which an expression fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronFire {
    /// The moment.
    pub at: DateTime<Utc>,
    /// The same as people there say it, with its offset.
    pub local: DateTime<FixedOffset>,
    /// What the change of the clocks does to it, if anything.
    pub note: Option<String>,
}

/// Reads an expression as a schedule would, and tells the next `count` times after `from` (now, when none is given).
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; `INVALID_TIME_ZONE`; `INVALID_COUNT`. What is wrong with the expression
/// is in the answer.
pub fn preview(
    app: &App,
    actor: &Actor,
    expression: &str,
    zone: &str,
    count: i32,
    from: Option<DateTime<Utc>>,
) -> Result<CronPreview> {
    actor.require(Permission::ReadSellers)?;
    let (zone, count) = (time_zone(zone)?, checked_count(count)?);
    match Cron::parse(expression, app.config.schedule_shortest_gap()) {
        Ok(cron) => Ok(CronPreview {
            error: None,
            description: Some(cron.describe()),
            fires: cron.fires(zone, from.unwrap_or_else(|| app.clock.now()), count),
        }),
        Err(Error::BadInput { message, .. }) => {
            Ok(CronPreview { error: Some(message), description: None, fires: Vec::new() })
        }
        Err(error) => Err(error),
    }
}

/// How many times somebody wants to be told.
///
/// # Errors
/// `INVALID_COUNT` for none and for more than [`MOST_TIMES`].
pub fn checked_count(count: i32) -> Result<usize> {
    let within = Some(count).filter(|count| (1..=MOST_TIMES).contains(count));
    let refusal = || Error::bad_input("INVALID_COUNT", format!("`count` must be 1 to {MOST_TIMES}, not {count}"));
    within.and_then(|count| usize::try_from(count).ok()).ok_or_else(refusal)
}

impl Cron {
    /// The next so many times, with what is to be said about each.
    #[must_use]
    pub fn fires(&self, zone: Tz, after: DateTime<Utc>, count: usize) -> Vec<CronFire> {
        let mut before = after;
        let fires = self.upcoming(zone, after).take(count).map(|at| {
            let note = self.note(zone, std::mem::replace(&mut before, at), at);
            CronFire { at, local: zone.from_utc_datetime(&at.naive_utc()).fixed_offset(), note }
        });
        fires.collect()
    }

    /// What the change of the clocks does to a fire; `before` is the one before it.
    fn note(&self, zone: Tz, before: DateTime<Utc>, at: DateTime<Utc>) -> Option<String> {
        let wall = local(zone, at);
        if !self.is_at(wall) {
            let missed = self.wall_after(local(zone, at.checked_sub_signed(TimeDelta::seconds(1))?))?;
            return Some(format!(
                "{} does not exist on {}: the clocks go forward, and it fires at {}, the first minute after",
                missed.format("%H:%M"),
                missed.date(),
                day_and_time(missed, wall),
            ));
        }
        if let Some(twice) = zone.from_local_datetime(&wall).latest().filter(|twice| twice.to_utc() != at) {
            let (one, other) = (offset(zone, at), offset(zone, twice.to_utc()));
            let time = wall.format("%H:%M");
            return Some(format!(
                "{time} comes twice on {}, at {one} and at {other}: the clocks go back, and it fires the first time only",
                wall.date()
            ));
        }
        let (earlier, now) = (offset(zone, before), offset(zone, at));
        (earlier != now).then(|| format!("the clocks have changed since the time before, from {earlier} to {now}"))
    }
}

fn offset(zone: Tz, at: DateTime<Utc>) -> String {
    format!("UTC{}", zone.offset_from_utc_datetime(&at.naive_utc()).fix())
}

/// The time, with its day when that is another.
fn day_and_time(missed: NaiveDateTime, wall: NaiveDateTime) -> String {
    let format = if missed.date() == wall.date() { "%H:%M" } else { "%H:%M on %Y-%m-%d" };
    wall.format(format).to_string()
}
