//! How far an import is in its phase: worked out from its row, stored nowhere.

use super::{Import, ImportPhase, ImportStatus as S};
use crate::progress::share;

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Share of this phase that is done, 0 to 100; none where that is not known.
    pub percent: Option<f64>,
}

impl Progress {
    /// How far an import is, as of its last change.
    #[must_use]
    pub fn of(import: &Import) -> Self {
        let percent = match (import.status, import.phase) {
            (S::Ready | S::Invalid | S::Committed | S::RolledBack, _) => Some(100.0),
            (_, Some(ImportPhase::Surveying)) => import.bytes.map(|bytes| share(import.bytes_done, bytes)),
            (_, Some(ImportPhase::Reading)) => import.rows_total.map(|total| share(import.rows_done, total)),
            _ => None,
        };
        Self { percent }
    }
}
