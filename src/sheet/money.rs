//! Money: cents or dollars, in the ways that people and spreadsheets write them.
//!
//! What a reader would get wrong: text never passes through a float. A spreadsheet's own number is one already, and is
//! read with the fifteen digits that it shows.

use super::{
    fault::{FaultCode, Wrong, shown},
    reading::{DecimalSeparator, MoneyUnit},
    table::{Cell, decimal},
};

/// Most cents an amount may be: the largest whole number that a JSON reader of doubles holds exactly.
pub const MOST_CENTS: i64 = 9_007_199_254_740_991;

/// What the numbers of a column say about what stands before the cents.
#[derive(Clone, Debug, Default)]
pub(super) struct Separators {
    point: u64,
    comma: u64,
    /// The first line with a number that may be read in both ways.
    unclear: Option<(u64, String)>,
}

impl Separators {
    /// Looks at a cell.
    pub fn look(&mut self, line: u64, cell: Cell<'_>) {
        let Cell::Text(text) = cell else { return };
        match evidence(text) {
            Evidence::None => {}
            Evidence::Of(DecimalSeparator::Point) => self.point += 1,
            Evidence::Of(DecimalSeparator::Comma) => self.comma += 1,
            Evidence::Both => {
                self.unclear.get_or_insert_with(|| (line, text.chars().take(40).collect()));
            }
        }
    }

    /// What stands before the cents, or the first cell that leaves it open. Where both are found, the one that is rarer
    /// is a fault of its rows.
    pub fn decide(&self) -> Result<DecimalSeparator, &(u64, String)> {
        match &self.unclear {
            Some(unclear) if self.point == 0 && self.comma == 0 => Err(unclear),
            _ if self.comma > self.point => Ok(DecimalSeparator::Comma),
            _ => Ok(DecimalSeparator::Point),
        }
    }
}

/// What one number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evidence {
    None,
    Of(DecimalSeparator),
    Both,
}

fn evidence(text: &str) -> Evidence {
    let of = |sign: char| if sign == '.' { DecimalSeparator::Point } else { DecimalSeparator::Comma };
    let other = |sign: char| if sign == '.' { DecimalSeparator::Comma } else { DecimalSeparator::Point };
    let is_sign = |letter: char| matches!(letter, '.' | ',');
    let Some((before, after)) = text.rsplit_once(is_sign) else { return Evidence::None };
    let Some(last) = text.chars().rfind(|letter| is_sign(*letter)) else { return Evidence::None };
    match before.chars().rfind(|letter| is_sign(*letter)) {
        // What comes several times stands between thousands; of two, the last stands before the cents.
        Some(earlier) if earlier == last => Evidence::Of(other(last)),
        Some(_) => Evidence::Of(of(last)),
        None => {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
            let begins_with_zero = before.trim_start_matches(|letter: char| !letter.is_ascii_digit()).starts_with('0');
            let is_thousand = digits(after) == 3 && matches!(digits(before), 1..=3) && !begins_with_zero;
            if is_thousand { Evidence::Both } else { Evidence::Of(of(last)) }
        }
    }
}

/// An amount in cents; none when the cell is blank.
pub(super) fn amount(cell: Cell<'_>, unit: MoneyUnit, separator: DecimalSeparator) -> Result<Option<i64>, Wrong> {
    let cents = match cell {
        Cell::Absent | Cell::Null => return Ok(None),
        Cell::Text(text) => match of_text(text, unit, separator)? {
            Some(cents) => cents,
            None => return Ok(None),
        },
        Cell::Int(value) => of_int(value, unit)?,
        Cell::Float(value) => of_float(value, unit)?,
        Cell::Bool(_) | Cell::Day(_) | Cell::Error(_) | Cell::Nested => return Err(wrong(unit, &cell.shown())),
    };
    if cents > MOST_CENTS { Err(too_much(&cell.shown())) } else { Ok(Some(cents)) }
}

fn of_int(value: i64, unit: MoneyUnit) -> Result<i64, Wrong> {
    let shown = value.to_string();
    if value < 0 {
        return Err(negative(&shown));
    }
    match unit {
        MoneyUnit::Cents => Ok(value),
        MoneyUnit::Decimal => value.checked_mul(100).ok_or_else(|| too_much(&shown)),
    }
}

