//! How far a run is, how fast it goes and what it has cost: worked out from its row, stored nowhere.
//!
//! What a reader would get wrong: a run has two phases, and each is counted from nothing. While best sellers are read,
//! categories are counted, since nobody knows yet how many products there will be; then products are. Within a phase a
//! share never goes back, but for failures that are tried again.

use chrono::TimeDelta;

use super::{CollectionPhase, CollectionRun, CollectionRunStatus};
use crate::{
    progress::{rate, seconds, share},
    sources::{Prices, Provider},
};

/// Millionths of a US dollar in a cent.
pub(super) const MICROS_OF_A_CENT: i64 = 10_000;

/// The pace of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Share of its phase that is done, 0 to 100; 100 once it is complete.
    pub percent: f64,
    /// Products a minute since it last began or went on; none before there is anything to tell.
    pub products_per_minute: Option<f64>,
    /// Seconds to the end at this pace; none when it does not search products just now.
    pub eta_seconds: Option<i64>,
    /// Seconds since it first began, to its end or last change; none before.
    pub duration_seconds: Option<i64>,
    /// What its calls cost, US cents, half a cent rounded up.
    pub cost_cents: i64,
}

/// The calls of a run to one provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderCalls {
    /// Who was asked.
    pub provider: Provider,
    /// How often.
    pub calls: i32,
    /// What that cost, US cents, half a cent rounded up.
    pub cost_cents: i64,
}

impl Pace {
    /// The pace of a run, as of its last change.
    #[must_use]
    pub fn of(run: &CollectionRun) -> Self {
        let paced = i64::from(run.products_done - run.paced_done);
        let per_second = run.paced_at.and_then(|from| rate(paced, from, run.updated_at));
        let left = (run.products_total - run.products_done).max(0);
        let searches = run.status == CollectionRunStatus::Running && run.phase == Some(CollectionPhase::Listings);
        let until = run.completed_at.unwrap_or(run.updated_at);
        Self {
            percent: percent(run),
            products_per_minute: per_second.map(|rate| rate * 60.0),
            eta_seconds: per_second.filter(|_| searches).map(|rate| seconds(left.into(), rate)),
            duration_seconds: run.started_at.map(|from| (until - from).max(TimeDelta::zero()).num_seconds()),
            cost_cents: cents(run.cost_micros),
        }
    }
}

impl ProviderCalls {
    /// The calls of a run by provider; one entry when the same one is asked for everything.
    #[must_use]
    pub fn of(run: &CollectionRun) -> Vec<Self> {
        let prices: Prices = serde_json::from_str(&run.prices).unwrap_or_default();
        let mut calls: Vec<(Provider, i32)> = Vec::new();
        for (name, more) in
            [(&run.best_sellers_provider, run.best_sellers_calls), (&run.listings_provider, run.listings_calls)]
        {
            let Some(provider) = provider(name) else { continue };
            match calls.iter_mut().find(|(known, _)| *known == provider) {
                Some((_, calls)) => *calls += more,
                None => calls.push((provider, more)),
            }
        }
        let with_cost = |(provider, calls)| Self {
            provider,
            calls,
            cost_cents: cents(i64::from(calls).saturating_mul(prices.of(provider))),
        };
        calls.into_iter().map(with_cost).collect()
    }
}

/// The provider of a stored name.
#[must_use]
pub fn provider(name: &str) -> Option<Provider> {
    Provider::ALL.into_iter().find(|provider| provider.name() == name)
}

/// Whole US cents, half a cent rounded up.
#[must_use]
pub fn cents(micros: i64) -> i64 {
    micros.saturating_add(MICROS_OF_A_CENT / 2).div_euclid(MICROS_OF_A_CENT)
}

fn percent(run: &CollectionRun) -> f64 {
    let (done, total) = match (run.status, run.phase) {
        (CollectionRunStatus::Completed, _) => return 100.0,
        (_, None) => return 0.0,
        (_, Some(CollectionPhase::BestSellers)) => (run.categories_done, run.categories_total),
        (_, Some(CollectionPhase::Listings)) => (run.products_done, run.products_total),
    };
    share(done.into(), total.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_cent_is_a_cent() {
        assert_eq!([0, 4_999, 5_000, 14_999, 15_000].map(cents), [0, 0, 1, 1, 2]);
    }

    #[test]
    fn providers_are_known_by_their_names() {
        assert!(Provider::ALL.into_iter().all(|known| provider(known.name()) == Some(known)));
        assert_eq!(provider("x"), None);
    }
}
