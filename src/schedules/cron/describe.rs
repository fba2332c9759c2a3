//! An expression in plain English: `At 09:00 on the first Monday of every month`.
//!
//! What a reader would get wrong: the words come from the values that fire, not from how they were written, so `1-7` and
//! `1,2,3,4,5,6,7` read the same.

use super::{Cron, Field, Part};

/// Most times of a day that are told one by one.
const MOST_TIMES: usize = 6;

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
/// The days of a month that some months do not have.
const LATE: [u16; 3] = [29, 30, 31];
/// Months by the last of those days that they have, the shortest first.
const FEBRUARY: u16 = 2;
const SHORT: [u16; 5] = [FEBRUARY, 4, 6, 9, 11];

impl Cron {
    /// When it fires, in plain words, without a full stop.
    #[must_use]
    pub fn describe(&self) -> String {
        let (times, days) = (self.in_the_day(), self.on_days());
        let comma = if times.starts_with("Every") { "," } else { "" };
        format!("{times}{comma} {days}")
    }

    /// `At 09:00 and 17:00`, `Every 15 minutes`, `At minutes 0 and 30 of the hours 9 to 17`.
    fn in_the_day(&self) -> String {
        let (minutes, hours) = (self.clockwork.pattern.minutes.values(), self.clockwork.pattern.hours.values());
        let is_every_hour = hours.len() == 24;
        match (minutes.as_slice(), step(&minutes, 60), step(&hours, 24)) {
            ([_], _, Some(1)) if minutes == [0] => "Every hour, on the hour".to_owned(),
            ([minute], _, Some(1)) => format!("Every hour at minute {minute}"),
            ([minute], _, Some(apart)) if hours.len() > MOST_TIMES => {
                format!("Every {apart} hours, first at 00:{minute:02}")
            }
            (_, Some(apart), _) if minutes.len() > 1 => {
                let often = if apart == 1 { "Every minute".to_owned() } else { format!("Every {apart} minutes") };
                if is_every_hour { often } else { format!("{often} {}", within(&hours)) }
            }
            _ if minutes.len() * hours.len() <= MOST_TIMES => {
                let times = self.times().iter().map(|time| format!("{:02}:{:02}", time / 60, time % 60)).collect();
                format!("At {}", listed(times))
            }
            _ if is_every_hour => format!("Every hour at {}", noted("minute", "minutes", &minutes)),
            _ => format!("At {} {}", noted("minute", "minutes", &minutes), within(&hours)),
        }
    }

    /// `every day`, `on day 1 of every month`, `on Mondays in May`, and either of them.
    fn on_days(&self) -> String {
        let (is_any_day, is_any_weekday) = (self.is_every(Field::Day), self.is_every(Field::Weekday));
        let months = self.months();
        let in_months = if self.is_every(Field::Month) { String::new() } else { format!(" in {months}") };
        match (is_any_day, is_any_weekday) {
            (true, true) => format!("every day{in_months}"),
            (false, true) => format!("on {} of {months}{}", self.days(), self.where_there_is_one()),
            (true, false) => format!("on {}", self.weekdays(&months, &in_months)),
            (false, false) => format!(
                "on {} of {months}{} and on {} (either is enough)",
                self.days(),
                self.where_there_is_one(),
                self.weekdays(&months, &in_months)
            ),
        }
    }

    fn months(&self) -> String {
        if self.is_every(Field::Month) {
            return "every month".to_owned();
        }
        let values = self.clockwork.pattern.months.values();
        listed(spans(&values, |month| name(&MONTHS, month.saturating_sub(1))))
    }

    /// `day 1`, `days 1 to 7 and the last day`.
    fn days(&self) -> String {
        let values = self.clockwork.pattern.days.values();
        let mut days = Vec::new();
        if !values.is_empty() {
            days.push(noted("day", "days", &values));
        }
        if self.parts(Field::Day).contains(&Part::Last) {
            days.push("the last day".to_owned());
        }
        listed(days)
    }