/// A double of at most two digits after the point is the nearest to its cents; others have their fifteen digits looked at.
fn of_float(value: f64, unit: MoneyUnit) -> Result<i64, Wrong> {
    #[expect(clippy::cast_precision_loss, reason = "the bound is exact in a double")]
    let most = MOST_CENTS as f64;
    let cents = if unit == MoneyUnit::Cents { value } else { (value * 100.0).round() };
    if value.is_finite() && (0.0..=most).contains(&cents) {
        let is_exact = if unit == MoneyUnit::Cents { cents.fract() == 0.0 } else { is_same(cents / 100.0, value) };
        if is_exact {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within bounds")]
            return Ok(cents as i64);
        }
    }
    let text = decimal(value);
    of_text(&text, unit, DecimalSeparator::Point)?.ok_or_else(|| wrong(unit, &text))
}

#[expect(clippy::float_cmp, reason = "whether a double is the very one")]
fn is_same(a: f64, b: f64) -> bool {
    a == b
}

fn of_text(text: &str, unit: MoneyUnit, separator: DecimalSeparator) -> Result<Option<i64>, Wrong> {
    if let Some(cents) = plain(text, unit, separator) {
        return Ok(Some(cents));
    }
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    let (number, is_negative) = unsigned(trimmed);
    let (whole, cents) = match (unit, number.split_once(sign(separator))) {
        (MoneyUnit::Decimal, Some(parts)) => parts,
        _ => (number, ""),
    };
    let whole = match unit {
        MoneyUnit::Decimal => ungrouped(whole, separator).ok_or_else(|| wrong(unit, text))?,
        MoneyUnit::Cents => whole.to_owned(),
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_pointed = number.ends_with(sign(separator));
    if (whole.is_empty() && cents.is_empty()) || is_pointed || !is_number(&whole) || !is_number(cents) {
        return Err(wrong(unit, text));
    }
    if cents.len() > 2 {
        let reason = format!("must have at most two digits of cents, not {}", shown(text));
        return Err(Wrong::new(FaultCode::TooPrecise, reason));
    }
    // Two digits after the separator, present or not: the text of the cents.
    let digits = if unit == MoneyUnit::Decimal { format!("{whole}{cents:0<2}") } else { whole };
    let amount: i64 = digits.parse().map_err(|_| too_much(text))?;
    if is_negative && amount > 0 { Err(negative(text)) } else { Ok(Some(amount)) }
}

/// The usual ways, `1234` and `1234.56`, without looking twice.
fn plain(text: &str, unit: MoneyUnit, separator: DecimalSeparator) -> Option<i64> {
    // Fewer digits than could be too much.
    if text.is_empty() || text.len() > 15 {
        return None;
    }
    let digits = |text: &[u8]| {
        text.iter().try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let bytes = text.as_bytes();
    match (unit, bytes.iter().position(|byte| char::from(*byte) == sign(separator))) {
        (MoneyUnit::Cents, None) => digits(bytes),
        (MoneyUnit::Decimal, None) => digits(bytes).map(|dollars| dollars * 100),
        (MoneyUnit::Decimal, Some(at)) if at > 0 && at + 3 == bytes.len() => {
            let (whole, cents) = (bytes.get(..at)?, bytes.get(at + 1..)?);
            Some(digits(whole)? * 100 + digits(cents)?)
        }
        _ => None,
    }
}

fn sign(separator: DecimalSeparator) -> char {
    match separator {
        DecimalSeparator::Point => '.',
        DecimalSeparator::Comma => ',',
    }
}

/// The number without what says dollars, and whether it is below zero: `-1`, `1-` and `(1)`.
fn unsigned(text: &str) -> (&str, bool) {
    let mut rest = text;
    let mut is_negative = false;
    // At most one of each, in any order.
    for _ in 0..4 {
        let inner = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let signed = inner.or_else(|| rest.strip_prefix(['-', '\u{2212}'])).or_else(|| rest.strip_suffix('-'));
        let plain = ["US$", "US $", "USD", "$"];
        let without = |mark: &&str| rest.strip_prefix(*mark).or_else(|| rest.strip_suffix(*mark));
        let Some(next) = signed.or_else(|| plain.iter().find_map(without)) else { break };
        if is_negative && signed.is_some() {
            break;
        }
        is_negative |= signed.is_some();
        rest = next.trim();
    }
    (rest, is_negative)
}

/// The digits of a whole number, whose thousands may be parted; none where they are parted otherwise.
fn ungrouped(whole: &str, separator: DecimalSeparator) -> Option<String> {
    let other = if separator == DecimalSeparator::Point { ',' } else { '.' };
    let is_mark = |letter: char| letter == other || matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}');
    let Some(mark) = whole.chars().find(|letter| is_mark(*letter)) else { return Some(whole.to_owned()) };
    let mut groups = whole.split(mark);
    let is_first = groups.next().is_some_and(|group| matches!(group.len(), 1..=3));
    let are_thousands = groups.all(|group| group.len() == 3);
    (is_first && are_thousands).then(|| whole.split(mark).collect())
}

fn wrong(unit: MoneyUnit, text: &str) -> Wrong {
    let reason = match unit {
        MoneyUnit::Decimal => format!("must be dollars such as 1234.50, not {}", shown(text)),
        MoneyUnit::Cents => format!("must be a whole number of cents, 0 or more, not {}", shown(text)),
    };
    Wrong::new(FaultCode::InvalidMoney, reason)
}

fn negative(text: &str) -> Wrong {
    Wrong::new(FaultCode::NegativeMoney, format!("must be 0 or more, not {}", shown(text)))
}

fn too_much(text: &str) -> Wrong {
    Wrong::new(FaultCode::TooLarge, format!("must be at most {MOST_CENTS} cents, not {}", shown(text)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POINT: DecimalSeparator = DecimalSeparator::Point;
    const COMMA: DecimalSeparator = DecimalSeparator::Comma;

    fn dollars(text: &str, separator: DecimalSeparator) -> Result<Option<i64>, FaultCode> {
        amount(Cell::Text(text), MoneyUnit::Decimal, separator).map_err(|wrong| wrong.code)
    }

    fn cents(text: &str) -> Result<Option<i64>, FaultCode> {
        amount(Cell::Text(text), MoneyUnit::Cents, POINT).map_err(|wrong| wrong.code)
    }

    fn float(value: f64) -> Result<Option<i64>, FaultCode> {
        amount(Cell::Float(value), MoneyUnit::Decimal, POINT).map_err(|wrong| wrong.code)
    }

    fn decided(cells: &[&str]) -> Option<DecimalSeparator> {
        let mut separators = Separators::default();
        cells.iter().for_each(|cell| separators.look(1, Cell::Text(cell)));
        separators.decide().ok()
    }

    #[test]
    fn a_blank_in_a_column_of_cents_is_null() {
        assert_eq!((cents(""), cents("  "), cents("\u{a0}")), (Ok(None), Ok(None), Ok(None)));
        assert_eq!((dollars("", POINT), dollars(" ", POINT)), (Ok(None), Ok(None)));
    }

    #[test]
    fn twelve_and_twelve_point_nothing_are_the_same_dollars() {
        for text in ["12", "12.00", "$12.00", " 12.0 ", "US $12.00", "12 USD", "0012.00", "$ 12"] {
            assert_eq!(dollars(text, POINT), Ok(Some(1200)), "{text}");
        }
        assert_eq!(cents("12.00"), Err(FaultCode::InvalidMoney));
        assert_eq!(
            (cents("12"), cents("0012"), cents("9007199254740991")),
            (Ok(Some(12)), Ok(Some(12)), Ok(Some(MOST_CENTS)))
        );
    }

    #[test]
    fn thousands_may_be_parted_by_the_other_separator() {
        assert_eq!(dollars("1,234.56", POINT), Ok(Some(123_456)));
        assert_eq!(dollars("1.234,56", COMMA), Ok(Some(123_456)));
        assert_eq!(dollars("1.234.567,5", COMMA), Ok(Some(123_456_750)));
        assert_eq!(dollars("1 234,56", COMMA), Ok(Some(123_456)));
        assert_eq!(dollars("1'234.56", POINT), Ok(Some(123_456)));
        for text in ["1,23.00", "12,34", "1234,567.00", ",123.00", "1,,234.00", "1.234,56"] {
            assert_eq!(dollars(text, POINT), Err(FaultCode::InvalidMoney), "{text}");
        }
    }

    #[test]
    fn brackets_and_minus_are_below_zero_and_refused() {
        for text in ["(12.00)", "-1", "$-1.00", "-$1.00", "1.00-", "($1,234.00)", "\u{2212}3"] {
            assert_eq!(dollars(text, POINT), Err(FaultCode::NegativeMoney), "{text}");
        }
        assert_eq!((cents("-1"), cents("(1)")), (Err(FaultCode::NegativeMoney), Err(FaultCode::NegativeMoney)));
        assert_eq!(dollars("-0.00", POINT), Ok(Some(0)));
    }

    #[test]
    fn nothing_is_rounded() {
        assert_eq!(dollars("1.005", POINT), Err(FaultCode::TooPrecise));
        assert_eq!(dollars("12.340", POINT), Err(FaultCode::TooPrecise));
        assert_eq!(float(12.345), Err(FaultCode::TooPrecise));
        assert_eq!(dollars("90071992547409.92", POINT), Err(FaultCode::TooLarge));
        assert_eq!(dollars("99999999999999999999", POINT), Err(FaultCode::TooLarge));
        for text in ["1.", ".", "1.2.3", "1e3", "٣", "12 EUR", "€12", "1.-1", "--1", "NaN", "$"] {
            assert_eq!(dollars(text, POINT), Err(FaultCode::InvalidMoney), "{text}");
        }
    }

    #[test]
    fn a_number_of_a_spreadsheet_is_what_it_shows() {
        assert_eq!((float(19.99), float(0.07), float(12.0)), (Ok(Some(1999)), Ok(Some(7)), Ok(Some(1200))));
        // What a formula makes of 0.1 + 0.2.
        assert_eq!(float(0.1 + 0.2), Ok(Some(30)));
        assert_eq!(float(9_007_199_254_740.99), Ok(Some(900_719_925_474_099)));
        assert_eq!((float(-1.5), float(1e300)), (Err(FaultCode::NegativeMoney), Err(FaultCode::TooLarge)));
        assert!(float(f64::NAN).is_err() && float(f64::INFINITY).is_err());
        assert_eq!(amount(Cell::Int(12), MoneyUnit::Cents, POINT), Ok(Some(12)));
        assert!(amount(Cell::Float(12.5), MoneyUnit::Cents, POINT).is_err());
    }

    #[test]
    fn what_stands_before_the_cents_is_decided_by_all_rows() {
        assert_eq!(decided(&["1.234", "1.234,56"]), Some(COMMA));
        assert_eq!(decided(&["1,234", "12.5"]), Some(POINT));
        assert_eq!(decided(&["1.234.567"]), Some(COMMA));
        assert_eq!(decided(&["12", "", "0.125", "$1,234.50"]), Some(POINT));
        assert_eq!(decided(&["1.234"]), None);
        assert_eq!(decided(&["1,234", "999", ""]), None);
        assert_eq!(decided(&["12", ""]), Some(POINT));
    }

    proptest! {
        #[test]
        fn every_amount_is_read_back_in_every_way(amount in 0..=MOST_CENTS) {
            let (whole, rest) = (amount / 100, amount % 100);
            prop_assert_eq!(cents(&amount.to_string()), Ok(Some(amount)));
            prop_assert_eq!(dollars(&format!("{whole}.{rest:02}"), POINT), Ok(Some(amount)));
            prop_assert_eq!(dollars(&format!("${whole},{rest:02}"), COMMA), Ok(Some(amount)));
        }

        #[test]
        fn every_amount_of_fifteen_digits_is_read_back_from_a_workbook(amount in 0..1_000_000_000_000_000_i64) {
            #[expect(clippy::cast_precision_loss, reason = "as our workbooks are written")]
            let value = amount as f64 / 100.0;
            prop_assert_eq!(float(value), Ok(Some(amount)));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,20}", other in "[-0-9.,$() ']{0,12}") {
            for text in [text, other] {
                let _ = (dollars(&text, POINT), dollars(&text, COMMA), cents(&text), decided(&[&text]));
            }
        }
    }
}
