//! Conditions that filters of more than one noun share.
//!
//! Not here: the filters themselves, which live beside their nouns.

use sea_orm::sea_query::LikeExpr;

use crate::error::{Error, Result};

/// Most ids a filter may name; more belong in several requests.
const MOST_IDS: usize = 1_000;

/// Refuses more ids than one filter may name; `nouns` are what they are ids of.
///
/// # Errors
/// `INVALID_FILTER`.
pub fn check_count<T>(nouns: &str, ids: Option<&Vec<T>>) -> Result<()> {
    if ids.is_some_and(|ids| ids.len() > MOST_IDS) {
        return Err(Error::bad_input("INVALID_FILTER", format!("a filter may name at most {MOST_IDS} {nouns}")));
    }
    Ok(())
}

/// A pattern for `LIKE` that matches what contains `text`, letter by letter.
#[must_use]
pub fn containing(text: &str) -> LikeExpr {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("%{escaped}%")).escape('\\')
}
