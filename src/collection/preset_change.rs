//! Changing presets: making, changing, deleting.
//!
//! What a reader would get wrong: runs keep a copy of what they were started with; no change here reaches them.

use entity::preset;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, ModelTrait, QueryFilter, QuerySelect, sea_query::LockType,
};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{
    choice::{LONGEST_NAME, check_categories, check_search},
    presets::{BUILT_IN, BUILT_IN_NAME, Preset, not_found, visible, written},
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    sources::SearchSettings,
    text,
};

/// A preset to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPreset {
    /// Its name, unique in the organisation whatever its case.
    pub name: String,
    /// Ids of categories.
    pub category_ids: Vec<String>,
    /// What listings to search for.
    pub search: SearchSettings,
}

/// What is to change of a preset; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PresetChange {
    /// Another name.
    pub name: Option<String>,
    /// Other categories, in place of all it had.
    pub category_ids: Option<Vec<String>>,
    /// Other search settings, in place of all it had.
    pub search: Option<SearchSettings>,
}

/// Makes a preset.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `INVALID_TEXT`; `NOTHING_TO_COLLECT`, `UNKNOWN_CATEGORY`, `DUPLICATE_CATEGORY`;
/// `INVALID_SEARCH`; `PRESET_NAME_TAKEN`.
pub async fn create_preset(app: &App, actor: &Actor, new: NewPreset) -> Result<Preset> {
    let scope = actor.require(Permission::Automation)?;
    let now = app.clock.now();
    check_categories(&app.sources.categories, &new.category_ids)?;
    check_search(&new.search)?;
    let row = preset::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(scope.org_id()),
        name_key: Set(name_key(&new.name)?),
        name: Set(new.name),
        category_ids: Set(written(&new.category_ids)?),
        search: Set(written(&new.search)?),
        created_at: Set(now),
        updated_at: Set(now),
    };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let preset = Preset::of(row.insert(tx).await.map_err(taken)?)?;
                let entry = entry(Action::PresetCreated, &preset).to(Json::Object(noted(&preset)));
                audit::write(tx, &scope, now, entry).await?;
                Ok(preset)
            })
        })
        .await
}

/// Changes a preset. Runs that were started with it keep what they were started with.
///
/// # Errors
/// As [`create_preset`]; `NOT_FOUND`; `PRESET_BUILTIN`.
pub async fn update_preset(app: &App, actor: &Actor, id: Uuid, change: PresetChange) -> Result<Preset> {
    let (scope, now) = (actor.require(Permission::Automation)?, app.clock.now());
    refuse_built_in(id)?;
    let mut changed = preset::ActiveModel { updated_at: Set(now), ..Default::default() };
    if let Some(name) = change.name {
        changed.name_key = Set(name_key(&name)?);
        changed.name = Set(name);
    }
    if let Some(ids) = &change.category_ids {
        check_categories(&app.sources.categories, ids)?;
        changed.category_ids = Set(written(ids)?);
    }
    if let Some(search) = &change.search {
        check_search(search)?;
        changed.search = Set(written(search)?);
    }
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let before = Preset::of(locked(tx, &scope, id).await?)?;
                let row = preset::ActiveModel { id: Set(id), ..changed }.update(tx).await.map_err(taken)?;
                let preset = Preset::of(row)?;
                let entry = entry(Action::PresetUpdated, &preset).changed(noted(&before), noted(&preset));
                audit::write(tx, &scope, now, entry).await?;
                Ok(preset)
            })
        })
        .await
}

/// Deletes a preset. Runs that were started with it stay as they are.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `PRESET_BUILTIN`.
pub async fn delete_preset(app: &App, actor: &Actor, id: Uuid) -> Result<Preset> {
    let (scope, now) = (actor.require(Permission::Automation)?, app.clock.now());
    refuse_built_in(id)?;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = locked(tx, &scope, id).await?;
                row.clone().delete(tx).await.doing("deleting a preset")?;
                let preset = Preset::of(row)?;
                let entry = entry(Action::PresetDeleted, &preset).from(Json::Object(noted(&preset)));
                audit::write(tx, &scope, now, entry).await?;
                Ok(preset)
            })
        })
        .await
}

fn entry(action: Action, preset: &Preset) -> Entry {
    Entry::of(action).on(Id(IdKind::Preset, preset.id)).named(&preset.name)
}

/// A preset as the audit shows one.
fn noted(preset: &Preset) -> Map<String, Json> {
    Map::from_iter([
        ("name".to_owned(), json!(preset.name)),
        ("categoryIds".to_owned(), json!(preset.category_ids)),
        ("search".to_owned(), json!(preset.search)),
    ])
}

/// What a name is unique by.
fn name_key(name: &str) -> Result<String> {
    let key = text::name_key(name, LONGEST_NAME)?;
    if key == text::normalize(BUILT_IN_NAME) { Err(name_taken()) } else { Ok(key) }
}

fn refuse_built_in(id: Uuid) -> Result<()> {
    if id != BUILT_IN {
        return Ok(());
    }
    let message = "the preset \"All categories\" is built in; make one of your own to change it";
    Err(Error::Conflict { code: "PRESET_BUILTIN", message: message.to_owned() })
}

fn name_taken() -> Error {
    let message = "there is a preset of that name already; upper and lower case make no difference";
    Error::Conflict { code: "PRESET_NAME_TAKEN", message: message.to_owned() }
}

fn taken(error: DbErr) -> Error {
    Error::of_write("writing a preset", error, name_taken)
}

async fn locked(tx: &Transaction, scope: &Scope, id: Uuid) -> Result<preset::Model> {
    let found = visible(scope).filter(preset::Column::Id.eq(id)).lock(LockType::NoKeyUpdate).one(tx).await;
    found.doing("finding a preset to change")?.ok_or_else(not_found)
}
