//! One fire: what the overlap policy makes of it, and its row.
//!
//! What a reader would get wrong: what waits comes first. Before a fire looks for active runs, the oldest waiting one of the
//! organisation is started if it can be, so that nothing overtakes it.

use chrono::{DateTime, Utc};
use entity::{
    schedule::{self, OverlapPolicy},
    schedule_fire::{self, FireOutcome},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

use super::{
    ScheduleFire,
    launch::{Started, acting, answered, launch},
    turn::{Turn, told},
};
use crate::{
    collection,
    error::{Context, Error, Result},
    notifications::Event,
};

/// Fires of a schedule that may wait when all of them may.
const MOST_WAITING: u64 = 10;
/// Waiting fires that a turn may find refused, one after the other; more are found at the next.
const MOST_RELEASED: usize = 50;

/// Why a fire has not started anything: stable codes. Beside them, the codes of what refused it.
pub(super) mod reason {
    /// A run of the organisation was active.
    pub const RUN_ACTIVE: &str = "RUN_ACTIVE";
    /// A fire of the schedule was waiting already.
    pub const ONE_WAITS: &str = "ONE_WAITS";
    /// As many fires of the schedule were waiting as may.
    pub const TOO_MANY_WAIT: &str = "TOO_MANY_WAIT";
    /// The process did not run then, and when it did it was too late.
    pub const TOO_LATE: &str = "TOO_LATE";
    /// The process did not run then, and when it did a later time was due.
    pub const SUPERSEDED: &str = "SUPERSEDED";
    /// The schedule was changed before it could fire.
    pub const SCHEDULE_CHANGED: &str = "SCHEDULE_CHANGED";
    /// The schedule was disabled while it waited.
    pub const SCHEDULE_DISABLED: &str = "SCHEDULE_DISABLED";
    /// The schedule was deleted while it waited.
    pub const SCHEDULE_DELETED: &str = "SCHEDULE_DELETED";
}

/// What becomes of a fire.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Started(Started),
    Not(FireOutcome, String),
}

impl Verdict {
    fn not(outcome: FireOutcome, reason: &str) -> Self {
        Self::Not(outcome, reason.to_owned())
    }

    fn of(launched: Result<Started, String>) -> Self {
        launched.map_or_else(|reason| Self::Not(FireOutcome::Failed, reason), Self::Started)
    }
}

/// Fires: starts what the schedule is for, unless its overlap policy has it wait or not start. Writes the row.
pub(super) async fn fire(
    turn: &mut Turn<'_>,
    schedule: &schedule::Model,
    planned_at: DateTime<Utc>,
    is_manual: bool,
) -> Result<ScheduleFire> {
    let verdict = match in_the_way(turn, schedule).await? {
        Some(verdict) => verdict,
        None => Verdict::of(launch(turn, schedule, planned_at).await?),
    };
    let mut row = row(turn, schedule, planned_at);
    row.is_manual = Set(is_manual);
    written(&mut row, &verdict, turn.now);
    let fire = row.insert(turn.tx).await.doing("writing a fire")?;
    turn.done.fires += 1;
    tell(turn, schedule, planned_at, &verdict).await?;
    Ok(fire)
}

/// Starts the oldest fire of the organisation that waits, when no run is active. One that is refused makes room for the next.
pub(super) async fn release(turn: &mut Turn<'_>) -> Result<()> {
    for _ in 0..MOST_RELEASED {
        if !collection::active(turn.tx, turn.org_id).await?.is_empty() {
            return Ok(());
        }
        let Some(fire) = oldest_waiting(turn).await? else { return Ok(()) };
        let found = schedule::Entity::find_by_id(fire.schedule_id)
            .filter(schedule::Column::OrgId.eq(turn.org_id))
            .one(turn.tx)
            .await
            .doing("finding the schedule of a fire")?;
        let schedule = found.ok_or_else(|| Error::internal("a fire has its schedule"))?;
        let planned_at = fire.planned_at;
        let verdict = Verdict::of(launch(turn, &schedule, planned_at).await?);
        let mut row = fire.into_active_model();
        written(&mut row, &verdict, turn.now);
        row.update(turn.tx).await.doing("starting what waited")?;
        turn.done.fires += 1;
        tell(turn, &schedule, planned_at, &verdict).await?;
    }
    Ok(())
}

/// Fires of a schedule that wait do so no longer.
pub(super) async fn drop_waiting(turn: &mut Turn<'_>, schedule: &schedule::Model, reason: &str) -> Result<()> {
    use schedule_fire::Column as C;
    let changed = schedule_fire::ActiveModel {
        outcome: Set(FireOutcome::Dropped),
        reason: Set(Some(reason.to_owned())),
        ..Default::default()
    };
    let dropped = schedule_fire::Entity::update_many()
        .set(changed)
        .filter(C::OrgId.eq(turn.org_id))
        .filter(C::ScheduleId.eq(schedule.id))
        .filter(C::Outcome.eq(FireOutcome::Buffered))
        .exec_with_returning(turn.tx)
        .await
        .doing("dropping what waits")?;
    let mut times: Vec<DateTime<Utc>> = dropped.into_iter().map(|fire| fire.planned_at).collect();
    times.sort_unstable();
    match told(schedule, &times, reason) {
        Some(fires) => turn.post(schedule, Event::FireDropped, fires).await,
        None => Ok(()),
    }
}

