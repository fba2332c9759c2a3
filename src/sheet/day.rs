//! Days, in the ways that people and reports write them; a column has one of them.
//!
//! What a reader would get wrong: `01/02/2026` says nothing by itself. All rows of a column decide together, and where
//! they leave it open while it matters, nobody decides.

use chrono::{Datelike, NaiveDate};

use super::{
    fault::{FaultCode, Wrong, shown},
    reading::DateFormat,
    table::Cell,
};

/// The first year of a sale: the first that a spreadsheet knows, and so the first that a file can bring back.
pub const FIRST_YEAR: i32 = 1900;

impl DateFormat {
    const ALL: [Self; 9] = [
        Self::Iso,
        Self::IsoSlash,
        Self::UsSlash,
        Self::EuSlash,
        Self::UsDash,
        Self::EuDash,
        Self::EuDot,
        Self::UsName,
        Self::EuName,
    ];

    /// How it looks, for messages.
    #[must_use]
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Iso => "YYYY-MM-DD",
            Self::IsoSlash => "YYYY/MM/DD",
            Self::UsSlash => "MM/DD/YYYY",
            Self::EuSlash => "DD/MM/YYYY",
            Self::UsDash => "MM-DD-YYYY",
            Self::EuDash => "DD-MM-YYYY",
            Self::EuDot => "DD.MM.YYYY",
            Self::UsName => "Mon DD, YYYY",
            Self::EuName => "DD Mon YYYY",
        }
    }

    /// The same with day and month the other way round, where a text may be both.
    fn twin(self) -> Option<Self> {
        match self {
            Self::UsSlash => Some(Self::EuSlash),
            Self::EuSlash => Some(Self::UsSlash),
            Self::UsDash => Some(Self::EuDash),
            Self::EuDash => Some(Self::UsDash),
            Self::Iso | Self::IsoSlash | Self::EuDot | Self::UsName | Self::EuName => None,
        }
    }

    /// Reads a day, without white space around it.
    fn read(self, text: &str) -> Option<NaiveDate> {
        let text = without_time(text);
        match self {
            Self::Iso => numbers(text, '-').and_then(|[y, m, d]| day(y, m, d)),
            Self::IsoSlash => numbers(text, '/').and_then(|[y, m, d]| day(y, m, d)),
            Self::UsSlash => numbers(text, '/').and_then(|[m, d, y]| day(y, m, d)),
            Self::EuSlash => numbers(text, '/').and_then(|[d, m, y]| day(y, m, d)),
            Self::UsDash => numbers(text, '-').and_then(|[m, d, y]| day(y, m, d)),
            Self::EuDash => numbers(text, '-').and_then(|[d, m, y]| day(y, m, d)),
            Self::EuDot => numbers(text, '.').and_then(|[d, m, y]| day(y, m, d)),
            Self::UsName => words(text).and_then(|[m, d, y]| named(y, m, d)),
            Self::EuName => words(text).and_then(|[d, m, y]| named(y, m, d)),
        }
    }
}

/// A year has four digits, a month and a day one or two.
fn day(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let is_short = |text: &str| matches!(text.len(), 1..=2);
    if year.len() != 4 || !is_short(month) || !is_short(day) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A day whose month has its English name; a year of two digits is of this century, as in eBay's reports.
fn named(year: &str, month: &str, of_month: &str) -> Option<NaiveDate> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let month = month.to_ascii_lowercase();
    let is_named =
        |name: &&str| month.len() >= 3 && name.starts_with(&month) || month == "sept" && **name == *"september";
    let number = MONTHS.iter().position(is_named)? + 1;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(year) || !is_number(of_month) {
        return None;
    }
    let year = if year.len() == 2 { format!("20{year}") } else { year.to_owned() };
    day(&year, &number.to_string(), of_month)
}

/// Three numbers with this sign between them.
fn numbers(text: &str, sign: char) -> Option<[&str; 3]> {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || char::from(byte) == sign) {
        return None;
    }
    let mut parts = text.split(sign);
    let found = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(found)
}

/// Three words, however they are parted.
fn words(text: &str) -> Option<[&str; 3]> {
    if !text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let mut parts = text.split([' ', '-', ',', '.', '/']).filter(|part| !part.is_empty());
    let found = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(found)
}

