//! The rows of the queue: in, out, and where in the line each of them stands.
//!
//! Not here: the claim, which the two databases do differently (`claim`), and what happens after a run (`settle`). What a
//! reader would get wrong: the order of claims is fair between organisations, so the oldest job is not always the next.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::job::{self, JobState};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect, Statement,
    Value,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

use super::{Job, Lease, lease::mark};
use crate::{
    app::App,
    db::{Channel, Transaction, notify},
    error::{Context, Error, Result},
};

/// Days that a finished job is kept, for whoever wants to know what happened.
const KEPT_DAYS: i64 = 30;

/// What became of the wish to stop a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelling {
    /// It had not begun and never will.
    Cancelled,
    /// It runs; its worker is told as soon as the transaction is committed and [`Jobs::wake`](super::Jobs::wake) called.
    Asked,
    /// There is no such job any more.
    Nothing,
}

/// How a lease stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Held,
    CancelAsked,
    /// Its worker has finished it, and may be tidying up.
    Done,
    Lost,
}

/// Puts a job into the queue. Call [`Jobs::wake`](super::Jobs::wake) after the commit.
///
/// # Errors
/// `JOB_EXISTS` when its subject waits or runs already.
pub async fn enqueue(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, job: Job) -> Result<()> {
    enqueue_at(tx, now, now, org_id, job).await
}

/// The same for a job that is to begin at `run_at`, or as soon after it as a worker is free.
///
/// # Errors
/// As [`enqueue`].
pub async fn enqueue_at(
    tx: &Transaction,
    now: DateTime<Utc>,
    run_at: DateTime<Utc>,
    org_id: Uuid,
    job: Job,
) -> Result<()> {
    let row = job::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(org_id),
        kind: Set(job.kind().to_owned()),
        subject_id: Set(job.subject()),
        state: Set(JobState::Pending),
        attempts: Set(0),
        fence: Set(0),
        slot: NotSet,
        run_at: Set(run_at),
        claimed_at: NotSet,
        lease_until: NotSet,
        cancel_asked_at: NotSet,
        created_at: Set(now),
        finished_at: NotSet,
    };
    let taken = || Error::conflict("JOB_EXISTS", "it waits or runs already");
    row.insert(tx).await.map_err(|error| Error::of_write("enqueueing a job", error, taken))?;
    notify(tx, Channel::Jobs, "").await
}

/// Takes a job out of the queue, or asks the worker that runs it to stop.
///
/// Call [`Jobs::wake`](super::Jobs::wake) after the commit.
///
/// # Errors
/// The database's own failure.
pub async fn cancel(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, job: Job) -> Result<Cancelling> {
    let Some(row) = live(tx, org_id, job).await? else { return Ok(Cancelling::Nothing) };
    if row.state == JobState::Pending {
        finish(tx, row, JobState::Cancelled, now).await?;
        return Ok(Cancelling::Cancelled);
    }
    if row.cancel_asked_at.is_none() {
        let mut row = row.into_active_model();
        row.cancel_asked_at = Set(Some(now));
        row.update(tx).await.doing("asking a job to stop")?;
        notify(tx, Channel::Jobs, "").await?;
    }
    Ok(Cancelling::Asked)
}

/// Locks the row of a job that waits or runs, if there is one: no worker writes its subject until the end of `tx`.
///
/// # Errors
/// The database's own failure.
pub async fn lock(tx: &Transaction, org_id: Uuid, job: Job) -> Result<()> {
    live(tx, org_id, job).await.map(drop)
}

/// Takes a job out of the queue that has not begun; one that runs is left alone. Answers whether there is none any more.
///
/// # Errors
/// The database's own failure.
pub async fn withdraw(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, job: Job) -> Result<bool> {
    match live(tx, org_id, job).await? {
        Some(row) if row.state == JobState::Running => Ok(false),
        Some(row) => finish(tx, row, JobState::Cancelled, now).await.map(|()| true),
        None => Ok(true),
    }
}

/// Puts a job into the queue unless it is there, and lets one that waits for its time begin at once; one that runs is left
/// alone. Answers whether it runs. Call [`Jobs::wake`](super::Jobs::wake) after the commit.
///
/// # Errors
/// The database's own failure.
pub async fn hurry(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, job: Job) -> Result<bool> {
    match live(tx, org_id, job).await? {
        Some(row) if row.state == JobState::Running => Ok(true),
        Some(row) => {
            let mut row = row.into_active_model();
            row.run_at = Set(now);
            row.update(tx).await.doing("letting a job begin")?;
            notify(tx, Channel::Jobs, "").await.map(|()| false)
        }
        None => enqueue(tx, now, org_id, job).await.map(|()| false),
    }
}

/// The row of a job that waits or runs, locked.
async fn live(tx: &Transaction, org_id: Uuid, job: Job) -> Result<Option<job::Model>> {
    job::Entity::find()
        .filter(job::Column::OrgId.eq(org_id))
        .filter(job::Column::SubjectId.eq(job.subject()))
        .filter(job::Column::Kind.eq(job.kind()))
        .filter(job::Column::State.is_in([JobState::Pending, JobState::Running]))
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await
        .doing("finding a job that has not ended")
}

