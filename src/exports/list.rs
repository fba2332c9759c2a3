//! Seeing export jobs: lists, one by its id, and where those that wait stand in the line.
//!
//! Not here: who sees which (`sight.rs`), and watching them (`watch.rs`). What a reader would get wrong: whoever sees a job
//! may still not have its file (`artifact.rs`).

use std::collections::HashMap;

use entity::export_job::{self, ExportJobStatus};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, Select};
use serde::Serialize;
use uuid::Uuid;

use super::{ExportJob, columns::ExportKind, format::stored_kind, sight::Sight};
use crate::{
    app::App,
    auth::Actor,
    condition::as_stored,
    error::{Context, Error, Result},
    jobs::{self, Job},
    page::{self, Fingerprint, Newest, Page, PageRequest},
};

/// Which export jobs; what is absent is no condition.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ExportJobFilter {
    /// Of one of these statuses, as stored.
    #[serde(serialize_with = "as_stored")]
    pub statuses: Option<Vec<ExportJobStatus>>,
    /// Of this kind.
    pub kind: Option<ExportKind>,
    /// One's own, or all one may see.
    pub mine: bool,
}

/// The only order of export jobs.
const NEWEST: Newest<export_job::Entity> =
    Newest { at: export_job::Column::CreatedAt, id: export_job::Column::Id, of: |row| (row.created_at, row.id) };

/// A page of the export jobs the actor may see, the newest first.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing; a page that cannot be answered.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: &ExportJobFilter,
    request: &PageRequest,
) -> Result<Page<ExportJob>> {
    let sight = Sight::of(actor)?;
    let fingerprint = Fingerprint::of("export_jobs", sight.org_id(), &(), filter)?;
    page::read(app.db.read(), matching(&sight, actor, filter), NEWEST, request, fingerprint).await
}

/// How many there are on all pages.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, actor: &Actor, filter: &ExportJobFilter) -> Result<u64> {
    let sight = Sight::of(actor)?;
    matching(&sight, actor, filter).count(app.db.read()).await.doing("counting export jobs")
}

/// The export jobs with these ids that the actor may see, in no order; the others are left out.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing.
pub async fn find_many(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<ExportJob>> {
    Sight::of(actor)?
        .visible()
        .filter(export_job::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.read())
        .await
        .doing("finding export jobs")
}

/// One export job.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing; `NOT_FOUND`.
pub async fn get(app: &App, actor: &Actor, id: Uuid) -> Result<ExportJob> {
    find_many(app, actor, &[id]).await?.pop().ok_or_else(not_found)
}

/// Where those of these jobs stand that wait; 1 is the next.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing.
pub async fn positions(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    Sight::of(actor)?;
    places(app, ids).await
}

/// The same for whoever is shown to those who may see it.
pub(super) async fn places(app: &App, ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    let jobs: Vec<Job> = ids.iter().copied().map(Job::Export).collect();
    let places = jobs::positions(app.db.read(), &jobs).await?;
    Ok(places.into_iter().map(|(job, place)| (job.subject(), place)).collect())
}

/// Nothing of that id that the actor may see.
pub(super) fn not_found() -> Error {
    Error::NotFound { what: "export" }
}

fn matching(sight: &Sight, actor: &Actor, filter: &ExportJobFilter) -> Select<export_job::Entity> {
    use export_job::Column as C;
    let mut jobs = sight.visible();
    if let Some(statuses) = &filter.statuses {
        jobs = jobs.filter(C::Status.is_in(statuses.iter().copied()));
    }
    if let Some(kind) = filter.kind {
        jobs = jobs.filter(C::Kind.eq(stored_kind(kind)));
    }
    if filter.mine { jobs.filter(C::MemberId.eq(actor.member_id)) } else { jobs }
}
