//! Conditions that filters of more than one noun share.
//!
//! Not here: the filters themselves, which live beside their nouns.

use sea_orm::{ActiveEnum, sea_query::LikeExpr};
use serde::{Serialize, Serializer};

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

/// Writes the states of a filter as they are stored: for the fingerprint of a list.
///
/// # Errors
/// The serializer's own.
pub fn as_stored<E, S>(states: &Option<Vec<E>>, serializer: S) -> std::result::Result<S::Ok, S::Error>
where
    E: ActiveEnum,
    E::Value: Serialize,
    S: Serializer,
{
    states.as_ref().map(|states| states.iter().map(ActiveEnum::to_value).collect::<Vec<_>>()).serialize(serializer)
}
