//! What a change of a schedule does to its times.
//!
//! What a reader would get wrong: a change looks forward only, but what was due before it is not forgotten: it gets its rows.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use entity::{schedule, schedule_fire};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    Cron,
    fire::{drop_waiting, reason},
    tick::miss,
    times::{due, stored_cron, stored_zone},
    turn::Turn,
};
use crate::error::{Context, Error, Result};

/// When it fires next, if that changes: after now, and after every time that has its row. What was due and has not fired is
/// written down as missed; what waits for a schedule that is disabled is dropped.
pub(super) async fn set_times(
    turn: &mut Turn<'_>,
    before: &schedule::Model,
    after: &mut schedule::ActiveModel,
) -> Result<()> {
    let cron = after.cron.try_as_ref().unwrap_or(&before.cron);
    let zone = after.time_zone.try_as_ref().unwrap_or(&before.time_zone);
    let is_enabled = after.is_enabled.try_as_ref().copied().unwrap_or(before.is_enabled);
    if (cron, zone, is_enabled) == (&before.cron, &before.time_zone, before.is_enabled) {
        return Ok(());
    }
    let (cron, zone) = (stored_cron(&turn.app, cron)?, stored_zone(zone)?);
    let overdue = due(&turn.app, before, turn.now, usize::MAX)?.times;
    miss(turn, before, &overdue, reason::SCHEDULE_CHANGED).await?;
    if !is_enabled {
        after.next_run_at = Set(None);
        return drop_waiting(turn, before, reason::SCHEDULE_DISABLED).await;
    }
    let fired = latest_planned(turn, before.id).await?;
    let next = next_after(&cron, zone, fired.map_or(turn.now, |fired| fired.max(turn.now)))?;
    after.next_run_at = Set(Some(next));
    Ok(())
}

/// The latest time of a schedule that has its row, but for those that a person asked for.
async fn latest_planned(turn: &Turn<'_>, id: Uuid) -> Result<Option<DateTime<Utc>>> {
    let latest: Option<Option<DateTime<Utc>>> = schedule_fire::Entity::find()
        .select_only()
        .column_as(schedule_fire::Column::PlannedAt.max(), "planned_at")
        .filter(schedule_fire::Column::OrgId.eq(turn.org_id))
        .filter(schedule_fire::Column::ScheduleId.eq(id))
        .filter(schedule_fire::Column::IsManual.eq(false))
        .into_tuple()
        .one(turn.tx)
        .await
        .doing("finding the latest planned time")?;
    Ok(latest.flatten())
}

/// The first time after a moment.
pub(super) fn next_after(cron: &Cron, zone: Tz, after: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let never = || Error::bad_input("INVALID_CRON", "the expression does not come to a time any more");
    cron.next(zone, after).ok_or_else(never)
}
