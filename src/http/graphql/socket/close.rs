//! Why a socket is closed: the codes of `graphql-transport-ws`, and those of WebSocket itself where they say it better.
//!
//! What a reader would get wrong: clients act on the code. They come back after 1001, 1013, 4403 and 4408, and give up
//! after 4400, 4401, 4409 and 4429, which only a change of the client cures.

use axum::extract::ws::CloseFrame;

use crate::{error::Error, http::problem::Problem};

/// What fits into a close frame beside the code (RFC 6455, 5.5).
const MAX_REASON_BYTES: usize = 123;

/// How a socket ends.
#[derive(Debug)]
pub enum End {
    /// We say why, and close.
    Close(u16, String),
    /// The client closed it, with a code or without.
    Closed(Option<u16>),
    /// There is nobody to say anything to.
    Gone(&'static str),
}

impl End {
    fn close(code: u16, reason: impl Into<String>) -> Self {
        Self::Close(code, reason.into())
    }

    /// The process stops; the client finds another, or this one again.
    pub fn stopping() -> Self {
        Self::close(1001, "the service is stopping")
    }

    /// A message over the limit.
    pub fn too_big(limit: usize) -> Self {
        Self::close(1009, format!("a message has at most {limit} bytes"))
    }

    /// A message that is none of the protocol.
    pub fn malformed(reason: impl Into<String>) -> Self {
        Self::close(4400, reason)
    }

    /// A request that cannot be read.
    pub fn unreadable(problem: &Problem) -> Self {
        Self::malformed(problem.detail())
    }

    /// An operation before the sign-in, or a sign-in without a token.
    pub fn unauthorized() -> Self {
        Self::close(4401, "sign in first: send connection_init with {\"authorization\": \"Bearer <token>\"}")
    }

    /// No sign-in, or no longer one: why.
    pub fn refused(error: &Error) -> Self {
        error.log();
        match error {
            Error::Unavailable { .. } => Self::close(1013, error.to_string()),
            Error::Internal { .. } => Self::close(1011, error.to_string()),
            _ => Self::close(4403, error.to_string()),
        }
    }

    /// No `connection_init` in time.
    pub fn late() -> Self {
        Self::close(4408, "Connection initialisation timeout")
    }

    /// An id that is in use.
    pub fn duplicate(id: &str) -> Self {
        Self::close(4409, format!("Subscriber for {id} already exists"))
    }

    /// A second `connection_init`.
    pub fn initialised() -> Self {
        Self::close(4429, "Too many initialisation requests")
    }

    /// The code and why, for the log.
    pub fn told(&self) -> (Option<u16>, &str) {
        match self {
            Self::Close(code, reason) => (Some(*code), reason),
            Self::Closed(code) => (*code, "closed by the client"),
            Self::Gone(reason) => (None, reason),
        }
    }

    /// What is sent; none when there is nothing to say.
    pub fn frame(&self) -> Option<CloseFrame> {
        let Self::Close(code, reason) = self else { return None };
        let mut end = reason.len().min(MAX_REASON_BYTES);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        let reason = reason.get(..end).unwrap_or_default();
        Some(CloseFrame { code: *code, reason: reason.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_letters() {
        let frame = End::malformed("ü".repeat(100)).frame().unwrap();
        assert_eq!((frame.code, frame.reason.as_str()), (4400, "ü".repeat(61).as_str()));
        assert!(End::Gone("x").frame().is_none());
    }
}
