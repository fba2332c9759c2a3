//! Seeing access profiles: named sets of permission keys, given to members whose role is `va`.
//!
//! Not here: what the keys mean (`auth`). What a reader would get wrong: a profile shows the keys as they were given; what
//! they imply is computed whenever somebody asks.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{access_profile, member_access_profile};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
    sea_query::{Expr, ExprTrait, JoinType},
};
use uuid::Uuid;

use super::list::{Member, seen};
use crate::{
    app::App,
    auth::{Actor, Permission, PermissionSet, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    page::{self, ByText, Fingerprint, Page, PageRequest},
};

/// One access profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessProfile {
    /// Its id.
    pub id: Uuid,
    /// The name as it was given.
    pub name: String,
    /// The keys as they were given, each once; one this version does not know is not shown, and gives nothing.
    pub permissions: Vec<Permission>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl AccessProfile {
    /// All that it gives, what is implied included.
    #[must_use]
    pub fn effective(&self) -> PermissionSet {
        PermissionSet::of(self.permissions.iter().copied())
    }
}

impl From<access_profile::Model> for AccessProfile {
    fn from(row: access_profile::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            permissions: row.permissions.split_whitespace().filter_map(Permission::of_key).collect(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// By name, which no two of an organisation share.
const BY_NAME: ByText<access_profile::Entity> =
    ByText { text: access_profile::Column::Name, id: access_profile::Column::Id, of: |row| (row.name.clone(), row.id) };

/// A page of the access profiles of the organisation, by name.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; a page that cannot be answered.
pub async fn list_profiles(app: &App, actor: &Actor, request: &PageRequest) -> Result<Page<AccessProfile>> {
    let scope = actor.require(Permission::Members)?;
    let fingerprint = Fingerprint::of("access_profiles", scope.org_id(), &(), &())?;
    let page = page::read(app.db.read(), visible(&scope), BY_NAME, request, fingerprint).await?;
    let rows = page.rows.into_iter().map(|(cursor, row)| (cursor, row.into())).collect();
    Ok(Page { rows, has_next: page.has_next, has_previous: page.has_previous })
}

/// How many there are on all pages.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`.
pub async fn count_profiles(app: &App, actor: &Actor) -> Result<u64> {
    let scope = actor.require(Permission::Members)?;
    visible(&scope).count(app.db.read()).await.doing("counting access profiles")
}

/// The access profiles with these ids, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`.
pub async fn find_profiles(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<AccessProfile>> {
    let scope = actor.require(Permission::Members)?;
    named(app.db.read(), &scope, ids).await
}

/// The access profiles of each of these members that the actor may see, by name; one who holds none is left out.
///
/// # Errors
/// The database's own failure.
pub async fn profiles(app: &App, actor: &Actor, member_ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<AccessProfile>>> {
    held(app.db.read(), actor.organisation.id, &seen(actor, member_ids)).await
}

/// Those that a member holds, by name.
pub(super) async fn held_by(db: &impl ConnectionTrait, member: &Member) -> Result<Vec<AccessProfile>> {
    Ok(held(db, member.org_id, &[member.id]).await?.remove(&member.id).unwrap_or_default())
}

/// Those with these ids, by name.
pub(super) async fn named(db: &impl ConnectionTrait, scope: &Scope, ids: &[Uuid]) -> Result<Vec<AccessProfile>> {
    let found = visible(scope)
        .filter(access_profile::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(access_profile::Column::Name)
        .all(db)
        .await
        .doing("finding access profiles")?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// Keeps permissions as an access profile for one member alone.
pub(super) async fn own_profile(
    tx: &Transaction,
    member: &Member,
    mut permissions: Vec<Permission>,
) -> Result<AccessProfile> {
    permissions.sort_unstable_by_key(|permission| permission.key());
    permissions.dedup();
    let row = access_profile::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(member.org_id),
        name: Set(format!("Permissions of {}", member.email)),
        permissions: Set(stored(&permissions)),
        created_at: Set(member.created_at),
        updated_at: Set(member.created_at),
    };
    Ok(row.insert(tx).await.doing("adding an access profile")?.into())
}

/// The access profiles of the scope. Every query of this folder over them starts here, but for what somebody holds.
pub(super) fn visible(scope: &Scope) -> Select<access_profile::Entity> {
    access_profile::Entity::find().filter(access_profile::Column::OrgId.eq(scope.org_id()))
}

/// Keys as they are stored.
pub(super) fn stored(permissions: &[Permission]) -> String {
    permissions.iter().map(|permission| permission.key()).collect::<Vec<_>>().join(" ")
}

/// No access profile of that id in the organisation.
pub(super) fn profile_not_found() -> Error {
    Error::NotFound { what: "access profile" }
}

/// A profile and one who holds it.
#[derive(FromQueryResult)]
struct Held {
    member_id: Uuid,
    #[sea_orm(nested)]
    profile: access_profile::Model,
}

async fn held(
    db: &impl ConnectionTrait,
    org_id: Uuid,
    member_ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<AccessProfile>>> {
    use member_access_profile::Column as Holds;
    let mut select = access_profile::Entity::find().column(Holds::MemberId);
    let on = Expr::col(Holds::AccessProfileId.as_column_ref()).equals(access_profile::Column::Id.as_column_ref());
    QueryTrait::query(&mut select).join(JoinType::InnerJoin, member_access_profile::Entity, on);
    let rows = select
        .filter(Holds::OrgId.eq(org_id))
        .filter(Holds::MemberId.is_in(member_ids.iter().copied()))
        .order_by_asc(access_profile::Column::Name)
        .into_model::<Held>()
        .all(db)
        .await
        .doing("reading who holds which access profiles")?;
    let mut found: HashMap<Uuid, Vec<AccessProfile>> = HashMap::new();
    for Held { member_id, profile } in rows {
        found.entry(member_id).or_default().push(profile.into());
    }
    Ok(found)
}
