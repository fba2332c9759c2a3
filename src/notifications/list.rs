//! Seeing notifications: what was told about schedules, and whether it got there.

use std::collections::HashMap;

use entity::notification;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::Notification;
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    error::Result,
    page::{self, Fingerprint, List, Newest, Page, PageRequest},
};

/// The only order of notifications.
const NEWEST: Newest<notification::Entity> =
    Newest { at: notification::Column::CreatedAt, id: notification::Column::Id, of: |row| (row.created_at, row.id) };

/// The same page of what was told about each of several schedules, the newest first.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`. What is wrong with a page is the answer of its schedule.
pub async fn list(
    app: &App,
    actor: &Actor,
    schedule_ids: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<Notification>>>> {
    let scope = actor.require(Permission::Automation)?;
    let list = |id: Uuid| {
        let fingerprint = Fingerprint::of("notifications", scope.org_id(), &(), &id)?;
        let select = visible(&scope).filter(notification::Column::ScheduleId.eq(id));
        Ok(List { id, select, fingerprint })
    };
    let lists = schedule_ids.iter().copied().map(list).collect::<Result<_>>()?;
    // Each list is of one schedule, so every row has the one it was read by.
    page::read_each(app.db.read(), lists, NEWEST, request, |row| row.schedule_id.unwrap_or_default()).await
}

/// How many there are about each of these schedules on all pages; one nobody was told of is left out.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`.
pub async fn count(app: &App, actor: &Actor, schedule_ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    let (scope, of) = (actor.require(Permission::Automation)?, notification::Column::ScheduleId);
    let rows = visible(&scope).filter(of.is_in(schedule_ids.iter().copied()));
    page::count_each(app.db.read(), rows, of).await
}

/// The notifications of the scope. Every query of this file over them starts here.
fn visible(scope: &Scope) -> Select<notification::Entity> {
    notification::Entity::find().filter(notification::Column::OrgId.eq(scope.org_id()))
}
