//! Presets in the schema: named sets of categories with search settings. What changes them is in `preset_change.rs`.

use async_graphql::{ComplexObject, Context, ID, InputObject, Result, SimpleObject};
use uuid::Uuid;

use super::{
    actor, app,
    connection::{connection, total},
    department::Category,
    scalar::small,
};
use crate::{
    collection,
    error::Error,
    id::IdKind,
    sources::{self, Condition},
};

/// What listings are searched for.
#[derive(Clone, Debug, SimpleObject)]
pub struct SearchSettings {
    /// In which condition items are sold: `NEW`, `USED` or `ANY`.
    condition: String,
    /// Only listings that ship for nothing.
    free_shipping: bool,
    /// Where the item lies: two capital letters, ISO 3166-1.
    item_country: String,
    /// Lowest price, as a part of Amazon's.
    min_price_factor: f64,
    /// Highest price, as a part of Amazon's.
    max_price_factor: f64,
    /// Most listings of a product.
    max_listings: i32,
}

impl From<sources::SearchSettings> for SearchSettings {
    fn from(search: sources::SearchSettings) -> Self {
        let condition = match search.condition {
            Condition::New => "NEW",
            Condition::Used => "USED",
            Condition::Any => "ANY",
        };
        Self {
            condition: condition.to_owned(),
            free_shipping: search.free_shipping,
            item_country: search.item_country,
            min_price_factor: search.min_price_factor,
            max_price_factor: search.max_price_factor,
            max_listings: small(search.max_listings),
        }
    }
}

/// What listings to search for. All settings together: what is left out is as usual.
#[derive(Clone, Debug, InputObject)]
pub struct SearchSettingsInput {
    /// In which condition items are sold: `NEW`, `USED` or `ANY`.
    #[graphql(default_with = "\"NEW\".to_owned()")]
    condition: String,
    /// Only listings that ship for nothing.
    #[graphql(default = true)]
    free_shipping: bool,
    /// Where the item lies: two capital letters, ISO 3166-1.
    #[graphql(default_with = "\"US\".to_owned()")]
    item_country: String,
    /// Lowest price, as a part of Amazon's: above 0, at most 100.
    #[graphql(default = 1.8)]
    min_price_factor: f64,
    /// Highest price, as a part of Amazon's: above 0, at most 100.
    #[graphql(default = 2.2)]
    max_price_factor: f64,
    /// Most listings of a product: 1 to 10,000.
    #[graphql(default = 200)]
    max_listings: i32,
}

impl TryFrom<SearchSettingsInput> for sources::SearchSettings {
    type Error = Error;

    fn try_from(input: SearchSettingsInput) -> Result<Self, Error> {
        let condition = match input.condition.as_str() {
            "NEW" => Condition::New,
            "USED" => Condition::Used,
            "ANY" => Condition::Any,
            _ => return Err(Error::bad_input("INVALID_SEARCH", "`condition` must be NEW, USED or ANY")),
        };
        Ok(Self {
            condition,
            free_shipping: input.free_shipping,
            item_country: input.item_country,
            min_price_factor: input.min_price_factor,
            max_price_factor: input.max_price_factor,
            // Less than none is refused as none is.
            max_listings: u32::try_from(input.max_listings).unwrap_or_default(),
        })
    }
}

/// A named set of categories with search settings, for the whole organisation.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Preset {
    /// Its global id.
    pub(super) id: ID,
    /// Its name, unique whatever its case.
    name: String,
    /// What listings it searches for.
    search: SearchSettings,
    /// Whether it is built in: it cannot be changed, and holds all categories there are.
    is_builtin: bool,
    #[graphql(skip)]
    category_ids: Vec<String>,
}

impl From<collection::Preset> for Preset {
    fn from(preset: collection::Preset) -> Self {
        Self {
            id: IdKind::Preset.show(preset.id).into(),
            name: preset.name,
            search: preset.search.into(),
            is_builtin: preset.is_builtin,
            category_ids: preset.category_ids,
        }
    }
}

impl Preset {
    /// In place of one that has been deleted, where something must be shown.
    pub(super) fn deleted(id: Uuid) -> Self {
        Self::stand_in(id, "(deleted)")
    }

    /// Where something must be shown and no preset ever was. Its id is nobody's.
    pub(super) fn none() -> Self {
        Self::stand_in(Uuid::nil(), "(none)")
    }

    fn stand_in(id: Uuid, name: &str) -> Self {
        Self {
            id: IdKind::Preset.show(id).into(),
            name: name.to_owned(),
            search: sources::SearchSettings::default().into(),
            is_builtin: false,
            category_ids: Vec::new(),
        }
    }
}

#[ComplexObject]
impl Preset {
    /// Its categories, in the order they were given in.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let app = app(ctx)?;
        Ok(self.category_ids.iter().map(|id| Category::of(app, id)).collect())
    }
}

connection!(PresetConnection, PresetEdge, Preset, (), "A page of presets by name, the one that is built in first.");

#[ComplexObject]
impl PresetConnection {
    /// The presets of this page, without their cursors.
    async fn nodes(&self) -> Vec<&Preset> {
        self.rows()
    }

    /// How many presets there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let () = self.source;
        let count = async {
            let count = collection::count_presets(app(ctx)?, actor(ctx)?).await?;
            Ok(total(count))
        };
        Some(count.await)
    }
}
