//! How a job ends without having done its work.

use super::lease;
use crate::error::Error;

/// Why a job has not done its work, and whether it is worth another try.
#[derive(Debug)]
pub enum JobError {
    /// The world may change: try again later.
    Retry(Error),
    /// It will not: no further try.
    GiveUp(Error),
    /// It was told to stop ([`Lease::stop`](super::Lease::stop)) and did.
    Stopped,
}

impl JobError {
    /// The world may change: try again later.
    #[must_use]
    pub fn retry(error: Error) -> Self {
        Self::Retry(error)
    }

    /// It will not change: no further try.
    #[must_use]
    pub fn give_up(error: Error) -> Self {
        Self::GiveUp(error)
    }

    /// It was told to stop and did.
    #[must_use]
    pub fn stopped() -> Self {
        Self::Stopped
    }
}

/// For `?`: what is ours may pass; what the person or the request lacks stays so.
impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        match error {
            Error::Conflict { code: lease::LOST | lease::CANCELLED, .. } => Self::Stopped,
            error if error.is_ours() => Self::Retry(error),
            error => Self::GiveUp(error),
        }
    }
}
