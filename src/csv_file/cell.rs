//! Reads one cell: text, a day, money, a count. What is wrong comes back as the rest of a sentence that begins with the
//! name of the column.
//!
//! What a reader would get wrong: money never passes through a float, and text loses nothing but the one `'` that an
//! export put before what looks like a formula.

use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use crate::{clock::read_day, text};

/// Most cents an amount may be: the largest whole number that a JSON reader of doubles holds exactly.
pub(crate) const MOST_CENTS: i64 = 9_007_199_254_740_991;
/// Characters shown of a cell that was refused.
const SHOWN: usize = 40;

type Read<T> = Result<T, String>;

/// Text as its writer meant it; none when empty.
pub(crate) fn text(cell: &str, longest: usize) -> Read<Option<String>> {
    let text = unescaped(cell);
    match text::fault(text, longest) {
        Some(fault) => Err(fault),
        None if text.is_empty() => Ok(None),
        None => Ok(Some(text.to_owned())),
    }
}

/// Text that must be there.
pub(crate) fn required_text(cell: &str, longest: usize) -> Read<String> {
    text(cell, longest)?.ok_or_else(|| "must not be empty".to_owned())
}

/// An amount in cents, or in dollars where `is_decimal`; none when empty.
pub(crate) fn amount(cell: &str, is_decimal: bool) -> Read<Option<i64>> {
    if cell.is_empty() {
        return Ok(None);
    }
    let (whole, cents) = match cell.split_once('.') {
        Some(parts) if is_decimal => parts,
        _ => (cell, ""),
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_pointed = cell.ends_with('.');
    if whole.is_empty() || cents.len() > 2 || is_pointed || !is_number(whole) || !is_number(cents) {
        return Err(match is_decimal {
            true => format!("must be dollars such as 1234.50, not {}", shown(cell)),
            false => format!("must be a whole number of cents, 0 or more, not {}", shown(cell)),
        });
    }
    let too_much = || format!("must be at most {MOST_CENTS} cents, not {}", shown(cell));
    // Two digits after the point, present or not: the text of the cents.
    let digits = if is_decimal { format!("{whole}{cents:0<2}") } else { whole.to_owned() };
    let amount = i64::from_str(&digits).map_err(|_| too_much())?;
    if amount > MOST_CENTS { Err(too_much()) } else { Ok(Some(amount)) }
}

/// A whole number of at least `least`; none when empty.
pub(crate) fn count(cell: &str, least: i32) -> Read<Option<i32>> {
    if cell.is_empty() {
        return Ok(None);
    }
    let is_plain = cell.bytes().all(|byte| byte.is_ascii_digit());
    match i32::from_str(cell) {
        Ok(count) if is_plain && count >= least => Ok(Some(count)),
        _ => Err(format!("must be a whole number from {least} to {}, not {}", i32::MAX, shown(cell))),
    }
}

/// A day. The years are those that a spreadsheet and both databases can hold.
pub(crate) fn day(cell: &str) -> Read<NaiveDate> {
    if cell.is_empty() {
        return Err("must not be empty".to_owned());
    }
    let day = read_day(cell).ok_or_else(|| format!("must be a day as YYYY-MM-DD, not {}", shown(cell)))?;
    if day.year() < 1900 { Err(format!("must be in 1900 or later, not {}", shown(cell))) } else { Ok(day) }
}

/// A share of 0 to 100; none when empty.
pub(crate) fn percent(cell: &str) -> Read<Option<f64>> {
    if cell.is_empty() {
        return Ok(None);
    }
    match f64::from_str(cell) {
        // `+ 0.0` makes the zero below zero the usual one.
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Some(percent + 0.0)),
        _ => Err(format!("must be a number from 0 to 100, not {}", shown(cell))),
    }
}

