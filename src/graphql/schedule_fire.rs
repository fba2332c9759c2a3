//! Fires in the schema: what became of each planned time of a schedule.

use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    collection_loader::RunKey,
    collection_run::CollectionRun,
    connection::connection,
    export_job::ExportJob,
    loader::Loader,
    scalar::DateTime,
    schedule::Schedule,
    schedule_loader::{ExportKey, FireCountKey, ScheduleKey},
};
use crate::{id::IdKind, schedules};

/// What became of a planned time.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schedules::FireOutcome")]
pub enum FireOutcome {
    /// Started what it is for.
    Started,
    /// Waits until no run is active.
    Buffered,
    /// Did not start, because a run was active.
    Skipped,
    /// Nobody was there at its time, and it was too late afterwards.
    Missed,
    /// Was not to wait, or not any longer; `reason` says why.
    Dropped,
    /// Was refused; `reason` says why.
    Failed,
}

/// One planned time of a schedule and what became of it. Seen by the whole organisation.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct ScheduleFire {
    /// Its global id.
    pub(super) id: ID,
    /// The time it was planned for; when a person triggered it, that moment.
    planned_at: DateTime,
    /// When it started something; null when it has not.
    fired_at: Option<DateTime>,
    /// What became of it.
    outcome: FireOutcome,
    /// Why it has not started, for programs; null when it has. Waiting and skipped: `RUN_ACTIVE`. Missed: `TOO_LATE`,
    /// `SUPERSEDED` by a later time, `SCHEDULE_CHANGED`. Dropped: `ONE_WAITS`, `TOO_MANY_WAIT`, `SCHEDULE_DISABLED`. Failed:
    /// `MEMBER_GONE`, `MEMBER_SUSPENDED`, `PRESET_GONE`, `NO_COMPLETED_RUN`, or the code with which a start by hand would be
    /// refused.
    reason: Option<String>,
    /// Whether a person triggered it.
    is_manual: bool,
    /// When it was written down.
    created_at: DateTime,
    #[graphql(skip)]
    schedule_id: Uuid,
    #[graphql(skip)]
    run_id: Option<Uuid>,
    #[graphql(skip)]
    export_job_id: Option<Uuid>,
}

impl From<schedules::ScheduleFire> for ScheduleFire {
    fn from(row: schedules::ScheduleFire) -> Self {
        Self {
            id: IdKind::Fire.show(row.id).into(),
            planned_at: DateTime(row.planned_at),
            fired_at: row.fired_at.map(DateTime),
            outcome: row.outcome.into(),
            reason: row.reason,
            is_manual: row.is_manual,
            created_at: DateTime(row.created_at),
            schedule_id: row.schedule_id,
            run_id: row.run_id,
            export_job_id: row.export_job_id,
        }
    }
}

#[ComplexObject]
impl ScheduleFire {
    /// The schedule it is of. Null when that cannot be read.
    async fn schedule(&self, ctx: &Context<'_>) -> Result<Option<Schedule>> {
        let schedule = ctx.data::<DataLoader<Loader>>()?.load_one(ScheduleKey(self.schedule_id)).await?;
        Ok(schedule.map(Into::into))
    }

    /// The run it started; null when it started none.
    async fn run(&self, ctx: &Context<'_>) -> Result<Option<CollectionRun>> {
        let Some(id) = self.run_id else { return Ok(None) };
        let run = ctx.data::<DataLoader<Loader>>()?.load_one(RunKey(id)).await?;
        Ok(run.map(Into::into))
    }

    /// The export it started, seen by who it was made for and by admins; null when there is none to see.
    async fn export_job(&self, ctx: &Context<'_>) -> Result<Option<ExportJob>> {
        let Some(id) = self.export_job_id else { return Ok(None) };
        let job = ctx.data::<DataLoader<Loader>>()?.load_one(ExportKey(id)).await?;
        Ok(job.map(Into::into))
    }
}

connection!(
    ScheduleFireConnection,
    ScheduleFireEdge,
    ScheduleFire,
    Uuid,
    "A page of the planned times of a schedule, the latest first."
);

#[ComplexObject]
impl ScheduleFireConnection {
    /// The fires of this page, without their cursors.
    async fn nodes(&self) -> Vec<&ScheduleFire> {
        self.rows()
    }

    /// How many there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async {
            let count = ctx.data::<DataLoader<Loader>>()?.load_one(FireCountKey(self.source)).await?;
            Ok(super::connection::total(count.unwrap_or_default()))
        };
        Some(count.await)
    }
}
