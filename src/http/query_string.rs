//! Reads a query string: names and values as forms encode them.
//!
//! What a reader would get wrong: the usual readers put U+FFFD where bytes are no UTF-8, and so answer a question that
//! nobody asked; here such a query string is refused.

use crate::error::{Error, Result};

/// The pairs of a query string, in their order.
///
/// # Errors
/// `QUERY_STRING_INVALID` when it is not UTF-8 once decoded.
pub fn pairs(query: &str) -> Result<Vec<(String, String)>> {
    let is_given = |pair: &&str| !pair.is_empty();
    query.split('&').filter(is_given).map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(decoded).collect()
}

fn decoded((name, value): (&str, &str)) -> Result<(String, String)> {
    let pair = decode(name).zip(decode(value));
    pair.ok_or_else(|| Error::bad_input("QUERY_STRING_INVALID", "the query string is not UTF-8 in percent-encoding"))
}

/// A `%` without two hex digits behind it stands for itself, as in browsers.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = match (first, after) {
            (b'+', after) => (b' ', after),
            (b'%', [high, low, behind @ ..]) => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => (high * 16 + low, behind),
                None => (b'%', after),
            },
            (byte, after) => (*byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_read_as_forms_write_them() {
        let read = |query: &str| pairs(query).unwrap();
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(
            read("a=1&b=x+y%20z&c&=d&&e=f=g"),
            own(&[("a", "1"), ("b", "x y z"), ("c", ""), ("", "d"), ("e", "f=g")])
        );
        assert_eq!(read("%61=%C3%BC%26%3D&n=%00"), own(&[("a", "ü&="), ("n", "\0")]));
        assert_eq!(read("a=100%&b=%zz&c=%4"), own(&[("a", "100%"), ("b", "%zz"), ("c", "%4")]));
        assert_eq!(read("a=%EF%BF%BD"), own(&[("a", "\u{fffd}")]));
        assert!(read("").is_empty());
    }

    #[test]
    fn what_is_not_utf8_is_refused() {
        for query in ["a=%FF", "%FF=a", "a=%C3%28", "a=%C3", "a=b&c=%ED%A0%80"] {
            assert_eq!(pairs(query).unwrap_err().code(), "QUERY_STRING_INVALID", "{query}");
        }
    }
}
