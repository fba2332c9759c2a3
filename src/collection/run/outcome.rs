//! What came of an item: the answer of a source, or why there is none.

use crate::sources::{Found, Note, ProductPage, Refusal, Spent};

/// What an item brought.
#[derive(Debug)]
pub enum Brought {
    /// A page of best sellers.
    Page(ProductPage),
    /// The listings of a product.
    Listings(Found),
    /// Nothing, and another try would bring nothing either: a code and words.
    Skipped(&'static str, &'static str),
    /// No answer.
    Refused(Refusal),
}

/// What came of one try at an item.
#[derive(Debug)]
pub struct Outcome {
    /// What it brought.
    pub brought: Brought,
    /// What it cost.
    pub spent: Spent,
    /// What happened on the way.
    pub notes: Vec<Note>,
    /// How long it took, in milliseconds.
    pub millis: i64,
}

impl Outcome {
    /// Whether a provider answered.
    pub fn is_success(&self) -> bool {
        matches!(self.brought, Brought::Page(_) | Brought::Listings(_))
    }
}
