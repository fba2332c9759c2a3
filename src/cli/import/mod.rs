//! `sellerbook import`: reads records or sellers from a file, all of it or nothing; and undoes that.
//!
//! The work is that of an import over the API, in this process and without a server. What a reader would get wrong: whoever
//! only checks leaves nothing behind either; the import that was begun for it is given up again.

mod faults;
mod stated;

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use tempfile::NamedTempFile;
use uuid::Uuid;

use self::stated::Stated;
use super::{database, failure::Failure, note, progress, say, settings::Settings, shown};
use crate::{
    accounts,
    app::App,
    auth::Actor,
    error::Error,
    id::IdKind,
    imports::{self, ImportPhase, ImportStatus, NewImport, OnChange},
    sheet::SheetKind,
};

#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// Records: adds new orders, changes known ones
    ///
    /// The columns are those of an export, or are like them. The order's id, the day of its sale, the item's name and the sale
    /// price must be there; computed columns are ignored. A known order keeps what the file has no column for.
    Records {
        /// Code of the account of rows that do not name one
        #[arg(long)]
        account: Option<String>,
        #[command(flatten)]
        source: Source,
    },
    /// Sellers: adds new ones, changes known ones
    ///
    /// The columns are those of an export, or are like them; or there is one name on each line. A known seller keeps what the
    /// file has no column for.
    Sellers {
        #[command(flatten)]
        source: Source,
    },
    /// Undo an import of the last 24 hours: what it added goes, what it changed is again what it was
    Rollback {
        /// Slug of the organisation
        #[arg(long)]
        org: String,
        /// Undo what was edited since as well, and those edits with it
        #[arg(long)]
        include_edited: bool,
        /// Id of the import
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Source {
    /// Slug of the organisation
    #[arg(long)]
    org: String,
    /// Only say what would be done, and what is wrong
    #[arg(long)]
    check: bool,
    /// Write what is wrong with the file to this one, as CSV: the first 10,000 faults
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    #[command(flatten)]
    stated: Stated,
    /// CSV, JSON, NDJSON or XLSX file; `-` reads standard input
    file: PathBuf,
}

impl Import {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let app = database::open(settings).await?;
        match self {
            Self::Records { account, source } => {
                let actor = database::operator(&app, &source.org).await?;
                let account_id = match account {
                    Some(code) => Some(account_of(&app, &actor, &code).await?),
                    None => None,
                };
                source.import(&app, &actor, SheetKind::Records, account_id).await
            }
            Self::Sellers { source } => {
                let actor = database::operator(&app, &source.org).await?;
                source.import(&app, &actor, SheetKind::Sellers, None).await
            }
            Self::Rollback { org, include_edited, id } => {
                let actor = database::operator(&app, &org).await?;
                roll_back(&app, &actor, IdKind::Import.read(&id)?, include_edited).await
            }
        }
    }
}

impl Source {
    /// What can be read only once, in a file: it is read twice.
    fn spooled(&self, app: &App) -> Result<Option<NamedTempFile>, Failure> {
        if self.file == Path::new("-") {
            return spool(app, io::stdin().lock()).map(Some);
        }
        let failed =
            |error: io::Error| Failure::new(format!("reading {}: {error}", shown(&self.file.to_string_lossy())));
        let file = File::open(&self.file).map_err(failed)?;
        let kind = file.metadata().map_err(failed)?.file_type();
        match (kind.is_file(), kind.is_dir()) {
            (true, _) => Ok(None),
            (_, true) => Err(failed(io::ErrorKind::IsADirectory.into())),
            _ => spool(app, file).map(Some),
        }
    }

