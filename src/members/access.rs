//! What a member is given with the role: access profiles, and accounts.
//!
//! Not here: who may give them (the operations have passed the gate). What a reader would get wrong: an account is assigned
//! to any number of va, and owned by one client. What is archived is neither given nor taken away by a list of accounts: it
//! stays with whom it was until it is restored.

use std::collections::HashMap;

use entity::{account, account_assignment, member::Role, member_access_profile};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use super::{
    AddMemberError,
    list::{Member, seen},
    profiles::{AccessProfile, held_by, named, profile_not_found},
};
use crate::{
    accounts::{self, Account},
    app::App,
    auth::{Actor, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    page::{Page, PageRequest},
};

/// Most access profiles of one member: more than anybody tells apart.
const MOST_PROFILES: usize = 50;
/// Most accounts given in one call: twice what an organisation is expected to have.
const MOST_ACCOUNTS: usize = 1_000;

/// What a member has beside the role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Access {
    /// Of a `va`.
    pub profiles: Vec<AccessProfile>,
    /// Those a `va` works on or a `client` owns, archived ones left out.
    pub accounts: Vec<Account>,
}

impl Access {
    /// What a member has now.
    pub async fn of(tx: &Transaction, scope: &Scope, member: &Member) -> Result<Self> {
        let profiles = held_by(tx, member).await?;
        Ok(Self { profiles, accounts: accounts::of_member(tx, scope, member.id).await? })
    }

    /// As the audit shows them.
    pub fn profile_names(&self) -> Vec<&str> {
        self.profiles.iter().map(|profile| profile.name.as_str()).collect()
    }

    /// As the audit shows them.
    pub fn account_codes(&self) -> Vec<&str> {
        self.accounts.iter().map(|account| account.code.as_str()).collect()
    }

    /// What is here and not in `other`.
    pub fn without(&self, other: &Self) -> Self {
        Self {
            profiles: self.profiles.iter().filter(|profile| !other.profiles.contains(profile)).cloned().collect(),
            accounts: self.accounts.iter().filter(|account| !other.accounts.contains(account)).cloned().collect(),
        }
    }
}

