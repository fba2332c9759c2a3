//! Seeing members: all of an organisation by address, and those whom somebody asks for.

use entity::member::{self, MemberStatus, Role};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Select,
    sea_query::{Expr, ExprTrait},
};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    condition::{as_stored, containing},
    error::{Context, Error, Result},
    page::{self, ByText, Fingerprint, Page, PageRequest},
    text::{self, LONGEST_SEARCH},
};

/// One member.
pub type Member = member::Model;

/// Which members.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MemberFilter {
    /// Part of the address, whatever its case.
    pub search: Option<String>,
    /// Any of these roles.
    #[serde(serialize_with = "as_stored")]
    pub roles: Option<Vec<Role>>,
    /// Any of these.
    #[serde(serialize_with = "as_stored")]
    pub statuses: Option<Vec<MemberStatus>>,
}

/// By address, which no two of an organisation share.
const BY_EMAIL: ByText<member::Entity> =
    ByText { text: member::Column::Email, id: member::Column::Id, of: |row| (row.email.clone(), row.id) };

/// A page of the members of the organisation, by address.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `INVALID_TEXT` for the search; a page that cannot be answered.
pub async fn list(app: &App, actor: &Actor, filter: &MemberFilter, request: &PageRequest) -> Result<Page<Member>> {
    let scope = actor.require(Permission::Members)?;
    let fingerprint = Fingerprint::of("members", scope.org_id(), &(), filter)?;
    page::read(app.db.read(), matching(&scope, filter)?, BY_EMAIL, request, fingerprint).await
}

/// How many there are on all pages.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, actor: &Actor, filter: &MemberFilter) -> Result<u64> {
    let scope = actor.require(Permission::Members)?;
    matching(&scope, filter)?.count(app.db.read()).await.doing("counting members")
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
    everywhere()
        .filter(member::Column::OrgId.eq(actor.organisation.id))
        .filter(member::Column::Id.is_in(seen(actor, ids)))
        .all(app.db.read())
        .await
        .doing("finding members")
}

/// Those of the ids whose members the actor may see, if there are such members.
pub(super) fn seen(actor: &Actor, ids: &[Uuid]) -> Vec<Uuid> {
    let is_seen = |id: &Uuid| actor.permissions.holds(Permission::Members) || *id == actor.member_id;
    ids.iter().copied().filter(is_seen).collect()
}

/// The members of the scope. Every query of this folder over them starts here, but for those that ask who a person is
/// elsewhere, or oneself.
pub(super) fn visible(scope: &Scope) -> Select<member::Entity> {
    everywhere().filter(member::Column::OrgId.eq(scope.org_id()))
}

/// The members of every organisation.
pub(super) fn everywhere() -> Select<member::Entity> {
    member::Entity::find()
}

/// No member of that id in the organisation.
pub(super) fn not_found() -> Error {
    Error::NotFound { what: "member" }
}

fn matching(scope: &Scope, filter: &MemberFilter) -> Result<Select<member::Entity>> {
    let mut members = visible(scope);
    if let Some(search) = &filter.search {
        text::check("search", search, LONGEST_SEARCH)?;
        let wanted = containing(&search.trim().to_lowercase());
        members = members.filter(Expr::col(member::Column::Email).like(wanted));
    }
    if let Some(roles) = &filter.roles {
        members = members.filter(member::Column::Role.is_in(roles.iter().copied()));
    }
    if let Some(statuses) = &filter.statuses {
        members = members.filter(member::Column::Status.is_in(statuses.iter().copied()));
    }
    Ok(members)
}