/// The text before a time of day: `2026-11-21T14:05:00Z`, `11/21/2026 2:05 PM`, `Nov-21-26 14:05:00 PST`.
fn without_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else { return text };
    let (before, after) = text.split_at(colon);
    let date = before.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let hours = before.len() - date.len();
    let is_time = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, ':' | '.' | ',' | '+' | '-' | ' ');
    let parted = date.strip_suffix(['T', 't', ' ']);
    match parted {
        Some(date) if matches!(hours, 1..=2) && after.chars().all(is_time) => date.trim_end_matches([',', ' ']),
        _ => text,
    }
}

/// A day of a cell, written as this column's are; none when the cell is blank.
pub(super) fn of_cell(cell: Cell<'_>, format: DateFormat) -> Result<Option<NaiveDate>, Wrong> {
    let wrong = |reason: String| Err(Wrong::new(FaultCode::InvalidDate, reason));
    let day = match cell {
        Cell::Absent | Cell::Null => return Ok(None),
        Cell::Day(day) => day,
        Cell::Text(text) => {
            let trimmed = text.trim();
            if trimmed.is_empty() {
                return Ok(None);
            }
            match format.read(trimmed) {
                Some(day) => day,
                None => return wrong(format!("must be a day as {}, not {}", format.pattern(), shown(text))),
            }
        }
        Cell::Int(value) => return wrong(format!("must be a day, not the number {value}")),
        Cell::Float(value) => return wrong(format!("must be a day, not the number {value}")),
        _ => return wrong("must be a day".to_owned()),
    };
    match day.year() {
        // The years that a spreadsheet and both databases can hold.
        FIRST_YEAR..=9999 => Ok(Some(day)),
        _ => wrong(format!("must be in {FIRST_YEAR} or later, and before 10000, not {day}")),
    }
}

/// What the days of a column say about how they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Formats {
    /// How many cells fit each of `DateFormat::ALL`.
    fits: [u64; 9],
    cells: u64,
    /// For each format with a twin: the first line whose day is another one by the twin.
    unclear: [Option<u64>; 9],
}

impl Formats {
    /// Looks at a cell; one that is no text says nothing.
    pub fn look(&mut self, line: u64, cell: Cell<'_>) {
        let Cell::Text(text) = cell else { return };
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.cells += 1;
        for ((format, fits), unclear) in DateFormat::ALL.iter().zip(&mut self.fits).zip(&mut self.unclear) {
            let Some(day) = format.read(text) else { continue };
            *fits += 1;
            if unclear.is_none() && format.twin().and_then(|twin| twin.read(text)).is_some_and(|other| other != day) {
                *unclear = Some(line);
            }
            // Nothing else is written like this.
            if format.twin().is_none() {
                return;
            }
        }
    }

