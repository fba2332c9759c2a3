//! What text may come in, and how it is folded for comparing.
//!
//! Text is kept exactly as given; only the folded copy that searches and uniqueness use is changed.

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

/// Most characters of a name: of an item, a seller, an account, an organisation.
pub const LONGEST_NAME: usize = 1_000;
/// Most characters of a remark.
pub const LONGEST_REMARK: usize = 10_000;
/// Most characters of an id given by others (order ids, account codes): an index entry on PostgreSQL holds 2,704 bytes.
pub const LONGEST_FOREIGN_ID: usize = 100;
/// Longest idempotency key, in characters: two UUIDs and then some.
const LONGEST_KEY: usize = 100;
/// Most characters of a search.
pub const LONGEST_SEARCH: usize = 200;

/// Unicode NFKC, lower case, trimmed, every run of white space one space.
#[must_use]
pub fn normalize(text: &str) -> String {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Refuses text that cannot be stored: longer than `longest` characters, or with a NUL.
///
/// # Errors
/// `INVALID_TEXT`, naming the field.
pub fn check(field: &str, text: &str, longest: usize) -> Result<()> {
    match fault(text, longest) {
        Some(fault) => Err(Error::bad_input("INVALID_TEXT", format!("`{field}` {fault}"))),
        None => Ok(()),
    }
}

/// Refuses a name that is empty, or that cannot be stored.
///
/// # Errors
/// `INVALID_TEXT`, naming the field `name`.
pub fn check_name(name: &str, longest: usize) -> Result<()> {
    if normalize(name).is_empty() {
        return Err(Error::bad_input("INVALID_TEXT", "`name` must not be empty"));
    }
    check("name", name, longest)
}

/// What a name is unique by, whatever its case.
///
/// # Errors
/// As [`check_name`].
pub fn name_key(name: &str, longest: usize) -> Result<String> {
    check_name(name, longest)?;
    let key = normalize(name);
    // Folding makes some letters several; an index entry on PostgreSQL holds 2,704 bytes.
    check("name", &key, longest)?;
    Ok(key)
}

/// Refuses a key by which a request that is sent again is known, when it is empty or cannot be stored.
///
/// # Errors
/// `INVALID_TEXT`.
pub fn check_idempotency_key(key: Option<&str>) -> Result<()> {
    match key {
        None => Ok(()),
        Some("") => Err(Error::bad_input("INVALID_TEXT", "`idempotencyKey` must not be empty")),
        Some(key) => check("idempotencyKey", key, LONGEST_KEY),
    }
}

/// What is wrong with a text, as the rest of a sentence that begins with its name.
#[must_use]
pub fn fault(text: &str, longest: usize) -> Option<String> {
    if text.contains('\0') {
        return Some("must not contain a NUL character".to_owned());
    }
    // Bytes first: no text of few bytes has many characters.
    if text.len() > longest && text.chars().count() > longest {
        return Some(format!("must have at most {longest} characters"));
    }
    None
}

/// Whether a spreadsheet takes it for a formula, and would run it.
#[must_use]
pub fn is_formula(text: &str) -> bool {
    matches!(text.as_bytes().first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
}

/// Text of others, fit to be stored: without NUL, trimmed, cut; none when nothing is left.
#[must_use]
pub fn cleaned(text: &str, longest: usize) -> Option<String> {
    let text: String = text.chars().filter(|character| *character != '\0').take(longest).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_as_the_domain_says() {
        assert_eq!(normalize("  ＡＣＭＥ\u{a0}\t Störe \n"), "acme störe");
        assert_eq!(normalize("ﬁne"), "fine");
        assert_eq!(normalize(" \u{3000} "), "");
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(check("x", &"ü".repeat(10), 10).is_ok());
        assert!(check("x", &"ü".repeat(11), 10).is_err());
        assert!(check("x", "a\0b", 10).is_err());
    }
}
