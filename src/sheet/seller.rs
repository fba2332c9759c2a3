//! A row of a file of sellers, interpreted. Its platform is eBay, the only one there is.
//!
//! What a reader would get wrong: as in `record.rs`, none is "the file does not say", `Some(None)` is "empty".

/// A seller as a file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SellerRow {
    /// The name, as given.
    pub display_name: String,
    /// The name, folded as `text::normalize` does.
    pub normalized_name: String,
    /// The platform's own id.
    pub platform_id: Option<Option<String>>,
    /// Runs that saw the seller.
    pub times_seen: Option<i32>,
    /// The share of good feedback, 0 to 100.
    pub feedback_percent: Option<Option<f64>>,
    /// How many feedbacks.
    pub feedback_count: Option<Option<i32>>,
    /// Whether the seller is flagged.
    pub flagged: Option<bool>,
}
