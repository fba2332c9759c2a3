//! The work of one download, on a blocking thread: snapshot → encoder → spool, and a line in the log at its end.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use chrono::{DateTime, Utc};
use entity::export_log::ExportOutcome;
use tokio::sync::oneshot;
use uuid::Uuid;

#[cfg(feature = "parquet")]
use super::parquet::Parquet;
use super::{
    ExportRequest,
    columns::ExportKind,
    csv::{Csv, CsvStyle},
    format::ExportFormat,
    json::Json,
    log::End,
    rows::{self, Plan},
    spool::SpoolWriter,
    text::Lines,
    xlsx::Xlsx,
};
#[cfg(not(feature = "parquet"))]
use crate::error::Error;
use crate::{
    app::App,
    auth::Scope,
    clock::rfc3339,
    db::{Cell, RowSink, Snapshot, Stop},
    error::Result,
};

/// Everything a download is made from.
#[derive(Debug)]
pub struct Production {
    /// The right to read.
    pub snapshot: Snapshot,
    /// What to read.
    pub plan: Plan,
    /// What it is of.
    pub kind: ExportKind,
    /// The one run it is of.
    pub run: Option<Uuid>,
    /// What to write.
    pub format: ExportFormat,
    /// How to write it.
    pub style: CsvStyle,
    /// Where temporary files lie.
    pub dir: PathBuf,
    /// When it was asked for.
    pub now: DateTime<Utc>,
    /// Whose it is, for the log.
    pub org_id: Uuid,
    /// Rows read so far, for who looks on.
    pub rows_read: Arc<AtomicU64>,
}

/// What came of it, for the log.
#[derive(Debug)]
struct Summary {
    rows: u64,
    bytes: u64,
    cut_cells: u64,
    sha256: Option<String>,
}

impl Production {
    /// Of what was asked for: checks it and waits for its turn to read.
    pub async fn of(app: &App, scope: &Scope, request: &ExportRequest) -> Result<Self> {
        let plan = rows::plan(app.db.read(), scope, request).await?;
        let now = app.clock.now();
        Ok(Self {
            snapshot: app.db.snapshot().await?,
            plan,
            kind: request.filter.kind(),
            run: request.filter.run(),
            format: request.format,
            style: request.style,
            dir: app.config.spool_dir(),
            now,
            org_id: scope.org_id(),
            rows_read: Arc::default(),
        })
    }

    /// Reads, encodes and hands on until the last row, a failure, or the client's leave; answers which it was.
    pub fn run(self, spool: &SpoolWriter) -> End {
        let _guard = spool.guard();
        let (kind, format, org_id, started) = (self.kind.name(), self.format.name(), self.org_id, Instant::now());
        let outcome = self.encode(spool);
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Ok(Summary { rows, bytes, cut_cells, .. }) => {
                spool.finish();
                tracing::info!(%org_id, kind, format, rows, bytes, cut_cells, millis, "exported");
                End::whole(rows, bytes)
            }
            Err(Stop::Gone) => {
                tracing::info!(%org_id, kind, format, millis, "export left by its client");
                End::without(ExportOutcome::Abandoned)
            }
            Err(Stop::Failed(error)) => {
                spool.fail(error);
                tracing::warn!(%org_id, kind, format, millis, "export failed");
                End::without(ExportOutcome::Failed)
            }
        }
    }

    /// Reads and encodes into the file of a job; then `sha256` is told its SHA-256, before the spool ends. A failure ends
    /// the spool and so the writing of the file.
    pub fn into_file(self, spool: &SpoolWriter, sha256: oneshot::Sender<String>) {
        let _guard = spool.guard();
        match self.encode(spool) {
            Ok(summary) => {
                // Nobody waits for it any more when the job was stopped.
                drop(summary.sha256.map(|hash| sha256.send(hash)));
                spool.finish();
            }
            Err(Stop::Gone) => {}
            Err(Stop::Failed(error)) => spool.fail(error),
        }
    }

    fn encode(&self, spool: &SpoolWriter) -> Result<Summary, Stop> {
        let (columns, money) = (&self.plan.columns, self.style.money);
        // Of a format that counts its rows itself: how many, and how many cells it had to cut.
        let mut counted = None;
        let out = match self.format {
            ExportFormat::Csv => self.read(Csv::new(spool.clone(), columns, self.style), spool)?.into_output(),
            ExportFormat::Json => {
                let at = rfc3339(self.now);
                self.read(Json::document(spool.clone(), self.kind, self.run, columns, money, &at), spool)?.into_output()
            }
            ExportFormat::Ndjson => self.read(Json::lines(spool.clone(), columns, money), spool)?.into_output(),
            ExportFormat::Text => self.read(Lines::new(spool.clone()), spool)?.into_output(),
            ExportFormat::Xlsx => {
                let xlsx = Xlsx::new(spool.clone(), self.kind, columns, &self.dir, self.now)?;
                let xlsx = self.read(xlsx, spool)?;
                counted = Some(xlsx.counts());
                xlsx.into_output()?
            }
            #[cfg(feature = "parquet")]
            ExportFormat::Parquet => {
                let at = rfc3339(self.now);
                let parquet = Parquet::new(spool.clone(), self.kind, columns, money, &at, &self.dir)?;
                let parquet = self.read(parquet, spool)?;
                counted = Some((parquet.rows(), 0));
                parquet.into_output()?
            }
            #[cfg(not(feature = "parquet"))]
            ExportFormat::Parquet => return Err(Error::internal("what is not built was refused before").into()),
        };
        let (rows, bytes) = out.written();
        let (rows, cut_cells) = counted.unwrap_or((rows, 0));
        Ok(Summary { rows, bytes, cut_cells, sha256: out.finish()? })
    }

    fn read<S: RowSink + Send>(&self, sink: S, spool: &SpoolWriter) -> Result<S, Stop> {
        let mut counting = Counting { sink, rows: 0, told: &self.rows_read };
        self.snapshot.read(&self.plan.query, &mut counting, &spool.gone())?;
        Ok(counting.sink)
    }
}

/// Tells how many rows went by.
struct Counting<'a, S> {
    sink: S,
    rows: u64,
    told: &'a AtomicU64,
}

impl<S: RowSink> RowSink for Counting<'_, S> {
    #[inline]
    fn cell(&mut self, index: usize, cell: Cell<'_>) -> Result<(), Stop> {
        self.sink.cell(index, cell)
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        self.rows += 1;
        self.told.store(self.rows, Ordering::Relaxed);
        self.sink.end_row()
    }
}
