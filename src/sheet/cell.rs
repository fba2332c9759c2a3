//! Reads one cell: text, a count, a share, a flag, a word. Money is in `money.rs`, days in `day.rs`.
//!
//! What a reader would get wrong: text loses nothing but the one `'` that an export put before what looks like a formula,
//! and that only in a CSV; and an id that a spreadsheet kept as a number is text again only while no digit is lost.

use std::borrow::Cow;

use super::{
    fault::{FaultCode, Wrong, shown},
    table::{Cell, decimal},
};
use crate::text;

/// The most digits that a spreadsheet's number keeps: one above has lost some, if it had them.
const MOST_EXACT: f64 = 1e15;

/// Text as its writer meant it; none when empty.
pub(super) fn text(cell: Cell<'_>, longest: usize, is_prefixed: bool) -> Result<Option<String>, Wrong> {
    let Some(text) = as_text(cell, is_prefixed)? else { return Ok(None) };
    match text::fault(&text, longest) {
        Some(fault) => Err(Wrong::new(FaultCode::InvalidText, fault)),
        None if text.is_empty() => Ok(None),
        None => Ok(Some(text.into_owned())),
    }
}

/// Text that must be there.
pub(super) fn required_text(cell: Cell<'_>, longest: usize, is_prefixed: bool) -> Result<String, Wrong> {
    text(cell, longest, is_prefixed)?.ok_or_else(Wrong::missing)
}

