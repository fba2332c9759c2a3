//! The log of exports in the schema.

use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject};

use super::{
    actor, app,
    connection::{connection, total},
    export::{ExportFormat, ExportKind, ExportMode},
    scalar::{BigInt, DateTime},
};
use crate::{exports, id::IdKind};

/// What became of a file.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "exports::ExportOutcome")]
pub enum ExportOutcome {
    /// On its way, or on its way when its process was killed.
    Unfinished,
    /// Left the service, or was stored, whole.
    Completed,
    /// Could not be made.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// Its client left before the end.
    Abandoned,
}

/// One file that left or was to leave. Kept for ever.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExportLogEntry {
    /// Its id in the log.
    pub(super) id: ID,
    /// When it was begun, or asked for.
    at: DateTime,
    /// The e-mail address of who took it, as it was then; null for the operator of the service.
    email: Option<String>,
    /// Whether it was streamed or made by a job.
    mode: ExportMode,
    /// The export job that made it; null for a stream. The job itself may have been deleted.
    export_job_id: Option<ID>,
    /// What it is of.
    kind: ExportKind,
    /// What it is.
    format: ExportFormat,
    /// The keys of its columns, in their order.
    columns: Vec<String>,
    /// The conditions of its filter, as JSON; `{}` for all rows.
    filter: String,
    /// What became of it.
    outcome: ExportOutcome,
    /// Rows in it; null when it is not whole.
    rows: Option<BigInt>,
    /// Its size; null when it is not whole.
    bytes: Option<BigInt>,
    /// How long it took, in milliseconds; null before it ended.
    duration_ms: Option<BigInt>,
    /// Times that the file of a job was downloaded; 0 for a stream, which is its own download.
    downloads: i32,
}

impl From<exports::ExportLogEntry> for ExportLogEntry {
    fn from(row: exports::ExportLogEntry) -> Self {
        Self {
            id: IdKind::ExportLog.show(row.id).into(),
            at: DateTime(row.created_at),
            email: Some(row.email).filter(|email| !email.is_empty()),
            mode: if row.export_job_id.is_some() { ExportMode::Job } else { ExportMode::Stream },
            export_job_id: row.export_job_id.map(|id| IdKind::Export.show(id).into()),
            kind: exports::ExportKind::of_stored(&row.kind).into(),
            format: exports::ExportFormat::of_stored(&row.format).into(),
            columns: row.columns.split(',').map(str::to_owned).collect(),
            filter: row.filter,
            outcome: row.outcome.into(),
            rows: row.row_count.map(BigInt),
            bytes: row.bytes.map(BigInt),
            duration_ms: row.duration_ms.map(BigInt),
            downloads: row.downloads,
        }
    }
}

connection!(ExportLogConnection, ExportLogEdge, ExportLogEntry, (), "A page of the log of exports, the newest first.");

#[ComplexObject]
impl ExportLogConnection {
    /// The lines of this page, without their cursors.
    async fn nodes(&self) -> Vec<&ExportLogEntry> {
        self.rows()
    }

    /// How many lines there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let () = self.source;
        let count = async {
            let count = exports::count_log(app(ctx)?, actor(ctx)?).await?;
            Ok(total(count))
        };
        Some(count.await)
    }
}
