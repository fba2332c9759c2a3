//! From a bearer token to an [`Actor`]: which member it is, of which organisation, with which permissions.
//!
//! One statement a request. Not here: how tokens are checked (`jwt.rs`, `token.rs`). What a reader would get wrong:
//! nothing of this is cached, so that a suspended member is out with the next request, on every process.

use chrono::{DateTime, Utc};
use entity::{
    access_profile, api_token,
    member::{self, MemberStatus, Role},
    member_access_profile, organisation,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
    sea_query::{Expr, ExprTrait, JoinType},
};
use uuid::Uuid;

use super::{
    Actor, ActorOrganisation, Channel, Origin, PermissionSet, TOKEN_PREFIX,
    jwt::{Claims, invalid},
    last_use, token,
};
use crate::{
    app::App,
    error::{Context, Error, Result},
};

/// One member and one of its access profiles.
#[derive(Debug, FromQueryResult)]
pub(super) struct Row {
    pub(super) member_id: Uuid,
    user_id: String,
    email: String,
    role: Role,
    status: MemberStatus,
    org_id: Uuid,
    slug: String,
    name: String,
    permissions: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

/// The actor of a bearer token. `organisation` is the slug a person in several organisations chose.
///
/// # Errors
/// `TOKEN_INVALID`, `TOKEN_EXPIRED`, `MEMBER_SUSPENDED`; `ORGANISATION_REQUIRED` or `ORGANISATION_UNKNOWN` when the slug
/// is missing where it is needed or is not one of the person's.
pub async fn authenticate(app: &App, bearer: &str, organisation: Option<&str>) -> Result<Actor> {
    prove(app, bearer, organisation).await.map(|(actor, _)| actor)
}

/// What a sign-in stands on, to be looked at again while it lasts.
#[derive(Debug)]
pub(super) enum Proof {
    /// An API token, by its hash.
    Token(Vec<u8>),
    /// What a JWT said.
    Jwt(Claims),
}

/// The same as [`authenticate`], with the proof.
pub(super) async fn prove(app: &App, bearer: &str, organisation: Option<&str>) -> Result<(Actor, Proof)> {
    let (rows, proof) = if bearer.starts_with(TOKEN_PREFIX) {
        let hash = token::hash(bearer);
        let rows = token_rows(app, &hash).await?;
        let row = rows.first().ok_or_else(invalid)?;
        check_token(row.expires_at, row.revoked_at, app.clock.now())?;
        last_use::note(app, &hash, row.last_used_at);
        (rows, Proof::Token(hash))
    } else {
        let claims = app.jwt.verify(bearer, &app.clock).await?;
        (person_rows(app, &claims).await?, Proof::Jwt(claims))
    };
    Ok((actor(choose(rows, organisation)?)?, proof))
}

/// The operator of the process itself: every permission in one organisation. For commands, never for requests.
///
/// # Errors
/// `ORGANISATION_UNKNOWN`.
pub async fn operator(app: &App, slug: &str) -> Result<Actor> {
    let found = organisation::Entity::find().filter(organisation::Column::Slug.eq(slug)).one(app.db.read()).await;
    Ok(operating(found.doing("finding an organisation")?.ok_or_else(|| unknown_organisation(slug))?))
}

/// The same for what goes on in the name of the operator, by the id of the organisation.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn operator_of(app: &App, org_id: Uuid) -> Result<Actor> {
    operator_of_in(app.db.read(), org_id).await
}

/// The same within a transaction.
///
/// # Errors
/// As [`operator_of`].
pub async fn operator_of_in(db: &impl ConnectionTrait, org_id: Uuid) -> Result<Actor> {
    let found = organisation::Entity::find_by_id(org_id).one(db).await;
    Ok(operating(found.doing("finding an organisation")?.ok_or(Error::NotFound { what: "organisation" })?))
}

fn operating(found: organisation::Model) -> Actor {
    Actor {
        member_id: Uuid::nil(),
        email: String::new(),
        role: Role::Admin,
        organisation: ActorOrganisation { id: found.id, slug: found.slug, name: found.name },
        permissions: PermissionSet::all(),
        origin: Origin::of(Channel::Command),
    }
}

/// The actor that a member is: for what was begun by somebody who is not there to send a token. A job runs as who asked
/// for it, a signed link acts as whom it names.
///
/// # Errors
/// `NOT_FOUND` when the member is gone, `MEMBER_SUSPENDED`.
pub async fn of_member(app: &App, member_id: Uuid) -> Result<Actor> {
    of_member_in(app.db.read(), member_id).await
}

/// The same within a transaction.
///
/// # Errors
/// As [`of_member`].
pub async fn of_member_in(db: &impl ConnectionTrait, member_id: Uuid) -> Result<Actor> {
    let found = persons().filter(member::Column::Id.eq(member_id)).into_model::<Row>().all(db);
    let rows = found.await.doing("looking up a member")?;
    if rows.is_empty() { Err(Error::NotFound { what: "member" }) } else { actor(rows) }
}

fn members() -> Select<member::Entity> {
    member::Entity::find()
        .select_only()
        .column_as(member::Column::Id, "member_id")
        .columns([
            member::Column::UserId,
            member::Column::Email,
            member::Column::Role,
            member::Column::Status,
            member::Column::OrgId,
        ])
        .columns([organisation::Column::Slug, organisation::Column::Name])
        .column(access_profile::Column::Permissions)
        .join_as_related(organisation::Entity, member::Column::OrgId, organisation::Column::Id)
        .left_join_on(member_access_profile::Entity, member_access_profile::Column::MemberId, member::Column::Id)
        .left_join_on(
            access_profile::Entity,
            access_profile::Column::Id,
            member_access_profile::Column::AccessProfileId,
        )
        .order_by_asc(member::Column::Id)
}

