//! Plain text: the names of sellers, one a line, for the clipboard.

use super::{output::Output, spool::SpoolWriter};
use crate::db::{Cell, RowSink, Stop};

/// Writes one text a line.
#[derive(Debug)]
pub struct Lines(Output);

impl Lines {
    /// An empty file.
    #[must_use]
    pub fn new(spool: SpoolWriter) -> Self {
        Self(Output::new(spool))
    }

    /// What it wrote into.
    #[must_use]
    pub fn into_output(self) -> Output {
        self.0
    }
}

impl RowSink for Lines {
    /// A line break inside a name would make two of it: it becomes a space.
    fn cell(&mut self, _: usize, cell: Cell<'_>) -> Result<(), Stop> {
        if let Cell::Text(text) = cell {
            for (index, line) in text.split(['\r', '\n']).enumerate() {
                if index > 0 {
                    self.0.raw(b" ");
                }
                self.0.raw(line.as_bytes());
            }
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        self.0.raw(b"\n");
        self.0.end_row()
    }
}
