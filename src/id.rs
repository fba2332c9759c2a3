//! Ids as clients see them: `<type>_<uuid, 32 hex digits>`. Inside, they are plain UUIDs of version 7.

use std::fmt::{self, Display};

use chrono::{DateTime, Utc};
use uuid::{Builder, Uuid};

use crate::error::{Error, Result};

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// An organisation.
    Organisation,
    /// A member.
    Member,
    /// An account.
    Account,
    /// A seller.
    Seller,
    /// A record.
    Record,
    /// An export job.
    Export,
    /// A line of the log of exports.
    ExportLog,
    /// A collection run.
    Run,
    /// A preset.
    Preset,
    /// A schedule.
    Schedule,
    /// A time of a schedule.
    Fire,
    /// A message about what happened.
    Notification,
    /// A change of sellers.
    SellerEvent,
    /// A change of a record.
    RecordEvent,
    /// An import.
    Import,
    /// An access profile.
    AccessProfile,
    /// An API token.
    Token,
    /// A line of the audit.
    AuditEvent,
}

impl IdKind {
    /// All kinds.
    pub const ALL: [Self; 18] = [
        Self::Organisation,
        Self::Member,
        Self::Account,
        Self::Seller,
        Self::Record,
        Self::Export,
        Self::ExportLog,
        Self::Run,
        Self::Preset,
        Self::Schedule,
        Self::Fire,
        Self::Notification,
        Self::SellerEvent,
        Self::RecordEvent,
        Self::Import,
        Self::AccessProfile,
        Self::Token,
        Self::AuditEvent,
    ];

    /// What its ids begin with, before the underscore.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Member => "member",
            Self::Account => "account",
            Self::Seller => "seller",
            Self::Record => "record",
            Self::Export => "export",
            Self::ExportLog => "exportlog",
            Self::Run => "run",
            Self::Preset => "preset",
            Self::Schedule => "schedule",
            Self::Fire => "fire",
            Self::Notification => "notification",
            Self::SellerEvent => "sellerevent",
            Self::RecordEvent => "recordevent",
            Self::Import => "import",
            Self::AccessProfile => "accessprofile",
            Self::Token => "token",
            Self::AuditEvent => "auditevent",
        }
    }

    /// The id as clients see it.
    #[must_use]
    pub fn show(self, id: Uuid) -> String {
        Id(self, id).to_string()
    }

    /// Reads an id of this kind; a bare UUID is one too.
    ///
    /// # Errors
    /// `INVALID_ID`, saying what was expected.
    pub fn read(self, text: &str) -> Result<Uuid> {
        let bare = match text.split_once('_') {
            Some((name, bare)) if name == self.name() => bare,
            Some(_) => return Err(self.refused(text)),
            None => text,
        };
        read_uuid(bare).ok_or_else(|| self.refused(text))
    }

    fn refused(self, text: &str) -> Error {
        let name = self.name();
        let shown: String = text.chars().take(60).collect();
        Error::bad_input(
            "INVALID_ID",
            format!("`{}` is not the id of a {name}: it must be `{name}_` and 32 hex digits", shown.escape_debug()),
        )
    }
}

/// A global id: what it names, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id(pub IdKind, pub Uuid);

impl Id {
    /// Reads an id of any kind; here the type must be said.
    ///
    /// # Errors
    /// `INVALID_ID`.
    pub fn read(text: &str) -> Result<Self> {
        let kind =
            IdKind::ALL.into_iter().find(|kind| text.split_once('_').is_some_and(|(name, _)| name == kind.name()));
        match kind {
            Some(kind) => Ok(Self(kind, kind.read(text)?)),
            None => {
                let names: Vec<&str> = IdKind::ALL.iter().map(|kind| kind.name()).collect();
                Err(Error::bad_input(
                    "INVALID_ID",
                    format!("an id here must be `<type>_<32 hex digits>`, with one of the types {}", names.join(", ")),
                ))
            }
        }
    }
}

impl Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.0.name(), self.1.simple())
    }
}

/// Plain or hyphenated hex digits; the other spellings of UUIDs (braces, URN) are no ids of ours.
fn read_uuid(text: &str) -> Option<Uuid> {
    if !matches!(text.len(), 32 | 36) || !text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        return None;
    }
    Uuid::try_parse(text).ok()
}

/// The ids of `count` rows stored together: each smaller than the one before it.
///
/// Lists and files show the newest first, and the id decides between rows of the same time or day; so a file that is
/// imported comes out in the order it went in.
#[derive(Debug)]
pub struct DescendingIds {
    millis: u64,
    left: u32,
}

impl DescendingIds {
    /// The ids of rows stored at `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { millis: u64::try_from(now.timestamp_millis()).unwrap_or_default(), left: u32::MAX }
    }
}

impl Iterator for DescendingIds {
    type Item = Uuid;

    fn next(&mut self) -> Option<Uuid> {
        self.left = self.left.checked_sub(1)?;
        let [a, b, c, d] = self.left.to_be_bytes();
        let mut random = [0_u8; 10];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut random);
        // RFC 9562, 6.2, method 1: the bits after the time hold a counter. Its 32 bits fill the four bytes that the
        // version (first byte) and the variant (third byte) leave whole.
        random[0] = 0;
        random[1] = a;
        random[2] = 0;
        random[3] = b;
        random[4] = c;
        random[5] = d;
        Some(Builder::from_unix_timestamp_millis(self.millis, &random).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_shown() {
        let id = Uuid::now_v7();
        let shown = IdKind::Seller.show(id);
        assert_eq!(IdKind::Seller.read(&shown).unwrap(), id);
        assert_eq!(IdKind::Seller.read(&id.to_string()).unwrap(), id);
        assert_eq!(Id::read(&shown).unwrap(), Id(IdKind::Seller, id));
        assert!(IdKind::Record.read(&shown).is_err());
        assert!(Id::read(&id.simple().to_string()).is_err());
        assert!(IdKind::Seller.read("seller_{}").is_err());
    }

    #[test]
    fn ids_of_rows_stored_together_descend() {
        let ids: Vec<Uuid> =
            DescendingIds::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap()).take(70_000).collect();
        assert!(ids.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}