/// Members who did not come with an API token.
pub(super) fn persons() -> Select<member::Entity> {
    members()
        .expr_as(Expr::value(None::<DateTime<Utc>>), "expires_at")
        .expr_as(Expr::value(None::<DateTime<Utc>>), "revoked_at")
        .expr_as(Expr::value(None::<DateTime<Utc>>), "last_used_at")
}

/// Joins by column, which read better here than relations declared in every entity.
trait JoinOn {
    fn join_as_related<E: EntityTrait>(self, entity: E, left: impl ColumnTrait, right: impl ColumnTrait) -> Self;
    fn left_join_on<E: EntityTrait>(self, entity: E, left: impl ColumnTrait, right: impl ColumnTrait) -> Self;
}

impl JoinOn for Select<member::Entity> {
    fn join_as_related<E: EntityTrait>(mut self, entity: E, left: impl ColumnTrait, right: impl ColumnTrait) -> Self {
        let on = Expr::col(left.as_column_ref()).equals(right.as_column_ref());
        QueryTrait::query(&mut self).join(JoinType::InnerJoin, entity, on);
        self
    }

    fn left_join_on<E: EntityTrait>(mut self, entity: E, left: impl ColumnTrait, right: impl ColumnTrait) -> Self {
        let on = Expr::col(left.as_column_ref()).equals(right.as_column_ref());
        QueryTrait::query(&mut self).join(JoinType::LeftJoin, entity, on);
        self
    }
}

async fn token_rows(app: &App, hash: &[u8]) -> Result<Vec<Row>> {
    members()
        .columns([api_token::Column::ExpiresAt, api_token::Column::RevokedAt, api_token::Column::LastUsedAt])
        .join_as_related(api_token::Entity, api_token::Column::MemberId, member::Column::Id)
        .filter(api_token::Column::TokenHash.eq(hash))
        .into_model::<Row>()
        .all(app.db.read())
        .await
        .doing("looking up a token")
}

/// Whether an API token is still good.
pub(super) fn check_token(
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<()> {
    if revoked_at.is_some() {
        return Err(invalid());
    }
    if expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(Error::Unauthenticated { code: "TOKEN_EXPIRED", message: "the token has expired; make a new one" });
    }
    Ok(())
}

async fn person_rows(app: &App, claims: &Claims) -> Result<Vec<Row>> {
    let mut person = Condition::any();
    if let Some(sub) = claims.sub.as_ref().filter(|sub| can_be_stored(sub)) {
        person = person.add(member::Column::UserId.eq(sub));
    }
    // An address that its issuer did not check can be anybody's. Our own secret signs only what the operator says.
    if claims.email_verified.unwrap_or(claims.is_own_issuer)
        && let Some(email) = claims.email.as_ref().filter(|email| can_be_stored(email))
    {
        person = person.add(member::Column::Email.eq(email.to_lowercase()));
    }
    if person.is_empty() {
        return Err(invalid());
    }
    let rows = persons().filter(person).into_model::<Row>().all(app.db.read()).await.doing("looking up a person")?;
    // Whom `sub` names comes before whom the address names: the two need not be one person.
    let named: Vec<Uuid> =
        rows.iter().filter(|row| Some(&row.user_id) == claims.sub.as_ref()).map(|row| row.member_id).collect();
    let rows: Vec<Row> = rows.into_iter().filter(|row| named.is_empty() || named.contains(&row.member_id)).collect();
    if rows.is_empty() { Err(invalid()) } else { Ok(rows) }
}

/// What is empty names nobody, and PostgreSQL takes no NUL even in a question.
fn can_be_stored(text: &str) -> bool {
    !text.is_empty() && !text.contains('\0')
}

/// The rows of the one member that acts: the organisation named, or the only one there is.
fn choose(mut rows: Vec<Row>, organisation: Option<&str>) -> Result<Vec<Row>> {
    if let Some(slug) = organisation {
        rows.retain(|row| row.slug == slug);
        return if rows.is_empty() { Err(unknown_organisation(slug)) } else { Ok(rows) };
    }
    let mut slugs: Vec<&str> = rows.iter().map(|row| row.slug.as_str()).collect();
    slugs.sort_unstable();
    slugs.dedup();
    if slugs.len() > 1 {
        let message =
            format!("you belong to several organisations; name one in the header X-Organisation: {}", slugs.join(", "));
        return Err(Error::bad_input("ORGANISATION_REQUIRED", message));
    }
    Ok(rows)
}

/// The actor that the rows of one member make.
pub(super) fn actor(rows: Vec<Row>) -> Result<Actor> {
    let granted = rows
        .iter()
        .filter_map(|row| row.permissions.as_deref())
        .map(PermissionSet::of_keys)
        .fold(PermissionSet::default(), PermissionSet::union);
    let row = rows.into_iter().next().ok_or_else(invalid)?;
    if row.status == MemberStatus::Suspended {
        return Err(Error::Suspended);
    }
    Ok(Actor {
        member_id: row.member_id,
        email: row.email,
        role: row.role,
        organisation: ActorOrganisation { id: row.org_id, slug: row.slug, name: row.name },
        permissions: PermissionSet::of_role(row.role, granted),
        origin: Origin::of(Channel::Api),
    })
}

fn unknown_organisation(slug: &str) -> Error {
    let shown: String = slug.chars().take(60).collect();
    Error::bad_input("ORGANISATION_UNKNOWN", format!("you belong to no organisation `{}`", shown.escape_debug()))
}