/// The marks of those of the jobs that run (see [`Lease::mark`]): the traces of all other tries are of no use to anybody.
///
/// # Errors
/// The database's own failure.
pub async fn marks(db: &impl ConnectionTrait, jobs: &[Job]) -> Result<HashMap<Job, String>> {
    let subjects = jobs.iter().map(|job| job.subject());
    let rows = job::Entity::find()
        .filter(job::Column::State.eq(JobState::Running))
        .filter(job::Column::SubjectId.is_in(subjects))
        .all(db)
        .await
        .doing("reading which jobs run")?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((Job::read(&row.kind, row.subject_id)?, mark(row.id, row.fence))))
        .collect())
}

/// Where those of the jobs, all of one lane, stand that wait: 1 is the next. Each organisation's first go before any one's second.
///
/// # Errors
/// The database's own failure.
pub async fn positions(db: &impl ConnectionTrait, jobs: &[Job]) -> Result<HashMap<Job, u64>> {
    #[derive(FromQueryResult)]
    struct Place {
        kind: String,
        subject_id: Uuid,
        place: i64,
    }
    let Some(lane) = jobs.first().map(|job| job.lane()) else { return Ok(HashMap::new()) };
    let subjects: Vec<Value> = jobs.iter().map(|job| job.subject().into()).collect();
    let holes: Vec<String> = (1..=subjects.len()).map(|number| format!("${number}")).collect();
    let sql = format!(
        "SELECT kind, subject_id, place FROM (
            SELECT kind, subject_id, row_number() OVER (ORDER BY turn, run_at, id) AS place FROM (
                SELECT kind, subject_id, run_at, id,
                    row_number() OVER (PARTITION BY org_id ORDER BY run_at, id) AS turn
                FROM job WHERE state = 'PENDING' AND kind IN ({})
            ) AS own
        ) AS line WHERE subject_id IN ({})",
        lane.kinds_in_sql(),
        holes.join(", ")
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, subjects);
    let places = Place::find_by_statement(statement).all(db).await.doing("reading the line of jobs")?;
    let place = |place: Place| {
        let job = Job::read(&place.kind, place.subject_id).filter(|job| jobs.contains(job))?;
        Some((job, u64::try_from(place.place).ok()?))
    };
    Ok(places.into_iter().filter_map(place).collect())
}

/// Removes what ended long ago. Answers how many.
///
/// # Errors
/// The database's own failure.
pub async fn purge(app: &App) -> Result<u64> {
    let ended_before = app.clock.now() - TimeDelta::days(KEPT_DAYS);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let purged = job::Entity::delete_many()
                    .filter(job::Column::FinishedAt.lt(ended_before))
                    .exec(tx)
                    .await
                    .doing("removing finished jobs")?;
                Ok(purged.rows_affected)
            })
        })
        .await
}

/// Ends a job. `row` is locked by `tx`.
pub(super) async fn finish(tx: &Transaction, row: job::Model, state: JobState, now: DateTime<Utc>) -> Result<()> {
    let mut row = row.into_active_model();
    row.state = Set(state);
    row.slot = Set(None);
    row.lease_until = Set(None);
    row.finished_at = Set(Some(now));
    row.update(tx).await.doing("ending a job")?;
    notify(tx, Channel::Jobs, "").await
}

/// Puts a job back into the queue. `row` is locked by `tx`.
pub(super) async fn put_back(tx: &Transaction, row: job::Model, run_at: DateTime<Utc>, is_charged: bool) -> Result<()> {
    let attempts = if is_charged { row.attempts } else { row.attempts - 1 };
    let mut row = row.into_active_model();
    row.state = Set(JobState::Pending);
    row.attempts = Set(attempts);
    row.slot = Set(None);
    row.lease_until = Set(None);
    row.run_at = Set(run_at);
    row.update(tx).await.doing("putting a job back")?;
    notify(tx, Channel::Jobs, "").await
}

/// Makes the lease last from now on, and tells how it stands.
pub(super) async fn extend(app: &App, lease: &Lease) -> Result<Standing> {
    let until = app.clock.now() + app.config.job_lease();
    let (id, org_id, fence) = (lease.id(), lease.org_id(), lease.fence());
    let rows = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                job::Entity::update_many()
                    .col_expr(job::Column::LeaseUntil, Expr::value(until))
                    .filter(job::Column::Id.eq(id))
                    .filter(job::Column::OrgId.eq(org_id))
                    .filter(job::Column::State.eq(JobState::Running))
                    .filter(job::Column::Fence.eq(fence))
                    .exec_with_returning(tx)
                    .await
                    .doing("extending the lease of a job")
            })
        })
        .await?;
    match rows.first() {
        Some(row) => Ok(standing(Some(row))),
        None => look(app, lease).await,
    }
}

/// How the lease stands.
pub(super) async fn look(app: &App, lease: &Lease) -> Result<Standing> {
    Ok(standing(lease.peek(&app.db).await?.as_ref()))
}

fn standing(row: Option<&job::Model>) -> Standing {
    match row {
        Some(row) if row.state == JobState::Done => Standing::Done,
        Some(row) if row.state != JobState::Running => Standing::Lost,
        Some(row) if row.cancel_asked_at.is_some() => Standing::CancelAsked,
        Some(_) => Standing::Held,
        None => Standing::Lost,
    }
}
