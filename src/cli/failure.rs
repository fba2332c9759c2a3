//! How a failure looks in a terminal: `error: …` on standard error, and exit code 1.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::{error::Error, members::AddMemberError};

/// Why a command ended early, for people.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Failure {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Says it and ends.
    pub(super) fn exit(self) -> ExitCode {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(io::stderr().lock(), "error: {}", self.0);
        ExitCode::FAILURE
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.log();
        Self(match &error {
            Error::Internal { .. } => "something went wrong; the log line above has the cause".to_owned(),
            Error::Unavailable { context, .. } => format!("{context}: no answer; the log line above has the cause"),
            other => other.to_string(),
        })
    }
}

impl From<AddMemberError> for Failure {
    fn from(error: AddMemberError) -> Self {
        match error {
            AddMemberError::Other(error) => error.into(),
            refused => Self(refused.to_string()),
        }
    }
}
