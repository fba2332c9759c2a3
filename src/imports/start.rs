//! Starting an import, once for each idempotency key.
//!
//! Not here: its file (`receive.rs`) and its work (`check.rs`). What a reader would get wrong: an import begins without a
//! file; it is checked as soon as the file has come, and not before.

use std::io;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use entity::import::{self, ImportStatus};
use futures::Stream;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use uuid::Uuid;

use super::{Import, KEPT_FOR, permission, receive::receive, store::told, stored_kind};
use crate::{
    accounts,
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    progress::{self, Topic},
    sheet::{Field, Reading, SheetKind},
    text::{self, LONGEST_NAME},
};

/// What a file is called whose name says nothing.
const UNNAMED: &str = "file";

/// A file that somebody wants to import.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// What its rows are.
    pub kind: SheetKind,
    /// The account of records that do not name one.
    pub account_id: Option<Uuid>,
    /// What the file is called.
    pub file_name: String,
    /// What the person states of it.
    pub reading: Reading,
    /// The same key and file give the same import.
    pub idempotency_key: Option<String>,
}

/// Starts an import whose file is still to come; answers the one there is when its idempotency key was used before.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.import`, or `seller_collection.write`; `NOT_FOUND` for an account out of reach;
/// `INVALID_TEXT`; `INVALID_MAPPING` for a field of the other kind; `IDEMPOTENCY_KEY_REUSED`.
pub async fn start(app: &App, actor: &Actor, new: NewImport) -> Result<Import> {
    let scope = actor.require(permission(new.kind))?;
    check_account(app, actor, &new).await?;
    let row = row(&scope, actor, new, app.clock.now())?;
    let import = app.db.write(move |tx| Box::pin(async move { insert(tx, &scope, row).await })).await?;
    Ok(told(app, import))
}

/// Starts an import and takes its file at once.
///
/// # Errors
/// As [`start`] and [`receive`].
pub async fn start_with_file(
    app: &App,
    actor: &Actor,
    new: NewImport,
    chunks: impl Stream<Item = io::Result<Bytes>> + Send,
    declared_len: Option<u64>,
) -> Result<Import> {
    let import = start(app, actor, new).await?;
    // The same request came before, and its file with it.
    if import.status != ImportStatus::AwaitingFile {
        return Ok(import);
    }
    receive(app, actor, import.id, chunks, declared_len).await
}

/// Refuses what nobody can read a file by.
pub(super) fn check_reading(kind: SheetKind, reading: &Reading) -> Result<()> {
    let fields = reading.mapping.iter().flatten().filter_map(|(_, field)| *field);
    match fields.into_iter().find(|field| field.kind() != kind) {
        Some(field) => {
            let message = format!("`{}` is no field of {}", field.key(), kind.name());
            Err(Error::bad_input("INVALID_MAPPING", message))
        }
        None => text::check("sheet", reading.sheet.as_deref().unwrap_or_default(), LONGEST_NAME),
    }
}

/// Fields that need a permission of their own.
pub(super) const GUARDED: [(Field, Permission); 2] =
    [(Field::OrderRemark, Permission::WriteOrderRemark), (Field::ServiceRemark, Permission::WriteServiceRemark)];

pub(super) fn stored_reading(reading: &Reading) -> Result<String> {
    serde_json::to_string(reading).map_err(|error| Error::caused("storing what was stated of a file", error))
}

async fn check_account(app: &App, actor: &Actor, new: &NewImport) -> Result<()> {
    let Some(account_id) = new.account_id else { return Ok(()) };
    if new.kind == SheetKind::Sellers {
        return Err(Error::bad_input("INVALID_ACCOUNT", "sellers belong to no account"));
    }
    let found = accounts::find_many(app, actor, &[account_id]).await?;
    if found.is_empty() { Err(Error::NotFound { what: "account" }) } else { Ok(()) }
}

/// The import as it will be, all of it settled.
fn row(scope: &Scope, actor: &Actor, new: NewImport, now: DateTime<Utc>) -> Result<import::ActiveModel> {
    check_reading(new.kind, &new.reading)?;
    text::check_idempotency_key(new.idempotency_key.as_deref())?;
    let member_id = scope.author().member_id;
    Ok(import::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(actor.organisation.id),
        member_id: Set(member_id),
        actor_id: Set(member_id),
        origin: Set(Some(actor.origin.stored())),
        kind: Set(stored_kind(new.kind).to_owned()),
        account_id: Set(new.account_id),
        status: Set(ImportStatus::AwaitingFile),
        file_name: Set(text::cleaned(&new.file_name, LONGEST_NAME).unwrap_or_else(|| UNNAMED.to_owned())),
        reading: Set(stored_reading(&new.reading)?),
        idempotency_key: Set(new.idempotency_key),
        revision: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        expires_at: Set(Some(now + KEPT_FOR)),
        ..Default::default()
    })
}

async fn insert(tx: &Transaction, scope: &Scope, row: import::ActiveModel) -> Result<Import> {
    let wanted = row.clone();
    // Another request with this key may be under way: whoever comes second waits here, and inserts nothing.
    let unless_there = OnConflict::new().do_nothing().to_owned();
    let inserted = import::Entity::insert(row).on_conflict(unless_there).exec_with_returning_many(tx).await;
    let Some(import) = inserted.doing("starting an import")?.pop() else {
        return same(tx, wanted).await;
    };
    let entry = Entry::of(Action::ImportStarted).on(Id(IdKind::Import, import.id)).named(import.file_name.clone());
    audit::write(tx, scope, import.created_at, entry).await?;
    progress::announce(tx, Topic::Import, import.id).await?;
    Ok(import)
}

/// The import that the key of `wanted` stands for already.
async fn same(tx: &Transaction, wanted: import::ActiveModel) -> Result<Import> {
    use import::Column as C;
    let import = import::Entity::find()
        .filter(C::OrgId.eq(wanted.org_id.unwrap()))
        .filter(C::MemberId.eq(wanted.member_id.unwrap()))
        .filter(C::IdempotencyKey.eq(wanted.idempotency_key.unwrap()))
        .one(tx)
        .await
        .doing("finding the import of an idempotency key")?
        .ok_or_else(|| Error::internal("what stood in the way of an insert is there"))?;
    if (&import.kind, &import.account_id, &import.file_name)
        == (wanted.kind.as_ref(), wanted.account_id.as_ref(), wanted.file_name.as_ref())
    {
        return Ok(import);
    }
    let message = "this idempotency key came with another import before; use a new one for each new import";
    Err(Error::conflict("IDEMPOTENCY_KEY_REUSED", message))
}
