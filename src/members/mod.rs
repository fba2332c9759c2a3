//! Members: who belongs to an organisation, with which role, keys and accounts.
//!
//! Not here: what the keys mean (`auth`). What a reader would get wrong: a member is one person in one organisation;
//! the same person elsewhere is another member with the same user id.

mod access;

use chrono::TimeDelta;
use entity::member::{self, MemberStatus, Role};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select, SqlErr,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::{
    accounts::Account,
    app::App,
    auth::{self, Actor, NewToken, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    text::{self, LONGEST_FOREIGN_ID},
};

/// One member.
pub type Member = member::Model;

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
    let accounts = access::accounts_of(app, actor, new.role, &new.accounts).await?;
    let user_id = user_id_of(app, new.user_id, &email).await?;
    if let Some(found) = visible(&scope)
        .filter(member::Column::Email.eq(&email).or(member::Column::UserId.eq(&user_id)))
        .order_by_asc(Expr::col(member::Column::Email).ne(&email))
        .one(app.db.read())
        .await
        .doing("finding a member")?
    {
        return Err(exists(found, email, user_id, actor));
    }
    let now = app.clock.now();
    let row = Member {
        id: Uuid::now_v7(),
        org_id: scope.org_id(),
        user_id,
        email,
        role: new.role,
        status: MemberStatus::Active,
        created_at: now,
        updated_at: now,
    };
    let permissions = new.permissions;
    Ok(app.db.write(move |tx| Box::pin(store(tx, row, permissions, accounts))).await?)
}

/// The member with this address.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `MEMBER_UNKNOWN`.
pub async fn get_by_email(app: &App, actor: &Actor, email: &str) -> Result<Member> {
    find_by_email(app, actor, email).await?.ok_or_else(|| {
        let message = format!("`{}` has no member `{}`", actor.organisation.slug, email.escape_debug());
        Error::bad_input("MEMBER_UNKNOWN", message)
    })
}

/// The member with this address, if there is one.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`.
pub async fn find_by_email(app: &App, actor: &Actor, email: &str) -> Result<Option<Member>> {
    let scope = actor.require(Permission::Members)?;
    visible(&scope)
        .filter(member::Column::Email.eq(email.trim().to_lowercase()))
        .one(app.db.read())
        .await
        .doing("finding a member")
}

/// The members with these ids that the actor may see, in no order: themselves, and everybody for who holds
/// `admin.members`.
///
/// # Errors
/// The database's own failure.
pub async fn find_many(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Member>> {
    let is_seen = |id: &Uuid| actor.permissions.holds(Permission::Members) || *id == actor.member_id;
    let seen = ids.iter().copied().filter(is_seen);
    everywhere()
        .filter(member::Column::OrgId.eq(actor.organisation.id))
        .filter(member::Column::Id.is_in(seen))
        .all(app.db.read())
        .await
        .doing("finding members")
}

/// Makes an API token that acts as the member with this address.
///
/// # Errors
/// As [`get_by_email`].
pub async fn create_token(app: &App, actor: &Actor, email: &str, expires_in: Option<TimeDelta>) -> Result<NewToken> {
    let member = get_by_email(app, actor, email).await?;
    let now = app.clock.now();
    let expires_at = expires_in.map(|after| now + after);
    app.db
        .write(move |tx| {
            Box::pin(async move { auth::create_token(tx, now, member.org_id, member.id, expires_at).await })
        })
        .await
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

async fn store(tx: &Transaction, row: Member, permissions: Vec<Permission>, accounts: Vec<Account>) -> Result<Member> {
    let role = row.role;
    let member =
        member::ActiveModel::from(row).reset_all().insert(tx).await.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                Error::Conflict { code: "MEMBER_EXISTS", message: "somebody else just added this member".to_owned() }
            }
            _ => Error::caused("adding a member", error),
        })?;
    if !permissions.is_empty() {
        access::give_profile(tx, &member, permissions).await?;
    }
    for account in accounts {
        match role {
            Role::Va => access::assign(tx, &member, account).await?,
            Role::Client => access::own(tx, &member, account).await?,
            Role::Admin => {}
        }
    }
    Ok(member)
}

/// The members of the scope. Every query of this file but one starts here.
fn visible(scope: &Scope) -> Select<member::Entity> {
    everywhere().filter(member::Column::OrgId.eq(scope.org_id()))
}

/// The members of every organisation: only to find out who a person is elsewhere.
fn everywhere() -> Select<member::Entity> {
    member::Entity::find()
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
