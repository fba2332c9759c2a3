//! Cron expressions: five fields, no seconds. What is validated here is what fires.
//!
//! Minute, hour, day of month, month, day of week; names, steps and ranges; `L`, the last day of a month, or `5L`, its last
//! Friday; `1#1`, its first Monday; `@monthly` and its kin. Sunday is 0 and 7. When day of month and day of week are both
//! given, either is enough. What a reader would get wrong: an expression speaks of the clock on the wall of a time zone
//! (`next.rs`), so one that is fine in itself may come to too short a gap on the day the clocks change.

mod describe;
mod field;
mod next;
mod often;
mod preview;

use std::fmt;

use chrono::TimeDelta;
use croner::parser::{CronParser, Seconds, Year};

use self::field::{FIELDS, Field, Part, shown};
pub use self::preview::{CronFire, CronPreview, MOST_TIMES, checked_count, preview};
use crate::error::{Error, Result};

/// Longest expression, in bytes. All minutes of an hour one by one are 170.
const LONGEST: usize = 400;

/// The short names, and what each stands for.
const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A cron expression that fires, and not too often.
#[derive(Clone)]
pub struct Cron {
    /// As it was written, one space between the fields.
    text: String,
    /// The parts of the five fields.
    parts: [Vec<Part>; 5],
    /// Who finds the times.
    clockwork: croner::Cron,
    /// The least time between two fires.
    shortest_gap: TimeDelta,
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// `INVALID_CRON`, naming the field and the reason; also for one that never fires, or can fire twice within
    /// `shortest_gap`.
    pub fn parse(expression: &str, shortest_gap: TimeDelta) -> Result<Self> {
        let cron = Self::read(expression, shortest_gap)?;
        cron.check_gap().map_err(refused)?;
        Ok(cron)
    }

    /// Reads an expression that was allowed once: the shortest gap may have become longer since.
    ///
    /// # Errors
    /// `INVALID_CRON`, as [`parse`](Self::parse), but however often it fires.
    pub fn stored(expression: &str, shortest_gap: TimeDelta) -> Result<Self> {
        let mut cron = Self::read(expression, shortest_gap)?;
        if cron.check_gap().is_err() {
            // What may fire so often every day may do so on the day the clocks change.
            cron.shortest_gap = TimeDelta::zero();
        }
        Ok(cron)
    }

    /// Reads an expression that fires, however often.
    fn read(expression: &str, shortest_gap: TimeDelta) -> Result<Self> {
        let text = expression.split_whitespace().collect::<Vec<_>>().join(" ");
        let parts = read(&text).map_err(refused)?;
        let written = parts.iter().map(|parts| join(parts)).collect::<Vec<_>>().join(" ");
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let clockwork = parser.parse(&written).map_err(|_| refused(format!("{} cannot be read", shown(&text))))?;
        let cron = Self { text, parts, clockwork, shortest_gap };
        cron.check_fires().map_err(refused)?;
        Ok(cron)
    }

    /// The expression as it was written, one space between the fields.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn parts(&self, field: Field) -> &[Part] {
        let [minute, hour, day, month, weekday] = &self.parts;
        match field {
            Field::Minute => minute,
            Field::Hour => hour,
            Field::Day => day,
            Field::Month => month,
            Field::Weekday => weekday,
        }
    }

    fn is_every(&self, field: Field) -> bool {
        self.parts(field) == [Part::All]
    }

    /// Minutes of the day at which it fires on the days it does, in their order.
    fn times(&self) -> Vec<u16> {
        let minutes = self.clockwork.pattern.minutes.values();
        let hours = self.clockwork.pattern.hours.values();
        hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute)).collect()
    }
}

impl fmt::Debug for Cron {
    /// Without croner's five thousand years.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cron")
            .field("text", &self.text)
            .field("shortest_gap", &self.shortest_gap)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The five fields of what was written, or what is wrong with it.
fn read(text: &str) -> Result<[Vec<Part>; 5], String> {
    if text.is_empty() {
        return Err("the expression is empty; `0 0 1 * *` is midnight on the first of each month".to_owned());
    }
    if text.len() > LONGEST {
        return Err(format!("the expression is longer than {LONGEST} characters"));
    }
    let text = if text.starts_with('@') { nickname(text)? } else { text };
    let fields: Vec<&str> = text.split(' ').collect();
    let count = fields.len();
    let [minute, hour, day, month, weekday] = fields.try_into().map_err(|_| {
        let also = if count > 5 { "; seconds and years cannot be given" } else { "" };
        let noun = if count == 1 { "field" } else { "fields" };
        format!("{count} {noun} instead of five: {}{also}", FIELDS.map(Field::name).join(", "))
    })?;
    Ok([
        field::read(Field::Minute, minute)?,
        field::read(Field::Hour, hour)?,
        field::read(Field::Day, day)?,
        field::read(Field::Month, month)?,
        field::read(Field::Weekday, weekday)?,
    ])
}

fn nickname(text: &str) -> Result<&'static str, String> {
    let known = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    known.map(|(_, fields)| *fields).ok_or_else(|| {
        let names = NICKNAMES.map(|(name, _)| name).join(", ");
        if text.eq_ignore_ascii_case("@reboot") {
            return format!("`@reboot` is no time; the names are {names}");
        }
        format!("there is no {}; the names are {names}", shown(text))
    })
}

fn join(parts: &[Part]) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn refused(message: String) -> Error {
    Error::bad_input("INVALID_CRON", message)
}

#[cfg(test)]
mod tests;
