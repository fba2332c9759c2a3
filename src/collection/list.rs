//! Seeing runs: the history, and one run by its id.
//!
//! Not here: what belongs to a run (`parts.rs`), and watching one (`watch.rs`).

use chrono::{DateTime, Utc};
use entity::collection_run::{self, CollectionRunStatus};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, Select};
use serde::Serialize;
use uuid::Uuid;

use super::CollectionRun;
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    condition::as_stored,
    error::{Context, Error, Result},
    page::{self, Fingerprint, Newest, Page, PageRequest},
};

/// Which runs. All conditions must hold; what is absent is no condition.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CollectionRunFilter {
    /// Of one of these statuses, as stored.
    #[serde(serialize_with = "as_stored")]
    pub statuses: Option<Vec<CollectionRunStatus>>,
    /// Asked for at this moment or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Asked for at this moment or earlier.
    pub created_to: Option<DateTime<Utc>>,
    /// Started by this member.
    pub started_by: Option<Uuid>,
    /// One's own, or everybody's.
    pub mine: bool,
}

/// The only order of runs.
const NEWEST: Newest<collection_run::Entity> = Newest {
    at: collection_run::Column::CreatedAt,
    id: collection_run::Column::Id,
    of: |row| (row.created_at, row.id),
};

/// A page of the organisation's runs, the newest first.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; a filter or page that cannot be answered.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: &CollectionRunFilter,
    request: &PageRequest,
) -> Result<Page<CollectionRun>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let fingerprint = Fingerprint::of("collection_runs", scope.org_id(), &(), filter)?;
    page::read(app.db.read(), matching(&scope, actor, filter)?, NEWEST, request, fingerprint).await
}

/// How many there are on all pages.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, actor: &Actor, filter: &CollectionRunFilter) -> Result<u64> {
    let scope = actor.require(Permission::ReadSellers)?;
    matching(&scope, actor, filter)?.count(app.db.read()).await.doing("counting runs")
}

/// The runs with these ids, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn find_many(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<CollectionRun>> {
    let scope = actor.require(Permission::ReadSellers)?;
    visible(&scope)
        .filter(collection_run::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.read())
        .await
        .doing("finding runs")
}

/// One run.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; `NOT_FOUND`.
pub async fn get(app: &App, actor: &Actor, id: Uuid) -> Result<CollectionRun> {
    find_many(app, actor, &[id]).await?.pop().ok_or_else(not_found)
}

/// The runs of the scope. Every query of this folder over them starts here.
pub(super) fn visible(scope: &Scope) -> Select<collection_run::Entity> {
    collection_run::Entity::find().filter(collection_run::Column::OrgId.eq(scope.org_id()))
}

/// No run of that id in the organisation.
pub(super) fn not_found() -> Error {
    Error::NotFound { what: "collection run" }
}

fn matching(scope: &Scope, actor: &Actor, filter: &CollectionRunFilter) -> Result<Select<collection_run::Entity>> {
    use collection_run::Column as C;
    if filter.created_from.zip(filter.created_to).is_some_and(|(from, to)| from > to) {
        return Err(Error::bad_input("INVALID_FILTER", "the first moment must not be after the last"));
    }
    let condition = Condition::all()
        .add_option(filter.statuses.as_ref().map(|statuses| C::Status.is_in(statuses.iter().copied())))
        .add_option(filter.created_from.map(|from| C::CreatedAt.gte(from)))
        .add_option(filter.created_to.map(|to| C::CreatedAt.lte(to)))
        .add_option(filter.started_by.map(|member_id| C::MemberId.eq(member_id)))
        .add_option(filter.mine.then(|| C::MemberId.eq(actor.member_id)));
    Ok(visible(scope).filter(condition))
}
