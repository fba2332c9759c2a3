//! What was edited since an import was carried out, and would be overwritten by its undoing.
//!
//! Not here: what counts as an edit (`records/undo.rs`, `sellers/undo.rs`).

use sea_orm::{ColumnTrait, ConnectionTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::{Import, kind, list::get, records, rollback_until, sellers};
use crate::{
    app::App,
    auth::{Actor, Permission},
    db::Transaction,
    error::{Context, Error, Result},
    page::{self, Fingerprint, Newest, Page, PageRequest},
    records::{self as stored_records, Record},
    sellers::{self as stored_sellers, Seller},
    sheet::SheetKind,
};

/// A page of what was edited since.
#[derive(Debug)]
pub enum Edited {
    /// Of an import of records.
    Records(Page<Record>),
    /// Of an import of sellers.
    Sellers(Page<Seller>),
}

/// The latest edit first.
const RECORDS: Newest<entity::record::Entity> = Newest {
    at: entity::record::Column::UpdatedAt,
    id: entity::record::Column::Id,
    of: |row| (row.updated_at, row.id),
};
/// The latest edit first.
const SELLERS: Newest<entity::seller::Entity> = Newest {
    at: entity::seller::Column::UpdatedAt,
    id: entity::seller::Column::Id,
    of: |row| (row.updated_at, row.id),
};

/// A page of the rows of an import that were edited since it was carried out, and would be overwritten by its undoing.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing, or not see such rows; `NOT_FOUND`; `IMPORT_NOT_COMMITTED`; a page that cannot be
/// answered.
pub async fn edited_since(app: &App, actor: &Actor, id: Uuid, request: &PageRequest) -> Result<Edited> {
    let import = committed(app, actor, id).await?;
    let fingerprint = Fingerprint::of("edited_since", import.org_id, &(), &id)?;
    match kind(&import)? {
        SheetKind::Records => {
            let scope = actor.require(Permission::ReadRecords)?;
            let edited = records::edited(&import).select_only().column(entity::record::Column::Id).into_query();
            let seen = stored_records::visible(&scope).filter(entity::record::Column::Id.in_subquery(edited));
            page::read(app.db.read(), seen, RECORDS, request, fingerprint).await.map(Edited::Records)
        }
        SheetKind::Sellers => {
            let scope = actor.require(Permission::ReadSellers)?;
            let edited = sellers::edited(&import).select_only().column(entity::seller::Column::Id).into_query();
            let seen = stored_sellers::visible(&scope).filter(entity::seller::Column::Id.in_subquery(edited));
            page::read(app.db.read(), seen, SELLERS, request, fingerprint).await.map(Edited::Sellers)
        }
    }
}

/// How many there are, seen or not.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; `NOT_FOUND`; `IMPORT_NOT_COMMITTED`.
pub async fn count_edited(app: &App, actor: &Actor, id: Uuid) -> Result<u64> {
    count(app.db.read(), &committed(app, actor, id).await?).await
}

/// Refuses to undo over what was edited since.
pub(super) async fn refuse_edited(tx: &Transaction, import: &Import) -> Result<()> {
    let (count, what) = (count(tx, import).await?, kind(import)?.name());
    let edited = match count {
        0 => return Ok(()),
        1 => format!("1 of its {what} was"),
        _ => format!("{count} of its {what} were"),
    };
    Err(Error::conflict("EDITED_SINCE", format!("{edited} edited since, and would be overwritten")))
}

async fn committed(app: &App, actor: &Actor, id: Uuid) -> Result<Import> {
    let import = get(app, actor, id).await?;
    match rollback_until(&import) {
        Some(_) => Ok(import),
        None => Err(Error::conflict("IMPORT_NOT_COMMITTED", "only an import that was carried out can be undone")),
    }
}

async fn count(db: &impl ConnectionTrait, import: &Import) -> Result<u64> {
    let counted = match kind(import)? {
        SheetKind::Records => records::edited(import).count(db).await,
        SheetKind::Sellers => sellers::edited(import).count(db).await,
    };
    counted.doing("counting what was edited since an import")
}
