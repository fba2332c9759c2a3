//! The lease of a running job: what it is, whether it still holds, and whether it was told to stop.
//!
//! Not here: who extends it (`worker`). What a reader would get wrong: a lease that ran out still holds until another
//! worker takes the job; the fence in the row decides, never the time.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use entity::job::{self, JobState};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Select,
    sea_query::LockType,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Job, Lane, queue};
use crate::{
    clock::Clock,
    db::{Db, Transaction},
    error::{Context, Error, Result},
};

/// Code of the refusal to a worker whose job another has.
pub(super) const LOST: &str = "LEASE_LOST";
/// Code of the refusal to finish what somebody asked to stop.
pub(super) const CANCELLED: &str = "JOB_CANCELLED";

/// See [`Lease::mark`].
pub(super) fn mark(id: Uuid, fence: i64) -> String {
    format!("{}-{fence}", id.simple())
}

/// Times a job is begun before it is given up: enough to outlast a restart of whatever it needs, too few for one that
/// kills its process to do so for ever. A job of hours meets more restarts; one that gets on begins to count anew.
pub(super) fn max_attempts(lane: Lane) -> i32 {
    match lane {
        Lane::Short => 5,
        Lane::Long => 20,
        // With the waits of `settle`, a day or a little more.
        Lane::Post => 12,
    }
}

/// Why a job is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Somebody asked for it.
    Cancelled,
    /// The process ends; another will begin anew.
    Shutdown,
    /// Another worker may have the job by now.
    Lost,
}

/// The right to work on a job for a while. Cheap to clone: transactions want one of their own.
#[derive(Clone, Debug)]
pub struct Lease {
    id: Uuid,
    org_id: Uuid,
    job: Job,
    attempt: i32,
    fence: i64,
    clock: Clock,
    stop: CancellationToken,
    stopped: Arc<OnceLock<Stopped>>,
}

impl Lease {
    /// The lease of a row just claimed.
    pub(super) fn of(row: &job::Model, clock: Clock) -> Result<Self> {
        let job =
            Job::read(&row.kind, row.subject_id).ok_or_else(|| Error::internal("only known kinds are claimed"))?;
        Ok(Self {
            id: row.id,
            org_id: row.org_id,
            job,
            attempt: row.attempts,
            fence: row.fence,
            clock,
            stop: CancellationToken::new(),
            stopped: Arc::default(),
        })
    }

    /// What is to be done.
    #[must_use]
    pub fn job(&self) -> Job {
        self.job
    }

    /// The organisation it is done for.
    #[must_use]
    pub fn org_id(&self) -> Uuid {
        self.org_id
    }

    /// Which try this is, from 1.
    #[must_use]
    pub fn attempt(&self) -> i32 {
        self.attempt
    }

    /// Rises with every claim of this job.
    pub(super) fn fence(&self) -> i64 {
        self.fence
    }

    /// Tells the traces of this try from those of any other, also of other jobs for the same subject: hex digits, a hyphen,
    /// decimal digits.
    #[must_use]
    pub fn mark(&self) -> String {
        mark(self.id, self.fence)
    }

    /// Cancelled when the job is to stop; [`stopped`](Self::stopped) says why.
    #[must_use]
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Why the job is to stop, if it is.
    #[must_use]
    pub fn stopped(&self) -> Option<Stopped> {
        self.stopped.get().copied()
    }

    /// Makes sure, until `tx` ends, that no other worker has the job. Every write of a running job goes with it.
    ///
    /// # Errors
    /// `LEASE_LOST` when another has it, or had.
    pub async fn hold(&self, tx: &Transaction) -> Result<()> {
        self.heard(tx).await.map(drop)
    }

    /// As [`hold`](Self::hold), for a job that got on: what it tried before does not count any more.
    ///
    /// # Errors
    /// As [`hold`](Self::hold).
    pub async fn hold_and_get_on(&self, tx: &Transaction) -> Result<()> {
        let row = self.heard(tx).await?;
        if row.attempts > 1 {
            let mut row = row.into_active_model();
            row.attempts = Set(1);
            row.update(tx).await.doing("forgetting the tries of a job that gets on")?;
        }
        Ok(())
    }

    /// Ends the job as done, in the transaction that finishes its work.
    ///
    /// # Errors
    /// `LEASE_LOST`; `JOB_CANCELLED` when somebody has asked for it to stop, who may rely on that.
    pub async fn done(&self, tx: &Transaction) -> Result<()> {
        let row = self.heard(tx).await?;
        if row.cancel_asked_at.is_some() {
            return Err(Error::Conflict { code: CANCELLED, message: "the job was cancelled".to_owned() });
        }
        queue::finish(tx, row, JobState::Done, self.now()).await
    }

    /// Ends the job as done in a transaction of its own: there was nothing to do.
    ///
    /// # Errors
    /// As [`done`](Self::done).
    pub async fn finish_alone(&self, db: &Db) -> Result<()> {
        let lease = self.clone();
        db.write(move |tx| Box::pin(async move { lease.done(tx).await })).await
    }

    /// Tells the job to stop. The first reason stands.
    pub(super) fn stop_because(&self, why: Stopped) {
        let _ = self.stopped.set(why);
        self.stop.cancel();
    }

    /// The row, locked, if this lease still holds it.
    pub(super) async fn find(&self, tx: &Transaction) -> Result<Option<job::Model>> {
        let running = self.select().filter(job::Column::State.eq(JobState::Running));
        running.lock(LockType::NoKeyUpdate).one(tx).await.doing("holding the lease of a job")
    }

    /// The row without a lock, to see how it stands, be it at its end; none when another has taken the job since.
    pub(super) async fn peek(&self, db: &Db) -> Result<Option<job::Model>> {
        self.select().one(db.read()).await.doing("looking at the lease of a job")
    }

    fn select(&self) -> Select<job::Entity> {
        job::Entity::find_by_id(self.id)
            .filter(job::Column::OrgId.eq(self.org_id))
            .filter(job::Column::Fence.eq(self.fence))
    }

    /// The row. Whoever writes hears of a cancel soon, even where no wake-up reaches.
    async fn heard(&self, tx: &Transaction) -> Result<job::Model> {
        let row = self.held(tx).await?;
        if row.cancel_asked_at.is_some() {
            self.stop_because(Stopped::Cancelled);
        }
        Ok(row)
    }

    async fn held(&self, tx: &Transaction) -> Result<job::Model> {
        self.find(tx).await?.ok_or_else(|| {
            self.stop_because(Stopped::Lost);
            Error::Conflict { code: LOST, message: "another worker has the job".to_owned() }
        })
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
