//! What becomes of a job after a try: done, cancelled, back in the line, or given up; and of one whose worker died.
//!
//! Each is one transaction over the job's row and, by [`Work::settled`], its subject's. What a reader would get wrong: a
//! job whose own transaction called [`Lease::done`] is settled already, and a worker that lost its lease settles nothing.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use entity::job::{self, JobState};
use rand::Rng;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType};
use uuid::Uuid;

use super::{Job, JobError, Lane, Lease, Settled, Stopped, Work, lease::max_attempts, queue};
use crate::{
    app::App,
    db::Transaction,
    error::{Context, Error, Result},
};

/// Each wait is so many times as long as the one before.
const GROWTH: u32 = 4;
/// Waits differ by up to this part in either direction, so that what failed together is not tried together again.
const JITTER: f64 = 0.25;
/// Jobs rescued at a time. More are found the next time.
const MOST_RESCUED: u64 = 100;

/// The waits between the tries of a job.
struct Waits {
    first: Duration,
    longest: Duration,
}

/// Where somebody watches, no wait may look like a job forgotten. What goes out to others outlasts a night and a day in
/// which nobody looks after the other side: with the tries of [`max_attempts`], 24 hours or a little more.
fn waits(lane: Lane) -> Waits {
    let (first, longest) = match lane {
        Lane::Short | Lane::Long => (2, 300),
        Lane::Post => (5, 6 * 3_600),
    };
    Waits { first: Duration::from_secs(first), longest: Duration::from_secs(longest) }
}

/// What is to become of a job.
enum Verdict<'a> {
    Done,
    Cancelled,
    /// Back in its old place; the try does not count.
    PutBack,
    /// Back after a wait, which began at this moment.
    Again(DateTime<Utc>),
    GiveUp(&'a Error),
}

/// Settles a job after a try, unless that is done.
pub(super) async fn settle(
    app: &App,
    work: &Arc<dyn Work>,
    lease: &Lease,
    outcome: &Arc<Result<(), JobError>>,
) -> Result<()> {
    let (app_there, work, lease, outcome) = (app.clone(), Arc::clone(work), lease.clone(), Arc::clone(outcome));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let Some(row) = lease.find(tx).await? else { return Ok(()) };
                let stuck = Error::internal("a job that stops was told to");
                let verdict = match outcome.as_ref() {
                    _ if row.cancel_asked_at.is_some() => Verdict::Cancelled,
                    Ok(()) => Verdict::Done,
                    Err(JobError::GiveUp(error)) => Verdict::GiveUp(error),
                    Err(_) if lease.stopped() == Some(Stopped::Shutdown) => Verdict::PutBack,
                    Err(JobError::Retry(error)) => again(error, is_last(&row), lease.now()),
                    Err(JobError::Stopped) => again(&stuck, is_last(&row), lease.now()),
                };
                carry_out(&app_there, tx, work.as_ref(), row, verdict).await
            })
        })
        .await
}

/// Takes the jobs of workers that have been silent for too long out of their hands. Answers how many.
pub(super) async fn rescue(app: &App, work: &Arc<dyn Work>) -> Result<u64> {
    let expired = job::Entity::find()
        .filter(job::Column::State.eq(JobState::Running))
        .filter(job::Column::LeaseUntil.lt(app.clock.now()))
        .filter(job::Column::Kind.is_in(Job::KINDS))
        .limit(MOST_RESCUED)
        .all(app.db.read())
        .await
        .doing("looking for silent workers")?;
    let mut rescued = 0;
    for row in expired.into_iter().filter(|row| !app.jobs.has(row.id)) {
        match rescue_one(app, work, row.org_id, row.id).await {
            Ok(is_rescued) => rescued += u64::from(is_rescued),
            // The others are rescued all the same.
            Err(error) => error.log(),
        }
    }
    if rescued > 0 {
        app.jobs.wake();
    }
    Ok(rescued)
}