/// What keeps a schedule from starting, if anything does.
async fn in_the_way(turn: &mut Turn<'_>, schedule: &schedule::Model) -> Result<Option<Verdict>> {
    if schedule.export.is_some() || schedule.overlap == OverlapPolicy::AllowAll {
        return Ok(None);
    }
    if schedule.overlap == OverlapPolicy::CancelOther
        && let Err(reason) = cancel_others(turn, schedule).await?
    {
        return Ok(Some(Verdict::Not(FireOutcome::Failed, reason)));
    }
    release(turn).await?;
    if collection::active(turn.tx, turn.org_id).await?.is_empty() {
        return Ok(None);
    }
    let waiting = waiting(turn, schedule.id).await?;
    Ok(Some(match schedule.overlap {
        OverlapPolicy::Skip => Verdict::not(FireOutcome::Skipped, reason::RUN_ACTIVE),
        OverlapPolicy::BufferAll if waiting >= MOST_WAITING => {
            Verdict::not(FireOutcome::Dropped, reason::TOO_MANY_WAIT)
        }
        OverlapPolicy::BufferOne | OverlapPolicy::CancelOther if waiting > 0 => {
            Verdict::not(FireOutcome::Dropped, reason::ONE_WAITS)
        }
        _ => Verdict::not(FireOutcome::Buffered, reason::RUN_ACTIVE),
    }))
}

/// Asks all active runs to end.
async fn cancel_others(turn: &mut Turn<'_>, schedule: &schedule::Model) -> Result<Result<(), String>> {
    let cancelled = match acting(turn, schedule).await {
        Ok(actor) => collection::cancel_active(turn.tx, &actor, turn.now).await,
        Err(error) => Err(error),
    };
    Ok(answered(cancelled)?.map(|ids| turn.done.runs.extend(ids)))
}

async fn oldest_waiting(turn: &Turn<'_>) -> Result<Option<ScheduleFire>> {
    schedule_fire::Entity::find()
        .filter(schedule_fire::Column::OrgId.eq(turn.org_id))
        .filter(schedule_fire::Column::Outcome.eq(FireOutcome::Buffered))
        .order_by_asc(schedule_fire::Column::PlannedAt)
        .order_by_asc(schedule_fire::Column::Id)
        .one(turn.tx)
        .await
        .doing("finding what waits longest")
}

async fn waiting(turn: &Turn<'_>, schedule_id: Uuid) -> Result<u64> {
    schedule_fire::Entity::find()
        .filter(schedule_fire::Column::OrgId.eq(turn.org_id))
        .filter(schedule_fire::Column::ScheduleId.eq(schedule_id))
        .filter(schedule_fire::Column::Outcome.eq(FireOutcome::Buffered))
        .count(turn.tx)
        .await
        .doing("counting what waits")
}

/// A row whose outcome is to be written.
pub(super) fn row(
    turn: &Turn<'_>,
    schedule: &schedule::Model,
    planned_at: DateTime<Utc>,
) -> schedule_fire::ActiveModel {
    schedule_fire::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(turn.org_id),
        schedule_id: Set(schedule.id),
        planned_at: Set(planned_at),
        is_manual: Set(false),
        created_at: Set(turn.now),
        ..Default::default()
    }
}

fn written(row: &mut schedule_fire::ActiveModel, verdict: &Verdict, now: DateTime<Utc>) {
    match verdict {
        Verdict::Started(started) => {
            row.outcome = Set(FireOutcome::Started);
            row.reason = Set(None);
            row.fired_at = Set(Some(now));
            match started {
                Started::Run(id) => row.run_id = Set(Some(*id)),
                Started::Export(id) => row.export_job_id = Set(Some(*id)),
            }
        }
        Verdict::Not(outcome, reason) => {
            row.outcome = Set(*outcome);
            row.reason = Set(Some(reason.clone()));
        }
    }
}

async fn tell(
    turn: &mut Turn<'_>,
    schedule: &schedule::Model,
    planned_at: DateTime<Utc>,
    verdict: &Verdict,
) -> Result<()> {
    let (event, reason): (fn(_) -> Event, _) = match verdict {
        Verdict::Not(FireOutcome::Dropped, reason) => (Event::FireDropped, reason),
        Verdict::Not(FireOutcome::Failed, reason) => (Event::FireFailed, reason),
        _ => return Ok(()),
    };
    match told(schedule, &[planned_at], reason) {
        Some(fires) => turn.post(schedule, event, fires).await,
        None => Ok(()),
    }
}
