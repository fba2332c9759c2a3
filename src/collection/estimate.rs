//! What a run would be: how many products and calls, what they cost and how long that takes.
//!
//! From what the sources know beforehand; nobody is asked. What a reader would get wrong: products that two categories
//! list are counted twice here and read once by the run, so an estimate is rather too high.

use super::{
    NewRun,
    choice::{self, Choice},
    pace::MICROS_OF_A_CENT,
    settings::{self, CollectionSettings},
};
use crate::{
    app::App,
    auth::{Actor, Permission},
    error::Result,
    sources::Sources,
};

/// How much something would take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Products.
    pub products: i64,
    /// Calls, to whomever.
    pub calls: i64,
    /// What they cost, US cents, rounded up.
    pub cost_cents: i64,
    /// How long that takes with all workers, rounded up.
    pub duration_seconds: i64,
}

/// How much a run would take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionEstimate {
    /// In all.
    pub total: Effort,
    /// By category, with its id, in the order they were chosen in. Rounded each by itself.
    pub by_category: Vec<(String, Effort)>,
    /// Whether the run would end by itself before it is stopped by a limit: of the choice, or of the settings.
    pub is_within_cap: bool,
}

/// Estimates a run. Keys are not looked at.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; what [`start`](super::start) answers to the same choice.
pub async fn estimate(app: &App, actor: &Actor, new: &NewRun) -> Result<CollectionEstimate> {
    let scope = actor.require(Permission::ReadSellers)?;
    let db = app.db.read();
    let today = app.clock.now().date_naive();
    let choice = choice::resolve(db, &app.sources.categories, scope.org_id(), new, today).await?;
    let settings = settings::of(db, scope.org_id()).await?;
    Ok(of_choice(&app.sources, &settings, &choice, new))
}

fn of_choice(sources: &Sources, settings: &CollectionSettings, choice: &Choice, new: &NewRun) -> CollectionEstimate {
    let mut total = Work::default();
    let mut by_category = Vec::with_capacity(choice.category_ids.len());
    for id in &choice.category_ids {
        let work = Work::of(sources, settings, choice, id);
        total = total.and(work);
        by_category.push((id.clone(), work.effort(settings)));
    }
    let total = total.effort(settings);
    let is_below = |cap: Option<i64>, amount| cap.is_none_or(|cap| amount <= cap);
    let is_within_cap = is_below(new.max_cost_cents, total.cost_cents)
        && is_below(settings.max_cost_cents, total.cost_cents)
        && is_below(new.max_calls.map(Into::into), total.calls);
    CollectionEstimate { total, by_category, is_within_cap }
}

/// The same before it is rounded.
#[derive(Clone, Copy, Debug, Default)]
struct Work {
    products: i64,
    calls: i64,
    cost_micros: i64,
    /// As one worker would take.
    millis: i64,
}

impl Work {
    fn of(sources: &Sources, settings: &CollectionSettings, choice: &Choice, category_id: &str) -> Self {
        let Some(category) = sources.categories.find(category_id) else { return Self::default() };
        let size = sources.best_sellers.size(category);
        let searches = searches(size.products, sources.listings.calls_per_product(&choice.search));
        let pages = i64::from(size.calls);
        let price = |provider| settings.prices.of(provider);
        let millis = |calls: i64, each: u64| calls.saturating_mul(i64::try_from(each).unwrap_or(i64::MAX));
        Self {
            products: size.products.into(),
            calls: pages + searches,
            cost_micros: pages
                .saturating_mul(price(sources.best_sellers.provider()))
                .saturating_add(searches.saturating_mul(price(sources.listings.provider()))),
            millis: millis(pages, sources.best_sellers.call_ms())
                .saturating_add(millis(searches, sources.listings.call_ms())),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            products: self.products.saturating_add(other.products),
            calls: self.calls.saturating_add(other.calls),
            cost_micros: self.cost_micros.saturating_add(other.cost_micros),
            millis: self.millis.saturating_add(other.millis),
        }
    }

    fn effort(self, settings: &CollectionSettings) -> Effort {
        let workers = i64::from(settings.workers.max(1));
        Effort {
            products: self.products,
            calls: self.calls,
            cost_cents: rounded_up(self.cost_micros, MICROS_OF_A_CENT),
            duration_seconds: rounded_up(self.millis, 1_000 * workers),
        }
    }
}

/// Calls for the listings of so many products.
#[expect(clippy::cast_possible_truncation, reason = "more than there can be is as many as there can be")]
fn searches(products: u32, each: f64) -> i64 {
    (f64::from(products) * each).ceil() as i64
}

fn rounded_up(amount: i64, unit: i64) -> i64 {
    amount / unit + i64::from(amount % unit > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_begun_counts_in_full() {
        assert_eq!([0, 1, 10_000, 10_001].map(|micros| rounded_up(micros, MICROS_OF_A_CENT)), [0, 1, 1, 2]);
        assert_eq!((searches(50, 1.0), searches(50, 1.25), searches(0, 3.0)), (50, 63, 0));
    }
}
