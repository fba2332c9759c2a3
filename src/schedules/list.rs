//! Seeing schedules: all of an organisation by name, and one by its id.

use chrono::{DateTime, Utc};
use entity::schedule::{self, OverlapPolicy};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Select};
use uuid::Uuid;

use super::target::Target;
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    error::{Context, Error, Result},
    page::{self, ByText, Fingerprint, Page, PageRequest},
};

/// One schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Its id.
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// The name as it was given.
    pub name: String,
    /// What it starts.
    pub target: Target,
    /// Who last changed it, and as whom it fires; none when the member is gone.
    pub member_id: Option<Uuid>,
    /// When, as it was given.
    pub cron: String,
    /// Where the clock hangs, an IANA name.
    pub time_zone: String,
    /// Whether it fires by itself.
    pub is_enabled: bool,
    /// What a fire does when a run is active.
    pub overlap: OverlapPolicy,
    /// How late a fire may still start, in seconds.
    pub catchup_window_seconds: i32,
    /// Whether the member is told by e-mail.
    pub notify_email: bool,
    /// Where it is told to a program.
    pub webhook_url: Option<String>,
    /// When it fires next; none while it is disabled.
    pub next_run_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When a person last changed it.
    pub updated_at: DateTime<Utc>,
}

impl Schedule {
    pub(super) fn of(row: schedule::Model) -> Result<Self> {
        Ok(Self {
            target: Target::of(&row)?,
            id: row.id,
            org_id: row.org_id,
            name: row.name,
            member_id: row.member_id,
            cron: row.cron,
            time_zone: row.time_zone,
            is_enabled: row.is_enabled,
            overlap: row.overlap,
            catchup_window_seconds: row.catchup_window_seconds,
            notify_email: row.notify_email,
            webhook_url: row.webhook_url,
            next_run_at: row.next_run_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A page of the organisation's schedules by name.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; a page that cannot be answered.
pub async fn list(app: &App, actor: &Actor, request: &PageRequest) -> Result<Page<Schedule>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let fingerprint = Fingerprint::of("schedules", scope.org_id(), &(), &())?;
    let page = page::read(app.db.read(), visible(&scope), BY_NAME, request, fingerprint).await?;
    let rows = page.rows.into_iter().map(|(cursor, row)| Ok((cursor, Schedule::of(row)?))).collect::<Result<_>>()?;
    Ok(Page { rows, has_next: page.has_next, has_previous: page.has_previous })
}

/// How many there are on all pages.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn count(app: &App, actor: &Actor) -> Result<u64> {
    let scope = actor.require(Permission::ReadSellers)?;
    visible(&scope).count(app.db.read()).await.doing("counting schedules")
}

/// The schedules with these ids, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn find_many(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Schedule>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let rows = visible(&scope).filter(schedule::Column::Id.is_in(ids.iter().copied())).all(app.db.read()).await;
    rows.doing("finding schedules")?.into_iter().map(Schedule::of).collect()
}

/// One schedule.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; `NOT_FOUND`.
pub async fn get(app: &App, actor: &Actor, id: Uuid) -> Result<Schedule> {
    find_many(app, actor, &[id]).await?.pop().ok_or_else(not_found)
}

/// The schedules of the scope. Every query of this folder over them starts here, but for those of the tick, which looks at
/// all organisations.
pub(super) fn visible(scope: &Scope) -> Select<schedule::Entity> {
    schedule::Entity::find().filter(schedule::Column::OrgId.eq(scope.org_id()))
}

/// No schedule of that id in the organisation.
pub(super) fn not_found() -> Error {
    Error::NotFound { what: "schedule" }
}

/// By name whatever its case.
const BY_NAME: ByText<schedule::Entity> =
    ByText { text: schedule::Column::NameKey, id: schedule::Column::Id, of: |row| (row.name_key.clone(), row.id) };
