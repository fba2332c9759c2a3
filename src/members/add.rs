//! Adding people: as a command says it (codes of accounts, single permissions), or as an admin invites them (ids).
//!
//! What a reader would get wrong: there is nothing to accept. Who is added is active, and signs in with a JWT whose subject or
//! verified address is theirs.

use entity::member::{self, MemberStatus, Role};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    access::{self, Access},
    change::noted,
    list::{Member, everywhere, visible},
    profiles,
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    organisations,
    text::{self, LONGEST_FOREIGN_ID},
};

/// Longest e-mail address there can be (RFC 5321, 4.5.3.1.3, less the angle brackets).
const LONGEST_EMAIL: usize = 254;

/// Somebody to be added.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// E-mail address; kept in lower case.
    pub email: String,
    /// Role in the organisation.
    pub role: Role,
    /// The subject of the person's JWTs. Without one it is what the address has in another organisation, else the
    /// address itself.
    pub user_id: Option<String>,
    /// For a `va`: kept as an access profile of their own.
    pub permissions: Vec<Permission>,
    /// Codes of the accounts a `va` works on or a `client` owns.
    pub accounts: Vec<String>,
}

/// Why somebody was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddMemberError {
    /// That is no address.
    #[error("`{0}` is not an e-mail address")]
    InvalidEmail(String),
    /// The address is in the organisation already.
    #[error("`{email}` is a member of `{organisation}` already, as {role}")]
    EmailExists {
        /// The address.
        email: String,
        /// The organisation.
        organisation: String,
        /// Their role there.
        role: &'static str,
    },
    /// The user id is in the organisation already, under another address.
    #[error("the user id `{user_id}` belongs to the member `{email}` already")]
    UserIdExists {
        /// The user id.
        user_id: String,
        /// Whose it is.
        email: String,
    },
    /// Only a `va` is given permissions one by one.
    #[error("permissions are for the role va; admin holds all of them, client may only read")]
    PermissionsNotForRole,
    /// An admin sees every account.
    #[error("an admin sees every account; accounts are for the roles va and client")]
    AccountsNotForRole,
    /// No such account.
    #[error("there is no account `{0}`")]
    UnknownAccount(String),
    /// An account has one owner.
    #[error("the account `{0}` belongs to another client already")]
    AccountOwned(String),
    /// Everything else.
    #[error(transparent)]
    Other(#[from] Error),
}

/// Somebody to be invited.
#[derive(Clone, Debug, PartialEq)]
pub struct Invitation {
    /// E-mail address; kept in lower case.
    pub email: String,
    /// Role in the organisation.
    pub role: Role,
    /// Access profiles a `va` holds.
    pub access_profile_ids: Vec<Uuid>,
    /// Accounts a `va` works on or a `client` owns.
    pub account_ids: Vec<Uuid>,
}

/// Adds somebody to the organisation.
///
/// # Errors
/// See [`AddMemberError`]; `FORBIDDEN` without `admin.members`.
pub async fn add(app: &App, actor: &Actor, new: NewMember) -> Result<Member, AddMemberError> {
    let scope = actor.require(Permission::Members)?;
    let email = new.email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(AddMemberError::InvalidEmail(new.email));
    }
    if new.role != Role::Va && !new.permissions.is_empty() {
        return Err(AddMemberError::PermissionsNotForRole);
    }
    if new.role == Role::Admin && !new.accounts.is_empty() {
        return Err(AddMemberError::AccountsNotForRole);
    }
    let accounts = access::accounts_of_codes(app, actor, new.role, &new.accounts).await?;
    let user_id = user_id_of(app, new.user_id, &email).await?;
    if let Some(found) = same_person(app, &scope, &email, &user_id).await? {
        return Err(exists(found, email, user_id, actor));
    }
    let (row, permissions) = (row(app, &scope, user_id, email, new.role), new.permissions);
    let added = app.db.write(move |tx| {
        Box::pin(async move {
            organisations::hold(tx, &scope).await?;
            let mut access = Access { profiles: Vec::new(), accounts };
            if !permissions.is_empty() {
                access.profiles.push(profiles::own_profile(tx, &row, permissions).await?);
            }
            store(tx, &scope, row, access).await
        })
    });
    Ok(added.await?)
}

