//! How a run begins, rests and ends. Each is one transaction over the row, its job and its workers.
//!
//! What a reader would get wrong: a run that rests has no job that runs. What goes on by itself has one that waits for its
//! time; what waits for a person has none.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    collection_event::CollectionEventKind as Kind,
    collection_item::{self, ItemState},
    collection_run::{CollectionPhase, CollectionRunStatus as Status},
    collection_worker::{self, WorkerState},
};
use rand::Rng;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use super::{Session, halt::Reason, item::FAILURES_IN_ROW, running, unfinished};
use crate::{
    collection::{
        CollectionRun,
        entry::{Entry, Telling},
    },
    db::Transaction,
    error::{Context, Error, Result},
    jobs::{self, Job, Lease},
    notifications::{self, Event, RunEnd},
    progress::Topic,
};

/// The first rest of a run whose provider fails; each further one is twice as long.
const FIRST_REST: TimeDelta = TimeDelta::seconds(30);
/// The longest: whoever looks should find it at work soon after the provider is.
const LONGEST_REST: TimeDelta = TimeDelta::minutes(30);
/// Rests differ by up to this part in either direction, so that what failed together is not tried together again.
const JITTER: f64 = 0.2;
/// The rest when a quota is used up and nobody says until when.
const QUOTA_REST: TimeDelta = TimeDelta::hours(1);

/// What became of the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// There is work to do.
    Goes,
    /// Somebody wanted a pause before it began.
    Rests,
}

/// What became of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It rests or has ended.
    Over,
    /// The job was told to stop; what becomes of the run is decided where the job is settled.
    Stopped,
    /// There is something to do again.
    More,
}

impl Session<'_> {
    /// The run begins, or goes on.
    pub(super) async fn begin(&self) -> Result<Course> {
        let (lease, id, now) = (self.lease.clone(), self.id, self.app.clock.now());
        let course = self.app.db.write(move |tx| Box::pin(async move { begin(tx, &lease, id, now).await })).await?;
        self.app.progress.changed(Topic::Run, self.id);
        Ok(course)
    }

    /// The workers have stopped: writes down why, or that all is done.
    pub(super) async fn end(&self) -> Result<Ended> {
        let reason = self.halt.reason();
        if reason == Some(Reason::Stopped) {
            return Ok(Ended::Stopped);
        }
        let (lease, id, now) = (self.lease.clone(), self.id, self.app.clock.now());
        let ended = self
            .app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    match reason {
                        None => complete(tx, &lease, id, now).await,
                        Some(reason) => stop(tx, &lease, id, now, reason).await,
                    }
                })
            })
            .await?;
        self.app.progress.changed(Topic::Run, self.id);
        self.app.jobs.wake();
        Ok(ended)
    }
}

async fn begin(tx: &Transaction, lease: &Lease, id: Uuid, now: DateTime<Utc>) -> Result<Course> {
    lease.hold(tx).await?;
    let run = unfinished(tx, lease.org_id(), id).await?;
    let run = run.ok_or_else(|| Error::internal("whoever holds the lease of a run finds it unfinished"))?;
    let mut entry = Entry::of(run, now);
    if entry.run.pause_asked_at.is_some() {
        lease.done(tx).await?;
        rest(tx, &mut entry, Reason::PauseAsked, now).await?;
        entry.announce(tx).await?;
        return Ok(Course::Rests);
    }
    let is_first = entry.run.started_at.is_none();
    entry.run.status = Status::Running;
    (entry.run.reason, entry.run.resumes_at) = (None, None);
    entry.run.started_at = entry.run.started_at.or(Some(now));
    entry.run.phase = entry.run.phase.or(Some(CollectionPhase::BestSellers));
    (entry.run.paced_at, entry.run.paced_done) = (Some(now), entry.run.products_done);
    if is_first {
        let words = format!("{} categories", entry.run.categories_total);
        entry.tell(Kind::Started, Telling::words(words));
    } else {
        entry.tell(Kind::Resumed, Telling::default());
    }
    entry.announce(tx).await?;
    Ok(Course::Goes)
}

