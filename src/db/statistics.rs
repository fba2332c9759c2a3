//! The database's picture of its tables, by which it chooses indexes, and when it is to look at them again.
//!
//! What a reader would get wrong: PostgreSQL looks by itself, but too late for whoever reads at once what was just written;
//! SQLite never does.

use std::ops::Range;

use sea_orm::ConnectionTrait;

use super::Db;
use crate::error::{Context, Result};

/// New rows of a table that make the picture of it wrong.
const MANY: u64 = 1_000;

impl Db {
    /// Tells the database to look at its tables again, after so many rows that its picture of them is wrong. Until it
    /// does so by itself, it would answer with the wrong indexes.
    ///
    /// # Errors
    /// The database's own failure.
    pub async fn refresh_statistics(&self) -> Result<()> {
        // SQLite looks at so many rows of each index and believes that no more have one value. It must be more than the
        // ids that are ever looked up at once, or an index over the organisation seems shorter than those lookups.
        let analyze = if self.is_sqlite() { "PRAGMA analysis_limit = 10000; ANALYZE" } else { "ANALYZE" };
        self.writer.execute_unprepared(analyze).await.doing("refreshing the statistics of the tables")?;
        Ok(())
    }

    /// As [`refresh_statistics`](Self::refresh_statistics), for tables that have grown many times over since: on SQLite
    /// whichever they are, on PostgreSQL the one named. PostgreSQL looks by itself, but statements that were prepared
    /// while a table was small go on reading all of it until then.
    ///
    /// # Errors
    /// The database's own failure.
    pub async fn refresh_grown_statistics(&self, table: &'static str) -> Result<()> {
        // Analyse what needs it, of all tables (https://www.sqlite.org/pragma.html#pragma_optimize).
        let refresh =
            if self.is_sqlite() { "PRAGMA optimize = 0x10002".to_owned() } else { format!("ANALYZE {table}") };
        self.writer.execute_unprepared(&refresh).await.doing("refreshing the statistics of a grown table")?;
        Ok(())
    }

    /// As [`refresh_grown_statistics`](Self::refresh_grown_statistics), each time that a thousand rows have been added:
    /// `added` is how many there were before the last write, and after it. What was written is there, whatever comes of
    /// this; so what fails is only logged.
    pub async fn refresh_if_grown(&self, table: &'static str, added: Range<u64>) {
        if added.start / MANY != added.end / MANY
            && let Err(error) = self.refresh_grown_statistics(table).await
        {
            error.log();
        }
    }
}
