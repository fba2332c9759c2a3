//! The work of one download, on a blocking thread: snapshot → encoder → spool, and a line in the log at its end.

use std::{path::PathBuf, time::Instant};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    columns::ExportKind,
    csv::{Csv, CsvStyle},
    format::ExportFormat,
    json::Json,
    rows::Plan,
    spool::SpoolWriter,
    text::Lines,
    xlsx::Xlsx,
};
use crate::{
    clock::rfc3339,
    db::{RowSink, Snapshot, Stop},
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
}

/// What came of it, for the log.
#[derive(Clone, Copy, Debug, Default)]
struct Summary {
    rows: u64,
    bytes: u64,
    cut_cells: u64,
}

impl Production {
    /// Reads, encodes and hands on until the last row, a failure, or the client's leave.
    pub fn run(self, spool: &SpoolWriter) {
        let _guard = spool.guard();
        let (kind, format, org_id, started) = (self.kind.name(), self.format.name(), self.org_id, Instant::now());
        let outcome = self.encode(spool);
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Ok(Summary { rows, bytes, cut_cells }) => {
                spool.finish();
                tracing::info!(%org_id, kind, format, rows, bytes, cut_cells, millis, "exported");
            }
            Err(Stop::Gone) => tracing::info!(%org_id, kind, format, millis, "export left by its client"),
            Err(Stop::Failed(error)) => {
                spool.fail(error);
                tracing::warn!(%org_id, kind, format, millis, "export failed");
            }
        }
    }

    fn encode(&self, spool: &SpoolWriter) -> Result<Summary, Stop> {
        let (columns, money) = (&self.plan.columns, self.style.money);
        let mut of_sheets = None;
        let out = match self.format {
            ExportFormat::Csv => self.read(Csv::new(spool.clone(), columns, self.style), spool)?.into_output(),
            ExportFormat::Json => {
                let at = rfc3339(self.now);
                self.read(Json::document(spool.clone(), self.kind, columns, money, &at), spool)?.into_output()
            }
            ExportFormat::Ndjson => self.read(Json::lines(spool.clone(), columns, money), spool)?.into_output(),
            ExportFormat::Text => self.read(Lines::new(spool.clone()), spool)?.into_output(),
            ExportFormat::Xlsx => {
                let xlsx = Xlsx::new(spool.clone(), self.kind, columns, &self.dir, self.now)?;
                let xlsx = self.read(xlsx, spool)?;
                of_sheets = Some(xlsx.counts());
                xlsx.into_output()?
            }
        };
        let (rows, bytes) = out.written();
        let (rows, cut_cells) = of_sheets.unwrap_or((rows, 0));
        out.finish()?;
        Ok(Summary { rows, bytes, cut_cells })
    }

    fn read<S: RowSink + Send>(&self, mut sink: S, spool: &SpoolWriter) -> Result<S, Stop> {
        self.snapshot.read(&self.plan.query, &mut sink, &spool.gone())?;
        Ok(sink)
    }
}
