//! Exports: records and sellers as files of any size.
//!
//! Which rows is the business of `records` and `sellers`, which columns of `columns`, the bytes of the encoders, the
//! pace of `spool`. What a reader would get wrong: nothing here collects rows; a million pass through a few buffers.

mod artifact;
mod change;
mod columns;
mod csv;
mod estimate;
mod expiry;
mod format;
mod json;
mod list;
mod log;
mod output;
mod pace;
mod parameters;
#[cfg(feature = "parquet")]
mod parquet;
mod produce;
mod reach;
mod rows;
mod run;
mod sight;
mod spool;
mod start;
mod tell;
mod text;
mod watch;
mod xlsx;

use std::io;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::Stream;
use sea_orm::{ConnectionTrait, PaginatorTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use artifact::{Artifact, downloaded, open};
pub use change::{cancel, delete, retry};
pub use columns::{Column, ExportKind, Money};
pub use csv::CsvStyle;
pub use estimate::{Estimate, estimate, stream_path};
pub use expiry::{expire, sweep};
pub use format::ExportFormat;
pub use list::{ExportJobFilter, count, find_many, get, list, positions};
pub use log::{End, ExportLogEntry, count_log, list_log};
pub use pace::Progress;
pub use run::{cancelled, gave_up, put_back, run};
pub use start::{ExportCause, NewExport, start, start_in, told};
pub use watch::{LiveExport, watch, watch_all};

/// How far an export job is.
pub use entity::export_job::ExportJobStatus;
/// What became of a file.
pub use entity::export_log::ExportOutcome;
/// One export job.
pub type ExportJob = entity::export_job::Model;

use self::{log::StreamLine, produce::Production};
use crate::{
    app::App,
    auth::{Actor, Scope},
    error::{Context, Error, Result},
    records::{self, RecordFilter},
    sellers::{self, SellerFilter},
};

/// How a job stands that has not ended.
const ACTIVE: [ExportJobStatus; 2] = [ExportJobStatus::Pending, ExportJobStatus::Processing];

/// What somebody wants as a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportRequest {
    /// Which rows, and so of which kind.
    pub filter: ExportFilter,
    /// The format.
    pub format: ExportFormat,
    /// Names of columns or of sets of them; the default ones when none.
    pub columns: Option<Vec<String>>,
    /// How a CSV is to be; the money counts for JSON and NDJSON too.
    pub style: CsvStyle,
}

/// Which rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFilter {
    /// These records.
    Records(RecordFilter),
    /// These sellers.
    Sellers(SellerFilter),
}

/// A file on its way.
#[derive(Debug)]
pub struct Download {
    /// What to call it.
    pub file_name: String,
    /// What it is.
    pub format: ExportFormat,
    reader: spool::SpoolReader,
}

impl Download {
    /// The bytes. The last item is an error when the file will never be whole.
    pub fn chunks(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        self.reader.chunks()
    }
}

impl ExportFilter {
    /// What the rows are.
    #[must_use]
    pub fn kind(&self) -> ExportKind {
        match self {
            Self::Records(_) => ExportKind::Records,
            Self::Sellers(_) => ExportKind::Sellers,
        }
    }

    /// How many rows there are in the scope, as of now.
    async fn count(&self, db: &impl ConnectionTrait, scope: &Scope) -> Result<u64> {
        let counted = match self {
            Self::Records(filter) => records::matching(scope, filter)?.count(db).await,
            Self::Sellers(filter) => sellers::matching(db, scope, filter).await?.count(db).await,
        };
        counted.doing("counting the rows of an export")
    }

    /// The one account all rows are of, if the filter says so.
    fn account(&self) -> Option<Uuid> {
        match self {
            Self::Records(RecordFilter { account_ids: Some(ids), .. }) => match ids.as_slice() {
                [id] => Some(*id),
                _ => None,
            },
            _ => None,
        }
    }

    /// The one run all rows are of, if the filter says so: that added them, or that saw them.
    fn run(&self) -> Option<Uuid> {
        let Self::Sellers(filter) = self else { return None };
        match (filter.first_seen_in_run, filter.seen_in_run) {
            (Some(added_by), Some(seen_in)) if added_by != seen_in => None,
            (added_by, seen_in) => added_by.or(seen_in),
        }
    }
}

