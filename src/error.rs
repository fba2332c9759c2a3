//! The vocabulary of failure of the whole service.
//!
//! It knows nothing of HTTP or GraphQL: `graphql/error.rs` and `http/problem.rs` turn it into responses. What a reader
//! would get wrong: `Display` is the text for the caller and never holds a cause; the cause goes to the log.

use std::{any::Any, error::Error as StdError, io};

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// Code of the failure that passes when somebody makes room.
pub const STORAGE_FULL: &str = "STORAGE_FULL";

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
        /// `UNAUTHENTICATED`, `TOKEN_INVALID`, `TOKEN_EXPIRED`, `LINK_INVALID` or `LINK_EXPIRED`.
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
    /// The request was not answered in the time it has.
    #[error("the request took longer than {seconds} s; ask for less at a time")]
    TimedOut {
        /// That time.
        seconds: u64,
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
    /// Files cannot be kept or had now; the same request may succeed later.
    #[error("{message}")]
    Storage {
        /// `STORAGE_FULL` or `STORAGE_UNAVAILABLE`.
        code: &'static str,
        /// For the caller.
        message: &'static str,
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
            | Self::Conflict { code, .. }
            | Self::Storage { code, .. } => code,
            Self::Suspended => "MEMBER_SUSPENDED",
            Self::Forbidden { .. } => "FORBIDDEN",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::TimedOut { .. } => "REQUEST_TIMEOUT",
            Self::Unavailable { .. } => "UNAVAILABLE",
            Self::Internal { .. } => "INTERNAL",
        }
    }

    /// Whether the cause should be logged as an error: it is ours, not the caller's.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Storage { .. } | Self::Internal { .. })
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

    /// Something in the way, with a stable code and a text that says what.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into() }
    }

    /// An assumption that did not hold.
    #[must_use]
    pub fn internal(assumed: &'static str) -> Self {
        Self::Internal { context: assumed, source: None }
    }

    /// A failure below us, with what was being done. That a disk is full is said as that.
    pub fn caused(context: &'static str, source: impl Into<Cause>) -> Self {
        let source = source.into();
        if is_full(source.as_ref()) {
            return Self::no_room(context, source);
        }
        Self::Internal { context, source: Some(source) }
    }

    /// The failure of a statement, with what was being done.
    #[must_use]
    pub fn of_statement(context: &'static str, error: DbErr) -> Self {
        match &error {
            DbErr::Exec(RuntimeErr::SqlxError(below)) | DbErr::Query(RuntimeErr::SqlxError(below)) => {
                match trouble(below) {
                    Trouble::Away => Self::Unavailable { context, source: Some(error.into()) },
                    Trouble::Full => Self::no_room(context, error),
                    Trouble::Other => Self::caused(context, error),
                }
            }
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable { context, source: Some(error.into()) },
            _ => Self::caused(context, error),
        }
    }

    /// As [`of_statement`](Self::of_statement), of one that writes what is to be unique: `taken` says that it is there already.
    pub fn of_write(context: &'static str, error: DbErr, taken: impl FnOnce() -> Self) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => taken(),
            _ => Self::of_statement(context, error),
        }
    }

    /// The failure of something that is read or written; our own error when that is what it wraps.
    #[must_use]
    pub fn of_io(context: &'static str, error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(|other| Self::caused(context, other))
    }

    /// There is no room left on a disk.
    pub fn no_room(context: &'static str, source: impl Into<Cause>) -> Self {
        let message = "there is no room left where files are kept; ask whoever runs the service to make some";
        Self::Storage { code: STORAGE_FULL, message, context, source: Some(source.into()) }
    }

    /// A panic below us. A library that panics on a full disk is understood.
    #[must_use]
    pub fn panicked(context: &'static str, panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("a panic without a text").to_owned();
        if ["StorageFull", "QuotaExceeded", "FileTooLarge"].iter().any(|kind| text.contains(kind)) {
            return Self::no_room(context, text);
        }
        Self::Internal { context, source: Some(text.into()) }
    }

    /// Writes the cause to the log, once, where the error leaves the process. Others' mistakes are not logged.
    pub fn log(&self) {
        match self {
            Self::Unavailable { context, source }
            | Self::Storage { context, source, .. }
            | Self::Internal { context, source } => {
                let cause = source.as_ref().map(|cause| chain(cause.as_ref())).unwrap_or_default();
                tracing::error!(code = self.code(), context, cause, "request failed");
            }
            _ => {}
        }
    }
}

/// Whether a disk had no room left, however deep below that was found.
#[must_use]
pub fn is_full(error: &(dyn StdError + 'static)) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    causes(error).any(|error| {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
                || error.get_ref().is_some_and(|within| is_full(within));
        }
        matches!(error.downcast_ref(), Some(Error::Storage { code: STORAGE_FULL, .. }))
    })
}

/// A cause and its causes in one line, for the log.
#[must_use]
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// An error, its cause, the cause of that, and so on.
pub fn causes<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// `?` with context: what was being done, lower case.
pub trait Context<T> {
    /// Turns any failure below us into [`Error::Internal`] (or [`Error::Unavailable`] where waiting helps).
    fn doing(self, context: &'static str) -> Result<T>;
}

impl<T> Context<T> for std::result::Result<T, DbErr> {
    fn doing(self, context: &'static str) -> Result<T> {
        self.map_err(|error| Error::of_statement(context, error))
    }
}

/// What the trouble with a database is, as far as it matters to a caller.
enum Trouble {
    /// It does not answer, or says that it cannot now.
    Away,
    /// It has no room left.
    Full,
    Other,
}

/// PostgreSQL's codes are of its manual's appendix "Error Codes", SQLite's of its "Result and Error Codes".
fn trouble(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Trouble::Away,
        sqlx::Error::Database(error) => match error.code().as_deref() {
            // It shuts down, has crashed, or starts; has no connection left; takes none.
            Some("57P01" | "57P02" | "57P03" | "53300" | "55000") => Trouble::Away,
            Some(code) if code.len() == 5 && code.starts_with("08") => Trouble::Away,
            // Others have been writing for longer than we wait: `SQLITE_BUSY`, `SQLITE_BUSY_RECOVERY`, `SQLITE_BUSY_SNAPSHOT`.
            Some("5" | "261" | "517") => Trouble::Away,
            Some("53100" | "13") => Trouble::Full,
            _ => Trouble::Other,
        },
        _ => Trouble::Other,
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

impl<T> Context<T> for std::result::Result<T, sqlx::Error> {
    fn doing(self, context: &'static str) -> Result<T> {
        self.map_err(|error| match trouble(&error) {
            Trouble::Away => Error::Unavailable { context, source: Some(error.into()) },
            Trouble::Full => Error::no_room(context, error),
            Trouble::Other => Error::caused(context, error),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sea_orm::sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

    use super::*;

    #[tokio::test]
    async fn a_database_that_somebody_else_writes_to_for_too_long_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("x.db")).create_if_missing(true);
        let mut first = SqliteConnection::connect_with(&options).await.unwrap();
        let mut second = SqliteConnection::connect_with(&options.busy_timeout(Duration::ZERO)).await.unwrap();
        first.execute("BEGIN IMMEDIATE").await.unwrap();
        let refused = second.execute("BEGIN IMMEDIATE").await.doing("writing").unwrap_err();
        assert_eq!(refused.code(), "UNAVAILABLE");
    }
}
