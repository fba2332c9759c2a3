//! The only place that asks the time, so that tests can hold it still; and the one spelling of days and moments.
//!
//! Not here: time-outs and intervals, which are Tokio's. What a reader would get wrong: times are cut to microseconds,
//! the resolution of PostgreSQL, so that a time read back equals the time written on both databases.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, SubsecRound, Utc};

/// Asks the time, in UTC and whole microseconds.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `time` until it is [`set`](Self::set).
    #[must_use]
    pub fn fixed(time: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(time))))
    }

    /// Moves a fixed clock; the machine's clock cannot be moved and stays.
    pub fn set(&self, time: DateTime<Utc>) {
        if let Some(fixed) = &self.0 {
            *fixed.lock().unwrap_or_else(PoisonError::into_inner) = time;
        }
    }

    /// The present moment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the time")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            None => Utc::now().trunc_subsecs(6),
            Some(fixed) => *fixed.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// RFC 3339 in UTC with `Z` and no more digits than the time has: the one spelling used in answers and files.
#[must_use]
pub fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Reads a moment as in RFC 3339, cut to microseconds as every time is: compared more finely, it would mean one row on
/// SQLite and another on PostgreSQL.
#[must_use]
pub fn read_moment(text: &str) -> Option<DateTime<Utc>> {
    let moment = DateTime::parse_from_rfc3339(text).ok()?;
    DateTime::from_timestamp_micros(moment.timestamp_micros()).filter(has_four_digit_year)
}

/// Reads `YYYY-MM-DD` and nothing else: chrono alone would take `2026-1-2` and signs too.
#[must_use]
pub fn read_day(text: &str) -> Option<NaiveDate> {
    let is_spelled = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    text.parse().ok().filter(|day| is_spelled && has_four_digit_year(day))
}

/// Outside these years SQLite, which compares texts, and PostgreSQL, which knows no year 0, would disagree.
#[must_use]
pub fn has_four_digit_year(time: &impl Datelike) -> bool {
    (1..=9999).contains(&time.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_cut_to_microseconds_and_turned_into_utc() {
        let read = |text| read_moment(text).map(rfc3339);
        assert_eq!(read("2026-11-20T08:00:00.123456789Z").as_deref(), Some("2026-11-20T08:00:00.123456Z"));
        assert_eq!(read("2026-11-20T01:30:00-06:30").as_deref(), Some("2026-11-20T08:00:00Z"));
        assert_eq!(read("2016-12-31T23:59:60Z").as_deref(), Some("2017-01-01T00:00:00Z"));
        for other in ["0000-12-31T00:00:00Z", "9999-12-31T23:00:00-08:00", "2026-11-20", "2026-11-20T08:00:00", ""] {
            assert_eq!(read_moment(other), None, "{other}");
        }
    }

    #[test]
    fn a_day_has_one_spelling() {
        assert_eq!(read_day("2026-02-28").map(|day| day.to_string()).as_deref(), Some("2026-02-28"));
        for other in ["2026-02-30", "2026-1-2", "+2026-01-1", "-026-01-01", "0000-01-01", "2026-01-02 ", ""] {
            assert_eq!(read_day(other), None, "{other}");
        }
    }
}
