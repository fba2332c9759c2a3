//! Seeing fires: what became of each planned time.

use entity::schedule_fire;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::{ScheduleFire, list::get};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    error::{Context, Result},
    page::{self, Fingerprint, Newest, Page, PageRequest},
};

/// The only order of fires.
const NEWEST: Newest<schedule_fire::Entity> =
    Newest { at: schedule_fire::Column::PlannedAt, id: schedule_fire::Column::Id, of: |row| (row.planned_at, row.id) };

/// A page of the fires of a schedule, the newest first.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; `NOT_FOUND`; a page that cannot be answered.
pub async fn fires(app: &App, actor: &Actor, schedule_id: Uuid, request: &PageRequest) -> Result<Page<ScheduleFire>> {
    let scope = actor.require(Permission::ReadSellers)?;
    get(app, actor, schedule_id).await?;
    let fingerprint = Fingerprint::of("schedule_fires", scope.org_id(), &(), &schedule_id)?;
    page::read(app.db.read(), of_schedule(&scope, schedule_id), NEWEST, request, fingerprint).await
}

/// How many there are on all pages.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn count_fires(app: &App, actor: &Actor, schedule_id: Uuid) -> Result<u64> {
    let scope = actor.require(Permission::ReadSellers)?;
    of_schedule(&scope, schedule_id).count(app.db.read()).await.doing("counting fires")
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

/// The latest fire of each of these schedules, in no order; one that never fired has none.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn last_fires(app: &App, actor: &Actor, schedule_ids: &[Uuid]) -> Result<Vec<ScheduleFire>> {
    use schedule_fire::Column as C;
    let scope = actor.require(Permission::ReadSellers)?;
    // A planned time is a schedule's own: each has one latest.
    let mut latest = visible(&scope).select_only().column(C::ScheduleId).column_as(C::PlannedAt.max(), "planned_at");
    latest = latest.filter(C::ScheduleId.is_in(schedule_ids.iter().copied())).group_by(C::ScheduleId);
    let key = sea_orm::sea_query::Expr::tuple([
        sea_orm::sea_query::Expr::col(C::ScheduleId).into(),
        sea_orm::sea_query::Expr::col(C::PlannedAt).into(),
    ]);
    let rows = visible(&scope)
        .filter(sea_orm::sea_query::ExprTrait::in_subquery(key, latest.into_query()))
        .all(app.db.read())
        .await;
    rows.doing("finding the latest fires")
}

/// The fires of the scope. Every query of this file over them starts here.
fn visible(scope: &Scope) -> Select<schedule_fire::Entity> {
    schedule_fire::Entity::find().filter(schedule_fire::Column::OrgId.eq(scope.org_id()))
}

fn of_schedule(scope: &Scope, schedule_id: Uuid) -> Select<schedule_fire::Entity> {
    visible(scope).filter(schedule_fire::Column::ScheduleId.eq(schedule_id))
}