/// All is done, unless something is pending again.
async fn complete(tx: &Transaction, lease: &Lease, id: Uuid, now: DateTime<Utc>) -> Result<Ended> {
    lease.hold(tx).await?;
    let run = running(tx, lease.org_id(), id).await?;
    let pending = collection_item::Entity::find()
        .filter(collection_item::Column::RunId.eq(id))
        .filter(collection_item::Column::State.eq(ItemState::Pending))
        .limit(1)
        .count(tx)
        .await
        .doing("looking whether a run is done")?;
    if pending > 0 {
        return Ok(Ended::More);
    }
    lease.done(tx).await?;
    let mut entry = Entry::of(run, now);
    let reason = if entry.run.failed_items > 0 { "DONE_WITH_FAILURES" } else { "DONE" };
    finish(tx, &mut entry, Status::Completed, reason, None).await?;
    entry.announce(tx).await?;
    Ok(Ended::Over)
}

async fn stop(tx: &Transaction, lease: &Lease, id: Uuid, now: DateTime<Utc>, reason: Reason) -> Result<Ended> {
    lease.hold(tx).await?;
    let mut entry = Entry::of(running(tx, lease.org_id(), id).await?, now);
    lease.done(tx).await?;
    match reason {
        Reason::CallCapReached | Reason::CostCapReached => {
            finish(tx, &mut entry, Status::Failed, reason.code(), Some(reason.code())).await?;
        }
        _ => rest(tx, &mut entry, reason, now).await?,
    }
    entry.announce(tx).await?;
    Ok(Ended::Over)
}

/// The run pauses. When it goes on by itself, its job waits for that moment.
async fn rest(tx: &Transaction, entry: &mut Entry, reason: Reason, now: DateTime<Utc>) -> Result<()> {
    let resumes_at = match reason {
        Reason::ProviderFailing => {
            Some(now + rest_after(entry.run.pauses_in_row, rand::rng().random_range(-JITTER..=JITTER)))
        }
        Reason::QuotaExhausted(until) => Some(until.filter(|until| *until > now).unwrap_or(now + QUOTA_REST)),
        _ => None,
    };
    if reason == Reason::ProviderFailing {
        entry.run.pauses_in_row = entry.run.pauses_in_row.saturating_add(1);
        entry.run.failures_in_row = entry.run.failures_in_row.max(FAILURES_IN_ROW);
    }
    if let Some(at) = resumes_at {
        jobs::enqueue_at(tx, now, at, entry.run.org_id, Job::Collection(entry.run.id)).await?;
    }
    entry.run.status = Status::Paused;
    entry.run.reason = Some(reason.code().to_owned());
    (entry.run.pause_asked_at, entry.run.resumes_at) = (None, resumes_at);
    let error_code = resumes_at.map(|_| reason.code().to_owned());
    entry.tell(Kind::Paused, Telling { error_code, ..Telling::words(in_words(reason)) });
    dismiss(tx, entry.run.org_id, entry.run.id).await
}

/// The run has ended, for good or until somebody asks for another try at its failures.
pub(in crate::collection) async fn finish(
    tx: &Transaction,
    entry: &mut Entry,
    status: Status,
    reason: &str,
    error_code: Option<&str>,
) -> Result<()> {
    entry.run.status = status;
    entry.run.reason = Some(reason.to_owned());
    (entry.run.pause_asked_at, entry.run.cancel_asked_at, entry.run.resumes_at) = (None, None, None);
    entry.run.completed_at = Some(entry.now());
    let words = format!(
        "{} products, {} sellers, {} of them new",
        entry.run.products_done, entry.run.sellers_found, entry.run.sellers_new
    );
    let error_code = error_code.map(str::to_owned);
    entry.tell(Kind::Done, Telling { error_code, ..Telling::words(words) });
    dismiss(tx, entry.run.org_id, entry.run.id).await?;
    notify(tx, &entry.run, entry.now()).await
}

