//! Changing export jobs: cancelling, trying again, deleting.
//!
//! Not here: starting (`start.rs`) and the changes of their work (`run.rs`). What a reader would get wrong: the row of the
//! queue is locked before ours, everywhere, or two transactions would wait for each other.

use chrono::{DateTime, Utc};
use entity::{
    export_job::{self, ExportJobStatus},
    export_log::ExportOutcome,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, ModelTrait, QueryFilter, QuerySelect,
    sea_query::LockType,
};
use uuid::Uuid;

use super::{
    ACTIVE, ExportJob,
    list::not_found,
    log::{self, End},
    sight::Sight,
    start::noted,
};
use crate::{
    app::App,
    audit::{self, Action},
    auth::Actor,
    db::Transaction,
    error::{Context, Error, Result},
    jobs::{self, Cancelling, Job},
    progress::{self, Topic},
};

/// Stops an export job. One that waits is cancelled at once; one that runs within a second.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing; `NOT_FOUND`; `EXPORT_FINISHED` when there is nothing left to stop.
pub async fn cancel(app: &App, actor: &Actor, id: Uuid) -> Result<ExportJob> {
    let (sight, now) = (Sight::of(actor)?, app.clock.now());
    let job = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                // The row of the queue is locked before ours, as everywhere.
                let cancelling =
                    jobs::cancel(tx, now, sight.org_id(), Job::Export(seen(tx, &sight, id).await?.id)).await?;
                let job = locked(tx, &sight, id).await?;
                if !matches!(cancelling, Cancelling::Nothing) {
                    audit::write(tx, sight.scope(), now, noted(Action::ExportCancelled, &job)).await?;
                }
                match cancelling {
                    Cancelling::Cancelled => end_cancelled(tx, job, now).await,
                    Cancelling::Asked => Ok(job),
                    Cancelling::Nothing => {
                        Err(Error::conflict("EXPORT_FINISHED", "the export has ended; there is nothing to cancel"))
                    }
                }
            })
        })
        .await?;
    Ok(told(app, job))
}

/// Tries again what failed, was cancelled or has expired: as the person who asked for it, from the beginning.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing; `NOT_FOUND`; `EXPORT_NOT_RETRYABLE` when it waits, runs or is there.
pub async fn retry(app: &App, actor: &Actor, id: Uuid) -> Result<ExportJob> {
    use ExportJobStatus as S;
    let (sight, now) = (Sight::of(actor)?, app.clock.now());
    let job = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let job = locked(tx, &sight, id).await?;
                if !matches!(job.status, S::Failed | S::Cancelled | S::Expired) {
                    let message = "only an export that failed, was cancelled or has expired can be tried again";
                    return Err(Error::conflict("EXPORT_NOT_RETRYABLE", message));
                }
                jobs::enqueue(tx, now, job.org_id, Job::Export(id)).await?;
                log::reopen_job(tx, &job).await?;
                audit::write(tx, sight.scope(), now, noted(Action::ExportRetried, &job)).await?;
                change(tx, job, now, |row| {
                    row.status = Set(S::Pending);
                    (row.rows_done, row.rows_total, row.bytes) = (Set(0), Set(None), Set(None));
                    (row.sha256, row.file_name, row.expires_at) = (Set(None), Set(None), Set(None));
                    (row.error_code, row.error_message) = (Set(None), Set(None));
                    (row.started_at, row.completed_at) = (Set(None), Set(None));
                })
                .await
            })
        })
        .await?;
    Ok(told(app, job))
}

/// Deletes an export job that has ended, and its file. The log keeps its line.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing; `NOT_FOUND`; `EXPORT_RUNNING` when it has not ended.
pub async fn delete(app: &App, actor: &Actor, id: Uuid) -> Result<ExportJob> {
    let (sight, now) = (Sight::of(actor)?, app.clock.now());
    let job = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let job = locked(tx, &sight, id).await?;
                if ACTIVE.contains(&job.status) {
                    return Err(Error::conflict("EXPORT_RUNNING", "the export has not ended; cancel it first"));
                }
                job.clone().delete(tx).await.doing("deleting an export")?;
                audit::write(tx, sight.scope(), now, noted(Action::ExportDeleted, &job)).await?;
                progress::announce(tx, Topic::Export, id).await?;
                Ok(job)
            })
        })
        .await?;
    if let Some(key) = &job.file_key
        && let Err(error) = app.files.delete(key).await
    {
        // Nobody can ask for it any more; the sweep removes it.
        error.log();
    }
    Ok(told(app, job))
}

/// Writes a change of a job, and tells those who watch it.
pub(super) async fn change(
    tx: &Transaction,
    job: ExportJob,
    now: DateTime<Utc>,
    change: impl FnOnce(&mut export_job::ActiveModel) + Send,
) -> Result<ExportJob> {
    let (id, revision) = (job.id, job.revision);
    let mut row = job.into_active_model();
    change(&mut row);
    (row.revision, row.updated_at) = (Set(revision + 1), Set(now));
    progress::announce(tx, Topic::Export, id).await?;
    row.update(tx).await.doing("changing an export")
}

/// A job ends by the will of a person.
pub(super) async fn end_cancelled(tx: &Transaction, job: ExportJob, now: DateTime<Utc>) -> Result<ExportJob> {
    log::end_job(tx, &job, now, End::without(ExportOutcome::Cancelled)).await?;
    let cancelled = change(tx, job, now, |row| {
        (row.status, row.completed_at) = (Set(ExportJobStatus::Cancelled), Set(Some(now)));
    });
    cancelled.await
}

async fn seen(tx: &Transaction, sight: &Sight, id: Uuid) -> Result<ExportJob> {
    let found = sight.visible().filter(export_job::Column::Id.eq(id)).one(tx).await;
    found.doing("finding an export")?.ok_or_else(not_found)
}

async fn locked(tx: &Transaction, sight: &Sight, id: Uuid) -> Result<ExportJob> {
    let found = sight.visible().filter(export_job::Column::Id.eq(id)).lock(LockType::NoKeyUpdate).one(tx).await;
    found.doing("finding an export to change")?.ok_or_else(not_found)
}

fn told(app: &App, job: ExportJob) -> ExportJob {
    app.jobs.wake();
    app.progress.changed(Topic::Export, job.id);
    job
}