async fn rescue_one(app: &App, work: &Arc<dyn Work>, org_id: Uuid, id: Uuid) -> Result<bool> {
    let (app_there, work) = (app.clone(), Arc::clone(work));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let Some(row) = still_expired(tx, org_id, id, app_there.clock.now()).await? else { return Ok(false) };
                tracing::warn!(kind = row.kind, subject = %row.subject_id, attempt = row.attempts, "a worker was lost");
                let lost = Error::Conflict {
                    code: "WORKER_LOST",
                    message: "the process that worked on it ended without a word, again and again".to_owned(),
                };
                let verdict = match row.cancel_asked_at {
                    Some(_) => Verdict::Cancelled,
                    // It has waited since the last sign of life.
                    None => {
                        let now = app_there.clock.now();
                        let alive_at = row.lease_until.map_or(now, |until| until - app_there.config.job_lease());
                        again(&lost, is_last(&row), alive_at)
                    }
                };
                carry_out(&app_there, tx, work.as_ref(), row, verdict).await?;
                Ok(true)
            })
        })
        .await
}

/// The row, locked, if its lease is over and nobody was faster.
async fn still_expired(tx: &Transaction, org_id: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<Option<job::Model>> {
    job::Entity::find_by_id(id)
        .filter(job::Column::OrgId.eq(org_id))
        .filter(job::Column::State.eq(JobState::Running))
        .filter(job::Column::LeaseUntil.lt(now))
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await
        .doing("rescuing a job")
}

/// Whether there will be no further try. A row of a kind that is not known is none of ours.
fn is_last(row: &job::Model) -> bool {
    Job::read(&row.kind, row.subject_id).is_some_and(|job| row.attempts >= max_attempts(job.lane()))
}

fn again(error: &Error, was_last: bool, since: DateTime<Utc>) -> Verdict<'_> {
    if was_last { Verdict::GiveUp(error) } else { Verdict::Again(since) }
}

/// Writes the verdict into the job's row and lets its subject know. `row` is locked by `tx`.
async fn carry_out(app: &App, tx: &Transaction, work: &dyn Work, row: job::Model, verdict: Verdict<'_>) -> Result<()> {
    let now = app.clock.now();
    let org_id = row.org_id;
    let job = Job::read(&row.kind, row.subject_id).ok_or_else(|| Error::internal("only known kinds are settled"))?;
    let settled = match verdict {
        Verdict::Done => return queue::finish(tx, row, JobState::Done, now).await,
        Verdict::Cancelled => {
            queue::finish(tx, row, JobState::Cancelled, now).await?;
            Settled::Cancelled
        }
        Verdict::GiveUp(error) => {
            tracing::warn!(?job, code = error.code(), "a job was given up");
            queue::finish(tx, row, JobState::Failed, now).await?;
            Settled::GaveUp(error)
        }
        Verdict::PutBack => {
            let run_at = row.run_at;
            queue::put_back(tx, row, run_at, false).await?;
            Settled::PutBack
        }
        Verdict::Again(since) => {
            let wait = wait_after(job.lane(), row.attempts, rand::rng().random_range(-JITTER..=JITTER));
            let run_at = now.max(since + wait);
            queue::put_back(tx, row, run_at, true).await?;
            app.jobs.wake_after((run_at - now).to_std().unwrap_or_default());
            Settled::PutBack
        }
    };
    work.settled(app, tx, org_id, job, settled).await
}

/// How long to wait after so many tries; `jitter` is the part by which this wait differs.
fn wait_after(lane: Lane, attempts: i32, jitter: f64) -> Duration {
    let Waits { first, longest } = waits(lane);
    let steps = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default();
    let wait = first.saturating_mul(GROWTH.saturating_pow(steps)).min(longest);
    wait.mul_f64(1.0 + jitter).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_differ_and_end_somewhere() {
        let seconds = |attempts, jitter| wait_after(Lane::Short, attempts, jitter).as_secs_f64();
        assert_eq!([1, 2, 3, 4, 5].map(|attempts| seconds(attempts, 0.0)), [2.0, 8.0, 32.0, 128.0, 300.0]);
        assert_eq!((seconds(1, -JITTER), seconds(1, JITTER)), (1.5, 2.5));
        assert_eq!((seconds(5, JITTER), seconds(i32::MAX, 0.0), seconds(0, 0.0)), (300.0, 300.0, 2.0));
    }

    #[test]
    fn what_goes_out_is_tried_for_a_day() {
        let hours = |jitter| {
            let waits = (1..max_attempts(Lane::Post)).map(|attempts| wait_after(Lane::Post, attempts, jitter));
            waits.sum::<Duration>().as_secs_f64() / 3_600.0
        };
        assert!((23.5..25.0).contains(&hours(-JITTER)), "the shortest: {}", hours(-JITTER));
        assert!((30.0..36.0).contains(&hours(0.0)), "{}", hours(0.0));
    }
}