/// Tells whoever wanted to know that the run has ended by itself. Who cancels one knows it.
async fn notify(tx: &Transaction, run: &CollectionRun, now: DateTime<Utc>) -> Result<()> {
    let event: fn(RunEnd) -> Event = match run.status {
        Status::Completed => Event::RunCompleted,
        Status::Failed => Event::RunFailed,
        _ => return Ok(()),
    };
    let Some(recipients) = &run.notify else { return Ok(()) };
    let recipients = serde_json::from_str(recipients).map_err(|error| Error::caused("reading whom to tell", error))?;
    let end = RunEnd {
        run_id: run.id,
        schedule_id: run.schedule_id,
        name: run.name.clone(),
        reason: run.reason.clone().unwrap_or_default(),
        products_done: run.products_done,
        sellers_found: run.sellers_found,
        sellers_new: run.sellers_new,
        failed_items: run.failed_items,
        cost_micros: run.cost_micros,
        started_at: run.started_at,
        completed_at: run.completed_at.unwrap_or(now),
    };
    notifications::post(tx, now, run.org_id, &recipients, event(end)).await
}

/// Nobody works on the run any more.
async fn dismiss(tx: &Transaction, org_id: Uuid, id: Uuid) -> Result<()> {
    use collection_worker::Column as C;
    collection_worker::Entity::update_many()
        .col_expr(C::State, Expr::value(sea_orm::ActiveEnum::to_value(&WorkerState::Stopped)))
        .col_expr(C::CategoryId, Expr::value(Option::<String>::None))
        .col_expr(C::Product, Expr::value(Option::<String>::None))
        .filter(C::OrgId.eq(org_id))
        .filter(C::RunId.eq(id))
        .exec(tx)
        .await
        .doing("dismissing the workers of a run")?;
    Ok(())
}

/// The run's job waits for another try: after a failure of ours, a shutdown, or the loss of its process.
///
/// # Errors
/// The database's own failure.
pub async fn put_back(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid) -> Result<()> {
    let Some(run) = unfinished(tx, org_id, id).await? else { return Ok(()) };
    let mut entry = Entry::of(run, now);
    if entry.run.status == Status::Running {
        entry.run.status = Status::Pending;
    }
    dismiss(tx, org_id, id).await?;
    entry.announce(tx).await.map(drop)
}

/// The run was at work and has been stopped by a person.
///
/// # Errors
/// The database's own failure.
pub async fn cancelled(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid) -> Result<()> {
    let Some(run) = unfinished(tx, org_id, id).await? else { return Ok(()) };
    let mut entry = Entry::of(run, now);
    finish(tx, &mut entry, Status::Cancelled, "REQUESTED", None).await?;
    entry.announce(tx).await.map(drop)
}

/// The queue gives the run up: the same transaction says why.
///
/// # Errors
/// The database's own failure.
pub async fn gave_up(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid, why: &Error) -> Result<()> {
    let Some(run) = unfinished(tx, org_id, id).await? else { return Ok(()) };
    let mut entry = Entry::of(run, now);
    finish(tx, &mut entry, Status::Failed, why.code(), Some(why.code())).await?;
    entry.announce(tx).await.map(drop)
}

/// How long a run rests that has paused so often by itself; `jitter` is the part by which this rest differs.
fn rest_after(pauses: i32, jitter: f64) -> TimeDelta {
    let rest = FIRST_REST * 2_i32.saturating_pow(u32::try_from(pauses).unwrap_or_default().min(10));
    let rest = rest.min(LONGEST_REST);
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "half an hour in milliseconds")]
    let differing = (rest.num_milliseconds() as f64 * (1.0 + jitter)) as i64;
    TimeDelta::milliseconds(differing)
}

fn in_words(reason: Reason) -> &'static str {
    match reason {
        Reason::ProviderFailing => "a provider fails again and again; the run will try again by itself",
        Reason::QuotaExhausted(_) => "the quota of a provider is used up; the run goes on when it is filled up again",
        _ => "somebody asked for it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_and_end_somewhere() {
        let seconds = |pauses| rest_after(pauses, 0.0).num_seconds();
        assert_eq!([0, 1, 2, 5, 6, i32::MAX].map(seconds), [30, 60, 120, 960, 1_800, 1_800]);
        assert_eq!(rest_after(0, JITTER).num_seconds(), 36);
    }
}
