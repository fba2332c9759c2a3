//! Changing the row of an import, and telling those who watch.
//!
//! What a reader would get wrong: the row of the queue is locked before ours, everywhere, or two transactions would wait for
//! each other.

use chrono::{DateTime, Utc};
use entity::import;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::Import;
use crate::{
    app::App,
    auth::Scope,
    db::Transaction,
    error::{Context, Error, Result},
    progress::{self, Topic},
};

/// An import, whoever asks.
pub async fn find(db: &impl ConnectionTrait, org_id: Uuid, id: Uuid) -> Result<Option<Import>> {
    let found = import::Entity::find_by_id(id).filter(import::Column::OrgId.eq(org_id)).one(db).await;
    found.doing("finding an import")
}

/// An import that is there, whoever asks.
pub async fn existing(db: &impl ConnectionTrait, org_id: Uuid, id: Uuid) -> Result<Import> {
    find(db, org_id, id).await?.ok_or_else(|| Error::internal("an import stays as long as its organisation"))
}

/// Writes a change of an import, and tells those who watch it.
pub async fn change(
    tx: &Transaction,
    import: Import,
    now: DateTime<Utc>,
    alter: impl FnOnce(&mut import::ActiveModel) + Send,
) -> Result<Import> {
    let (id, revision) = (import.id, import.revision);
    let mut row = import.into_active_model();
    alter(&mut row);
    (row.revision, row.updated_at) = (Set(revision + 1), Set(now));
    progress::announce(tx, Topic::Import, id).await?;
    row.update(tx).await.doing("changing an import")
}

/// Says who asks for what is done to an import, and from where: its job does it as them.
pub fn ask(row: &mut import::ActiveModel, scope: &Scope) {
    let author = scope.author();
    (row.actor_id, row.origin) = (Set(author.member_id), Set(Some(author.origin.stored())));
}

/// Takes back why something could not be done: it is tried again, or was done.
pub fn forgive(row: &mut import::ActiveModel) {
    (row.error_code, row.error_message) = (Set(None), Set(None));
}

/// Says why something could not be done.
pub fn blame(row: &mut import::ActiveModel, code: &str, message: String) {
    (row.error_code, row.error_message) = (Set(Some(code.to_owned())), Set(Some(message)));
}

/// After the commit: workers and watchers look.
pub fn told(app: &App, import: Import) -> Import {
    app.jobs.wake();
    app.progress.changed(Topic::Import, import.id);
    import
}
