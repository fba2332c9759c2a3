//! Why a notification was not delivered, as a short code of ours. What the other side says is never kept.

use std::borrow::Cow;

/// Why a try failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// `HTTP_503`, `TIMEOUT` …
    pub code: Cow<'static, str>,
    /// Whether another try would end the same.
    pub is_final: bool,
}

impl Failure {
    /// The other side may yet take it.
    pub fn passing(code: impl Into<Cow<'static, str>>) -> Self {
        Self { code: code.into(), is_final: false }
    }

    /// It will not.
    pub fn lasting(code: impl Into<Cow<'static, str>>) -> Self {
        Self { code: code.into(), is_final: true }
    }

    /// The other side took too long.
    pub fn timeout() -> Self {
        Self::passing("TIMEOUT")
    }
}
