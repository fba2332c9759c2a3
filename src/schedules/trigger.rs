//! A fire that a person asks for.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use entity::{schedule, schedule_fire};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    ScheduleFire,
    change::entry,
    fire::fire,
    list::{not_found, visible},
    turn::{Turn, take},
};
use crate::{
    app::App,
    audit::{self, Action},
    auth::{Actor, Permission},
    error::{Context, Result},
};

/// The finest difference between two times that both databases keep.
const INSTANT: TimeDelta = TimeDelta::microseconds(1);

/// Fires a schedule now, also one that is disabled. It acts as the schedule does and obeys its overlap policy: the outcome
/// of the fire says what came of it.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`.
pub async fn trigger(app: &App, actor: &Actor, id: Uuid) -> Result<ScheduleFire> {
    let scope = actor.require(Permission::Automation)?;
    let fired = take(app, scope.org_id(), move |turn| {
        Box::pin(async move {
            let found = visible(&scope).filter(schedule::Column::Id.eq(id)).one(turn.tx).await;
            let schedule = found.doing("finding a schedule to fire")?.ok_or_else(not_found)?;
            let at = free_time(turn, id).await?;
            audit::write(turn.tx, &scope, turn.now, entry(Action::ScheduleTriggered, &schedule)).await?;
            fire(turn, &schedule, at, true).await
        })
    });
    fired.await.map(|(fire, _)| fire)
}

/// The present moment, or as soon after it as no fire of the schedule has. A full minute belongs to the clock.
async fn free_time(turn: &Turn<'_>, schedule_id: Uuid) -> Result<DateTime<Utc>> {
    let is_full_minute = turn.now.second() == 0 && turn.now.nanosecond() == 0;
    let at = if is_full_minute { turn.now + INSTANT } else { turn.now };
    let latest: Option<Option<DateTime<Utc>>> = schedule_fire::Entity::find()
        .select_only()
        .column_as(schedule_fire::Column::PlannedAt.max(), "planned_at")
        .filter(schedule_fire::Column::OrgId.eq(turn.org_id))
        .filter(schedule_fire::Column::ScheduleId.eq(schedule_id))
        .filter(schedule_fire::Column::PlannedAt.gte(at))
        .filter(schedule_fire::Column::PlannedAt.lt(at + TimeDelta::seconds(1)))
        .into_tuple()
        .one(turn.tx)
        .await
        .doing("looking for a free time")?;
    Ok(latest.flatten().map_or(at, |latest| latest + INSTANT))
}