impl ExportRequest {
    /// Reads a request from the parameters of a link or a command: names and values as they came.
    ///
    /// # Errors
    /// `UNKNOWN_PARAMETER` or `INVALID_PARAMETER`, saying what there is or what is wrong.
    pub fn from_parameters(kind: ExportKind, format: ExportFormat, parameters: &[(String, String)]) -> Result<Self> {
        parameters::read(kind, format, parameters)
    }

    /// Refuses a format that does not go with the rest, or that this program cannot write.
    ///
    /// # Errors
    /// `INVALID_PARAMETER`, `FORMAT_NOT_BUILT`.
    pub fn check(&self) -> Result<()> {
        if self.format == ExportFormat::Text && (self.filter.kind() != ExportKind::Sellers || self.columns.is_some()) {
            let message = "plain text holds the names of sellers; it has no columns";
            return Err(Error::bad_input("INVALID_PARAMETER", message));
        }
        self.format.check_built()
    }
}

/// The columns the actor may export.
///
/// # Errors
/// `FORBIDDEN` when the actor may not export the kind at all.
pub fn columns(actor: &Actor, kind: ExportKind) -> Result<Vec<Column>> {
    let scope = actor.require(kind.permission())?;
    Ok(kind.columns(&scope).collect())
}

/// Refuses what the actor may not export, or what is no export at all.
///
/// # Errors
/// Those of [`stream`], but for what only the database knows.
pub fn check(actor: &Actor, request: &ExportRequest) -> Result<()> {
    let scope = actor.require(request.filter.kind().permission())?;
    request.check()?;
    rows::columns(&scope, request)?;
    match &request.filter {
        ExportFilter::Records(filter) => filter.check(),
        ExportFilter::Sellers(filter) => filter.check(),
    }
}

/// What a download would be called, when it could be made. Reads no rows.
///
/// # Errors
/// Those of [`stream`], but for what only reading shows.
pub async fn named(app: &App, actor: &Actor, request: &ExportRequest) -> Result<String> {
    let scope = actor.require(request.filter.kind().permission())?;
    request.check()?;
    rows::plan(app.db.read(), &scope, request).await?;
    Ok(file_name(request, app.clock.now()))
}

/// Starts a download: answers when the first page has been read, or says why it cannot be.
///
/// The rows are those of one instant. Dropping the download stops the work.
///
/// # Errors
/// `FORBIDDEN`; `UNKNOWN_COLUMN` and its kin; a filter that cannot be answered; unavailable when too many read already.
pub async fn stream(app: &App, actor: &Actor, request: ExportRequest) -> Result<Download> {
    let scope = actor.require(request.filter.kind().permission())?;
    request.check()?;
    let production = Production::of(app, &scope, &request).await?;
    let now = production.now;
    let line = StreamLine::of(actor, &request, &production.plan.columns, now)?;
    let (writer, reader) = spool::open(app.config.spool_dir(), app.config.spool_limit_bytes);
    let producing = tokio::task::spawn_blocking(move || production.run(&writer));
    let end = async { producing.await.unwrap_or(End::without(ExportOutcome::Failed)) };
    app.aside.spawn(line.write(app.clone(), end));
    let reader = reader.ready().await?;
    Ok(Download { file_name: file_name(&request, now), format: request.format, reader })
}

/// `records_{first 8 of the account's id | all}_{YYYYMMDD}.{ext}`, `sellers_{YYYYMMDD}.{ext}`, and of a run
/// `sellers_{YYYY-MM-DD}_run-{first 8 of the run's id}.{ext}`.
fn file_name(request: &ExportRequest, now: DateTime<Utc>) -> String {
    let (day, extension) = (now.format("%Y%m%d"), request.format.extension());
    let first_8 = |id: Uuid| -> String { id.simple().to_string().chars().take(8).collect() };
    match (request.filter.kind(), request.filter.run()) {
        (ExportKind::Records, _) => {
            let account = request.filter.account().map_or_else(|| "all".to_owned(), first_8);
            format!("records_{account}_{day}.{extension}")
        }
        (ExportKind::Sellers, Some(run)) => {
            format!("sellers_{}_run-{}.{extension}", now.format("%Y-%m-%d"), first_8(run))
        }
        (ExportKind::Sellers, None) => format!("sellers_{day}.{extension}"),
    }
}
