//! What those who watch sellers are told.

use async_graphql::{ID, SimpleObject};

use super::{scalar::DateTime, seller::Seller};
use crate::{id::IdKind, sellers};

/// What happened to the sellers of a filter since the last message.
#[derive(Clone, Debug, SimpleObject)]
pub struct SellersChanged {
    /// All changes until then have been told. The first message has nothing else: a list that is read after it came, and
    /// then kept up by what follows, is complete.
    as_of: DateTime,
    /// New sellers of the filter.
    added: Vec<Seller>,
    /// Sellers of the filter of which something is another; also those that were not of the filter before. Put them in the
    /// place of what you have of them, or add them.
    changed: Vec<Seller>,
    /// Sellers that were deleted, or changed and are not of the filter; also some that never were.
    removed: Vec<ID>,
}

impl From<&sellers::SellersChange> for SellersChanged {
    fn from(change: &sellers::SellersChange) -> Self {
        let shown = |rows: &[sellers::Seller]| rows.iter().cloned().map(Into::into).collect();
        Self {
            as_of: DateTime(change.as_of),
            added: shown(&change.added),
            changed: shown(&change.changed),
            removed: change.removed.iter().map(|id| IdKind::Seller.show(*id).into()).collect(),
        }
    }
}
