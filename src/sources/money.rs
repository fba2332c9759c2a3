//! Prices as marketplaces write them, digit by digit into minor units, and the window of prices that is searched.
//!
//! What a reader would get wrong: an amount is never a binary fraction on its way, and one that has parts of a cent is no
//! price at all; nothing is rounded or guessed but the window, and that outward.

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use super::{Price, SearchSettings};

/// Currencies without minor units, and with thousandths (ISO 4217); all others have hundredths.
const WHOLE: [&str; 8] = ["CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF"];
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];
/// Nothing that is sold costs more digits than this.
const MOST_DIGITS: usize = 15;

/// An amount as it is written in JSON: a number, or a text that holds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Amount(String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        if text.starts_with('"') {
            return serde_json::from_str(text).map(Self).map_err(D::Error::custom);
        }
        Ok(Self(text.to_owned()))
    }
}

impl Amount {
    /// The price in that currency; none if it is not one.
    pub(super) fn price(&self, currency: &str) -> Option<Price> {
        let currency = currency.trim().to_ascii_uppercase();
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let cents = minor_units(&self.0, digits_of(&currency))?;
        Some(Price { cents, currency })
    }
}

fn digits_of(currency: &str) -> usize {
    match currency {
        whole if WHOLE.contains(&whole) => 0,
        thousandths if THOUSANDTHS.contains(&thousandths) => 3,
        _ => 2,
    }
}

/// Reads `12`, `12.3`, `12.340` or `1.234e1` with so many digits after the point. None below zero, for parts of the
/// smallest unit, and for whatever else is no decimal.
fn minor_units(text: &str, digits: usize) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i8>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = !whole.is_empty() && [whole, fraction].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    if !is_number || (mantissa.contains('.') && fraction.is_empty()) {
        return None;
    }
    // How many zeros the digits want at their end to be minor units; below zero: how many they must have to lose.
    let shift = i32::from(exponent) + i32::try_from(digits).ok()? - i32::try_from(fraction.len()).ok()?;
    let mut written = format!("{whole}{fraction}");
    match usize::try_from(shift) {
        Ok(zeros) => written.push_str(&"0".repeat(zeros)),
        Err(_) => {
            for _ in shift..0 {
                if written.pop().is_some_and(|digit| digit != '0') {
                    return None;
                }
            }
        }
    }
    let written = written.trim_start_matches('0');
    if written.len() > MOST_DIGITS {
        return None;
    }
    if written.is_empty() { Some(0) } else { written.parse().ok() }
}

/// The lowest and highest price that is searched, in minor units: the price of the product times the factors, rounded
/// outward. None for a product that costs nothing, and where the factors make no window.
pub(super) fn window(price: &Price, settings: &SearchSettings) -> Option<(i64, i64)> {
    let low = times(price.cents, settings.min_price_factor, Rounding::Down)?;
    let high = times(price.cents, settings.max_price_factor, Rounding::Up)?;
    (price.cents > 0 && low <= high).then_some((low, high))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounding {
    Down,
    Up,
}

/// Factors are decimals that people wrote: 2.2 is meant, not the nearest binary fraction below or above. A millionth is
/// as fine as anybody writes them.
#[expect(clippy::cast_possible_truncation, reason = "what is out of range is refused before")]
fn times(cents: i64, factor: f64, rounding: Rounding) -> Option<i64> {
    const PARTS: i128 = 1_000_000;
    if !(0.0..=1_000_000.0).contains(&factor) {
        return None;
    }
    let product = i128::from(cents) * i128::from((factor * 1_000_000.0).round() as i64);
    let rounded = match rounding {
        Rounding::Down => product.div_euclid(PARTS),
        Rounding::Up => (product + PARTS - 1).div_euclid(PARTS),
    };
    i64::try_from(rounded).ok()
}

/// `1234` as `12.34`, as the currency writes it.
pub(super) fn decimal(cents: i64, currency: &str) -> String {
    let digits = digits_of(currency);
    if digits == 0 {
        return cents.to_string();
    }
    let written = format!("{cents:0width$}", width = digits + 1);
    let (whole, fraction) = written.split_at(written.len() - digits);
    format!("{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(json: &str, currency: &str) -> Option<i64> {
        serde_json::from_str::<Amount>(json).unwrap().price(currency).map(|price| price.cents)
    }

    #[test]
    fn every_cent_is_read_as_it_is_written() {
        for cents in 0..100_000_i64 {
            let written = decimal(cents, "USD");
            assert_eq!(price(&written, "USD"), Some(cents), "{written}");
            assert_eq!(price(&format!("\"{written}\""), "USD"), Some(cents), "{written}");
        }
        for (json, cents) in [("19.5", 1_950), ("19", 1_900), ("1.9490e1", 1_949), ("19E-1", 190), ("0.10", 10)] {
            assert_eq!(price(json, "usd"), Some(cents), "{json}");
        }
        assert_eq!((price("1250", "JPY"), price("1.234", "KWD")), (Some(1_250), Some(1_234)));
    }

    #[test]
    fn what_is_no_price_is_not_made_one() {
        let none = ["19.499", "-1", "\"\"", "\"$5\"", "\"1,299.00\"", "null", "true", "{}", "1e99", "\"1.\"", "\".5\""];
        for json in none {
            assert_eq!(price(json, "USD"), None, "{json}");
        }
        assert_eq!((price("1", "US"), price("1", "U$D"), price("1.5", "JPY")), (None, None, None));
    }

    #[test]
    fn the_window_is_rounded_outward_and_by_decimals() {
        let of = |cents, min_price_factor, max_price_factor| {
            let settings = SearchSettings { min_price_factor, max_price_factor, ..SearchSettings::default() };
            window(&Price { cents, currency: "USD".to_owned() }, &settings)
        };
        assert_eq!(of(1_000, 1.8, 2.2), Some((1_800, 2_200)));
        assert_eq!(of(1_001, 1.8, 2.2), Some((1_801, 2_203)));
        assert_eq!(of(1, 1.8, 2.2), Some((1, 3)));
        assert_eq!(of(0, 1.8, 2.2), None);
        assert_eq!(of(100, 2.0, 1.0), None);
        assert_eq!(of(100, f64::NAN, 1.0), None);
    }
}