/// The same page of the accounts of each of several members that the actor may see, by code: assigned or owned.
///
/// # Errors
/// `FORBIDDEN` without `accounts.view`. What is wrong with a page is the answer of its member.
pub async fn accounts(
    app: &App,
    actor: &Actor,
    member_ids: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<Account>>>> {
    accounts::list_of_members(app, actor, &seen(actor, member_ids), request).await
}

/// How many there are of each of these members on all pages; one who has none is left out.
///
/// # Errors
/// `FORBIDDEN` without `accounts.view`.
pub async fn count_accounts(app: &App, actor: &Actor, member_ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    accounts::count_of_members(app, actor, &seen(actor, member_ids)).await
}

/// The accounts of these codes, each free to be given to that role.
pub(super) async fn accounts_of_codes(
    app: &App,
    actor: &Actor,
    role: Role,
    codes: &[String],
) -> Result<Vec<Account>, AddMemberError> {
    let mut accounts: Vec<Account> = Vec::with_capacity(codes.len());
    for code in codes {
        let account = match accounts::get_by_code(app, actor, code).await {
            Err(Error::NotFound { .. }) => return Err(AddMemberError::UnknownAccount(code.clone())),
            account => account?,
        };
        if role == Role::Client && account.owner_id.is_some() {
            return Err(AddMemberError::AccountOwned(code.clone()));
        }
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    Ok(accounts)
}

/// The access profiles of these ids, when they fit the role.
pub(super) async fn named_profiles(
    tx: &Transaction,
    scope: &Scope,
    role: Role,
    ids: &[Uuid],
) -> Result<Vec<AccessProfile>> {
    if role != Role::Va && !ids.is_empty() {
        let message = "access profiles are for the role VA; an admin holds every permission, a client only reads";
        return Err(Error::bad_input("ACCESS_PROFILES_DO_NOT_FIT", message));
    }
    check_count("access profiles", ids, MOST_PROFILES)?;
    let found = named(tx, scope, ids).await?;
    if ids.iter().all(|id| found.iter().any(|profile| profile.id == *id)) {
        Ok(found)
    } else {
        Err(profile_not_found())
    }
}

/// The accounts of these ids, when they fit the role and are free to be given to the member.
pub(super) async fn named_accounts(
    tx: &Transaction,
    scope: &Scope,
    member: &Member,
    role: Role,
    ids: &[Uuid],
) -> Result<Vec<Account>> {
    if role == Role::Admin && !ids.is_empty() {
        let message = "an admin sees every account; accounts are for the roles VA and CLIENT";
        return Err(Error::bad_input("ACCOUNTS_DO_NOT_FIT", message));
    }
    check_count("accounts", ids, MOST_ACCOUNTS)?;
    let found = accounts::administered(tx, scope, ids).await?;
    if !ids.iter().all(|id| found.iter().any(|account| account.id == *id)) {
        return Err(accounts::not_found());
    }
    let is_owned = |account: &&Account| account.owner_id.is_some_and(|owner_id| owner_id != member.id);
    match found.iter().find(is_owned) {
        Some(account) if role == Role::Client => Err(owned(&account.code)),
        _ => Ok(found),
    }
}

fn check_count(nouns: &str, ids: &[Uuid], most: usize) -> Result<()> {
    if ids.len() > most {
        return Err(Error::bad_input("TOO_MANY_IDS", format!("at most {most} {nouns} for one member")));
    }
    Ok(())
}

fn owned(code: &str) -> Error {
    let message = format!("the account `{code}` belongs to another client already");
    Error::Conflict { code: "ACCOUNT_OWNED", message }
}

/// Gives it to a member, whose role is settled.
pub(super) async fn give(tx: &Transaction, member: &Member, access: &Access) -> Result<()> {
    if !access.profiles.is_empty() {
        let held = access.profiles.iter().map(|profile| member_access_profile::ActiveModel {
            org_id: Set(member.org_id),
            member_id: Set(member.id),
            access_profile_id: Set(profile.id),
        });
        let given = member_access_profile::Entity::insert_many(held).exec_without_returning(tx).await;
        given.doing("giving access profiles")?;
    }
    if access.accounts.is_empty() {
        return Ok(());
    }
    match member.role {
        Role::Admin => Ok(()),
        Role::Va => assign(tx, member, &access.accounts).await,
        Role::Client => own(tx, member, &access.accounts).await,
    }
}

async fn assign(tx: &Transaction, member: &Member, accounts: &[Account]) -> Result<()> {
    let assigned = accounts.iter().map(|account| account_assignment::ActiveModel {
        org_id: Set(member.org_id),
        member_id: Set(member.id),
        account_id: Set(account.id),
    });
    account_assignment::Entity::insert_many(assigned).exec_without_returning(tx).await.doing("assigning accounts")?;
    Ok(())
}

async fn own(tx: &Transaction, member: &Member, accounts: &[Account]) -> Result<()> {
    let changed = account::Entity::update_many()
        .col_expr(account::Column::OwnerId, Expr::value(member.id))
        .col_expr(account::Column::UpdatedAt, Expr::value(member.updated_at))
        .filter(account::Column::OrgId.eq(member.org_id))
        .filter(account::Column::Id.is_in(accounts.iter().map(|account| account.id)))
        .filter(account::Column::OwnerId.is_null())
        .exec(tx)
        .await
        .doing("giving accounts their owner")?;
    match accounts.first() {
        // Somebody was given one since it was looked at.
        Some(account) if changed.rows_affected < accounts.len() as u64 => Err(owned(&account.code)),
        _ => Ok(()),
    }
}

/// Takes it from a member, as whom they were.
pub(super) async fn take(tx: &Transaction, member: &Member, access: &Access) -> Result<()> {
    use member_access_profile::Column as Held;
    if !access.profiles.is_empty() {
        member_access_profile::Entity::delete_many()
            .filter(Held::OrgId.eq(member.org_id))
            .filter(Held::MemberId.eq(member.id))
            .filter(Held::AccessProfileId.is_in(access.profiles.iter().map(|profile| profile.id)))
            .exec(tx)
            .await
            .doing("taking access profiles")?;
    }
    let ids: Vec<Uuid> = access.accounts.iter().map(|account| account.id).collect();
    if ids.is_empty() { Ok(()) } else { release(tx, member, Some(ids)).await }
}

/// Takes these accounts from a member; all of them, archived ones too, when none are named.
pub(super) async fn release(tx: &Transaction, member: &Member, ids: Option<Vec<Uuid>>) -> Result<()> {
    use account_assignment::Column as Assigned;
    let mut assigned = account_assignment::Entity::delete_many()
        .filter(Assigned::OrgId.eq(member.org_id))
        .filter(Assigned::MemberId.eq(member.id));
    let mut owned = account::Entity::update_many()
        .col_expr(account::Column::OwnerId, Expr::value(None::<Uuid>))
        .col_expr(account::Column::UpdatedAt, Expr::value(member.updated_at))
        .filter(account::Column::OrgId.eq(member.org_id))
        .filter(account::Column::OwnerId.eq(member.id));
    if let Some(ids) = ids {
        assigned = assigned.filter(Assigned::AccountId.is_in(ids.clone()));
        owned = owned.filter(account::Column::Id.is_in(ids));
    }
    assigned.exec(tx).await.doing("taking assignments")?;
    owned.exec(tx).await.doing("taking accounts from their owner")?;
    Ok(())
}
