//! Changing access profiles: making, changing, deleting.
//!
//! What a reader would get wrong: a change counts for everybody who holds the profile, from their next request on. One that
//! somebody holds is not deleted: nobody loses permissions without being named.

use entity::{access_profile, member_access_profile};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, ModelTrait, PaginatorTrait, QueryFilter};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::profiles::{AccessProfile, profile_not_found, stored, visible};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    organisations, text,
};

/// Longest name of an access profile, in characters: a line of a list.
const LONGEST_NAME: usize = 200;

/// An access profile to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccessProfile {
    /// Its name, unique in the organisation whatever its case.
    pub name: String,
    /// Permission keys.
    pub permissions: Vec<String>,
}

/// What is to change of an access profile; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessProfileChange {
    /// Another name.
    pub name: Option<String>,
    /// These permission keys, in place of all it had.
    pub permissions: Option<Vec<String>>,
}

/// Makes an access profile.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `INVALID_TEXT`; `UNKNOWN_PERMISSION`, naming it and those there are;
/// `ACCESS_PROFILE_NAME_TAKEN`.
pub async fn create_profile(app: &App, actor: &Actor, new: NewAccessProfile) -> Result<AccessProfile> {
    let (scope, now) = (actor.require(Permission::Members)?, app.clock.now());
    let permissions = known(&new.permissions)?;
    let key = text::name_key(&new.name, LONGEST_NAME)?;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                organisations::hold(tx, &scope).await?;
                check_free(tx, &scope, &key, None).await?;
                let row = access_profile::ActiveModel {
                    id: Set(Uuid::now_v7()),
                    org_id: Set(scope.org_id()),
                    name: Set(new.name),
                    permissions: Set(stored(&permissions)),
                    created_at: Set(now),
                    updated_at: Set(now),
                };
                let profile = AccessProfile::from(row.insert(tx).await.doing("adding an access profile")?);
                let entry = entry(Action::AccessProfileCreated, &profile).to(Json::Object(shown(&profile)));
                audit::write(tx, &scope, now, entry).await?;
                Ok(profile)
            })
        })
        .await
}

/// Changes an access profile, for all who hold it.
///
/// # Errors
/// As [`create_profile`]; `NOT_FOUND`.
pub async fn update_profile(app: &App, actor: &Actor, id: Uuid, change: AccessProfileChange) -> Result<AccessProfile> {
    let (scope, now) = (actor.require(Permission::Members)?, app.clock.now());
    let permissions = change.permissions.as_deref().map(known).transpose()?;
    let name = match change.name {
        Some(name) => Some((text::name_key(&name, LONGEST_NAME)?, name)),
        None => None,
    };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                organisations::hold(tx, &scope).await?;
                let row = found(tx, &scope, id).await?;
                let mut changed =
                    access_profile::ActiveModel { id: Set(id), updated_at: Set(now), ..Default::default() };
                if let Some((key, name)) = name {
                    check_free(tx, &scope, &key, Some(id)).await?;
                    changed.name = Set(name);
                }
                if let Some(permissions) = permissions {
                    changed.permissions = Set(stored(&permissions));
                }
                let before = AccessProfile::from(row);
                let profile = AccessProfile::from(changed.update(tx).await.doing("changing an access profile")?);
                let entry = entry(Action::AccessProfileUpdated, &profile).changed(shown(&before), shown(&profile));
                audit::write(tx, &scope, now, entry).await?;
                Ok(profile)
            })
        })
        .await
}

/// Deletes an access profile that nobody holds.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `NOT_FOUND`; `ACCESS_PROFILE_IN_USE`, saying by how many members.
pub async fn delete_profile(app: &App, actor: &Actor, id: Uuid) -> Result<AccessProfile> {
    let (scope, now) = (actor.require(Permission::Members)?, app.clock.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                organisations::hold(tx, &scope).await?;
                let row = found(tx, &scope, id).await?;
                check_unheld(tx, &scope, id).await?;
                row.clone().delete(tx).await.doing("deleting an access profile")?;
                let profile = AccessProfile::from(row);
                let entry = entry(Action::AccessProfileDeleted, &profile).from(Json::Object(shown(&profile)));
                audit::write(tx, &scope, now, entry).await?;
                Ok(profile)
            })
        })
        .await
}

/// The permissions of these keys, each once.
fn known(keys: &[String]) -> Result<Vec<Permission>> {
    let mut permissions: Vec<Permission> = Vec::with_capacity(keys.len());
    for key in keys {
        let permission = Permission::of_key(key).ok_or_else(|| unknown(key))?;
        if !permissions.contains(&permission) {
            permissions.push(permission);
        }
    }
    Ok(permissions)
}

fn unknown(key: &str) -> Error {
    let keys: Vec<&str> = Permission::ALL.into_iter().map(Permission::key).collect();
    let shown: String = key.chars().take(60).collect();
    let message = format!("there is no permission `{}`; there are {}", shown.escape_debug(), keys.join(", "));
    Error::bad_input("UNKNOWN_PERMISSION", message)
}

/// Refuses a name that another profile has, whatever its case. The organisation is held: nobody else takes it meanwhile.
async fn check_free(tx: &Transaction, scope: &Scope, key: &str, except: Option<Uuid>) -> Result<()> {
    let all = visible(scope).all(tx).await.doing("reading the names of access profiles")?;
    if all.iter().any(|profile| Some(profile.id) != except && text::normalize(&profile.name) == key) {
        let message = "there is an access profile of that name already; upper and lower case make no difference";
        return Err(Error::Conflict { code: "ACCESS_PROFILE_NAME_TAKEN", message: message.to_owned() });
    }
    Ok(())
}

async fn check_unheld(tx: &Transaction, scope: &Scope, id: Uuid) -> Result<()> {
    let holders = member_access_profile::Entity::find()
        .filter(member_access_profile::Column::OrgId.eq(scope.org_id()))
        .filter(member_access_profile::Column::AccessProfileId.eq(id))
        .count(tx)
        .await
        .doing("counting who holds an access profile")?;
    if holders == 0 {
        return Ok(());
    }
    let message = format!("{holders} members hold this access profile; take it from them first");
    Err(Error::Conflict { code: "ACCESS_PROFILE_IN_USE", message })
}

async fn found(tx: &Transaction, scope: &Scope, id: Uuid) -> Result<access_profile::Model> {
    let found = visible(scope).filter(access_profile::Column::Id.eq(id)).one(tx).await;
    found.doing("finding an access profile to change")?.ok_or_else(profile_not_found)
}

fn entry(action: Action, profile: &AccessProfile) -> Entry {
    Entry::of(action).on(Id(IdKind::AccessProfile, profile.id)).named(&profile.name)
}

fn shown(profile: &AccessProfile) -> Map<String, Json> {
    let keys: Vec<&str> = profile.permissions.iter().map(|permission| permission.key()).collect();
    Map::from_iter([("name".to_owned(), json!(profile.name)), ("permissions".to_owned(), json!(keys))])
}
