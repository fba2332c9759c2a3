//! API tokens: making one for a member, seeing what there are, revoking.
//!
//! Not here: what a token is made of and what makes it good (`auth`). What a reader would get wrong: a token acts as its
//! member, whatever they may do at that moment; it has no permissions of its own. The whole of it is seen once, by who makes
//! it, and neither stored nor noted.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{api_token, member};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    Select, sea_query::LockType,
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::list::{Member, get_by_email, not_found, visible as members};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{self, Actor, NewToken, Permission, Scope, TokenRequest},
    clock::has_four_digit_year,
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    page::{self, Fingerprint, List, Newest, Page, PageRequest},
    text,
};

/// Longest name of a token, in characters: a line of a list.
const LONGEST_NAME: usize = 200;

/// One API token, without what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: Uuid,
    /// The member it acts as.
    pub member_id: Uuid,
    /// What people call it.
    pub name: Option<String>,
    /// Its first characters, to recognise it by.
    pub prefix: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The member who made it; none for the operator of the process, and for one who is gone.
    pub created_by: Option<Uuid>,
    /// When somebody last signed in with it, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it stops working.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl From<api_token::Model> for ApiToken {
    fn from(row: api_token::Model) -> Self {
        Self {
            id: row.id,
            member_id: row.member_id,
            name: row.name,
            prefix: row.prefix,
            created_at: row.created_at,
            created_by: row.created_by,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// A token to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiToken {
    /// The member it is to act as.
    pub member_id: Uuid,
    /// What people call it.
    pub name: String,
    /// When it stops working; never when none.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Which tokens.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TokenFilter {
    /// Of this member.
    pub member_id: Option<Uuid>,
    /// Those that work now, or those that were revoked or have expired.
    pub is_active: Option<bool>,
}

/// The only order of tokens.
const NEWEST: Newest<api_token::Entity> =
    Newest { at: api_token::Column::CreatedAt, id: api_token::Column::Id, of: |row| (row.created_at, row.id) };

/// Makes an API token that acts as the member with this address, for the operator of the process.
///
/// # Errors
/// As [`get_by_email`]; `INVALID_TEXT` for the name.
pub async fn create_token(
    app: &App,
    actor: &Actor,
    email: &str,
    name: Option<String>,
    expires_in: Option<TimeDelta>,
) -> Result<NewToken> {
    let scope = actor.require(Permission::Members)?;
    let member = get_by_email(app, actor, email).await?;
    if let Some(name) = &name {
        text::check_name(name, LONGEST_NAME)?;
    }
    let (now, expires_at) = (app.clock.now(), expires_in.map(|after| app.clock.now() + after));
    app.db.write(move |tx| Box::pin(async move { store(tx, &scope, now, &member, name, expires_at).await })).await
}

/// Makes an API token.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `NOT_FOUND` for the member; `INVALID_TEXT`; `INVALID_EXPIRY` when it is over already.
pub async fn create_token_for(app: &App, actor: &Actor, new: NewApiToken) -> Result<NewToken> {
    let (scope, now) = (actor.require(Permission::Members)?, app.clock.now());
    text::check_name(&new.name, LONGEST_NAME)?;
    if new.expires_at.is_some_and(|expires_at| expires_at <= now || !has_four_digit_year(&expires_at)) {
        return Err(Error::bad_input("INVALID_EXPIRY", "`expiresAt` must be a moment to come, before the year 10000"));
    }
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let member = members(&scope).filter(member::Column::Id.eq(new.member_id)).one(tx).await;
                let member = member.doing("finding whom a token is for")?.ok_or_else(not_found)?;
                store(tx, &scope, now, &member, Some(new.name), new.expires_at).await
            })
        })
        .await
}

/// Revokes a token: the next request with it is refused, and what is open by it ends within five seconds.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `NOT_FOUND`; `TOKEN_REVOKED` when it is already.
pub async fn revoke_token(app: &App, actor: &Actor, id: Uuid) -> Result<ApiToken> {
    let (scope, now) = (actor.require(Permission::Members)?, app.clock.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let found = visible(&scope).filter(api_token::Column::Id.eq(id)).lock(LockType::NoKeyUpdate).one(tx);
                let before = found.await.doing("finding a token to revoke")?;
                let before = before.ok_or(Error::NotFound { what: "API token" })?;
                if before.revoked_at.is_some() {
                    let message = "the token has been revoked already".to_owned();
                    return Err(Error::Conflict { code: "TOKEN_REVOKED", message });
                }
                let row = api_token::ActiveModel { id: Set(id), revoked_at: Set(Some(now)), ..Default::default() };
                let token = ApiToken::from(row.update(tx).await.doing("revoking a token")?);
                audit::write(tx, &scope, now, entry(Action::TokenRevoked, &token)).await?;
                Ok(token)
            })
        })
        .await
}

