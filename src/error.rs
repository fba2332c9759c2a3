//! The vocabulary of failure of the whole service.
//!
//! It knows nothing of HTTP or GraphQL: `graphql/error.rs` and `http/problem.rs` turn it into responses. What a reader
//! would get wrong: `Display` is the text for the caller and never holds a cause; the cause goes to the log.

use std::error::Error as StdError;

/// What an operation answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A cause for the log.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// Everything that can go wrong, as far as a caller can tell the difference.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No credentials, or credentials that do not hold. The text says which.
    #[error("{message}")]
    Unauthenticated {
        /// `UNAUTHENTICATED`, `TOKEN_INVALID` or `TOKEN_EXPIRED`.
        code: &'static str,
        /// For the caller.
        message: &'static str,
    },
    /// The credentials hold, but the member is suspended.
    #[error("you are suspended in this organisation; ask one of its admins")]
    Suspended,
    /// The member lacks a permission inside their own organisation.
    #[error("this needs the permission `{permission}`, which you do not hold; ask an admin of your organisation")]
    Forbidden {
        /// The missing key.
        permission: &'static str,
    },
    /// Nothing of that kind, with that id, in the caller's organisation.
    #[error("no {what} with that id")]
    NotFound {
        /// The noun.
        what: &'static str,
    },
    /// The request says something that cannot be done; the text says what to change.
    #[error("{message}")]
    BadInput {
        /// Stable, `SCREAMING_CASE`, one per reason.
        code: &'static str,
        /// For the caller.
        message: String,
    },
    /// The request asks for more than a limit allows.
    #[error("{message}")]
    TooLarge {
        /// Stable, `SCREAMING_CASE`, one per limit.
        code: &'static str,
        /// For the caller.
        message: String,
    },
    /// Something that is there already stands in the way.
    #[error("{message}")]
    Conflict {
        /// Stable, `SCREAMING_CASE`.
        code: &'static str,
        /// For the caller.
        message: String,
    },
    /// The service cannot answer now; the same request may succeed later.
    #[error("the service is busy; try again in a moment")]
    Unavailable {
        /// What was being done, for the log.
        context: &'static str,
        /// For the log.
        #[source]
        source: Option<Cause>,
    },
    /// Our fault.
    #[error("something went wrong on our side; the log has the cause under this request's id")]
    Internal {
        /// What was being done or assumed, for the log.
        context: &'static str,
        /// For the log.
        #[source]
        source: Option<Cause>,
    },
}

impl Error {
    /// The stable name of the failure, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated { code, .. }
            | Self::BadInput { code, .. }
            | Self::TooLarge { code, .. }
            | Self::Conflict { code, .. } => code,
            Self::Suspended => "MEMBER_SUSPENDED",
            Self::Forbidden { .. } => "FORBIDDEN",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Unavailable { .. } => "UNAVAILABLE",
            Self::Internal { .. } => "INTERNAL",
        }
    }

    /// Whether the cause should be logged as an error: it is ours, not the caller's.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Internal { .. })
    }

    /// No credentials were sent.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::Unauthenticated {
            code: "UNAUTHENTICATED",
            message: "sign in first: send `Authorization: Bearer <token>`",
        }
    }

    /// Bad input with a stable code and a text that says what to change.
    pub fn bad_input(code: &'static str, message: impl Into<String>) -> Self {
        Self::BadInput { code, message: message.into() }
    }

    /// Over a limit, with a stable code and a text that names the limit.
    pub fn too_large(code: &'static str, message: impl Into<String>) -> Self {
        Self::TooLarge { code, message: message.into() }
    }

    /// An assumption that did not hold.
    #[must_use]
    pub fn internal(assumed: &'static str) -> Self {
        Self::Internal { context: assumed, source: None }
    }

    /// A failure below us, with what was being done.
    pub fn caused(context: &'static str, source: impl Into<Cause>) -> Self {
        Self::Internal { context, source: Some(source.into()) }
    }

    /// Writes the cause to the log, once, where the error leaves the process. Others' mistakes are not logged.
    pub fn log(&self) {
        match self {
            Self::Unavailable { context, source } | Self::Internal { context, source } => {
                let cause = source.as_ref().map(|cause| chain(cause.as_ref())).unwrap_or_default();
                tracing::error!(code = self.code(), context, cause, "request failed");
            }
            _ => {}
        }
    }
}

/// A cause and its causes in one line, for the log.
#[must_use]
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// `?` with context: what was being done, lower case.
pub trait Context<T> {
    /// Turns any failure below us into [`Error::Internal`] (or [`Error::Unavailable`] where waiting helps).
    fn doing(self, context: &'static str) -> Result<T>;
}

impl<T> Context<T> for std::result::Result<T, sea_orm::DbErr> {
    fn doing(self, context: &'static str) -> Result<T> {
        self.map_err(|error| match error {
            sea_orm::DbErr::ConnectionAcquire(_) | sea_orm::DbErr::Conn(_) => {
                Error::Unavailable { context, source: Some(Box::new(error)) }
            }
            other => Error::caused(context, other),
        })
    }
}

impl<T> Context<T> for std::io::Result<T> {
    fn doing(self, context: &'static str) -> Result<T> {
        self.map_err(|error| Error::caused(context, error))
    }
}

impl<T> Context<T> for std::result::Result<T, rusqlite::Error> {
    fn doing(self, context: &'static str) -> Result<T> {
        self.map_err(|error| Error::caused(context, error))
    }
}

impl<T> Context<T> for std::result::Result<T, sea_orm::sqlx::Error> {
    fn doing(self, context: &'static str) -> Result<T> {
        self.map_err(|error| match error {
            sea_orm::sqlx::Error::PoolTimedOut | sea_orm::sqlx::Error::Io(_) => {
                Error::Unavailable { context, source: Some(Box::new(error)) }
            }
            other => Error::caused(context, other),
        })
    }
}
