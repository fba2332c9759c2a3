//! Whether an expression fires at all, and whether too often.
//!
//! What a reader would get wrong: `50,0 23,0 1 * *` looks like ten minutes between two fires, but only matters where the last
//! time of one day and the first of the next both come; the calendar is asked, not the fields.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::{Cron, Field, Part, join};

/// Days of a month at most, by its number less one.
const LENGTHS: [u16; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Days of 28 years, in which every kind of year comes.
const EVERY_KIND_OF_DAY: u64 = 28 * 366;

impl Cron {
    /// Refuses days that no month has.
    pub(super) fn check_fires(&self) -> Result<(), String> {
        if !self.is_every(Field::Weekday) || self.parts(Field::Day).contains(&Part::Last) {
            return Ok(());
        }
        let days = self.clockwork.pattern.days.values();
        let first = days.first().copied().unwrap_or_default();
        let months = self.clockwork.pattern.months.values();
        let mut lengths = months.iter().filter_map(|month| LENGTHS.get(usize::from(*month).checked_sub(1)?));
        if lengths.any(|length| first <= *length) {
            return Ok(());
        }
        let (days, months) = (join(self.parts(Field::Day)), join(self.parts(Field::Month)));
        Err(format!("day of month: `{days}` never comes in the month `{months}`, so this would never fire"))
    }

    /// Refuses what can fire twice within the shortest gap.
    pub(super) fn check_gap(&self) -> Result<(), String> {
        let times = self.times();
        let (first, last) = (times.first().copied().unwrap_or_default(), times.last().copied().unwrap_or_default());
        let within =
            times.iter().zip(times.iter().skip(1)).map(|(one, next)| (*one, *next)).find(|pair| self.is_near(*pair));
        let over_night = Some((last, first + DAY)).filter(|pair| self.is_near(*pair) && self.fires_on_two_days(first));
        let Some((one, next)) = within.or(over_night) else { return Ok(()) };
        let field = if next - one < 60 && within.is_some() { Field::Minute } else { Field::Hour };
        let (field, at, then) = (field.name(), clock(one), clock(next));
        let (gap, least) = (minutes((next - one).into()), minutes(self.shortest_gap.num_seconds() / 60));
        let least = if self.shortest_gap.num_seconds() % 60 == 0 { least } else { seconds(self.shortest_gap) };
        Err(format!("{field}: from {at} to {then} are {gap}, and the shortest gap allowed is {least}"))
    }

    fn is_near(&self, (one, next): (u16, u16)) -> bool {
        TimeDelta::minutes((next - one).into()) < self.shortest_gap
    }

    /// Whether there are two days, one after the other, on which it fires. It asks for a time at which it does.
    fn fires_on_two_days(&self, time: u16) -> bool {
        let Some(start) = NaiveDate::from_ymd_opt(2001, 1, 1) else { return true };
        let fires = |offset: u64| {
            let at = start.checked_add_days(Days::new(offset)).and_then(|day| moment(day, time));
            at.is_some_and(|at| self.is_at(at))
        };
        let mut before = false;
        (0..EVERY_KIND_OF_DAY).any(|offset| {
            let now = fires(offset);
            std::mem::replace(&mut before, now) && now
        })
    }

    /// Whether it fires when the clock on the wall shows this.
    pub(super) fn is_at(&self, wall: NaiveDateTime) -> bool {
        self.clockwork.is_time_matching(&wall).unwrap_or(false)
    }
}

fn moment(day: NaiveDate, time: u16) -> Option<NaiveDateTime> {
    Some(day.and_time(NaiveTime::from_num_seconds_from_midnight_opt(u32::from(time) * 60, 0)?))
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute % DAY / 60, minute % 60)
}

fn minutes(count: i64) -> String {
    if count == 1 { "1 minute".to_owned() } else { format!("{count} minutes") }
}

fn seconds(gap: TimeDelta) -> String {
    format!("{} seconds", gap.num_seconds())
}
