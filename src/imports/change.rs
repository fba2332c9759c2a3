//! What a person does to an import that has its file: has it read otherwise, carried out, undone; or gives it up.
//!
//! Not here: the work itself (`run.rs`). What a reader would get wrong: each of these only asks for it; the job does it, as the
//! person who asked, and asks again whether they may.

use chrono::{DateTime, Utc};
use entity::import::{self, ImportStatus as S};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::{
    Import, KEPT_FOR, ROLLBACK_FOR,
    edited::refuse_edited,
    kind,
    sight::{Sight, not_found},
    start::{GUARDED, check_reading, stored_reading},
    store::{ask, change, forgive, told},
    survey,
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::Actor,
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    jobs::{self, Cancelling, Job},
    sheet::Reading,
    text::{self, LONGEST_REMARK},
};

/// States otherwise how the file is to be read, and has it checked again.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; `NOT_FOUND`; `INVALID_MAPPING`; `IMPORT_BUSY` while something is being done to it;
/// `IMPORT_ENDED` when it was carried out or given up.
pub async fn change_reading(app: &App, actor: &Actor, id: Uuid, reading: Reading) -> Result<Import> {
    let (sight, now) = (Sight::of(actor)?, app.clock.now());
    let changed = app.db.write(move |tx| {
        Box::pin(async move {
            let import = sight.locked(tx, id).await?;
            check_reading(kind(&import)?, &reading)?;
            let has_file = match import.status {
                S::AwaitingFile => false,
                S::Ready | S::Invalid | S::Failed => true,
                _ => return Err(not_now(&import)),
            };
            if has_file {
                jobs::enqueue(tx, now, import.org_id, Job::Import(id)).await?;
            }
            let stated = stored_reading(&reading)?;
            change(tx, import, now, |row| {
                row.reading = Set(stated);
                ask(row, sight.scope());
                row.expires_at = Set(Some(now + KEPT_FOR));
                if has_file {
                    row.status = Set(S::Pending);
                    forgive(row);
                }
            })
            .await
        })
    });
    changed.await.map(|import| told(app, import))
}

/// Has an import carried out: all of it, or nothing.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing, or not write a remark that is in it; `NOT_FOUND`; `IMPORT_NOT_READY` when it was not
/// checked, or has faults; `IMPORT_BUSY`; `IMPORT_ENDED`; `INVALID_TEXT` for a note that cannot be kept.
pub async fn commit(app: &App, actor: &Actor, id: Uuid, note: Option<String>) -> Result<Import> {
    let (sight, asker, now) = (Sight::of(actor)?, actor.clone(), app.clock.now());
    let note = note.filter(|note| !note.is_empty());
    text::check("note", note.as_deref().unwrap_or_default(), LONGEST_REMARK)?;
    let committing = app.db.write(move |tx| {
        Box::pin(async move {
            let import = sight.locked(tx, id).await?;
            check_ready(&import)?;
            require_guarded(&asker, &import)?;
            jobs::enqueue(tx, now, import.org_id, Job::Import(id)).await?;
            change(tx, import, now, |row| {
                (row.status, row.note) = (Set(S::Committing), Set(note));
                ask(row, sight.scope());
                row.expires_at = Set(Some(now + KEPT_FOR));
                forgive(row);
            })
            .await
        })
    });
    committing.await.map(|import| told(app, import))
}

/// Has an import undone: what it added goes, what it changed is again what it was. What was edited since is overwritten only
/// with `include_edited`.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; `NOT_FOUND`; `IMPORT_NOT_COMMITTED`; `IMPORT_BUSY`; `ROLLBACK_TOO_LATE` a day after
/// it was carried out; `EDITED_SINCE`, with how much was.
pub async fn rollback(app: &App, actor: &Actor, id: Uuid, include_edited: bool) -> Result<Import> {
    let (sight, now) = (Sight::of(actor)?, app.clock.now());
    let rolling = app.db.write(move |tx| {
        Box::pin(async move {
            let import = sight.locked(tx, id).await?;
            check_undoable(&import, now)?;
            if !include_edited {
                refuse_edited(tx, &import).await?;
            }
            jobs::enqueue(tx, now, import.org_id, Job::Import(id)).await?;
            change(tx, import, now, |row| {
                (row.status, row.with_edited) = (Set(S::RollingBack), Set(include_edited));
                ask(row, sight.scope());
                forgive(row);
            })
            .await
        })
    });
    rolling.await.map(|import| told(app, import))
}

