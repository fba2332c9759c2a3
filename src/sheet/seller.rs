//! A row of a file of sellers, interpreted. Its platform is eBay, the only one there is.
//!
//! What a reader would get wrong: as in `record.rs`, none is "the file does not say", `Some(None)` is "empty".

use super::{
    cell,
    fault::{FaultCode, Wrong},
    field::Field,
    row::{SheetRow, Style},
    table::Cell,
};
use crate::text::{self, LONGEST_FOREIGN_ID, LONGEST_NAME};

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

impl SheetRow for SellerRow {
    fn take(&mut self, field: Field, cell: Cell<'_>, style: Style) -> Result<(), Wrong> {
        match field {
            Field::DisplayName => {
                self.display_name = cell::required_text(cell, LONGEST_NAME, style.is_prefixed)?;
                self.normalized_name = text::normalize(&self.display_name);
                if self.normalized_name.is_empty() {
                    return Err(Wrong::new(FaultCode::MissingValue, "must have more than white space"));
                }
            }
            Field::Platform => {
                cell::choice(cell, &[("ebay", ())])?;
            }
            Field::PlatformId => self.platform_id = Some(cell::text(cell, LONGEST_FOREIGN_ID, style.is_prefixed)?),
            Field::TimesSeen => self.times_seen = Some(cell::count(cell, 0)?.unwrap_or_default()),
            Field::FeedbackPercent => self.feedback_percent = Some(cell::percent(cell)?),
            Field::FeedbackCount => self.feedback_count = Some(cell::count(cell, 0)?),
            Field::Flagged => self.flagged = Some(cell::flag(cell)?.unwrap_or_default()),
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Wrong> {
        Ok(())
    }

    fn identity(&self, key: &mut String) -> Field {
        if let Some(Some(id)) = &self.platform_id {
            key.push_str("id ");
            key.push_str(id);
            return Field::PlatformId;
        }
        key.push_str("name ");
        key.push_str(&self.normalized_name);
        Field::DisplayName
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seller_is_known_by_its_platform_id_else_by_its_folded_name() {
        let identity = |name: &str, id: Option<&str>| {
            let seller = SellerRow {
                normalized_name: text::normalize(name),
                platform_id: Some(id.map(str::to_owned)),
                ..SellerRow::default()
            };
            let mut key = String::new();
            seller.identity(&mut key);
            key
        };
        assert_eq!(identity(" ACME  Störe", None), identity("acme störe", None));
        assert_ne!(identity("acme", None), identity("acme", Some("1")));
        assert_eq!(identity("a", Some("1")), identity("b", Some("1")));
        assert_ne!(identity("a", Some("name b")), identity("b", None));
    }
}
