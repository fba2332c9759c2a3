//! What was edited since an import was carried out, and would be overwritten by its undoing.

use uuid::Uuid;

use super::Import;
use crate::{
    app::App,
    auth::Actor,
    db::Transaction,
    error::{Error, Result},
    page::{Page, PageRequest},
    records::Record,
    sellers::Seller,
};

/// A page of what was edited since.
#[derive(Debug)]
pub enum Edited {
    /// Of an import of records.
    Records(Page<Record>),
    /// Of an import of sellers.
    Sellers(Page<Seller>),
}

/// A page of the rows of an import that were edited since it was carried out, and would be overwritten by its undoing.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing, or not see such rows; `NOT_FOUND`; `IMPORT_NOT_COMMITTED`; a page that cannot be
/// answered.
pub async fn edited_since(app: &App, actor: &Actor, id: Uuid, request: &PageRequest) -> Result<Edited> {
    let _ = (app, actor, id, request);
    Err(Error::internal("not built yet"))
}

/// How many there are on all pages.
///
/// # Errors
/// As [`edited_since`].
pub async fn count_edited(app: &App, actor: &Actor, id: Uuid) -> Result<u64> {
    let _ = (app, actor, id);
    Err(Error::internal("not built yet"))
}

/// Refuses to undo over what was edited since.
pub(super) async fn refuse_edited(tx: &Transaction, import: &Import) -> Result<()> {
    let _ = (tx, import);
    Err(Error::internal("not built yet"))
}
