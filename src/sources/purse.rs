//! What a run may spend, and what it spent: calls and money, held to the call.
//!
//! Not here: where the counts are kept between processes (`collection`). What a reader would get wrong: a [`Budget`] is
//! shared by all workers of a run, a [`Purse`] belongs to one item, and what was paid is never given back, whether or not
//! the call succeeded.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::{FaultKind, Provider, Refusal};

/// What a call costs, by provider, in millionths of a US dollar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prices(pub BTreeMap<Provider, i64>);

impl Default for Prices {
    /// List prices of the smallest plans in November 2026; the catalogue and eBay's calls cost nothing.
    fn default() -> Self {
        Self(BTreeMap::from([(Provider::Oxylabs, 2_800), (Provider::Rainforest, 10_000)]))
    }
}

impl Prices {
    /// What a call costs, in millionths of a US dollar.
    #[must_use]
    pub fn of(&self, provider: Provider) -> i64 {
        self.0.get(&provider).copied().unwrap_or_default()
    }
}

/// Calls and their cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls made, retries included.
    pub calls: i32,
    /// What they cost, in millionths of a US dollar.
    pub cost_micros: i64,
}

/// What a run may still spend. Cheap to clone; all clones spend the same.
#[derive(Clone, Debug)]
pub struct Budget {
    prices: Arc<Prices>,
    max: (Option<i32>, Option<i64>),
    spent: Arc<Mutex<Spent>>,
}

impl Budget {
    /// The budget of a run that has spent something already.
    #[must_use]
    pub fn new(prices: Prices, max_calls: Option<i32>, max_cost_micros: Option<i64>, spent: Spent) -> Self {
        Self { prices: Arc::new(prices), max: (max_calls, max_cost_micros), spent: Arc::new(Mutex::new(spent)) }
    }

    /// What has been spent.
    #[must_use]
    pub fn spent(&self) -> Spent {
        *self.lock()
    }

    /// An empty purse for one item.
    #[must_use]
    pub fn purse(&self) -> Purse {
        Purse { budget: self.clone(), own: Arc::default() }
    }

    fn pay(&self, provider: Provider) -> Result<i64, Refusal> {
        let price = self.prices.of(provider);
        let mut spent = self.lock();
        if self.max.0.is_some_and(|max| spent.calls >= max) {
            return Err(Refusal::OutOfCalls);
        }
        if self.max.1.is_some_and(|max| spent.cost_micros + price > max) {
            return Err(Refusal::OutOfMoney);
        }
        spent.calls += 1;
        spent.cost_micros += price;
        Ok(price)
    }

    fn lock(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something that happened on the way to an answer, for the activity of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Why a call was made again.
    pub kind: FaultKind,
    /// Which try failed, from 1.
    pub attempt: i32,
    /// In words, without secrets.
    pub message: String,
}

/// What one item spends, and what happens on its way.
#[derive(Clone, Debug)]
pub struct Purse {
    budget: Budget,
    own: Arc<Mutex<(Spent, Vec<Note>)>>,
}

impl Purse {
    /// Pays for one call, before it is made.
    ///
    /// # Errors
    /// When the run may make no further call, or may not spend what it costs.
    pub fn pay(&self, provider: Provider) -> Result<(), Refusal> {
        let price = self.budget.pay(provider)?;
        let mut own = self.lock();
        own.0.calls += 1;
        own.0.cost_micros += price;
        Ok(())
    }

    /// Notes that a call failed and will be made again.
    pub fn note(&self, note: Note) {
        self.lock().1.push(note);
    }

    /// What was spent, and what happened.
    #[must_use]
    pub fn empty(self) -> (Spent, Vec<Note>) {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, (Spent, Vec<Note>)> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
