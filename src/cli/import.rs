//! `sellerbook import`: reads records or sellers from a CSV file, all of it or nothing.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use tempfile::NamedTempFile;

use super::{database, failure::Failure, progress, say, settings::Settings};
use crate::{
    app::App,
    csv_file::{OnStep, Step},
    records, sellers,
};

#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// Records of one account: adds new orders, changes known ones
    ///
    /// The columns are those of an export. ebay_order_id, sale_date, item_name and sale_price_cents (or sale_price, in
    /// dollars) must be there; computed columns are ignored. A known order keeps what the file has no column for.
    Records {
        /// Code of the account
        #[arg(long)]
        account: String,
        #[command(flatten)]
        source: Source,
    },
    /// Sellers: adds new ones, changes known ones
    ///
    /// The columns are those of an export; display_name must be there. A known seller keeps what the file has no column
    /// for.
    Sellers {
        #[command(flatten)]
        source: Source,
    },
}

#[derive(Debug, Args)]
pub(super) struct Source {
    /// Slug of the organisation
    #[arg(long)]
    org: String,
    /// CSV file in UTF-8; `-` reads standard input
    file: PathBuf,
}

impl Import {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let (Self::Records { source, .. } | Self::Sellers { source }) = &self;
        let app = database::open(settings).await?;
        let actor = database::operator(&app, &source.org).await?;
        let spooled = if source.file == Path::new("-") { Some(spool(&app)?) } else { None };
        let path = spooled.as_ref().map_or(source.file.as_path(), NamedTempFile::path);
        let bar = progress::bar("checking", 0);
        let on_step = shown_on(bar.clone());
        let summary = match &self {
            Self::Records { account, .. } => records::import(&app, &actor, account, path, on_step).await,
            Self::Sellers { .. } => sellers::import(&app, &actor, path, on_step).await,
        };
        bar.finish_and_clear();
        let summary = summary?;
        say(format_args!("{} added, {} changed, {} unchanged", summary.added, summary.changed, summary.unchanged))
    }
}

/// The file is read twice, which standard input cannot be.
fn spool(app: &App) -> Result<NamedTempFile, Failure> {
    let failed = |error: io::Error| Failure::new(format!("keeping standard input in a temporary file: {error}"));
    let mut file = NamedTempFile::new_in(app.config.spool_dir()).map_err(failed)?;
    io::copy(&mut io::stdin().lock(), &mut file).map_err(failed)?;
    Ok(file)
}

fn shown_on(bar: ProgressBar) -> OnStep {
    Arc::new(move |step| {
        let (what, done, total) = match step {
            Step::Checking(done, total) => ("checking", done, total),
            Step::Writing(done, total) => ("writing", done, total),
        };
        bar.set_message(what);
        bar.set_length(total);
        bar.set_position(done);
    })
}
