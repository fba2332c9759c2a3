//! Seeing imports: lists, and one by its id.
//!
//! Not here: who sees which (`sight.rs`), and watching them (`watch.rs`).

use entity::import::{self, ImportStatus};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, Select};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Import,
    sight::{Sight, not_found},
    stored_kind,
};
use crate::{
    app::App,
    auth::Actor,
    condition::as_stored,
    error::{Context, Result},
    page::{self, Fingerprint, Newest, Page, PageRequest},
    sheet::SheetKind,
};

/// Which imports; what is absent is no condition.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ImportFilter {
    /// Of one of these statuses, as stored.
    #[serde(serialize_with = "as_stored")]
    pub statuses: Option<Vec<ImportStatus>>,
    /// Of this kind.
    pub kind: Option<SheetKind>,
    /// One's own, or all one may see.
    pub mine: bool,
}

/// The only order of imports.
const NEWEST: Newest<import::Entity> =
    Newest { at: import::Column::CreatedAt, id: import::Column::Id, of: |row| (row.created_at, row.id) };

/// A page of the imports the actor may see, the newest first.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; a page that cannot be answered.
pub async fn list(app: &App, actor: &Actor, filter: &ImportFilter, request: &PageRequest) -> Result<Page<Import>> {
    let sight = Sight::of(actor)?;
    let fingerprint = Fingerprint::of("imports", sight.org_id(), &(), filter)?;
    page::read(app.db.read(), matching(&sight, actor, filter), NEWEST, request, fingerprint).await
}

/// How many there are on all pages.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, actor: &Actor, filter: &ImportFilter) -> Result<u64> {
    let sight = Sight::of(actor)?;
    matching(&sight, actor, filter).count(app.db.read()).await.doing("counting imports")
}

/// The imports with these ids that the actor may see, in no order; the others are left out.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing.
pub async fn find_many(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Import>> {
    let visible = Sight::of(actor)?.visible();
    let found = visible.filter(import::Column::Id.is_in(ids.iter().copied())).all(app.db.read()).await;
    found.doing("finding imports")
}

/// One import.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; `NOT_FOUND`.
pub async fn get(app: &App, actor: &Actor, id: Uuid) -> Result<Import> {
    find_many(app, actor, &[id]).await?.pop().ok_or_else(not_found)
}

fn matching(sight: &Sight, actor: &Actor, filter: &ImportFilter) -> Select<import::Entity> {
    use import::Column as C;
    let mut imports = sight.visible();
    if let Some(statuses) = &filter.statuses {
        imports = imports.filter(C::Status.is_in(statuses.iter().copied()));
    }
    if let Some(kind) = filter.kind {
        imports = imports.filter(C::Kind.eq(stored_kind(kind)));
    }
    if filter.mine { imports.filter(C::MemberId.eq(actor.member_id)) } else { imports }
}
