//! What is wrong with a file: every fault with its line, its column and its reason.

use std::{borrow::Cow, fmt, io};

use crate::error::Error;

/// Faults kept. A file with more is wrong in one way many times; the rest are counted.
const MOST_KEPT: usize = 1_000;

/// One fault of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line the row begins on; 1 is the header.
    pub line: u64,
    /// The column, where it is the fault of one.
    pub column: Option<Cow<'static, str>>,
    /// The rest of a sentence that begins with the column or the row.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "line {}, column {column}: {}", self.line, self.reason),
            None => write!(f, "line {}: {}", self.line, self.reason),
        }
    }
}

/// The faults of a file, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The first thousand.
    pub kept: Vec<Fault>,
    /// All of them.
    pub count: u64,
}

impl Faults {
    /// Adds one.
    pub(super) fn push(&mut self, line: u64, column: Option<Cow<'static, str>>, reason: impl Into<String>) {
        self.count += 1;
        if self.kept.len() < MOST_KEPT {
            self.kept.push(Fault { line, column, reason: reason.into() });
        }
    }
}

/// Why a file was not imported. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened or read.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// A spreadsheet's "Unicode text".
    #[error("the file is UTF-16; save it as UTF-8 (in Excel: \"CSV UTF-8\")")]
    Utf16,
    /// There is not even a header.
    #[error("the file is empty; its first line must name the columns")]
    Empty,
    /// The file has faults.
    #[error("{} faults in the file", .0.count)]
    Faults(Faults),
    /// Everything else.
    #[error(transparent)]
    Other(#[from] Error),
}
