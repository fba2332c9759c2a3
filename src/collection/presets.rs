//! Presets: named sets of categories with search settings.
//!
//! Not here: changing them (`preset_change.rs`) and what they may hold (`choice.rs`). What a reader would get wrong: the preset "All categories"
//! is built in; it is the same in every organisation, stands first in every list, follows the file of categories, and is
//! no row.

use chrono::{DateTime, Utc};
use entity::preset;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    error::{Context, Error, Result},
    page::{self, ByText, Fingerprint, Page, PageRequest},
    sources::{Categories, SearchSettings},
};

/// The id of the preset that is built in. Of version 8: no row ever has it.
pub(super) const BUILT_IN: Uuid = Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0001);
/// What people call it; nobody else's may be called so.
pub(super) const BUILT_IN_NAME: &str = "All categories";

/// One preset.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// Its id.
    pub id: Uuid,
    /// The name as it was given.
    pub name: String,
    /// Ids of its categories. A file of categories may have lost some of them.
    pub category_ids: Vec<String>,
    /// What listings to search for.
    pub search: SearchSettings,
    /// Whether it is the one that is built in, which nobody can change.
    pub is_builtin: bool,
}

/// A page of the organisation's presets by name, the one that is built in first.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; a page that cannot be answered.
pub async fn list_presets(app: &App, actor: &Actor, request: &PageRequest) -> Result<Page<Preset>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let fingerprint = Fingerprint::of("presets", scope.org_id(), &(), &())?;
    let first = built_in_row(&app.sources.categories, scope.org_id(), app.clock.now())?;
    let page = page::read_behind(app.db.read(), first, visible(&scope), BY_NAME, request, fingerprint).await?;
    let rows = page.rows.into_iter().map(|(cursor, row)| Ok((cursor, Preset::of(row)?))).collect::<Result<_>>()?;
    Ok(Page { rows, has_next: page.has_next, has_previous: page.has_previous })
}

/// How many there are on all pages, the one that is built in among them.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn count_presets(app: &App, actor: &Actor) -> Result<u64> {
    let scope = actor.require(Permission::ReadSellers)?;
    Ok(1 + visible(&scope).count(app.db.read()).await.doing("counting presets")?)
}

/// The presets with these ids, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn find_presets(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Preset>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let (built_in, rows): (Vec<Uuid>, Vec<Uuid>) = ids.iter().partition(|id| **id == BUILT_IN);
    let mut found = Vec::new();
    if !rows.is_empty() {
        let rows = visible(&scope).filter(preset::Column::Id.is_in(rows)).all(app.db.read()).await;
        found = rows.doing("finding presets")?.into_iter().map(Preset::of).collect::<Result<_>>()?;
    }
    if !built_in.is_empty() {
        found.push(Preset::built_in(&app.sources.categories));
    }
    Ok(found)
}

/// One preset of an organisation, for steps of longer operations.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    categories: &Categories,
    org_id: Uuid,
    id: Uuid,
) -> Result<Option<Preset>> {
    if id == BUILT_IN {
        return Ok(Some(Preset::built_in(categories)));
    }
    let found = of_organisation(org_id).filter(preset::Column::Id.eq(id)).one(db).await;
    found.doing("finding a preset")?.map(Preset::of).transpose()
}

/// No preset of that id in the organisation.
pub(super) fn not_found() -> Error {
    Error::NotFound { what: "preset" }
}

impl Preset {
    pub(super) fn of(row: preset::Model) -> Result<Self> {
        let unreadable = |error| Error::caused("reading a stored preset", error);
        Ok(Self {
            id: row.id,
            name: row.name,
            category_ids: serde_json::from_str(&row.category_ids).map_err(unreadable)?,
            search: serde_json::from_str(&row.search).map_err(unreadable)?,
            is_builtin: row.id == BUILT_IN,
        })
    }

    fn built_in(categories: &Categories) -> Self {
        Self {
            id: BUILT_IN,
            name: BUILT_IN_NAME.to_owned(),
            category_ids: categories.all().map(|category| category.id.clone()).collect(),
            search: SearchSettings::default(),
            is_builtin: true,
        }
    }
}

/// By name whatever its case.
const BY_NAME: ByText<preset::Entity> =
    ByText { text: preset::Column::NameKey, id: preset::Column::Id, of: |row| (row.name_key.clone(), row.id) };

/// What is built in, as a row that stands before all others: theirs have names.
fn built_in_row(categories: &Categories, org_id: Uuid, now: DateTime<Utc>) -> Result<preset::Model> {
    let preset = Preset::built_in(categories);
    Ok(preset::Model {
        id: preset.id,
        org_id,
        name: preset.name,
        name_key: String::new(),
        category_ids: written(&preset.category_ids)?,
        search: written(&preset.search)?,
        created_at: now,
        updated_at: now,
    })
}

/// A part of a preset as it is stored.
pub(super) fn written(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::caused("storing a preset", error))
}

/// The presets of the scope. Every query of this folder over them starts here, or below.
pub(super) fn visible(scope: &Scope) -> Select<preset::Entity> {
    of_organisation(scope.org_id())
}

fn of_organisation(org_id: Uuid) -> Select<preset::Entity> {
    preset::Entity::find().filter(preset::Column::OrgId.eq(org_id))
}