/// Makes somebody a member.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `INVALID_EMAIL`; `MEMBER_EXISTS`; `NOT_FOUND` for a profile or an account that is not
/// there; `ACCESS_PROFILES_DO_NOT_FIT` but for a `va`; `ACCOUNTS_DO_NOT_FIT` for an admin, who sees all; `ACCOUNT_OWNED` by
/// another client; `TOO_MANY_IDS`.
pub async fn invite(app: &App, actor: &Actor, invitation: Invitation) -> Result<Member> {
    let scope = actor.require(Permission::Members)?;
    let email = invitation.email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(Error::bad_input("INVALID_EMAIL", "that is not an e-mail address"));
    }
    let user_id = user_id_of(app, None, &email).await?;
    let row = row(app, &scope, user_id, email, invitation.role);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                organisations::hold(tx, &scope).await?;
                let profiles = access::named_profiles(tx, &scope, row.role, &invitation.access_profile_ids).await?;
                let accounts = access::named_accounts(tx, &scope, &row, row.role, &invitation.account_ids).await?;
                store(tx, &scope, row, Access { profiles, accounts }).await
            })
        })
        .await
}

/// Somebody who is active from now on.
fn row(app: &App, scope: &Scope, user_id: String, email: String, role: Role) -> Member {
    let now = app.clock.now();
    Member {
        id: Uuid::now_v7(),
        org_id: scope.org_id(),
        user_id,
        email,
        role,
        status: MemberStatus::Active,
        created_at: now,
        updated_at: now,
    }
}

async fn same_person(app: &App, scope: &Scope, email: &str, user_id: &str) -> Result<Option<Member>> {
    visible(scope)
        .filter(member::Column::Email.eq(email).or(member::Column::UserId.eq(user_id)))
        .order_by_asc(Expr::col(member::Column::Email).ne(email))
        .one(app.db.read())
        .await
        .doing("finding a member")
}

/// What was asked for, or what the same person has elsewhere, or the address.
async fn user_id_of(app: &App, wanted: Option<String>, email: &str) -> Result<String> {
    if let Some(user_id) = wanted.filter(|user_id| !user_id.is_empty()) {
        text::check("user_id", &user_id, LONGEST_FOREIGN_ID)?;
        return Ok(user_id);
    }
    let elsewhere = everywhere()
        .filter(member::Column::Email.eq(email))
        .order_by_asc(member::Column::Id)
        .one(app.db.read())
        .await
        .doing("finding a person")?;
    Ok(elsewhere.map_or_else(|| email.to_owned(), |member| member.user_id))
}

fn exists(found: Member, email: String, user_id: String, actor: &Actor) -> AddMemberError {
    if found.email != email {
        return AddMemberError::UserIdExists { user_id, email: found.email };
    }
    AddMemberError::EmailExists { email, organisation: actor.organisation.slug.clone(), role: role_name(found.role) }
}

async fn store(tx: &Transaction, scope: &Scope, row: Member, access: Access) -> Result<Member> {
    let inserted = member::ActiveModel::from(row).reset_all().insert(tx).await;
    let taken = || Error::conflict("MEMBER_EXISTS", "somebody with this e-mail address is a member already");
    let member = inserted.map_err(|error| Error::of_write("adding a member", error, taken))?;
    access::give(tx, &member, &access).await?;
    let entry = Entry::of(Action::MemberInvited).on(Id(IdKind::Member, member.id)).named(&member.email);
    let entry = entry.to(Json::Object(noted(&member, &access)));
    audit::write(tx, scope, member.created_at, entry).await?;
    Ok(member)
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Va => "va",
        Role::Client => "client",
    }
}

/// Catches slips of the hand; whether somebody reads the mail only a mail can tell.
fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let is_plain = |part: &str| !part.chars().any(|c| c.is_whitespace() || c.is_control() || c == '@');
    text.len() <= LONGEST_EMAIL
        && !name.is_empty()
        && is_plain(name)
        && is_plain(host)
        && host.contains('.')
        && host.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_modestly() {
        assert!(is_email("admin@demo.example") && is_email("jürgen+x@müller.de"));
        for text in ["", "a", "a@", "@b.c", "a@b", "a b@c.d", "a@b..c", "a@@b.c", "a@b.c\n"] {
            assert!(!is_email(text), "{text:?}");
        }
    }
}
