//! What belongs to a run, in the schema: progress, workers, calls, and what each category brought.

use async_graphql::{Enum, SimpleObject};

use super::{
    collection_settings::CollectionProvider,
    department::Category,
    scalar::{Cents, DateTime, small},
};
use crate::{
    app::App,
    collection::{self, CollectionRun, Pace},
};

/// How far a run is, and what it has cost.
#[derive(Clone, Debug, SimpleObject)]
pub struct CollectionProgress {
    /// Departments of which all categories have been read.
    departments_done: i32,
    /// Departments of its categories.
    departments_total: i32,
    /// Categories whose best sellers have been read.
    categories_done: i32,
    /// Its categories.
    categories_total: i32,
    /// Products that are done: searched, whether or not anything was found, skipped, or failed for now.
    products_done: i32,
    /// Products there are to search, as far as they have been found. Each counts once, however many categories list it.
    products_total: i32,
    /// Different sellers seen.
    sellers_found: i32,
    /// Of these, sellers that were not known.
    sellers_new: i32,
    /// Pages and products whose last try failed. See `failures`.
    failed_items: i32,
    /// Calls to providers, further tries included.
    calls: i32,
    /// What the calls cost, half a cent rounded up.
    cost_cents: Cents,
    /// Share of the present phase that is done, 0 to 100: of the categories while best sellers are read, then of the
    /// products. 100 once the run is complete.
    percent: f64,
    /// Products searched in a minute since the run last began or went on; null before there is anything to tell.
    products_per_minute: Option<f64>,
    /// Seconds to the end at this pace; null when no products are searched just now.
    eta_seconds: Option<i32>,
    /// Rises with every change: of two states of a run, the one with the larger number is the later.
    revision: i32,
}

impl CollectionProgress {
    pub(super) fn of(run: &CollectionRun, pace: &Pace) -> Self {
        Self {
            departments_done: run.departments_done,
            departments_total: run.departments_total,
            categories_done: run.categories_done,
            categories_total: run.categories_total,
            products_done: run.products_done,
            products_total: run.products_total,
            sellers_found: run.sellers_found,
            sellers_new: run.sellers_new,
            failed_items: run.failed_items,
            calls: run.best_sellers_calls.saturating_add(run.listings_calls),
            cost_cents: Cents(pace.cost_cents),
            percent: pace.percent,
            products_per_minute: pace.products_per_minute,
            eta_seconds: pace.eta_seconds.map(small),
            revision: small(run.revision),
        }
    }
}

/// What a worker does.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "collection::WorkerState")]
pub enum WorkerState {
    /// Has nothing to do just now.
    Idle,
    /// Is at a page or a product.
    Working,
    /// Does not work: the run rests or has ended.
    Stopped,
}

/// One of the workers of a run.
#[derive(Clone, Debug, SimpleObject)]
pub struct CollectionWorker {
    /// Which, from 1.
    worker: i32,
    /// What it does.
    state: WorkerState,
    /// The name of the category it is at; null when it is at none.
    category: Option<String>,
    /// The title of the product it is at; null when it is at none.
    product: Option<String>,
    /// How its last piece of work ended, in words; null before.
    last_result: Option<String>,
    /// Since when it does what it does.
    since: DateTime,
}

impl CollectionWorker {
    pub(super) fn of(app: &App, row: &collection::CollectionWorker) -> Self {
        Self {
            worker: row.worker,
            state: row.state.into(),
            category: row.category_id.as_deref().map(|id| collection::category_name(app, id)),
            product: row.product.clone(),
            last_result: row.last_result.clone(),
            since: DateTime(row.since),
        }
    }
}

/// The calls of a run to one provider.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ProviderCalls {
    /// Who was asked.
    provider: CollectionProvider,
    /// How often, further tries included.
    calls: i32,
    /// What that cost, half a cent rounded up.
    cost_cents: Cents,
}

impl From<collection::ProviderCalls> for ProviderCalls {
    fn from(calls: collection::ProviderCalls) -> Self {
        Self { provider: calls.provider.into(), calls: calls.calls, cost_cents: Cents(calls.cost_cents) }
    }
}

/// What a category brought to a run.
#[derive(Clone, Debug, SimpleObject)]
pub struct CategoryResult {
    /// The category.
    category: Category,
    /// Products found in it that no other category had brought before.
    products: i32,
    /// Those that are done: searched, whether or not anything was found, skipped, or failed for now.
    products_done: i32,
    /// Pages and products whose last try failed.
    failed_items: i32,
    /// Sellers of its products, counted for each product: one that sells two counts twice.
    sellers_found: i32,
    /// Sellers that were not known.
    sellers_new: i32,
    /// Calls made for it.
    calls: i32,
    /// What they cost, half a cent rounded up.
    cost_cents: Cents,
}

impl CategoryResult {
    pub(super) fn of(app: &App, id: &str, result: collection::CategoryResult) -> Self {
        Self {
            category: Category::of(app, id),
            products: small(result.products),
            products_done: small(result.products_done),
            failed_items: small(result.failed_items),
            sellers_found: small(result.sellers_found),
            sellers_new: small(result.sellers_new),
            calls: small(result.calls),
            cost_cents: Cents(collection::cents(result.cost_micros)),
        }
    }
}
