//! Imports: files of records and sellers, from their arrival to their undoing.
//!
//! In the order a person meets them: a file comes ([`start`], [`receive`]) and is checked to its end by a job; what is wrong
//! is listed ([`faults`]), how it was understood is shown ([`sample`]) and can be corrected ([`change_reading`]); it is carried
//! out, all or nothing ([`commit`]), and can be undone for a day ([`rollback`]).
//!
//! Not here: how a file is taken apart and understood (`sheet`). What a reader would get wrong: nothing of a file goes through
//! the process row by row but once, into a table beside the real ones; carrying it out and undoing it are a handful of
//! statements in one transaction, whose size does not matter.

mod carry_out;
mod change;
mod check;
mod edited;
mod expiry;
mod faults;
mod fields;
mod here;
mod list;
mod pace;
mod receive;
mod records;
mod run;
mod sample;
mod sellers;
mod sight;
mod stage;
mod start;
mod statement;
mod store;
mod task;
mod undo;
mod watch;

use chrono::{DateTime, TimeDelta, Utc};

pub use change::{change_reading, commit, discard, rollback};
pub use edited::{Edited, count_edited, edited_since};
pub use expiry::{expire, sweep};
pub use faults::{ImportFault, faults, faults_csv};
pub use here::{OnChange, check_here, commit_here, rollback_here};
pub use list::{ImportFilter, count, find_many, get, list};
pub use pace::Progress;
pub use receive::receive;
pub use run::{cancelled, gave_up, put_back, run};
pub use sample::{SampleCell, SampleRow, sample};
pub use start::{NewImport, start, start_with_file};
pub use watch::{LiveImport, watch, watch_all};

/// What is being done to an import.
pub use entity::import::ImportPhase;
/// How far an import is.
pub use entity::import::ImportStatus;
/// One import.
pub type Import = entity::import::Model;

use crate::{
    auth::{Actor, Permission},
    error::{Error, Result},
    sheet::{Field, Reading, SheetKind, Survey},
};

/// How long what was carried out can be undone.
const ROLLBACK_FOR: TimeDelta = TimeDelta::hours(24);
/// How long a file is kept that nobody carries out.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);

/// The fields that columns of such a file can fill, in the order of our own files.
///
/// # Errors
/// `FORBIDDEN` without the permission to import such rows.
pub fn fields(actor: &Actor, kind: SheetKind) -> Result<impl Iterator<Item = Field> + use<>> {
    actor.require(permission(kind))?;
    Ok(Field::of_kind(kind))
}

/// What the rows of an import are.
///
/// # Errors
/// None that a caller can cause.
pub fn kind(import: &Import) -> Result<SheetKind> {
    match import.kind.as_str() {
        "RECORDS" => Ok(SheetKind::Records),
        "SELLERS" => Ok(SheetKind::Sellers),
        _ => Err(Error::internal("an import is of records or of sellers")),
    }
}

/// What the person states of its file.
///
/// # Errors
/// None that a caller can cause.
pub fn reading(import: &Import) -> Result<Reading> {
    serde_json::from_str(&import.reading).map_err(|error| Error::caused("reading what was stated of a file", error))
}

/// What was found in its file; none before it was read to its end for the first time.
///
/// # Errors
/// None that a caller can cause.
pub fn survey(import: &Import) -> Result<Option<Survey>> {
    let read = import.survey.as_deref().map(serde_json::from_str).transpose();
    read.map_err(|error| Error::caused("reading what was found in a file", error))
}

/// Until when it can be undone; none when it cannot be, whenever.
#[must_use]
pub fn rollback_until(import: &Import) -> Option<DateTime<Utc>> {
    let is_done = matches!(import.status, ImportStatus::Committed | ImportStatus::RollingBack);
    import.committed_at.filter(|_| is_done).map(|at| at + ROLLBACK_FOR)
}

/// A kind as it is stored.
fn stored_kind(kind: SheetKind) -> &'static str {
    match kind {
        SheetKind::Records => "RECORDS",
        SheetKind::Sellers => "SELLERS",
    }
}

/// What importing such rows needs.
fn permission(kind: SheetKind) -> Permission {
    match kind {
        SheetKind::Records => Permission::ImportRecords,
        SheetKind::Sellers => Permission::WriteSellers,
    }
}
