//! The job of an import: checks it, carries it out or undoes it, whichever was asked for.
//!
//! Not here: leases and further tries (`jobs`), and the work itself (`check.rs`, `carry_out.rs`). What a reader would get wrong:
//! the status of the import says what there is to do; every change of it is written under the lease.

use chrono::{DateTime, Utc};
use entity::import::ImportStatus as S;
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    carry_out::carry_out,
    change::end_cancelled,
    check::check,
    store::{blame, change, find},
    task::Task,
    undo::undo,
};
use crate::{
    app::App,
    db::Transaction,
    error::{Error, Result},
    jobs::{JobError, Lease},
};

/// How an import stands with which there is something to do.
const WAITING: [S; 4] = [S::Pending, S::Checking, S::Committing, S::RollingBack];

/// Does what was asked for of an import.
///
/// # Errors
/// To be tried again when the cause may pass; given up when the person who asked for it may no longer, or it cannot be done.
pub async fn run(app: &App, lease: &Lease) -> Result<(), JobError> {
    tokio::select! {
        done = attempt(app, lease) => done,
        () = lease.stop().cancelled_owned() => Err(JobError::stopped()),
    }
}

async fn attempt(app: &App, lease: &Lease) -> Result<(), JobError> {
    let asked = find(app.db.read(), lease.org_id(), lease.job().subject()).await?;
    let Some(import) = asked.filter(|import| WAITING.contains(&import.status)) else {
        // Given up or finished meanwhile: there is nothing to do.
        return Ok(lease.finish_alone(&app.db).await?);
    };
    let (status, task) = (import.status, Task::of_job(app, lease, import).await?);
    let import = match status {
        S::Committing => carry_out(&task).await?,
        S::RollingBack => undo(&task).await?,
        _ => check(&task, None).await?,
    };
    tracing::info!(id = %import.id, status = ?import.status, rows = import.rows_total, "imported");
    Ok(())
}

/// The queue gives the job up: the same transaction says why. What was carried out stays so.
///
/// # Errors
/// The database's own failure.
pub async fn gave_up(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid, why: &Error) -> Result<()> {
    let Some(import) = find(tx, org_id, id).await? else { return Ok(()) };
    let status = match import.status {
        S::Pending | S::Checking | S::Committing => S::Failed,
        S::RollingBack => S::Committed,
        _ => return Ok(()),
    };
    change(tx, import, now, |row| {
        (row.status, row.phase) = (Set(status), Set(None));
        blame(row, why.code(), why.to_string());
    })
    .await
    .map(drop)
}

/// The job was running and has been stopped by a person.
///
/// # Errors
/// The database's own failure.
pub async fn cancelled(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid) -> Result<()> {
    let Some(import) = find(tx, org_id, id).await? else { return Ok(()) };
    match import.status {
        S::Pending | S::Checking | S::Committing => end_cancelled(tx, import, now).await.map(drop),
        _ => Ok(()),
    }
}

/// The job waits for another try.
///
/// # Errors
/// The database's own failure.
pub async fn put_back(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid) -> Result<()> {
    let Some(import) = find(tx, org_id, id).await? else { return Ok(()) };
    let status = if import.status == S::Checking { S::Pending } else { import.status };
    change(tx, import, now, |row| (row.status, row.phase) = (Set(status), Set(None))).await.map(drop)
}
