//! Checking a file: what is in it, every fault of it, and what it would change.
//!
//! Not here: how it is read (`sheet`), where its rows go (`stage.rs`), how they are compared (`records`, `sellers`). What a
//! reader would get wrong: every check begins anew, under a number of its own; what another one left counts for nothing.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use entity::import::{ImportPhase, ImportStatus as S};
use futures::TryStreamExt;
use sea_orm::ActiveValue::Set;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use super::{
    Import,
    faults::{self, Faults, Found},
    kind, reading, records, sample, sellers, stage,
    stage::{Staged, Staging},
    start::GUARDED,
    store::{change, existing, forgive},
    task::{Meter, Task},
};
use crate::{
    app::App,
    db::stored,
    error::{Context, Error, Result},
    jobs::JobError,
    sheet::{self, Limits, SheetError, SheetFormat, SheetKind, Survey},
};

/// What a check would change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that are not there yet.
    pub added: u64,
    /// Rows that are there, and otherwise.
    pub changed: u64,
    /// Rows that are there just so.
    pub unchanged: u64,
}

/// How a check ended.
enum Outcome {
    Ready(Counts),
    Invalid(Faults),
}

/// Checks the file of an import; `here` is where a command has it.
///
/// # Errors
/// To be tried again when the cause may pass.
pub async fn check(task: &Task<'_>, here: Option<&Path>) -> Result<Import, JobError> {
    let import = begin(task).await?;
    stage::clear(task.app, &import).await?;
    let fetched = match here {
        Some(_) => None,
        None => Some(fetch(task.app, &import).await?),
    };
    let path = here.or(fetched.as_ref().map(NamedTempFile::path)).map(Path::to_owned);
    let path = path.ok_or_else(|| Error::internal("a file that is checked lies somewhere"))?;
    let outcome = match examine(task, &import, path).await {
        Ok(outcome) => outcome,
        Err(SheetError::Stopped) => return Err(JobError::stopped()),
        Err(error) if error.is_of_the_file() => {
            let mut faults = Faults::default();
            faults.push(Found::of_file(&error));
            Outcome::Invalid(faults)
        }
        Err(SheetError::Other(error)) => return Err(error.into()),
        Err(error) => return Err(Error::caused("reading a file that is imported", error).into()),
    };
    Ok(finish(task, &import, outcome).await?)
}

/// Says that it has begun, and forgets what an earlier check found.
async fn begin(task: &Task<'_>) -> Result<Import> {
    let (now, org_id, id, right) = (task.app.clock.now(), task.org_id(), task.import.id, task.right.clone());
    let begun = task.app.db.write(move |tx| {
        Box::pin(async move {
            right.hold(tx).await?;
            let import = existing(tx, org_id, id).await?;
            faults::clear(tx, id).await?;
            let attempt = import.attempt + 1;
            change(tx, import, now, |row| {
                (row.status, row.phase) = (Set(S::Checking), Set(Some(ImportPhase::Surveying)));
                (row.attempt, row.is_staged) = (Set(attempt), Set(true));
                (row.rows_done, row.rows_total, row.bytes_done) = (Set(0), Set(None), Set(0));
                (row.added, row.changed, row.unchanged) = (Set(None), Set(None), Set(None));
                (row.fault_count, row.checked_at, row.sample) = (Set(0), Set(None), Set(None));
                forgive(row);
            })
            .await
        })
    });
    Ok(task.told(begun.await?))
}

/// Brings the file here: it is read twice, and in places.
async fn fetch(app: &App, import: &Import) -> Result<NamedTempFile> {
    let (Some(key), Some(bytes)) = (&import.file_key, import.bytes) else {
        return Err(Error::conflict("IMPORT_NO_FILE", "the file is not there any more; start another import"));
    };
    let bytes = u64::try_from(bytes).map_err(|error| Error::caused("reading the size of a file", error))?;
    let keeping = "keeping a file while it is read";
    let place = NamedTempFile::new_in(app.config.spool_dir()).doing(keeping)?;
    let mut file = tokio::fs::File::from_std(place.reopen().doing(keeping)?);
    let mut chunks = app.files.read(key, 0..bytes).await?;
    while let Some(chunk) = chunks.try_next().await.doing("fetching a file to read it")? {
        file.write_all(&chunk).await.doing(keeping)?;
    }
    file.flush().await.doing(keeping)?;
    Ok(place)
}

async fn examine(task: &Task<'_>, import: &Import, path: PathBuf) -> Result<Outcome, SheetError> {
    let limits =
        Limits { bytes: task.app.config.import_max_bytes, rows: task.app.config.import_max_rows, ..Limits::default() };
    let survey = Arc::new(survey(task, import, path.clone(), limits).await?);
    tell_survey(task, &survey).await?;
    let mut found = Faults::default();
    found.extend(survey.faults.iter().cloned());
    found.extend(forbidden(task, &survey));
    if !found.is_empty() {
        return Ok(Outcome::Invalid(found));
    }
    let staged = read(task, import, path, &survey, limits).await?;
    tell_sample(task, &staged).await?;
    if !staged.faults.is_empty() {
        return Ok(Outcome::Invalid(staged.faults));
    }
    Ok(compare(task, import, &survey).await?)
}

