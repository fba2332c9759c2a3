//! The tick: what is due, fires; what has waited long enough, starts.
//!
//! Every process does it, as often as its clockwork says. What a reader would get wrong: `next_run_at` is only ever moved on
//! together with the rows of all times that it passes over. Whoever is second finds it moved, and does nothing; whoever dies
//! on the way has done nothing.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    schedule,
    schedule_fire::{self, FireOutcome},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{
    fire::{self, fire, reason, row},
    times::{Due, due},
    turn::{Turn, take, told},
};
use crate::{
    app::App,
    collection,
    error::{Context, Result},
    notifications::Event,
};

/// Schedules that are looked for at a time.
const BATCH: u64 = 100;
/// Planned times a transaction passes over. A process that slept for a year goes on with the rest at once.
const MOST_TIMES: usize = 500;
/// So late a fire still counts as on time: the clockwork looks every few seconds, and a restart takes some.
const ON_TIME: TimeDelta = TimeDelta::seconds(60);

/// Fires what is due and starts what has waited long enough. Answers how many planned times got their row, and how many
/// waiting fires ended.
///
/// # Errors
/// The database's own failure. What is wrong with one schedule is logged and keeps no other from firing.
pub async fn tick(app: &App) -> Result<u64> {
    let mut fired = 0;
    for org_id in waiting(app).await? {
        fired += heard(release(app, org_id).await);
    }
    loop {
        let found = overdue(app).await?;
        let mut moved = 0;
        for (id, org_id) in &found {
            moved += heard(pass(app, *org_id, *id).await);
        }
        fired += moved;
        // When nothing moves there is something wrong with all of them; the next tick tries again.
        if moved == 0 {
            return Ok(fired);
        }
    }
}

/// Starts the oldest fire of an organisation that waits, when no run is active any more. Answers how many ended their wait.
///
/// # Errors
/// The database's own failure.
pub async fn release(app: &App, org_id: Uuid) -> Result<u64> {
    use schedule_fire::Column as C;
    let waits = schedule_fire::Entity::find().filter(C::OrgId.eq(org_id)).filter(C::Outcome.eq(FireOutcome::Buffered));
    let waits = waits.one(app.db.read()).await.doing("looking for what waits")?;
    // Without a lock: as long as a run is active, nobody who starts one is held up for this.
    if waits.is_none() || !collection::active(app.db.read(), org_id).await?.is_empty() {
        return Ok(0);
    }
    take(app, org_id, |turn| Box::pin(fire::release(turn))).await.map(|((), fires)| fires)
}

/// The organisations in which fires wait.
async fn waiting(app: &App) -> Result<BTreeSet<Uuid>> {
    let found = schedule_fire::Entity::find()
        .select_only()
        .column(schedule_fire::Column::OrgId)
        .distinct()
        .filter(schedule_fire::Column::Outcome.eq(FireOutcome::Buffered))
        .into_tuple()
        .all(app.db.read())
        .await
        .doing("looking for fires that wait")?;
    Ok(found.into_iter().collect())
}

/// The schedules that are due, and whose they are, the longest due first.
async fn overdue(app: &App) -> Result<Vec<(Uuid, Uuid)>> {
    schedule::Entity::find()
        .select_only()
        .columns([schedule::Column::Id, schedule::Column::OrgId])
        .filter(schedule::Column::IsEnabled.eq(true))
        .filter(schedule::Column::NextRunAt.lte(app.clock.now()))
        .order_by_asc(schedule::Column::NextRunAt)
        .order_by_asc(schedule::Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(app.db.read())
        .await
        .doing("looking for what is due")
}

fn heard(passed: Result<u64>) -> u64 {
    passed.unwrap_or_else(|error| {
        error.log();
        0
    })
}

/// Passes over the times of a schedule that are due; the latest fires if it is not too late for it.
async fn pass(app: &App, org_id: Uuid, id: Uuid) -> Result<u64> {
    let passed = take(app, org_id, move |turn| {
        Box::pin(async move {
            let Some(schedule) = still_due(turn, id).await? else { return Ok(()) };
            let Due { mut times, next } = due(&turn.app, &schedule, turn.now, MOST_TIMES)?;
            if !move_on(turn, &schedule, next).await? {
                return Ok(());
            }
            // While more are due, the latest is not among these.
            let has_more = next.is_some_and(|next| next <= turn.now);
            let latest = if has_more { None } else { times.pop_if(|latest| !is_late(&schedule, *latest, turn.now)) };
            let late = times.partition_point(|at| is_late(&schedule, *at, turn.now));
            let (late, superseded) = times.split_at_checked(late).unwrap_or_default();
            miss(turn, &schedule, late, reason::TOO_LATE).await?;
            miss(turn, &schedule, superseded, reason::SUPERSEDED).await?;
            match latest {
                Some(latest) => fire(turn, &schedule, latest, false).await.map(drop),
                None => Ok(()),
            }
        })
    });
    passed.await.map(|((), fires)| fires)
}

/// The schedule, unless another process was faster, or somebody changed it.
async fn still_due(turn: &Turn<'_>, id: Uuid) -> Result<Option<schedule::Model>> {
    schedule::Entity::find_by_id(id)
        .filter(schedule::Column::OrgId.eq(turn.org_id))
        .filter(schedule::Column::IsEnabled.eq(true))
        .filter(schedule::Column::NextRunAt.lte(turn.now))
        .one(turn.tx)
        .await
        .doing("looking whether a schedule is due")
}

/// The compare-and-set: whether this turn may pass over the times before `next`. Without one it never fires again.
async fn move_on(turn: &Turn<'_>, schedule: &schedule::Model, next: Option<DateTime<Utc>>) -> Result<bool> {
    let moved = schedule::ActiveModel { next_run_at: Set(next), is_enabled: Set(next.is_some()), ..Default::default() };
    let moved = schedule::Entity::update_many()
        .set(moved)
        .filter(schedule::Column::OrgId.eq(turn.org_id))
        .filter(schedule::Column::Id.eq(schedule.id))
        .filter(schedule::Column::NextRunAt.eq(schedule.next_run_at))
        .exec(turn.tx)
        .await
        .doing("moving a schedule on")?;
    Ok(moved.rows_affected == 1)
}

fn is_late(schedule: &schedule::Model, planned_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - planned_at > ON_TIME.max(TimeDelta::seconds(schedule.catchup_window_seconds.into()))
}

/// Writes down times at which nothing was started, and tells of them together.
pub(super) async fn miss(
    turn: &mut Turn<'_>,
    schedule: &schedule::Model,
    times: &[DateTime<Utc>],
    reason: &str,
) -> Result<()> {
    for times in times.chunks(MOST_TIMES) {
        let missed = |at: &DateTime<Utc>| schedule_fire::ActiveModel {
            outcome: Set(FireOutcome::Missed),
            reason: Set(Some(reason.to_owned())),
            ..row(turn, schedule, *at)
        };
        let rows: Vec<_> = times.iter().map(missed).collect();
        turn.done.fires += rows.len() as u64;
        let written = schedule_fire::Entity::insert_many(rows).exec_without_returning(turn.tx).await;
        written.doing("writing missed times")?;
    }
    match told(schedule, times, reason) {
        Some(fires) => turn.post(schedule, Event::FireMissed, fires).await,
        None => Ok(()),
    }
}