/// A page of the tokens of the organisation, the newest first.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; a page that cannot be answered.
pub async fn list_tokens(
    app: &App,
    actor: &Actor,
    filter: &TokenFilter,
    request: &PageRequest,
) -> Result<Page<ApiToken>> {
    let scope = actor.require(Permission::Members)?;
    let fingerprint = Fingerprint::of("api_tokens", scope.org_id(), &(), filter)?;
    page::read(app.db.read(), matching(app, &scope, filter), NEWEST, request, fingerprint).await.map(shown)
}

/// How many there are on all pages.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`.
pub async fn count_tokens(app: &App, actor: &Actor, filter: &TokenFilter) -> Result<u64> {
    let scope = actor.require(Permission::Members)?;
    matching(app, &scope, filter).count(app.db.read()).await.doing("counting tokens")
}

/// The tokens with these ids, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`.
pub async fn find_tokens(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<ApiToken>> {
    let scope = actor.require(Permission::Members)?;
    let found = visible(&scope).filter(api_token::Column::Id.is_in(ids.iter().copied())).all(app.db.read()).await;
    Ok(found.doing("finding tokens")?.into_iter().map(Into::into).collect())
}

/// The same page of the tokens of each of several members, the newest first.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`. What is wrong with a page is the answer of its member.
pub async fn tokens(
    app: &App,
    actor: &Actor,
    member_ids: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<ApiToken>>>> {
    let scope = actor.require(Permission::Members)?;
    let list = |id: Uuid| {
        let fingerprint = Fingerprint::of("member_tokens", scope.org_id(), &(), &id)?;
        Ok(List { id, select: visible(&scope).filter(api_token::Column::MemberId.eq(id)), fingerprint })
    };
    let lists = member_ids.iter().copied().map(list).collect::<Result<_>>()?;
    let pages = page::read_each(app.db.read(), lists, NEWEST, request, |token| token.member_id).await?;
    Ok(pages.into_iter().map(|(id, page)| (id, page.map(shown))).collect())
}

/// How many tokens each of these members has; one who has none is left out.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`.
pub async fn count_tokens_of(app: &App, actor: &Actor, member_ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    let (scope, of) = (actor.require(Permission::Members)?, api_token::Column::MemberId);
    let rows = visible(&scope).filter(of.is_in(member_ids.iter().copied()));
    page::count_each(app.db.read(), rows, of).await
}

async fn store(
    tx: &Transaction,
    scope: &Scope,
    now: DateTime<Utc>,
    member: &Member,
    name: Option<String>,
    expires_at: Option<DateTime<Utc>>,
) -> Result<NewToken> {
    let request = TokenRequest {
        org_id: scope.org_id(),
        member_id: member.id,
        name,
        expires_at,
        created_by: scope.author().member_id,
    };
    let made = auth::create_token(tx, now, request).await?;
    let token = ApiToken::from(made.row.clone());
    let entry = entry(Action::TokenCreated, &token).to(json!({
        "member": member.email,
        "prefix": token.prefix,
        "expiresAt": token.expires_at,
    }));
    audit::write(tx, scope, now, entry).await?;
    Ok(made)
}

fn entry(action: Action, token: &ApiToken) -> Entry {
    Entry::of(action).on(Id(IdKind::Token, token.id)).named(token.name.as_deref().unwrap_or(&token.prefix))
}

fn matching(app: &App, scope: &Scope, filter: &TokenFilter) -> Select<api_token::Entity> {
    use api_token::Column as C;
    let mut tokens = visible(scope);
    if let Some(member_id) = filter.member_id {
        tokens = tokens.filter(C::MemberId.eq(member_id));
    }
    if let Some(is_active) = filter.is_active {
        let works = Condition::all()
            .add(C::RevokedAt.is_null())
            .add(Condition::any().add(C::ExpiresAt.is_null()).add(C::ExpiresAt.gt(app.clock.now())));
        tokens = tokens.filter(if is_active { works } else { works.not() });
    }
    tokens
}

/// The tokens of the scope. Every query of this file over them starts here.
fn visible(scope: &Scope) -> Select<api_token::Entity> {
    api_token::Entity::find().filter(api_token::Column::OrgId.eq(scope.org_id()))
}

fn shown(page: Page<api_token::Model>) -> Page<ApiToken> {
    let rows = page.rows.into_iter().map(|(cursor, row)| (cursor, row.into())).collect();
    Page { rows, has_next: page.has_next, has_previous: page.has_previous }
}
