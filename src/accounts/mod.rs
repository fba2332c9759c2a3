//! Accounts: the eBay stores of an organisation, as far as one may see them.
//!
//! Not here: their records. What a reader would get wrong: which accounts one sees is decided by the `Scope`, here and
//! wherever a query reaches through an account.

use entity::account;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use crate::{
    app::App,
    auth::{Actor, Permission, Scope, qualified},
    error::{Context, Error, Result},
    page::{self, ByText, Fingerprint, Page, PageRequest},
    text::{self, LONGEST_FOREIGN_ID, LONGEST_NAME},
};

/// One account.
pub type Account = account::Model;

/// By code, then id: the only order of accounts.
const BY_CODE: ByText<account::Entity> =
    ByText { text: account::Column::Code, id: account::Column::Id, of: |row| (row.code.clone(), row.id) };

/// A page of the accounts the actor may see, by code.
///
/// # Errors
/// `FORBIDDEN` without `accounts.view`; a page that cannot be answered.
pub async fn list(app: &App, actor: &Actor, request: &PageRequest) -> Result<Page<Account>> {
    let scope = actor.require(Permission::ViewAccounts)?;
    let fingerprint = Fingerprint::of("accounts", scope.org_id(), &(), &())?;
    page::read(app.db.read(), visible(&scope), BY_CODE, request, fingerprint).await
}

/// How many accounts the actor may see.
///
/// # Errors
/// `FORBIDDEN` without `accounts.view`.
pub async fn count(app: &App, actor: &Actor) -> Result<u64> {
    let scope = actor.require(Permission::ViewAccounts)?;
    visible(&scope).count(app.db.read()).await.doing("counting accounts")
}

/// The accounts with these ids that the actor may see, in no order; the others are left out.
///
/// # Errors
/// `FORBIDDEN` without `accounts.view`.
pub async fn find_many(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Account>> {
    let scope = actor.require(Permission::ViewAccounts)?;
    visible(&scope)
        .filter(account::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.read())
        .await
        .doing("finding accounts")
}

/// The ids of all accounts the scope reaches.
pub(crate) async fn reached(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<Uuid>> {
    visible(scope)
        .select_only()
        .column(account::Column::Id)
        .order_by_asc(account::Column::Id)
        .into_tuple()
        .all(db)
        .await
        .doing("reading which accounts are in reach")
}

/// Codes and names of all accounts of the organisation, in reach or not: what a run must not take for somebody else's.
pub(crate) async fn names(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<String>> {
    let all: Vec<(String, Option<String>)> = account::Entity::find()
        .filter(account::Column::OrgId.eq(scope.org_id()))
        .select_only()
        .columns([account::Column::Code, account::Column::Name])
        .into_tuple()
        .all(db)
        .await
        .doing("reading the names of accounts")?;
    Ok(all.into_iter().flat_map(|(code, name)| [Some(code), name]).flatten().collect())
}

/// The account with this code.
///
/// # Errors
/// `FORBIDDEN` without `accounts.view`; `NOT_FOUND`.
pub async fn get_by_code(app: &App, actor: &Actor, code: &str) -> Result<Account> {
    let scope = actor.require(Permission::ViewAccounts)?;
    visible(&scope)
        .filter(account::Column::Code.eq(code))
        .one(app.db.read())
        .await
        .doing("finding an account")?
        .ok_or(Error::NotFound { what: "account" })
}

/// Adds an account.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `INVALID_TEXT`; `ACCOUNT_EXISTS` when the code is taken.
pub async fn create(app: &App, actor: &Actor, code: &str, name: Option<&str>, owner: Option<Uuid>) -> Result<Account> {
    let scope = actor.require(Permission::Members)?;
    if code.trim().is_empty() {
        return Err(Error::bad_input("INVALID_TEXT", "`code` must not be empty"));
    }
    text::check("code", code, LONGEST_FOREIGN_ID)?;
    let name = name.filter(|name| !name.is_empty());
    text::check("name", name.unwrap_or_default(), LONGEST_NAME)?;
    let now = app.clock.now();
    let row = account::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(scope.org_id()),
        code: Set(code.to_owned()),
        name: Set(name.map(str::to_owned)),
        owner_id: Set(owner),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let code = code.to_owned();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if visible(&scope)
                    .filter(account::Column::Code.eq(&code))
                    .one(tx)
                    .await
                    .doing("finding an account")?
                    .is_some()
                {
                    return Err(Error::Conflict {
                        code: "ACCOUNT_EXISTS",
                        message: format!("there is an account `{code}` already"),
                    });
                }
                row.insert(tx).await.doing("adding an account")
            })
        })
        .await
}

/// The accounts the scope reaches. Every query of this file starts here.
fn visible(scope: &Scope) -> Select<account::Entity> {
    account::Entity::find()
        .filter(account::Column::OrgId.eq(scope.org_id()))
        .filter(scope.reaches(qualified(account::Column::Id)))
}
