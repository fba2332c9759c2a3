//! Changing accounts: making, renaming, archiving, restoring.
//!
//! What a reader would get wrong: archiving deletes nothing and takes nothing from anybody. Owner and assignments stay, and
//! restoring brings the account back to whom it was, with every record as it was.

use entity::{
    account,
    member::{self, Role},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType,
};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{Account, not_found, of_organisation};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    organisations,
    text::{self, LONGEST_FOREIGN_ID, LONGEST_NAME},
};

/// An account to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAccount {
    /// Short code, unique in the organisation.
    pub code: String,
    /// Name shown to people.
    pub name: Option<String>,
    /// The client who owns it.
    pub owner_id: Option<Uuid>,
}

/// What is to change of an account; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Another code.
    pub code: Option<String>,
    /// Another name; `Some(None)` for none.
    pub name: Option<Option<String>>,
}

/// Makes an account.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `INVALID_TEXT`; `NOT_FOUND` for an owner who is not there, `OWNER_NOT_CLIENT`;
/// `ACCOUNT_CODE_TAKEN`, also by one that is archived.
pub async fn create(app: &App, actor: &Actor, new: NewAccount) -> Result<Account> {
    let (scope, now) = (actor.require(Permission::Members)?, app.clock.now());
    let row = account::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(scope.org_id()),
        code: Set(checked_code(new.code)?),
        name: Set(checked_name(new.name)?),
        owner_id: Set(new.owner_id),
        created_at: Set(now),
        updated_at: Set(now),
        archived_at: Set(None),
    };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // Whoever is a client now is one when this is committed.
                organisations::hold(tx, &scope).await?;
                if let Some(owner_id) = new.owner_id {
                    check_owner(tx, &scope, owner_id).await?;
                }
                let account = row.insert(tx).await.map_err(taken)?;
                let entry = entry(Action::AccountCreated, &account).to(Json::Object(noted(&account)));
                audit::write(tx, &scope, now, entry).await?;
                Ok(account)
            })
        })
        .await
}

/// Renames an account.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `NOT_FOUND`; `INVALID_TEXT`; `ACCOUNT_CODE_TAKEN`, also by one that is archived.
pub async fn update(app: &App, actor: &Actor, id: Uuid, change: AccountChange) -> Result<Account> {
    let (scope, now) = (actor.require(Permission::Members)?, app.clock.now());
    let code = change.code.map(checked_code).transpose()?;
    let name = change.name.map(checked_name).transpose()?;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let before = locked(tx, &scope, id).await?;
                if before.archived_at.is_some() {
                    return Err(not_found());
                }
                let after = Account {
                    code: code.unwrap_or_else(|| before.code.clone()),
                    name: name.unwrap_or_else(|| before.name.clone()),
                    updated_at: now,
                    ..before.clone()
                };
                if (&before.code, &before.name) == (&after.code, &after.name) {
                    return Ok(before);
                }
                let account = account::ActiveModel::from(after).reset_all().update(tx).await.map_err(taken)?;
                let entry = entry(Action::AccountUpdated, &account).changed(noted(&before), noted(&account));
                audit::write(tx, &scope, now, entry).await?;
                Ok(account)
            })
        })
        .await
}

/// Archives an account: from now on nobody sees it or its records, anywhere. A file that is being made has what there was when
/// it was begun.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `NOT_FOUND`; `ACCOUNT_ARCHIVED` when it is already.
pub async fn archive(app: &App, actor: &Actor, id: Uuid) -> Result<Account> {
    keep(app, actor, id, true).await
}

/// Brings back what [`archive`] put away, as it was.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `NOT_FOUND`; `ACCOUNT_NOT_ARCHIVED`.
pub async fn restore(app: &App, actor: &Actor, id: Uuid) -> Result<Account> {
    keep(app, actor, id, false).await
}

async fn keep(app: &App, actor: &Actor, id: Uuid, is_archived: bool) -> Result<Account> {
    let (scope, now) = (actor.require(Permission::Members)?, app.clock.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let before = locked(tx, &scope, id).await?;
                if before.archived_at.is_some() == is_archived {
                    return Err(kept_so(is_archived));
                }
                let row = account::ActiveModel {
                    id: Set(id),
                    archived_at: Set(is_archived.then_some(now)),
                    updated_at: Set(now),
                    ..Default::default()
                };
                let account = row.update(tx).await.doing("archiving or restoring an account")?;
                let action = if is_archived { Action::AccountArchived } else { Action::AccountRestored };
                audit::write(tx, &scope, now, entry(action, &account)).await?;
                Ok(account)
            })
        })
        .await
}

fn kept_so(is_archived: bool) -> Error {
    let (code, message) = if is_archived {
        ("ACCOUNT_ARCHIVED", "the account is archived already")
    } else {
        ("ACCOUNT_NOT_ARCHIVED", "the account is not archived")
    };
    Error::Conflict { code, message: message.to_owned() }
}

fn entry(action: Action, account: &Account) -> Entry {
    Entry::of(action).on(Id(IdKind::Account, account.id)).named(&account.code)
}

/// An account as the audit shows one.
fn noted(account: &Account) -> Map<String, Json> {
    Map::from_iter([
        ("code".to_owned(), json!(account.code)),
        ("name".to_owned(), json!(account.name)),
        ("ownerId".to_owned(), json!(account.owner_id.map(|id| IdKind::Member.show(id)))),
    ])
}

async fn locked(tx: &Transaction, scope: &Scope, id: Uuid) -> Result<Account> {
    let found = of_organisation(scope).filter(account::Column::Id.eq(id)).lock(LockType::NoKeyUpdate).one(tx).await;
    found.doing("finding an account to change")?.ok_or_else(not_found)
}

/// Only a client owns accounts: a va is assigned to them, an admin sees all.
async fn check_owner(tx: &Transaction, scope: &Scope, id: Uuid) -> Result<()> {
    let owner = member::Entity::find_by_id(id).filter(member::Column::OrgId.eq(scope.org_id())).one(tx).await;
    match owner.doing("finding the owner of an account")?.ok_or(Error::NotFound { what: "member" })?.role {
        Role::Client => Ok(()),
        Role::Admin | Role::Va => {
            Err(Error::bad_input("OWNER_NOT_CLIENT", "an account is owned by a member whose role is CLIENT"))
        }
    }
}

fn checked_code(code: String) -> Result<String> {
    if code.trim().is_empty() {
        return Err(Error::bad_input("INVALID_TEXT", "`code` must not be empty"));
    }
    text::check("code", &code, LONGEST_FOREIGN_ID)?;
    Ok(code)
}

/// An empty name is none.
fn checked_name(name: Option<String>) -> Result<Option<String>> {
    let name = name.filter(|name| !name.is_empty());
    text::check("name", name.as_deref().unwrap_or_default(), LONGEST_NAME)?;
    Ok(name)
}

fn taken(error: DbErr) -> Error {
    let message = "there is an account with this code already; it may be an archived one";
    Error::of_write("writing an account", error, || Error::conflict("ACCOUNT_CODE_TAKEN", message))
}
