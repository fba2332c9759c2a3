//! Seeing fires: what became of each planned time.

use std::collections::HashMap;

use entity::schedule_fire;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::ScheduleFire;
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    error::{Context, Result},
    page::{self, Fingerprint, List, Newest, Page, PageRequest},
};

/// The only order of fires.
const NEWEST: Newest<schedule_fire::Entity> =
    Newest { at: schedule_fire::Column::PlannedAt, id: schedule_fire::Column::Id, of: |row| (row.planned_at, row.id) };

/// The same page of the fires of each of several schedules, the newest first.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`. What is wrong with a page is the answer of its schedule.
pub async fn fires(
    app: &App,
    actor: &Actor,
    schedule_ids: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<ScheduleFire>>>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let list = |id: Uuid| {
        let fingerprint = Fingerprint::of("schedule_fires", scope.org_id(), &(), &id)?;
        let select = visible(&scope).filter(schedule_fire::Column::ScheduleId.eq(id));
        Ok(List { id, select, fingerprint })
    };
    let lists = schedule_ids.iter().copied().map(list).collect::<Result<_>>()?;
    page::read_each(app.db.read(), lists, NEWEST, request, |fire| fire.schedule_id).await
}

/// How many there are of each of these schedules on all pages; one that never fired is left out.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn count_fires(app: &App, actor: &Actor, schedule_ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    let (scope, of) = (actor.require(Permission::ReadSellers)?, schedule_fire::Column::ScheduleId);
    let rows = visible(&scope).filter(of.is_in(schedule_ids.iter().copied()));
    page::count_each(app.db.read(), rows, of).await
}

/// The fires with these ids, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn find_fires(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<ScheduleFire>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let rows = visible(&scope).filter(schedule_fire::Column::Id.is_in(ids.iter().copied())).all(app.db.read()).await;
    rows.doing("finding fires")
}

/// The fires of the scope. Every query of this file over them starts here.
fn visible(scope: &Scope) -> Select<schedule_fire::Entity> {
    schedule_fire::Entity::find().filter(schedule_fire::Column::OrgId.eq(scope.org_id()))
}