    /// How most cells are written; none where there are no days in text. What does not fit is a fault of its row.
    ///
    /// # Errors
    /// A line that may be two days, and the two ways to read it.
    pub fn decide(&self) -> Result<Option<DateFormat>, (u64, [DateFormat; 2])> {
        let fits = |format: DateFormat| {
            DateFormat::ALL.iter().zip(&self.fits).find(|(other, _)| **other == format).map_or(0, |(_, fits)| *fits)
        };
        let mut best: Option<DateFormat> = None;
        for format in DateFormat::ALL {
            if fits(format) > best.map_or(0, fits) {
                best = Some(format);
            }
        }
        let Some(best) = best else { return Ok((self.cells > 0).then_some(DateFormat::Iso)) };
        let unclear = DateFormat::ALL.iter().zip(&self.unclear).find(|(format, _)| **format == best);
        match (best.twin(), unclear.and_then(|(_, line)| *line)) {
            (Some(twin), Some(line)) if fits(twin) == fits(best) => Err((line, [best, twin])),
            _ => Ok(Some(best)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decided(cells: &[&str]) -> Result<Option<DateFormat>, u64> {
        let mut formats = Formats::default();
        cells.iter().zip(2..).for_each(|(cell, line)| formats.look(line, Cell::Text(cell)));
        formats.decide().map_err(|(line, _)| line)
    }

    fn read(text: &str, format: DateFormat) -> Option<String> {
        of_cell(Cell::Text(text), format).ok().flatten().map(|day| day.to_string())
    }

    #[test]
    fn every_way_of_writing_a_day_is_read() {
        for (text, format) in [
            ("2026-11-05", DateFormat::Iso),
            ("2026-11-05T23:59:59.123-08:00", DateFormat::Iso),
            ("2026-11-05 07:00", DateFormat::Iso),
            (" 2026-11-5 ", DateFormat::Iso),
            ("2026/11/05", DateFormat::IsoSlash),
            ("11/5/2026", DateFormat::UsSlash),
            ("11/05/2026 2:05 PM", DateFormat::UsSlash),
            ("05/11/2026", DateFormat::EuSlash),
            ("11-05-2026", DateFormat::UsDash),
            ("05-11-2026", DateFormat::EuDash),
            ("5.11.2026", DateFormat::EuDot),
            ("Nov 5, 2026", DateFormat::UsName),
            ("Nov-05-26", DateFormat::UsName),
            ("Nov-05-26 14:05:00 PST", DateFormat::UsName),
            ("5 November 2026", DateFormat::EuName),
            ("05-Nov-26", DateFormat::EuName),
        ] {
            assert_eq!(read(text, format).as_deref(), Some("2026-11-05"), "{text}");
        }
        for text in
            ["2026-02-30", "26-11-05", "2026-11", "+026-11-05", "1899-12-31", "٢٠٢٦-11-05", "2026-11-05x", "11:05"]
        {
            assert_eq!(read(text, DateFormat::Iso), None, "{text}");
        }
        assert_eq!(of_cell(Cell::Text("  "), DateFormat::Iso), Ok(None));
    }

    #[test]
    fn all_rows_decide_how_days_are_written() {
        assert_eq!(decided(&["01/02/2026", "13/02/2026"]), Ok(Some(DateFormat::EuSlash)));
        assert_eq!(decided(&["01/02/2026", "02/13/2026"]), Ok(Some(DateFormat::UsSlash)));
        assert_eq!(decided(&["01.02.2026"]), Ok(Some(DateFormat::EuDot)));
        assert_eq!(decided(&["2026-01-02", ""]), Ok(Some(DateFormat::Iso)));
        assert_eq!(decided(&["", " "]), Ok(None));
        assert_eq!(decided(&["yesterday"]), Ok(Some(DateFormat::Iso)));
    }

    #[test]
    fn what_no_row_decides_is_left_open_unless_it_does_not_matter() {
        assert_eq!(decided(&["05/05/2026", "01/02/2026"]), Err(3));
        assert_eq!(decided(&["13/02/2026", "02/13/2026", "01/02/2026"]), Err(4));
        assert_eq!(decided(&["01-02-2026"]), Err(2));
        assert_eq!(decided(&["05/05/2026"]), Ok(Some(DateFormat::UsSlash)));
    }

    #[test]
    fn of_two_formats_in_one_column_the_usual_one_stands() {
        assert_eq!(decided(&["2026-01-02", "2026-01-03", "01/02/2026"]), Ok(Some(DateFormat::Iso)));
        assert_eq!(decided(&["13/02/2026", "14/02/2026", "02/15/2026"]), Ok(Some(DateFormat::EuSlash)));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,20}", other in "[-0-9/.: TNov]{0,24}") {
            for text in [text, other] {
                let _ = decided(&[&text]);
                for format in DateFormat::ALL {
                    let _ = read(&text, format);
                }
            }
        }

        #[test]
        fn every_day_is_read_back_in_every_way(days in 0..2_958_464_i64) {
            let day = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::Duration::days(days);
            for (spelled, format) in [
                ("%Y-%m-%d", DateFormat::Iso), ("%m/%d/%Y", DateFormat::UsSlash), ("%d/%m/%Y", DateFormat::EuSlash),
                ("%d.%m.%Y", DateFormat::EuDot), ("%b %d, %Y", DateFormat::UsName), ("%d %B %Y", DateFormat::EuName),
            ] {
                prop_assert_eq!(read(&day.format(spelled).to_string(), format), Some(day.to_string()));
            }
        }
    }
}
