//! `sellerbook export`: writes records or sellers to a file, or to standard output.
//!
//! The same request, rows and bytes as a download. What a reader would get wrong: a file appears whole or not at all; it
//! is written beside its place and moved there when it is complete.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    pin::pin,
};

use clap::{Args, Subcommand};
use futures::StreamExt;
use tempfile::NamedTempFile;

use super::{database, failure::Failure, progress, settings::Settings};
use crate::{
    accounts,
    app::App,
    auth::Actor,
    exports::{self, Download, ExportFormat, ExportKind, ExportRequest},
    id::IdKind,
};

#[derive(Debug, Subcommand)]
pub(super) enum Export {
    /// Order records
    Records(Records),
    /// Sellers
    Sellers(Sellers),
}

/// What both kinds take.
#[derive(Debug, Args)]
struct Common {
    /// The organisation's slug
    #[arg(long)]
    org: String,
    /// csv, json, ndjson, excel, parquet or, for sellers, text
    #[arg(long)]
    format: String,
    /// Where to write it; `-` for standard output; the download's own name in this folder when absent
    #[arg(long)]
    output: Option<PathBuf>,
    /// Columns, or sets of them (essential, financial, all), separated by commas
    #[arg(long)]
    columns: Option<String>,
    /// Part of a name, or the start of an order id
    #[arg(long)]
    search: Option<String>,
    /// cents or decimal
    #[arg(long)]
    money: Option<String>,
    /// Begin a CSV with a byte order mark, for Excel
    #[arg(long)]
    bom: bool,
    /// raw: leave texts that look like formulas as they are
    #[arg(long)]
    formulas: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Records {
    #[command(flatten)]
    common: Common,
    /// Only of this account, by its code; may be repeated
    #[arg(long)]
    account: Vec<String>,
    /// Only of these statuses, separated by commas
    #[arg(long)]
    status: Option<String>,
    /// Sold on this day or later, YYYY-MM-DD
    #[arg(long)]
    date_from: Option<String>,
    /// Sold on this day or earlier, YYYY-MM-DD
    #[arg(long)]
    date_to: Option<String>,
    /// Profit of at least so many cents
    #[arg(long, allow_hyphen_values = true)]
    min_profit_cents: Option<String>,
    /// Profit of at most so many cents
    #[arg(long, allow_hyphen_values = true)]
    max_profit_cents: Option<String>,
    /// Changed at this moment or later, RFC 3339
    #[arg(long)]
    updated_since: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Sellers {
    #[command(flatten)]
    common: Common,
    /// Only those marked, or those not: true or false
    #[arg(long)]
    flagged: Option<String>,
    /// Only those this collection run added
    #[arg(long)]
    run_id: Option<String>,
    /// Which of the run's: new, those it added; or seen, all it saw
    #[arg(long, requires = "run_id")]
    run_scope: Option<String>,
    /// Only those this collection run saw
    #[arg(long)]
    seen_in_run: Option<String>,
    /// Seen in at least so many runs
    #[arg(long)]
    min_times_seen: Option<String>,
    /// Positive feedback of at least so many percent
    #[arg(long)]
    min_feedback_percent: Option<String>,
    /// At least so many feedbacks
    #[arg(long)]
    min_feedback_count: Option<String>,
    /// Stored at this moment or later, RFC 3339
    #[arg(long)]
    created_from: Option<String>,
    /// Stored at this moment or earlier, RFC 3339
    #[arg(long)]
    created_to: Option<String>,
    /// As they were then: a moment (RFC 3339), or the collection run at whose end
    #[arg(long)]
    as_of: Option<String>,
    /// Only those who were not there then: a moment (RFC 3339), or the collection run at whose end
    #[arg(long)]
    added_since: Option<String>,
}

impl Export {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let app = database::open(settings).await?;
        let (kind, common, accounts, own) = match self {
            Self::Records(records) => records.parameters(),
            Self::Sellers(sellers) => sellers.parameters(),
        };
        let actor = database::operator(&app, &common.org).await?;
        let mut parameters = [own, common.parameters()].concat();
        for code in accounts {
            parameters.push(("account_id".to_owned(), account(&app, &actor, &code).await?));
        }
        let format = ExportFormat::read(kind, &common.format)?;
        let request = ExportRequest::from_parameters(kind, format, &parameters)?;
        let download = exports::stream(&app, &actor, request).await?;
        let outcome = match common.output {
            Some(path) if path == Path::new("-") => copy(download, &mut io::stdout().lock()).await.map(drop),
            Some(path) => save(download, &path).await,
            None => {
                let path = PathBuf::from(&download.file_name);
                save(download, &path).await
            }
        };
        // The line in the log of exports.
        app.settle().await;
        outcome
    }
}

type Parameters = Vec<(String, String)>;

/// Those that were given.
fn given<const N: usize>(parameters: [(&str, Option<String>); N]) -> Parameters {
    parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

impl Common {
    fn parameters(&self) -> Parameters {
        given([
            ("columns", self.columns.clone()),
            ("search", self.search.clone()),
            ("money", self.money.clone()),
            ("bom", self.bom.then(|| "true".to_owned())),
            ("formulas", self.formulas.clone()),
        ])
    }
}

impl Records {
    fn parameters(self) -> (ExportKind, Common, Vec<String>, Parameters) {
        let own = given([
            ("status", self.status),
            ("date_from", self.date_from),
            ("date_to", self.date_to),
            ("min_profit_cents", self.min_profit_cents),
            ("max_profit_cents", self.max_profit_cents),
            ("updated_since", self.updated_since),
        ]);
        (ExportKind::Records, self.common, self.account, own)
    }
}

impl Sellers {
    fn parameters(self) -> (ExportKind, Common, Vec<String>, Parameters) {
        let own = given([
            ("flagged", self.flagged),
            ("run_id", self.run_id),
            ("run_scope", self.run_scope),
            ("seen_in_run", self.seen_in_run),
            ("min_times_seen", self.min_times_seen),
            ("min_feedback_percent", self.min_feedback_percent),
            ("min_feedback_count", self.min_feedback_count),
            ("created_from", self.created_from),
            ("created_to", self.created_to),
            ("as_of", self.as_of),
            ("added_since", self.added_since),
        ]);
        (ExportKind::Sellers, self.common, Vec::new(), own)
    }
}

async fn account(app: &App, actor: &Actor, code: &str) -> Result<String, Failure> {
    match accounts::get_by_code(app, actor, code).await {
        Ok(account) => Ok(IdKind::Account.show(account.id)),
        Err(crate::error::Error::NotFound { .. }) => Err(Failure::new(format!("there is no account `{code}`"))),
        Err(error) => Err(error.into()),
    }
}

/// Writes beside the file's place, then moves it there.
async fn save(download: Download, path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let failed = |error: io::Error| Failure::new(format!("writing {}: {error}", path.display()));
    let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
    let bytes = copy(download, file.as_file_mut()).await?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    super::note(format!("wrote {} ({})", path.display(), indicatif::HumanBytes(bytes)));
    Ok(())
}

async fn copy(download: Download, out: &mut impl Write) -> Result<u64, Failure> {
    let bar = progress::bytes("exporting");
    let mut chunks = pin!(download.chunks());
    let mut bytes = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|_| Failure::new("the export could not be completed; the log line above has the cause"))?;
        match out.write_all(&chunk) {
            // Whoever stopped reading has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(bytes),
            outcome => outcome.map_err(|error| Failure::new(format!("writing: {error}")))?,
        }
        bytes += chunk.len() as u64;
        bar.inc(chunk.len() as u64);
    }
    out.flush().map_err(|error| Failure::new(format!("writing: {error}")))?;
    bar.finish_and_clear();
    Ok(bytes)
}
