//! An expression in plain English.

use super::Cron;

impl Cron {
    /// When it fires, in plain words: `At 00:00 on day 1 of every month`.
    #[must_use]
    pub fn describe(&self) -> String {
        self.clockwork.describe()
    }
}
