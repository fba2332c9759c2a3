//! The work of an export job: the same rows and encoders as a download, into a file instead of an answer.
//!
//! Not here: leases and further tries (`jobs`), where the file lies (`files`). What a reader would get wrong: every try
//! begins anew, in a new snapshot and under a key of its own, and the file counts only when the transaction that names it
//! is committed under the lease; what a lost or killed try leaves behind is the sweep's.

use std::{
    convert::Infallible,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use entity::{
    export_job::{self, ExportJobStatus},
    export_log::ExportOutcome,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use tokio::{
    sync::oneshot,
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

use super::{
    ACTIVE, ExportJob, ExportRequest,
    artifact::request_of,
    change::{change, end_cancelled},
    file_name,
    log::{self, End},
    produce::Production,
    reach, spool,
    tell::tell,
};
use crate::{
    app::App,
    auth::{self, Scope},
    background,
    db::{Transaction, stored},
    error::{Context, Error, Result},
    jobs::{JobError, Lease},
    progress::Topic,
};

/// Between two writes of the progress: four a second at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// One try at a job.
struct Try<'a> {
    app: &'a App,
    lease: &'a Lease,
    id: Uuid,
    key: String,
    request: ExportRequest,
    scope: Scope,
    reach: Option<String>,
}

/// What a try made.
struct Made {
    rows: u64,
    bytes: u64,
    /// 64 hex digits.
    sha256: String,
}

/// Makes the file of an export job.
///
/// # Errors
/// To be tried again when the cause may pass; given up when the person who asked for it may no longer have it.
pub async fn run(app: &App, lease: &Lease) -> Result<(), JobError> {
    let made = tokio::select! {
        made = attempt(app, lease) => made?,
        () = lease.stop().cancelled_owned() => return Err(JobError::stopped()),
    };
    let Some((work, made)) = made else {
        // Deleted or finished meanwhile: there is nothing to do.
        return Ok(lease.finish_alone(&app.db).await?);
    };
    if let Err(error) = work.finish(&made).await {
        work.leave(&error).await;
        return Err(error.into());
    }
    app.progress.changed(Topic::Export, work.id);
    tracing::info!(id = %work.id, rows = made.rows, bytes = made.bytes, "exported");
    Ok(())
}

/// All but the transaction that makes the file the job's. May be dropped at any moment, and then leaves nothing.
async fn attempt<'a>(app: &'a App, lease: &'a Lease) -> Result<Option<(Try<'a>, Made)>, JobError> {
    let Some(job) = unfinished(app.db.read(), lease.org_id(), lease.job().subject()).await? else { return Ok(None) };
    let work = Try::prepare(app, lease, &job).await?;
    work.begin().await?;
    let made = work.make().await?;
    Ok(Some((work, made)))
}

/// The queue gives the job up: the same transaction says why.
///
/// # Errors
/// The database's own failure.
pub async fn gave_up(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid, why: &Error) -> Result<()> {
    let Some(job) = unfinished(tx, org_id, id).await? else { return Ok(()) };
    log::end_job(tx, &job, now, End::without(ExportOutcome::Failed)).await?;
    let (code, message) = (why.code(), why.to_string());
    let failed = change(tx, job, now, |row| {
        row.status = Set(ExportJobStatus::Failed);
        (row.error_code, row.error_message) = (Set(Some(code.to_owned())), Set(Some(message)));
        row.completed_at = Set(Some(now));
    });
    tell(tx, &failed.await?, now).await
}

/// The job was running and has been stopped by a person.
///
/// # Errors
/// The database's own failure.
pub async fn cancelled(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid) -> Result<()> {
    let Some(job) = unfinished(tx, org_id, id).await? else { return Ok(()) };
    end_cancelled(tx, job, now).await.map(drop)
}

/// The job waits for another try.
///
/// # Errors
/// The database's own failure.
pub async fn put_back(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid) -> Result<()> {
    let Some(job) = unfinished(tx, org_id, id).await? else { return Ok(()) };
    change(tx, job, now, |row| row.status = Set(ExportJobStatus::Pending)).await.map(drop)
}

impl<'a> Try<'a> {
    /// Asks again whether the person may have what they asked for.
    async fn prepare(app: &'a App, lease: &'a Lease, job: &ExportJob) -> Result<Self, JobError> {
        let gone = || Error::NotFound { what: "member" };
        let actor = auth::of_member(app, job.member_id.ok_or_else(gone)?).await?;
        let request = request_of(job)?;
        let scope = actor.require(request.filter.kind().permission())?;
        let reach = reach::of(app, &scope, &request.filter).await?;
        let extension = request.format.extension();
        let key = format!("{}/{}-{}.{extension}", job.org_id.simple(), job.id.simple(), lease.mark());
        Ok(Self { app, lease, id: job.id, key, request, scope, reach })
    }

    /// Says that it has begun.
    async fn begin(&self) -> Result<()> {
        let now = self.app.clock.now();
        self.write(move |row| {
            (row.status, row.started_at) = (Set(ExportJobStatus::Processing), Set(Some(now)));
        })
        .await
    }

    /// Reads, encodes and writes; the progress beside it.
    async fn make(&self) -> Result<Made> {
        let production = Production::of(self.app, &self.scope, &self.request).await?;
        let read = Arc::clone(&production.rows_read);
        let (writer, reader) = spool::open_for_job(self.app.config.spool_dir(), self.app.config.spool_limit_bytes);
        let (tell_hash, mut hash) = oneshot::channel();
        background::spawn("export", move || production.into_file(&writer, tell_hash))?;
        let chunks = std::pin::pin!(reader.chunks());
        let bytes = tokio::select! {
            written = self.app.files.write(&self.key, chunks, |_| {}) => written?,
            // A database that is slow to take it does not hold up the file.
            never = self.tell(&read) => match never {},
        };
        // From here to the end nothing is awaited: whoever dropped this would leave the file.
        let sha256 = hash.try_recv();
        let sha256 = sha256.map_err(|error| Error::caused("taking the hash of a whole file", error))?;
        Ok(Made { rows: read.load(Ordering::Relaxed), bytes, sha256 })
    }

    /// Tells how many rows have been read and how many there are, for as long as it is awaited.
    ///
    /// They are counted meanwhile, not before: that takes a tenth of the time that reading them takes.
    async fn tell(&self, read: &AtomicU64) -> Infallible {
        let total = OnceLock::new();
        let counting = async {
            let (filter, scope) = (self.request.filter.clone(), self.scope.clone());
            match self.app.db.read_beside(|tx| Box::pin(async move { filter.count(tx, &scope).await })).await {
                Ok(counted) => drop(total.set(counted)),
                // The last write of a job that succeeds has the total in any case.
                Err(error) => error.log(),
            }
        };
        let (never, ()) = tokio::join!(self.tell_progress(read, &total), counting);
        never
    }

    async fn tell_progress(&self, read: &AtomicU64, total: &OnceLock<u64>) -> Infallible {
        let mut ticks = interval(PROGRESS_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        let mut told = (0, None);
        loop {
            ticks.tick().await;
            let seen = (read.load(Ordering::Relaxed), total.get().copied());
            // A workbook is written when its last row has been read; meanwhile there is no news.
            if seen != std::mem::replace(&mut told, seen) {
                self.progress(seen).await;
            }
        }
    }

    /// Rows so far, and in all once they are counted. That it cannot be told does not stop the work; a lost lease does,
    /// by itself.
    async fn progress(&self, (rows, total): (u64, Option<u64>)) {
        let (rows, total) = (stored(rows), total.map(stored));
        let written = self.write(move |row| {
            // A try begins anew; what was shown never goes back.
            let shown = row.rows_done.try_as_ref().copied().unwrap_or_default();
            row.rows_done = Set(rows.max(shown));
            if total.is_some() {
                row.rows_total = Set(total);
            }
        });
        if let Err(error) = written.await {
            error.log();
        }
    }

    /// Under the lease: the file becomes the job's.
    async fn finish(&self, made: &Made) -> Result<()> {
        let now = self.app.clock.now();
        let kept = chrono::TimeDelta::days(self.app.config.export_retention_days.into());
        let (end, rows, bytes) = (End::whole(made.rows, made.bytes), stored(made.rows), stored(made.bytes));
        let (sha256, key, reach) = (made.sha256.clone(), self.key.clone(), self.reach.clone());
        let name = file_name(&self.request, now);
        let (id, lease) = (self.id, self.lease.clone());
        self.app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    lease.done(tx).await?;
                    let job = running(tx, lease.org_id(), id).await?;
                    log::end_job(tx, &job, now, end).await?;
                    let completed = change(tx, job, now, |row| {
                        row.status = Set(ExportJobStatus::Completed);
                        (row.rows_done, row.rows_total, row.bytes) = (Set(rows), Set(Some(rows)), Set(Some(bytes)));
                        (row.sha256, row.file_name, row.file_key) =
                            (Set(Some(sha256)), Set(Some(name)), Set(Some(key)));
                        row.reach = Set(reach);
                        (row.completed_at, row.expires_at) = (Set(Some(now)), Set(Some(now + kept)));
                    });
                    tell(tx, &completed.await?, now).await
                })
            })
            .await
    }

    /// After a failure to [`finish`](Self::finish): takes the file away when it is certain that nothing names it.
    ///
    /// A commit whose answer was lost with its connection may be done. Whether it was, the sweep asks the database later.
    async fn leave(&self, failure: &Error) {
        if let Error::Conflict { .. } = failure
            && let Err(error) = self.app.files.delete(&self.key).await
        {
            error.log();
        }
    }

    /// Writes a change under the lease and tells those who watch.
    async fn write(&self, alter: impl FnOnce(&mut export_job::ActiveModel) + Send + 'static) -> Result<()> {
        let (now, id, lease) = (self.app.clock.now(), self.id, self.lease.clone());
        self.app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    lease.hold(tx).await?;
                    change(tx, running(tx, lease.org_id(), id).await?, now, alter).await
                })
            })
            .await?;
        self.app.progress.changed(Topic::Export, id);
        Ok(())
    }
}

/// The job, unless it has ended or is gone.
async fn unfinished(db: &impl ConnectionTrait, org_id: Uuid, id: Uuid) -> Result<Option<ExportJob>> {
    let found = export_job::Entity::find_by_id(id)
        .filter(export_job::Column::OrgId.eq(org_id))
        .filter(export_job::Column::Status.is_in(ACTIVE))
        .one(db)
        .await;
    found.doing("finding an export that has not ended")
}

async fn running(tx: &Transaction, org_id: Uuid, id: Uuid) -> Result<ExportJob> {
    let found = unfinished(tx, org_id, id).await?;
    found.ok_or_else(|| Error::internal("whoever holds the lease of a job finds it unfinished"))
}