    /// Says that not every month, or year, has such a day.
    fn where_there_is_one(&self) -> &'static str {
        let days = self.clockwork.pattern.days.values();
        let months = self.clockwork.pattern.months.values();
        let is_late = days.first().is_some_and(|day| LATE.contains(day));
        let last = days.last().copied().unwrap_or_default();
        let lacks = |month: &u16| (*month == FEBRUARY && last >= 29) || (SHORT.contains(month) && last == 31);
        if self.parts(Field::Day).contains(&Part::Last) || !months.iter().any(lacks) {
            ""
        } else if months == [FEBRUARY] && is_late {
            ", in leap years"
        } else {
            ", where there is one"
        }
    }

    /// `Mondays`, `the first Monday and the last Friday of every month`.
    fn weekdays(&self, months: &str, in_months: &str) -> String {
        let days = self.clockwork.pattern.days_of_week.values();
        // A week of people who work begins on Monday.
        let week: Vec<u16> = (1..=7).filter(|day| days.contains(&(day % 7))).collect();
        let mut plain = Vec::new();
        if !week.is_empty() {
            let spans = spans(&week, |day| name(&WEEKDAYS, day % 7));
            let is_span = |text: &String| text.contains(" to ");
            plain = spans.into_iter().map(|day| if is_span(&day) { day } else { format!("{day}s") }).collect();
        }
        let special: Vec<String> = self.parts(Field::Weekday).iter().filter_map(|part| special(*part)).collect();
        let plain = Some(listed(plain)).filter(|plain| !plain.is_empty()).map(|plain| plain + in_months);
        let special = Some(special).filter(|special| !special.is_empty());
        let special = special.map(|special| format!("{} of {months}", listed(special)));
        listed(plain.into_iter().chain(special).collect())
    }
}

/// `the first Monday`, `the last Friday`.
fn special(part: Part) -> Option<String> {
    match part {
        Part::Nth(day, nth) => {
            let nth = u16::from(nth).saturating_sub(1);
            Some(format!("the {} {}", name(&ORDINALS, nth), name(&WEEKDAYS, day.into())))
        }
        Part::LastWeekday(day) => Some(format!("the last {}", name(&WEEKDAYS, day.into()))),
        _ => None,
    }
}

/// How far the values are apart, when they begin with 0 and go on evenly, over the end too.
fn step(values: &[u16], end: u16) -> Option<u16> {
    let apart = end.checked_div(u16::try_from(values.len()).ok()?)?;
    let is_even = apart * u16::try_from(values.len()).ok()? == end;
    (is_even && values.iter().copied().eq((0..end).step_by(apart.into()))).then_some(apart)
}

/// `in the hours 9 to 17`.
fn within(hours: &[u16]) -> String {
    format!("in {}", noted("the hour", "the hours", hours))
}

/// `day 1`, `days 1 to 7 and 15`.
fn noted(one: &str, many: &str, values: &[u16]) -> String {
    let noun = if values.len() == 1 { one } else { many };
    format!("{noun} {}", listed(spans(values, |value| value.to_string())))
}

/// Three values or more that follow each other are told by the first and the last.
fn spans(values: &[u16], say: impl Fn(u16) -> String) -> Vec<String> {
    values
        .chunk_by(|one, next| *next == one + 1)
        .flat_map(|span| match span {
            [first, _, .., last] => vec![format!("{} to {}", say(*first), say(*last))],
            few => few.iter().map(|value| say(*value)).collect(),
        })
        .collect()
}

/// `a`, `a and b`, `a, b and c`.
fn listed(mut items: Vec<String>) -> String {
    match items.pop() {
        None => String::new(),
        Some(last) if items.is_empty() => last,
        Some(last) => format!("{} and {last}", items.join(", ")),
    }
}

fn name(names: &[&str], at: u16) -> String {
    names.get(usize::from(at)).copied().unwrap_or_default().to_owned()
}