/// Gives an import up that was not carried out; one that is being worked on stops within a second.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; `NOT_FOUND`; `IMPORT_ENDED` when there is nothing left to give up.
pub async fn discard(app: &App, actor: &Actor, id: Uuid) -> Result<Import> {
    let (sight, now) = (Sight::of(actor)?, app.clock.now());
    let discarded = app.db.write(move |tx| {
        Box::pin(async move {
            // The row of the queue is locked before ours, as everywhere; what is seen before may be otherwise after.
            let seen = sight.visible().filter(import::Column::Id.eq(id)).one(tx).await;
            check_discardable(&seen.doing("finding an import")?.ok_or_else(not_found)?)?;
            let cancelling = jobs::cancel(tx, now, sight.org_id(), Job::Import(id)).await?;
            let import = sight.locked(tx, id).await?;
            check_discardable(&import)?;
            let entry = Entry::of(Action::ImportDiscarded).on(Id(IdKind::Import, id)).named(import.file_name.clone());
            audit::write(tx, sight.scope(), now, entry).await?;
            match cancelling {
                Cancelling::Asked => Ok(import),
                Cancelling::Cancelled | Cancelling::Nothing => end_cancelled(tx, import, now).await,
            }
        })
    });
    discarded.await.map(|import| told(app, import))
}

/// An import ends by the will of a person. What is kept for it goes with the next chore.
pub(super) async fn end_cancelled(tx: &Transaction, import: Import, now: DateTime<Utc>) -> Result<Import> {
    change(tx, import, now, |row| {
        (row.status, row.phase, row.expires_at) = (Set(S::Cancelled), Set(None), Set(Some(now)));
    })
    .await
}

/// Refuses to carry out what is not ready for it.
pub(super) fn check_ready(import: &Import) -> Result<()> {
    match import.status {
        S::Ready => Ok(()),
        // It failed when it was to be carried out: its rows are still there.
        S::Failed if import.checked_at.is_some() && import.added.is_some() => Ok(()),
        S::Invalid => Err(Error::conflict(
            "IMPORT_NOT_READY",
            "the file has faults; mend them, or state otherwise how it is read",
        )),
        S::AwaitingFile | S::Failed => Err(Error::conflict("IMPORT_NOT_READY", "the import was not checked yet")),
        _ => Err(not_now(import)),
    }
}

/// Refuses to undo what cannot be undone, or not any more.
pub(super) fn check_undoable(import: &Import, now: DateTime<Utc>) -> Result<()> {
    match (import.status, import.committed_at) {
        (S::Committed, Some(at)) if now <= at + ROLLBACK_FOR => Ok(()),
        (S::Committed, _) => {
            let message = "more than 24 hours have passed since it was carried out; it cannot be undone any more";
            Err(Error::conflict("ROLLBACK_TOO_LATE", message))
        }
        (S::RollingBack, _) => Err(not_now(import)),
        _ => Err(Error::conflict("IMPORT_NOT_COMMITTED", "only an import that was carried out can be undone")),
    }
}

/// Refuses whoever may not write a field that the file fills.
pub(super) fn require_guarded(actor: &Actor, import: &Import) -> Result<()> {
    let Some(survey) = survey(import)? else { return Ok(()) };
    for (_, permission) in GUARDED.into_iter().filter(|(field, _)| survey.has(*field)) {
        actor.require(permission)?;
    }
    Ok(())
}

fn check_discardable(import: &Import) -> Result<()> {
    match import.status {
        S::Committed | S::RollingBack => {
            Err(Error::conflict("IMPORT_ENDED", "the import was carried out; undo it instead"))
        }
        S::RolledBack | S::Cancelled | S::Expired => Err(not_now(import)),
        _ => Ok(()),
    }
}

/// What cannot be done to an import as it stands.
fn not_now(import: &Import) -> Error {
    match import.status {
        S::Pending | S::Checking => {
            Error::conflict("IMPORT_BUSY", "the file is being checked; wait for that, or give it up")
        }
        S::Committing => Error::conflict("IMPORT_BUSY", "the import is being carried out"),
        S::RollingBack => Error::conflict("IMPORT_BUSY", "the import is being undone"),
        S::Committed | S::RolledBack => {
            Error::conflict("IMPORT_ENDED", "the import was carried out already; start another")
        }
        _ => Error::conflict("IMPORT_ENDED", "the import was given up; start another"),
    }
}
