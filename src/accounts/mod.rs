//! Accounts: the eBay stores of an organisation, as far as one may see them.
//!
//! Not here: their records. What a reader would get wrong: which accounts one sees is decided by the `Scope`, here and
//! wherever a query reaches through an account; one that is archived is seen by nobody, and by admins in a list of its own.

mod change;

use std::collections::{HashMap, HashSet};

use entity::{account, account_assignment};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
    sea_query::{ExprTrait, LockType},
};
use serde::Serialize;
use uuid::Uuid;

pub use change::{AccountChange, NewAccount, archive, create, restore, update};

use crate::{
    app::App,
    auth::{Actor, Permission, Scope, qualified},
    db::Transaction,
    error::{Context, Error, Result},
    page::{self, ByText, Fingerprint, List, Page, PageRequest},
};

/// One account.
pub type Account = account::Model;

/// Which accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccountFilter {
    /// Those that are archived, in place of those that are not.
    pub is_archived: bool,
}

/// By code, then id: the only order of accounts.
const BY_CODE: ByText<account::Entity> =
    ByText { text: account::Column::Code, id: account::Column::Id, of: |row| (row.code.clone(), row.id) };

/// A page of the accounts the actor may see, by code.
///
/// # Errors
/// `FORBIDDEN` without `accounts.view`, or without `admin.members` for those that are archived; a page that cannot be
/// answered.
pub async fn list(app: &App, actor: &Actor, filter: AccountFilter, request: &PageRequest) -> Result<Page<Account>> {
    let (scope, accounts) = matching(actor, filter)?;
    let fingerprint = Fingerprint::of("accounts", scope.org_id(), &(), &filter)?;
    page::read(app.db.read(), accounts, BY_CODE, request, fingerprint).await
}

/// How many accounts the actor may see.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, actor: &Actor, filter: AccountFilter) -> Result<u64> {
    let (_, accounts) = matching(actor, filter)?;
    accounts.count(app.db.read()).await.doing("counting accounts")
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

/// Holds accounts until the transaction ends: nobody archives them meanwhile. Answers whether the scope reaches all of them.
pub(crate) async fn hold(tx: &Transaction, scope: &Scope, ids: &[Uuid]) -> Result<bool> {
    let these = account::Column::Id.is_in(ids.iter().copied());
    of_organisation(scope)
        .select_only()
        .column(account::Column::Id)
        .filter(these.clone())
        // Always in the same order, so that two who want the same ones wait for each other instead of for ever.
        .order_by_asc(account::Column::Id)
        .lock(LockType::Share)
        .into_tuple::<Uuid>()
        .all(tx)
        .await
        .doing("holding accounts")?;
    // Asked of another statement: PostgreSQL's that waited sees what there was before it did.
    let reached: HashSet<Uuid> = visible(scope)
        .select_only()
        .column(account::Column::Id)
        .filter(these)
        .into_tuple()
        .all(tx)
        .await
        .doing("reading which accounts are in reach")?
        .into_iter()
        .collect();
    Ok(ids.iter().all(|id| reached.contains(id)))
}

/// Codes and names of all accounts of the organisation, in reach or not: what a run must not take for somebody else's.
pub(crate) async fn names(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<String>> {
    let all: Vec<(String, Option<String>)> = of_organisation(scope)
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
        .ok_or_else(not_found)
}

/// Those accounts of the organisation that have these ids, in reach or not, archived ones left out: for who gives them to
/// others.
pub(crate) async fn administered(db: &impl ConnectionTrait, scope: &Scope, ids: &[Uuid]) -> Result<Vec<Account>> {
    live(scope)
        .filter(account::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(account::Column::Code)
        .all(db)
        .await
        .doing("finding the accounts to give")
}

/// The accounts that a member works on or owns, archived ones left out, by code.
pub(crate) async fn of_member(db: &impl ConnectionTrait, scope: &Scope, member_id: Uuid) -> Result<Vec<Account>> {
    held(scope, member_id).order_by_asc(account::Column::Code).all(db).await.doing("finding the accounts of a member")
}

/// The same page of the accounts of each of several members, by code: assigned or owned.
pub(crate) async fn list_of_members(
    app: &App,
    actor: &Actor,
    member_ids: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<Account>>>> {
    let scope = seeing(actor)?;
    let list = |id: Uuid| {
        let fingerprint = Fingerprint::of("member_accounts", scope.org_id(), &(), &id)?;
        Ok(List { id, select: held(&scope, id), fingerprint })
    };
    let lists = member_ids.iter().copied().map(list).collect::<Result<_>>()?;
    page::read_each_shared(app.db.read(), lists, BY_CODE, request).await
}

/// How many accounts each of these members works on or owns; one who has none is left out.
pub(crate) async fn count_of_members(app: &App, actor: &Actor, member_ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    use account_assignment::Column as Assigned;
    let scope = seeing(actor)?;
    let assigned = account_assignment::Entity::find()
        .filter(Assigned::OrgId.eq(scope.org_id()))
        .filter(Assigned::MemberId.is_in(member_ids.iter().copied()))
        .filter(Assigned::AccountId.in_subquery(live(&scope).select_only().column(account::Column::Id).into_query()));
    let owned = live(&scope).filter(account::Column::OwnerId.is_in(member_ids.iter().copied()));
    let mut counts = page::count_each(app.db.read(), assigned, Assigned::MemberId).await?;
    // Nobody is assigned accounts and owns others: the one is of a va, the other of a client.
    counts.extend(page::count_each(app.db.read(), owned, account::Column::OwnerId).await?);
    Ok(counts)
}

/// Whoever sees accounts, or administers who does.
fn seeing(actor: &Actor) -> Result<Scope> {
    actor.require(Permission::Members).or_else(|_| actor.require(Permission::ViewAccounts))
}

/// The accounts that a member works on or owns.
fn held(scope: &Scope, member_id: Uuid) -> Select<account::Entity> {
    let mut assigned =
        account_assignment::Entity::find().select_only().column(account_assignment::Column::AccountId).into_query();
    assigned
        .and_where(account_assignment::Column::OrgId.eq(scope.org_id()))
        .and_where(account_assignment::Column::MemberId.eq(member_id));
    live(scope).filter(account::Column::Id.in_subquery(assigned).or(account::Column::OwnerId.eq(member_id)))
}

/// No account of that id, or none that one may see.
pub(crate) fn not_found() -> Error {
    Error::NotFound { what: "account" }
}

fn matching(actor: &Actor, filter: AccountFilter) -> Result<(Scope, Select<account::Entity>)> {
    if filter.is_archived {
        let scope = actor.require(Permission::Members)?;
        let archived = of_organisation(&scope).filter(account::Column::ArchivedAt.is_not_null());
        return Ok((scope, archived));
    }
    let scope = actor.require(Permission::ViewAccounts)?;
    let accounts = visible(&scope);
    Ok((scope, accounts))
}

/// The accounts the scope reaches. Every query of this file starts here, but for those of who administers all of them.
fn visible(scope: &Scope) -> Select<account::Entity> {
    of_organisation(scope).filter(scope.reaches(qualified(account::Column::Id)))
}

/// The accounts of the organisation that are not archived. Whoever starts here holds `admin.members`, or asks for their own.
fn live(scope: &Scope) -> Select<account::Entity> {
    of_organisation(scope).filter(account::Column::ArchivedAt.is_null())
}

/// All accounts of the organisation, archived or not. Whoever starts here holds `admin.members`, or shows none of it.
fn of_organisation(scope: &Scope) -> Select<account::Entity> {
    account::Entity::find().filter(account::Column::OrgId.eq(scope.org_id()))
}