/// True or false, in the letters of our files or of a spreadsheet; none when empty.
pub(crate) fn flag(cell: &str) -> Read<Option<bool>> {
    match cell {
        "" => Ok(None),
        _ if cell.eq_ignore_ascii_case("true") => Ok(Some(true)),
        _ if cell.eq_ignore_ascii_case("false") => Ok(Some(false)),
        _ => Err(format!("must be true or false, not {}", shown(cell))),
    }
}

/// A cell in a message: cut, and with nothing that could run in a terminal.
pub(crate) fn shown(cell: &str) -> String {
    let cut = cell.chars().nth(SHOWN).map_or("", |_| "…");
    let start: String = cell.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    format!("\"{start}{cut}\"")
}

/// An export writes `'` before text that begins with one of six characters a spreadsheet would run, and before text that
/// would look as if it had done so. Exactly one comes off.
fn unescaped(cell: &str) -> &str {
    let rest = cell.trim_start_matches('\'');
    match cell.strip_prefix('\'') {
        Some(text) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => text,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_apostrophe_comes_off_before_what_looks_like_a_formula() {
        for (cell, text) in [
            ("'=1", "=1"),
            ("''=1", "'=1"),
            ("'-x", "-x"),
            ("'+", "+"),
            ("'@a", "@a"),
            ("'\tx", "\tx"),
            ("'\rx", "\rx"),
            ("=1", "=1"),
            ("'90s", "'90s"),
            ("''x", "''x"),
            ("'", "'"),
            (" '=", " '="),
        ] {
            assert_eq!(unescaped(cell), text, "{cell:?}");
        }
    }

    #[test]
    fn money_is_read_as_decimal_text() {
        assert_eq!(amount("", false), Ok(None));
        assert_eq!(amount("0", false), Ok(Some(0)));
        assert_eq!(amount("0012", false), Ok(Some(12)));
        assert_eq!(amount("9007199254740991", false), Ok(Some(MOST_CENTS)));
        assert_eq!(amount("12.5", true), Ok(Some(1250)));
        assert_eq!(amount("12", true), Ok(Some(1200)));
        assert_eq!(amount("0.07", true), Ok(Some(7)));
        assert_eq!(amount("90071992547409.91", true), Ok(Some(MOST_CENTS)));
        for cell in ["-1", "+1", "1.0", "1,000", " 1", "1e3", "٣", "9007199254740992", "99999999999999999999"] {
            assert!(amount(cell, false).is_err(), "{cell}");
        }
        for cell in ["-1", "1.", ".5", "1.005", "1,000.00", "$1", "1.-1", "1.2.3", "90071992547409.92"] {
            assert!(amount(cell, true).is_err(), "{cell}");
        }
    }

    #[test]
    fn days_have_one_spelling() {
        assert_eq!(day("2024-02-29"), Ok(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()));
        for cell in
            ["", "2023-02-29", "2024-2-9", "02/29/2024", "2024-02-29 ", "+2024-02-2", "1899-12-31", "２０２４-01"]
        {
            assert!(day(cell).is_err(), "{cell}");
        }
    }

    #[test]
    fn counts_shares_and_flags_have_bounds() {
        assert_eq!(count("7", 1), Ok(Some(7)));
        assert_eq!(percent("98.6"), Ok(Some(98.6)));
        assert!(percent("-0").unwrap().unwrap().is_sign_positive());
        assert_eq!((flag("TRUE"), flag("false"), flag("")), (Ok(Some(true)), Ok(Some(false)), Ok(None)));
        for cell in ["0", "-1", "+1", "1.5", "2147483648"] {
            assert!(count(cell, 1).is_err(), "{cell}");
        }
        assert!(percent("100.1").is_err() && percent("NaN").is_err() && percent("inf").is_err() && flag("1").is_err());
    }

    #[test]
    fn a_refused_cell_is_cut_and_harmless() {
        assert_eq!(shown("a\u{1b}[31m\"b"), r#""a\u{1b}[31m\"b""#);
        assert_eq!(shown(&"x".repeat(41)), format!("\"{}…\"", "x".repeat(40)));
    }
}