    async fn import(self, app: &App, actor: &Actor, kind: SheetKind, account_id: Option<Uuid>) -> Result<(), Failure> {
        let spooled = self.spooled(app)?;
        let path = spooled.as_ref().map_or(self.file.as_path(), NamedTempFile::path);
        let name = self.file.file_name().filter(|_| spooled.is_none());
        let new = NewImport {
            kind,
            account_id,
            file_name: name.map_or_else(|| "standard input".to_owned(), |name| name.to_string_lossy().into_owned()),
            reading: self.stated.reading(app, kind, path).await?,
            idempotency_key: None,
        };
        let bar = progress::bar("checking", 0);
        let on_change = shown_on(bar.clone());
        let checked = imports::check_here(app, actor, new, path, Arc::clone(&on_change)).await;
        if let Ok(import) = &checked
            && import.status == ImportStatus::Ready
            && !self.check
        {
            let committed = imports::commit_here(app, actor, import.id, on_change).await;
            bar.finish_and_clear();
            let done = committed?;
            say(Summary::of(&done).done())?;
            note(format!(
                "to undo it within 24 hours: sellerbook import rollback {} --org {}",
                IdKind::Import.show(done.id),
                self.org
            ));
            return Ok(());
        }
        bar.finish_and_clear();
        let import = checked?;
        let told = match import.status {
            ImportStatus::Ready => say(Summary::of(&import).would()),
            _ => Err(faults::failure(app, actor, &import, self.faults.as_deref()).await?),
        };
        // There is no file to read it from again.
        imports::discard(app, actor, import.id).await?;
        told
    }
}

async fn roll_back(app: &App, actor: &Actor, id: Uuid, include_edited: bool) -> Result<(), Failure> {
    let bar = progress::bar("undoing", 0);
    let undone = imports::rollback_here(app, actor, id, include_edited, shown_on(bar.clone())).await;
    bar.finish_and_clear();
    match undone {
        Ok(import) => {
            let summary = Summary::of(&import);
            say(format_args!("{} removed, {} changed back", summary.added, summary.changed))
        }
        Err(error) if error.code() == "EDITED_SINCE" => Err(faults::edited(app, actor, id, &error).await?),
        Err(error) => Err(error.into()),
    }
}

/// What a file comes to.
struct Summary {
    added: i64,
    changed: i64,
    unchanged: i64,
}

impl Summary {
    fn of(import: &imports::Import) -> Self {
        let [added, changed, unchanged] =
            [import.added, import.changed, import.unchanged].map(Option::unwrap_or_default);
        Self { added, changed, unchanged }
    }

    fn done(&self) -> String {
        format!("{} added, {} changed, {} unchanged", self.added, self.changed, self.unchanged)
    }

    fn would(&self) -> String {
        format!("would be {}; nothing was written", self.done())
    }
}

async fn account_of(app: &App, actor: &Actor, code: &str) -> Result<Uuid, Failure> {
    match accounts::get_by_code(app, actor, code).await {
        Err(Error::NotFound { .. }) => Err(Failure::new(format!("there is no account `{}`", code.escape_debug()))),
        account => Ok(account?.id),
    }
}

fn spool(app: &App, mut source: impl Read) -> Result<NamedTempFile, Failure> {
    let failed = |error: io::Error| Failure::new(format!("keeping what is read in a temporary file: {error}"));
    let mut file = NamedTempFile::new_in(app.config.spool_dir()).map_err(failed)?;
    io::copy(&mut source, &mut file).map_err(failed)?;
    Ok(file)
}

fn shown_on(bar: ProgressBar) -> OnChange {
    Arc::new(move |import| {
        let (what, done, total) = match import.phase {
            Some(ImportPhase::Surveying) => ("looking into it", import.bytes_done, import.bytes),
            Some(ImportPhase::Reading) => ("checking", import.rows_done, import.rows_total),
            Some(ImportPhase::Comparing) => ("comparing", import.rows_done, import.rows_total),
            Some(ImportPhase::Writing) => ("writing", import.rows_done, import.rows_total),
            None => return,
        };
        bar.set_message(what);
        bar.set_length(u64::try_from(total.unwrap_or_default()).unwrap_or_default());
        bar.set_position(u64::try_from(done).unwrap_or_default());
    })
}
