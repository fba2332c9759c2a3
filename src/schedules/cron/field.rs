//! The five fields of an expression: what may stand in each, and what is wrong with what does.
//!
//! Not here: when it fires (`next.rs`). What a reader would get wrong: this reader is stricter than croner's, which takes
//! `SUNMON`, `0 JAN * * *` and `1,,2`; what passes here is handed to croner in numbers alone.

use std::fmt;

/// How much of what is wrong is shown to whoever wrote it.
const LONGEST_SHOWN: usize = 40;

/// One of the five fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

/// The fields in the order they are written in.
pub(super) const FIELDS: [Field; 5] = [Field::Minute, Field::Hour, Field::Day, Field::Month, Field::Weekday];

/// Names of months, the first is 1.
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
/// Names of days, the first is 0.
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// One part of a field, between commas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `*`, `?`, `*/1`.
    All,
    /// `*/2`.
    Step(u8),
    /// `3`.
    One(u8),
    /// `1-5`, `1-5/2`.
    Range(u8, u8, u8),
    /// `L`: the last day of the month.
    Last,
    /// `5L`: the last Friday of the month.
    LastWeekday(u8),
    /// `5#2`: the second Friday of the month.
    Nth(u8, u8),
}

impl fmt::Display for Part {
    /// As croner reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => write!(f, "*"),
            Self::Step(step) => write!(f, "*/{step}"),
            Self::One(value) => write!(f, "{value}"),
            Self::Range(from, to, 1) => write!(f, "{from}-{to}"),
            Self::Range(from, to, step) => write!(f, "{from}-{to}/{step}"),
            Self::Last => write!(f, "L"),
            Self::LastWeekday(day) => write!(f, "{day}L"),
            Self::Nth(day, nth) => write!(f, "{day}#{nth}"),
        }
    }
}

/// The parts of a field, or what is wrong with it, the field named first.
pub(super) fn read(field: Field, text: &str) -> Result<Vec<Part>, String> {
    let text = text.to_ascii_uppercase();
    let parts: Result<Vec<Part>, String> = text.split(',').map(|part| field.part(part)).collect();
    let parts = parts.map_err(|reason| format!("{}: {reason}", field.name()))?;
    if parts.len() > 1 && parts.contains(&Part::All) {
        return Err(format!("{}: `*` means every one, so it stands alone", field.name()));
    }
    Ok(parts)
}

impl Field {
    /// As people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day of month",
            Self::Month => "month",
            Self::Weekday => "day of week",
        }
    }

    fn bounds(self) -> (u8, u8) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::Day => (1, 31),
            Self::Month => (1, 12),
            Self::Weekday => (0, 7),
        }
    }

    /// The names that may stand for numbers, and the number of the first.
    fn names(self) -> (&'static [&'static str], u8) {
        match self {
            Self::Month => (&MONTHS, 1),
            Self::Weekday => (&WEEKDAYS, 0),
            Self::Minute | Self::Hour | Self::Day => (&[], 0),
        }
    }

    fn part(self, text: &str) -> Result<Part, String> {
        if text.is_empty() {
            return Err("there is nothing between two commas, or before or after one".to_owned());
        }
        match text.split_once('/') {
            Some((range, step)) => self.stepped(text, range, step),
            None => self.plain(text),
        }
    }

    fn stepped(self, text: &str, range: &str, step: &str) -> Result<Part, String> {
        let (least, most) = self.bounds();
        let step = number(step).filter(|step| (1..=most).contains(step));
        let step = step.ok_or_else(|| format!("the step of {} must be 1 to {most}", shown(text)))?;
        match self.plain(range)? {
            Part::All if step == 1 => Ok(Part::All),
            Part::All => Ok(Part::Step(step)),
            Part::Range(from, to, _) => Ok(Part::Range(from, to, step)),
            _ => Err(format!(
                "a step follows `*` or a range, as in `*/{step}` or `{least}-{most}/{step}`, not {}",
                shown(range)
            )),
        }
    }

    /// What has no step.
    fn plain(self, text: &str) -> Result<Part, String> {
        match text {
            "*" => return Ok(Part::All),
            "?" if self.is_of_days() => return Ok(Part::All),
            "L" if self == Self::Day => return Ok(Part::Last),
            "L" if self == Self::Weekday => {
                return Err("`L` follows a day here, as in `5L`, the last Friday of the month".to_owned());
            }
            _ => {}
        }
        if let Some((from, to)) = text.split_once('-') {
            return self.range(text, from, to);
        }
        if let Some((day, nth)) = text.split_once('#') {
            return self.nth(text, day, nth);
        }
        if self == Self::Weekday
            && let Some(day) = text.strip_suffix('L')
        {
            return Ok(Part::LastWeekday(self.value(day)? % 7));
        }
        let value = self.value(text)?;
        Ok(Part::One(if self == Self::Weekday { value % 7 } else { value }))
    }

    fn range(self, text: &str, from: &str, to: &str) -> Result<Part, String> {
        if from.is_empty() || to.is_empty() {
            return Err(format!("the range {} needs a beginning and an end", shown(text)));
        }
        let (first, last) = (self.value(from)?, self.value(to)?);
        // A week that is written to its Sunday ends with it.
        let last = if self == Self::Weekday && last == 0 && first > 0 { 7 } else { last };
        if first > last {
            return Err(format!("the range {} ends before it begins; write it as two", shown(text)));
        }
        Ok(Part::Range(first, last, 1))
    }

    fn nth(self, text: &str, day: &str, nth: &str) -> Result<Part, String> {
        if self != Self::Weekday {
            return Err(format!("`#` belongs into the day of week, as in `1#1`, the first Monday: {}", shown(text)));
        }
        let nth = number(nth).filter(|nth| (1..=5).contains(nth));
        let nth = nth.ok_or_else(|| format!("after `#` stands 1 to 5, unlike in {}", shown(text)))?;
        Ok(Part::Nth(self.value(day)? % 7, nth))
    }

    /// A number within the field's bounds, or a name.
    fn value(self, text: &str) -> Result<u8, String> {
        let (least, most) = self.bounds();
        let (names, first) = self.names();
        if let Some(value) = (first..).zip(names).find_map(|(value, name)| (*name == text).then_some(value)) {
            return Ok(value);
        }
        if let Some(value) = number(text).filter(|value| (least..=most).contains(value)) {
            return Ok(value);
        }
        let or_name = match (names.first(), names.last()) {
            (Some(first), Some(last)) => format!(", or {first} to {last}"),
            _ if self == Self::Day => ", or L, the last day".to_owned(),
            _ => String::new(),
        };
        Err(format!("{} is not {least} to {most}{or_name}", shown(text)))
    }

    fn is_of_days(self) -> bool {
        matches!(self, Self::Day | Self::Weekday)
    }
}

/// Digits alone: `parse` would take `+5` too.
fn number(text: &str) -> Option<u8> {
    let is_short = (1..=2).contains(&text.len());
    if is_short && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// What somebody wrote, safe to be shown.
pub(super) fn shown(text: &str) -> String {
    format!("`{}`", text.chars().take(LONGEST_SHOWN).collect::<String>().escape_debug())
}
