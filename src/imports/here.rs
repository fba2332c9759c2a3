//! Imports within one process, for commands: no queue and no stored file, the same work and the same rules.
//!
//! What a reader would get wrong: each of these returns when it is done. Whoever is killed meanwhile has changed nothing but the
//! import itself, which is given up by the clock.

use std::{path::Path, sync::Arc};

use entity::import::ImportStatus as S;
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Import, NewImport,
    carry_out::carry_out,
    change::{check_ready, check_undoable},
    check::check,
    edited::refuse_edited,
    sight::Sight,
    start::start,
    store::{blame, change, told},
    task::Task,
    undo::undo,
};
use crate::{
    app::App,
    auth::Actor,
    db::Transaction,
    error::{Error, Result},
    jobs::JobError,
};

/// Hears of every change of an import while it is worked on.
pub type OnChange = Arc<dyn Fn(&Import) + Send + Sync>;

/// Starts an import and checks the file at `path` at once. It is [`Ready`](super::ImportStatus::Ready) then, or
/// [`Invalid`](super::ImportStatus::Invalid).
///
/// # Errors
/// As [`start`]; a file that cannot be read.
pub async fn check_here(app: &App, actor: &Actor, new: NewImport, path: &Path, on_change: OnChange) -> Result<Import> {
    let import = start(app, actor, new).await?;
    let task = Task::here(app, actor, import, on_change)?;
    let checked = check(&task, Some(path)).await.map_err(|error| match error {
        JobError::Retry(error) | JobError::GiveUp(error) => error,
        JobError::Stopped => Error::internal("nobody stops a command's import"),
    });
    or_blamed(&task, checked, S::Failed).await
}

/// Carries out an import that was checked.
///
/// # Errors
/// As [`commit`](super::commit), and what carrying it out fails with; nothing is written then.
pub async fn commit_here(app: &App, actor: &Actor, id: Uuid, on_change: OnChange) -> Result<Import> {
    let import = turn(app, actor, id, S::Committing, false).await?;
    let task = Task::here(app, actor, import, on_change)?;
    let committed = carry_out(&task).await;
    or_blamed(&task, committed, S::Failed).await
}

/// Undoes an import.
///
/// # Errors
/// As [`rollback`](super::rollback), and what undoing it fails with; nothing is written then.
pub async fn rollback_here(
    app: &App,
    actor: &Actor,
    id: Uuid,
    include_edited: bool,
    on_change: OnChange,
) -> Result<Import> {
    let import = turn(app, actor, id, S::RollingBack, include_edited).await?;
    let task = Task::here(app, actor, import, on_change)?;
    let undone = undo(&task).await;
    or_blamed(&task, undone, S::Committed).await
}

/// Lets something be done to an import, if it can be.
async fn turn(app: &App, actor: &Actor, id: Uuid, to: S, include_edited: bool) -> Result<Import> {
    let (sight, now) = (Sight::of(actor)?, app.clock.now());
    let turned = app.db.write(move |tx: &Transaction| {
        Box::pin(async move {
            let import = sight.locked(tx, id).await?;
            if to == S::Committing {
                check_ready(&import)?;
            } else {
                check_undoable(&import, now)?;
                if !include_edited {
                    refuse_edited(tx, &import).await?;
                }
            }
            change(tx, import, now, |row| (row.status, row.with_edited) = (Set(to), Set(include_edited))).await
        })
    });
    turned.await.map(|import| told(app, import))
}

/// What failed leaves the import as it then is, with the reason.
async fn or_blamed(task: &Task<'_>, done: Result<Import>, failed: S) -> Result<Import> {
    let error = match done {
        Ok(import) => return Ok(import),
        Err(error) => error,
    };
    let (code, message) = (error.code(), error.to_string());
    let noted = task.alter(move |row| {
        (row.status, row.phase) = (Set(failed), Set(None));
        blame(row, code, message);
    });
    if let Err(error) = noted.await {
        error.log();
    }
    Err(error)
}
