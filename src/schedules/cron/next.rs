//! When an expression fires in a time zone, over every change of its clocks.
//!
//! croner finds what the clock on the wall will show; this file knows when it shows that. Three rules. A time that is left
//! out because the clocks go forward fires at the first minute after. A time that comes twice because they go back fires the
//! first time. And where going forward would bring two fires nearer to each other than the shortest gap, one stands for
//! both. What a reader would get wrong: the third is a property of the times, not of where one begins to look; whoever asks
//! from another moment gets the same.

use std::iter;

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use super::Cron;

/// Most that a change of clocks is corrected for: a day that has 23 hours is no reason to leave out a daily fire, even where
/// the shortest gap is a day.
const LONGEST_MERGE: TimeDelta = TimeDelta::hours(1);
/// Most minutes that clocks ever went forward by: Samoa left out a day.
const LONGEST_JUMP: usize = 24 * 60;

impl Cron {
    /// The first time it fires after this moment; none when the calendar ends before.
    #[must_use]
    pub fn next(&self, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = |after: &DateTime<Utc>| self.next_on_the_wall(zone, *after);
        iter::successors(next(&after), next).find(|at| !self.is_merged(zone, *at))
    }

    /// The times it fires after this moment, one after the other.
    pub fn upcoming(&self, zone: Tz, after: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
        iter::successors(self.next(zone, after), move |at| self.next(zone, *at))
    }

    /// What the wall shows next, strictly after this.
    pub(super) fn wall_after(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        let minute = wall.with_second(0)?.with_nanosecond(0)?;
        self.clockwork.find_next_occurrence(&minute, false).ok()
    }

    /// By the first two rules.
    fn next_on_the_wall(&self, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let wall = self.wall_after(local(zone, after));
        let mut walls = iter::successors(wall, |wall| self.wall_after(*wall)).map_while(|wall| first_at(zone, wall));
        // What comes twice has been when its second time is here.
        walls.find(|at| *at > after)
    }

    /// By the third rule: whether another fire stands for this one.
    fn is_merged(&self, zone: Tz, at: DateTime<Utc>) -> bool {
        let reach = self.shortest_gap.min(LONGEST_MERGE);
        let Some(before) = at.checked_sub_signed(reach) else { return false };
        let hours = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
        if hours(before) >= hours(at) {
            return false;
        }
        let earlier = self.next_on_the_wall(zone, before).filter(|earlier| *earlier < at);
        if self.is_at(local(zone, at)) {
            // One that has no time of its own gives way to this one.
            return earlier.is_some_and(|earlier| hours(earlier) < hours(at));
        }
        earlier.is_some() || self.next_on_the_wall(zone, at).is_some_and(|later| later - at < reach)
    }
}

/// What the wall shows at a moment.
pub(super) fn local(zone: Tz, at: DateTime<Utc>) -> NaiveDateTime {
    zone.from_utc_datetime(&at.naive_utc()).naive_local()
}

/// When the wall shows this for the first time, or, where it never does, the first minute after.
fn first_at(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    let minutes = iter::successors(Some(wall), |wall| wall.checked_add_signed(TimeDelta::minutes(1)));
    minutes.take(LONGEST_JUMP + 1).find_map(|wall| match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
        LocalResult::None => None,
    })
}