/// The first pass.
async fn survey(task: &Task<'_>, import: &Import, path: PathBuf, limits: Limits) -> Result<Survey, SheetError> {
    let (kind, reading) = (kind(import)?, reading(import)?);
    let meter = Arc::new(Meter::default());
    let noted = Arc::clone(&meter);
    task.on_thread(&meter, move |stop| sheet::survey(&path, kind, &reading, &limits, &|step| noted.note(step), &stop))
        .await?
}

/// Columns that the person may not fill.
fn forbidden(task: &Task<'_>, survey: &Survey) -> Vec<Found> {
    let guarded = |column: &sheet::SurveyedColumn| {
        let (_, permission) = GUARDED.into_iter().find(|(field, _)| column.mapped == Some(*field))?;
        let fault = task.actor.require(permission).err()?;
        let reason = format!("may not be filled by you: {fault}");
        Some(Found { column: Some(column.header.clone()), ..Found::of_row(1, "FORBIDDEN_COLUMN", reason) })
    };
    survey.columns.iter().filter_map(guarded).collect()
}

async fn tell_survey(task: &Task<'_>, survey: &Survey) -> Result<()> {
    let found = serde_json::to_string(survey).map_err(|error| Error::caused("storing what is in a file", error))?;
    let (rows, bytes) = (stored(survey.rows), stored(survey.bytes));
    let format = match survey.format {
        SheetFormat::Csv => "CSV",
        SheetFormat::Json => "JSON",
        SheetFormat::Ndjson => "NDJSON",
        SheetFormat::Xlsx => "XLSX",
    };
    let told = task.alter(move |row| {
        (row.survey, row.format, row.rows_total) = (Set(Some(found)), Set(Some(format.to_owned())), Set(Some(rows)));
        (row.bytes, row.bytes_done) = (Set(Some(bytes)), Set(bytes));
        row.phase = Set(Some(ImportPhase::Reading));
    });
    told.await.map(drop)
}

/// The second pass: the rows go into the database, beside the real ones.
async fn read(
    task: &Task<'_>,
    import: &Import,
    path: PathBuf,
    survey: &Arc<Survey>,
    limits: Limits,
) -> Result<Staged, SheetError> {
    let mut staging = Staging::open(task, import, survey).await?;
    let meter = Arc::new(Meter::default());
    let (noted, survey) = (Arc::clone(&meter), Arc::clone(survey));
    let loader = task.app.db.loader().await?;
    task.on_thread(&meter, move |stop| {
        staging.load(loader, stop.clone())?;
        let on_step = |step| noted.note(step);
        match survey.kind {
            SheetKind::Records => {
                sheet::read_records(&path, &survey, &limits, &on_step, &stop, &mut |row| staging.record(row))
            }
            SheetKind::Sellers => {
                sheet::read_sellers(&path, &survey, &limits, &on_step, &stop, &mut |row| staging.seller(row))
            }
        }?;
        Ok(staging.finish()?)
    })
    .await?
}

async fn tell_sample(task: &Task<'_>, staged: &Staged) -> Result<()> {
    let (sample, rows) = (sample::stored(&staged.sample)?, stored(staged.rows));
    let told = task.alter(move |row| {
        (row.sample, row.rows_done, row.phase) = (Set(Some(sample)), Set(rows), Set(Some(ImportPhase::Comparing)));
    });
    told.await.map(drop)
}

/// What the rows would change, and the faults that only what is stored shows.
async fn compare(task: &Task<'_>, import: &Import, survey: &Arc<Survey>) -> Result<Outcome> {
    let table = stage::table(survey.kind);
    task.app.db.refresh_grown_statistics(table).await?;
    let (import, survey, right) = (import.clone(), Arc::clone(survey), task.right.clone());
    let compared = task.app.db.write_much(move |tx| {
        Box::pin(async move {
            right.hold(tx).await?;
            match survey.kind {
                SheetKind::Records => records::compare(tx, &import, &survey).await,
                SheetKind::Sellers => sellers::compare(tx, &import, &survey).await,
            }
        })
    });
    let (counts, faults) = compared.await?;
    Ok(if faults.is_empty() { Outcome::Ready(counts) } else { Outcome::Invalid(faults) })
}

async fn finish(task: &Task<'_>, import: &Import, outcome: Outcome) -> Result<Import> {
    let (now, org_id, id, right) = (task.app.clock.now(), task.org_id(), import.id, task.right.clone());
    let is_valid = matches!(outcome, Outcome::Ready(_));
    let finished = task.app.db.write(move |tx| {
        Box::pin(async move {
            right.done(tx).await?;
            let import = existing(tx, org_id, id).await?;
            let (status, counts, count) = match outcome {
                Outcome::Ready(counts) => (S::Ready, Some(counts), 0),
                Outcome::Invalid(found) => {
                    faults::write(tx, id, found.kept).await?;
                    (S::Invalid, None, stored(found.count))
                }
            };
            change(tx, import, now, |row| {
                (row.status, row.phase, row.checked_at) = (Set(status), Set(None), Set(Some(now)));
                row.fault_count = Set(count);
                row.added = Set(counts.map(|counts| stored(counts.added)));
                row.changed = Set(counts.map(|counts| stored(counts.changed)));
                row.unchanged = Set(counts.map(|counts| stored(counts.unchanged)));
            })
            .await
        })
    });
    let import = task.told(finished.await?);
    if !is_valid {
        stage::clear_all(task.app, &import).await;
    }
    Ok(import)
}