fn as_text(cell: Cell<'_>, is_prefixed: bool) -> Result<Option<Cow<'_, str>>, Wrong> {
    Ok(Some(match cell {
        Cell::Absent | Cell::Null => return Ok(None),
        Cell::Text(text) if is_prefixed => Cow::Borrowed(unescaped(text)),
        Cell::Text(text) => Cow::Borrowed(text),
        Cell::Int(value) => Cow::Owned(value.to_string()),
        Cell::Float(value) if value.fract() == 0.0 && value.abs() >= MOST_EXACT => {
            let reason = format!(
                "was kept as the number {value}, of which a spreadsheet keeps 15 digits; format the column as text and \
                 enter it again"
            );
            return Err(Wrong::new(FaultCode::DigitsLost, reason));
        }
        Cell::Float(value) => Cow::Owned(decimal(value)),
        Cell::Bool(value) => Cow::Borrowed(if value { "TRUE" } else { "FALSE" }),
        Cell::Day(day) => Cow::Owned(day.to_string()),
        Cell::Error(_) | Cell::Nested => return Err(Wrong::no_value(cell)),
    }))
}

/// A cell as one word, trimmed; empty when blank.
fn word(cell: Cell<'_>) -> Result<Cow<'_, str>, Wrong> {
    match cell {
        Cell::Text(text) => Ok(Cow::Borrowed(text.trim())),
        cell => Ok(as_text(cell, false)?.unwrap_or_default()),
    }
}

/// A whole number of at least `least`; none when blank.
pub(super) fn count(cell: Cell<'_>, least: i32) -> Result<Option<i32>, Wrong> {
    let word = word(cell)?;
    if word.is_empty() {
        return Ok(None);
    }
    let is_plain = word.bytes().all(|byte| byte.is_ascii_digit());
    match word.parse() {
        Ok(count) if is_plain && count >= least => Ok(Some(count)),
        _ => {
            let reason = format!("must be a whole number from {least} to {}, not {}", i32::MAX, shown(&word));
            Err(Wrong::new(FaultCode::InvalidCount, reason))
        }
    }
}

/// A share of 0 to 100, perhaps with a `%`; none when blank.
pub(super) fn percent(cell: Cell<'_>) -> Result<Option<f64>, Wrong> {
    let share = match cell {
        Cell::Float(value) => Some(value),
        cell => {
            let word = word(cell)?;
            if word.is_empty() {
                return Ok(None);
            }
            let number = word.strip_suffix('%').map_or(&*word, str::trim_end);
            let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
            number.parse().ok().filter(|_| is_plain)
        }
    };
    match share {
        // `+ 0.0` makes the zero below zero the usual one.
        Some(percent) if (0.0..=100.0).contains(&percent) => Ok(Some(percent + 0.0)),
        _ => {
            let shown = as_text(cell, false).ok().flatten().map_or_else(String::new, |text| shown(&text));
            Err(Wrong::new(FaultCode::InvalidPercent, format!("must be a number from 0 to 100, not {shown}")))
        }
    }
}

/// True or false; none when blank.
pub(super) fn flag(cell: Cell<'_>) -> Result<Option<bool>, Wrong> {
    if let Cell::Bool(value) = cell {
        return Ok(Some(value));
    }
    let word = word(cell)?;
    let is_one_of = |names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    match () {
        () if word.is_empty() => Ok(None),
        () if is_one_of(&["true", "yes", "1", "y"]) => Ok(Some(true)),
        () if is_one_of(&["false", "no", "0", "n"]) => Ok(Some(false)),
        () => Err(Wrong::new(FaultCode::InvalidFlag, format!("must be true or false, not {}", shown(&word)))),
    }
}

/// One of some words, whatever the case and whether parted by spaces, `_` or `-`; none when blank.
pub(super) fn choice<T: Copy>(cell: Cell<'_>, choices: &[(&str, T)]) -> Result<Option<T>, Wrong> {
    let word = word(cell)?;
    if word.is_empty() {
        return Ok(None);
    }
    let letters = |text: &str| -> String {
        text.chars().filter(|letter| !matches!(letter, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
    };
    let meant = letters(&word);
    choices
        .iter()
        .find(|(name, _)| *name == word || letters(name) == meant)
        .map(|(_, choice)| Some(*choice))
        .ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            Wrong::new(FaultCode::UnknownWord, format!("must be one of {}, not {}", names.join(", "), shown(&word)))
        })
}

/// An export writes `'` before text that begins with one of six characters a spreadsheet would run, and before text that
/// would look as if it had done so. Exactly one comes off.
fn unescaped(cell: &str) -> &str {
    let rest = cell.trim_start_matches('\'');
    match cell.strip_prefix('\'') {
        Some(text) if text::is_formula(rest) => text,
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
            assert_eq!(super::text(Cell::Text(cell), 10, true).unwrap().as_deref(), Some(text));
            assert_eq!(super::text(Cell::Text(cell), 10, false).unwrap().as_deref(), Some(cell));
        }
    }

    #[test]
    fn an_id_that_was_a_number_is_text_again_while_no_digit_is_lost() {
        let read = |cell| super::text(cell, 100, false).map_err(|wrong| wrong.code);
        assert_eq!(read(Cell::Text("00012")), Ok(Some("00012".to_owned())));
        assert_eq!(read(Cell::Float(123_456_789_012_345.0)), Ok(Some("123456789012345".to_owned())));
        assert_eq!(read(Cell::Float(1_234_567_890_123_456.0)), Err(FaultCode::DigitsLost));
        assert_eq!(read(Cell::Int(1_234_567_890_123_456_789)), Ok(Some("1234567890123456789".to_owned())));
        assert_eq!(read(Cell::Float(12.5)), Ok(Some("12.5".to_owned())));
        assert_eq!(read(Cell::Error("#N/A")), Err(FaultCode::CellError));
        assert_eq!(read(Cell::Nested), Err(FaultCode::NestedValue));
        assert_eq!(read(Cell::Text("a\0")), Err(FaultCode::InvalidText));
        assert_eq!(read(Cell::Text(&"ü".repeat(101))), Err(FaultCode::InvalidText));
    }

    #[test]
    fn counts_shares_and_flags_have_bounds() {
        let text = Cell::Text;
        assert_eq!(
            (count(text("7"), 1), count(Cell::Float(7.0), 1), count(text(" "), 1)),
            (Ok(Some(7)), Ok(Some(7)), Ok(None))
        );
        assert_eq!((percent(text("98.6 %")), percent(Cell::Int(7))), (Ok(Some(98.6)), Ok(Some(7.0))));
        assert!(percent(text("-0")).unwrap().unwrap().is_sign_positive());
        for (word, meant) in [("TRUE", true), ("yes", true), ("1", true), ("false", false), ("No", false), ("0", false)]
        {
            assert_eq!(flag(text(word)), Ok(Some(meant)), "{word}");
        }
        assert_eq!(
            (flag(Cell::Bool(true)), flag(Cell::Float(1.0)), flag(text(""))),
            (Ok(Some(true)), Ok(Some(true)), Ok(None))
        );
        for word in ["0", "-1", "+1", "1.5", "2147483648"] {
            assert!(count(text(word), 1).is_err(), "{word}");
        }
        for word in ["100.1", "NaN", "inf", "1e1", "x"] {
            assert!(percent(text(word)).is_err(), "{word}");
        }
        assert!(flag(text("maybe")).is_err());
    }

    #[test]
    fn a_word_is_known_whatever_its_case() {
        let choices = [("RETURN_CLOSED", 1), ("SUCCESSFUL", 2)];
        for word in ["RETURN_CLOSED", "return closed", "Return-Closed", " returnclosed "] {
            assert_eq!(choice(Cell::Text(word), &choices), Ok(Some(1)), "{word}");
        }
        assert_eq!(choice(Cell::Null, &choices), Ok(None));
        assert!(choice(Cell::Text("RETURN"), &choices).is_err());
    }
}
