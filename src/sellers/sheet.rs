//! The columns a file of sellers may have, and what their cells mean.
//!
//! Not here: how they are stored (`import.rs`). What a reader would get wrong: the names are those of an export, so that
//! a file can come back; times, ids and the normalised name are ours and not read.

use super::{Platform, write::NewSeller};
use crate::{
    csv_file::{Column, Sheet, cell},
    text::{self, LONGEST_FOREIGN_ID, LONGEST_NAME},
};

/// What a column of a file can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    DisplayName,
    Platform,
    PlatformId,
    TimesSeen,
    FeedbackPercent,
    FeedbackCount,
    Flagged,
}

impl Sheet for NewSeller {
    type Field = Field;

    const COLUMNS: &'static [Column<Field>] = &[
        Column::ignored("id"),
        Column::new("display_name", Field::DisplayName),
        Column::ignored("normalized_name"),
        Column::new("platform", Field::Platform),
        Column::new("platform_id", Field::PlatformId),
        Column::new("times_seen", Field::TimesSeen),
        Column::new("feedback_percent", Field::FeedbackPercent),
        Column::new("feedback_count", Field::FeedbackCount),
        Column::new("feedback_score", Field::FeedbackCount),
        Column::new("flagged", Field::Flagged),
        Column::ignored("created_at"),
        Column::ignored("discovered_at"),
        Column::ignored("first_seen_run_id"),
        Column::ignored("last_seen_run_id"),
        Column::ignored("source_product"),
    ];

    const REQUIRED: &'static [Field] = &[Field::DisplayName];

    fn read(&mut self, _: &Column<Field>, field: Field, text: &str) -> Result<(), String> {
        match field {
            Field::DisplayName => self.display_name = cell::required_text(text, LONGEST_NAME)?,
            Field::Platform => self.platform = platform(text)?,
            Field::PlatformId => self.platform_id = cell::text(text, LONGEST_FOREIGN_ID)?,
            Field::TimesSeen => self.times_seen = cell::count(text, 0)?.unwrap_or_default(),
            Field::FeedbackPercent => self.feedback_percent = cell::percent(text)?,
            Field::FeedbackCount => self.feedback_count = cell::count(text, 0)?,
            Field::Flagged => self.flagged = cell::flag(text)?.unwrap_or_default(),
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        match text::normalize(&self.display_name).is_empty() {
            true => Err("the display_name must have more than white space".to_owned()),
            false => Ok(()),
        }
    }

    fn identity(&self) -> Option<(&'static str, String)> {
        let column = if self.platform_id.is_some() { "platform_id" } else { "display_name" };
        let is_known = self.platform_id.is_some() || !self.display_name.is_empty();
        is_known.then(|| (column, identity(self.platform_id.as_deref(), &self.display_name)))
    }
}

/// What a seller is known by: the platform's id, else the folded name.
pub(super) fn identity(platform_id: Option<&str>, display_name: &str) -> String {
    match platform_id {
        Some(id) => format!("id {id}"),
        None => format!("name {}", text::normalize(display_name)),
    }
}

fn platform(text: &str) -> Result<Platform, String> {
    match text {
        "" | "ebay" => Ok(Platform::Ebay),
        other => Err(format!("must be ebay, not {}", cell::shown(other))),
    }
}

impl NewSeller {
    /// Takes from another what these fields say.
    pub(super) fn take(&mut self, mut given: Self, fields: impl Iterator<Item = Field>) {
        for field in fields {
            match field {
                Field::DisplayName => self.display_name = std::mem::take(&mut given.display_name),
                Field::Platform => self.platform = given.platform,
                Field::PlatformId => self.platform_id = given.platform_id.take(),
                Field::TimesSeen => self.times_seen = given.times_seen,
                Field::FeedbackPercent => self.feedback_percent = given.feedback_percent,
                Field::FeedbackCount => self.feedback_count = given.feedback_count,
                Field::Flagged => self.flagged = given.flagged,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seller_is_known_by_its_platform_id_else_by_its_folded_name() {
        let named = |name: &str, id: Option<&str>| NewSeller {
            display_name: name.to_owned(),
            platform_id: id.map(str::to_owned),
            ..NewSeller::default()
        };
        assert_eq!(named(" ACME  Störe", None).identity(), named("acme störe", None).identity());
        assert_ne!(named("acme", None).identity(), named("acme", Some("1")).identity());
        assert_eq!(named("a", Some("1")).identity(), named("b", Some("1")).identity());
        assert!(named("a", Some("name b")).identity() != named("b", None).identity());
        assert!(named(" \u{3000}", None).finish().is_err());
    }
}
