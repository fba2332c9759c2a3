//! The only place that asks the time, so that tests can hold it still.
//!
//! Not here: time-outs and intervals, which are Tokio's. What a reader would get wrong: times are cut to microseconds,
//! the resolution of PostgreSQL, so that a time read back equals the time written on both databases.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};

/// Asks the time, in UTC and whole microseconds.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `time` until it is [`set`](Self::set).
    #[must_use]
    pub fn fixed(time: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(time))))
    }

    /// Moves a fixed clock; the machine's clock cannot be moved and stays.
    pub fn set(&self, time: DateTime<Utc>) {
        if let Some(fixed) = &self.0 {
            *fixed.lock().unwrap_or_else(PoisonError::into_inner) = time;
        }
    }

    /// The present moment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the time")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            None => Utc::now().trunc_subsecs(6),
            Some(fixed) => *fixed.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// RFC 3339 in UTC with `Z` and no more digits than the time has: the one spelling used in answers and files.
#[must_use]
pub fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
