//! What a run would collect, and what that would cost, in the schema.

use async_graphql::{ID, InputObject, SimpleObject};

use super::{
    department::Category,
    preset::SearchSettingsInput,
    preset_change::texts,
    scalar::{Cents, small},
};
use crate::{
    app::App,
    collection::{self, Effort, NewRun},
    error::{Error, Result},
    id::IdKind,
};

/// What to collect: a preset, or categories, or a preset with other categories or settings in place of its own.
#[derive(Clone, Debug, InputObject)]
pub struct CollectionInput {
    /// A preset, for its categories and search settings.
    preset_id: Option<ID>,
    /// Ids of categories, in place of those of the preset; at least one, each once. See `departments`.
    category_ids: Option<Vec<ID>>,
    /// What listings to search for, in place of all settings of the preset; as usual when there is no preset.
    search: Option<SearchSettingsInput>,
    /// What people will call the run, at most 200 characters; after the preset or the categories, and the day, when absent.
    name: Option<String>,
    /// Most that the run may cost. What the settings of collection allow is never passed.
    max_cost_cents: Option<Cents>,
    /// Most calls that the run may make, at least 1.
    max_calls: Option<i32>,
}

impl TryFrom<CollectionInput> for NewRun {
    type Error = Error;

    fn try_from(input: CollectionInput) -> Result<Self> {
        Ok(Self {
            preset_id: input.preset_id.map(|id| IdKind::Preset.read(&id)).transpose()?,
            category_ids: input.category_ids.map(texts),
            search: input.search.map(TryInto::try_into).transpose()?,
            name: input.name,
            max_cost_cents: input.max_cost_cents.map(|cents| cents.0),
            max_calls: input.max_calls,
            idempotency_key: None,
        })
    }
}

/// How much a run would take, as far as is known beforehand. Products that several categories list are read once, so it is
/// rather too much.
#[derive(Clone, Debug, SimpleObject)]
pub struct CollectionEstimate {
    /// Products to search for.
    products: i32,
    /// Calls to providers.
    calls: i32,
    /// What the calls cost, rounded up.
    cost_cents: Cents,
    /// How long it takes with the workers of the settings.
    duration_seconds: i32,
    /// The same for each category, in the order they were given in.
    per_category: Vec<CategoryEstimate>,
    /// Whether it stays within all limits of cost and calls: those given, and those of the settings.
    within_cap: bool,
}

/// How much a category would take.
#[derive(Clone, Debug, SimpleObject)]
pub struct CategoryEstimate {
    /// The category.
    category: Category,
    /// Products to search for.
    products: i32,
    /// Calls to providers.
    calls: i32,
    /// What the calls cost, rounded up.
    cost_cents: Cents,
    /// How long it takes when all workers are at it.
    duration_seconds: i32,
}

impl CollectionEstimate {
    pub(super) fn new(app: &App, estimate: &collection::CollectionEstimate) -> Self {
        let Effort { products, calls, cost_cents, duration_seconds } = estimate.total;
        let per_category = |(id, effort): &(String, Effort)| CategoryEstimate {
            category: Category::of(app, id),
            products: small(effort.products),
            calls: small(effort.calls),
            cost_cents: Cents(effort.cost_cents),
            duration_seconds: small(effort.duration_seconds),
        };
        Self {
            products: small(products),
            calls: small(calls),
            cost_cents: Cents(cost_cents),
            duration_seconds: small(duration_seconds),
            per_category: estimate.by_category.iter().map(per_category).collect(),
            within_cap: estimate.is_within_cap,
        }
    }
}
