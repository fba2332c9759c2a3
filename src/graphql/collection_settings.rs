//! The settings of collection in the schema, and changing them.

use async_graphql::{Enum, InputObject, MaybeUndefined, SimpleObject};

use super::{
    change::payload,
    scalar::{Cents, small},
    user_error::user_error,
};
use crate::{
    collection::{self, SettingsChange},
    sources::{self, Prices},
};

/// Who is asked for best sellers or listings.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sources::Provider")]
pub enum CollectionProvider {
    /// The marketplace inside the product.
    Catalogue,
    /// Oxylabs, for Amazon's best sellers.
    Oxylabs,
    /// Rainforest, for Amazon's best sellers.
    Rainforest,
    /// eBay's Browse API, for listings.
    Ebay,
}

/// What a call costs.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct CallPrice {
    /// Who is asked.
    provider: CollectionProvider,
    /// The price of one call, in millionths of a US dollar: 10,000 are a cent.
    micros: i32,
}

/// Within which limits the organisation collects.
#[derive(Clone, Debug, SimpleObject)]
pub struct CollectionSettings {
    /// Runs that may be active at the same time, 1 to 20.
    max_active_runs: i32,
    /// Workers of a run, 1 to 20.
    workers: i32,
    /// Most that one run may cost; null for no limit.
    max_cost_cents: Option<Cents>,
    /// What a call costs, for each provider.
    prices: Vec<CallPrice>,
    /// Names and ids of sellers that runs leave out, as they were written.
    block_list: Vec<String>,
}

impl From<collection::CollectionSettings> for CollectionSettings {
    fn from(settings: collection::CollectionSettings) -> Self {
        Self {
            max_active_runs: settings.max_active_runs,
            workers: settings.workers,
            max_cost_cents: settings.max_cost_cents.map(Cents),
            prices: prices(&settings.prices),
            block_list: settings.blocked,
        }
    }
}

fn prices(prices: &Prices) -> Vec<CallPrice> {
    let price =
        |provider| CallPrice { provider: CollectionProvider::from(provider), micros: small(prices.of(provider)) };
    sources::Provider::ALL.into_iter().map(price).collect()
}

/// What a call to a provider costs from now on.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct CallPriceInput {
    /// Who is asked.
    provider: CollectionProvider,
    /// The price of one call, in millionths of a US dollar: 10,000 are a cent. 0 to 1,000,000,000.
    micros: i32,
}

/// What to change. What is absent stays as it is. Runs that have been started keep their workers, prices and limits.
#[derive(Debug, InputObject)]
pub struct UpdateCollectionSettingsInput {
    /// Runs that may be active at the same time, 1 to 20.
    max_active_runs: Option<i32>,
    /// Workers of a run, 1 to 20.
    workers: Option<i32>,
    /// Most that one run may cost; null for no limit.
    max_cost_cents: MaybeUndefined<Cents>,
    /// What calls cost. Of providers that are not named it stays.
    prices: Option<Vec<CallPriceInput>>,
    /// Names and ids of sellers that runs leave out, in place of all there were; at most 10,000 of 1,000 characters.
    block_list: Option<Vec<String>>,
}

impl From<UpdateCollectionSettingsInput> for SettingsChange {
    fn from(input: UpdateCollectionSettingsInput) -> Self {
        let max_cost_cents = match input.max_cost_cents {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(cents) => Some(Some(cents.0)),
        };
        let prices = input.prices.unwrap_or_default();
        Self {
            max_active_runs: input.max_active_runs,
            workers: input.workers,
            max_cost_cents,
            prices: prices.into_iter().map(|price| (price.provider.into(), price.micros.into())).collect(),
            blocked: input.block_list,
        }
    }
}

user_error!(
    /// Why the settings were not changed.
    UpdateCollectionSettingsError,
    /// Refusals of `updateCollectionSettings`.
    UpdateCollectionSettingsErrorCode {
        /// A number is outside its limits.
        InvalidLimit = "INVALID_LIMIT" at None,
        /// A call cannot cost so much.
        InvalidPrice = "INVALID_PRICE" at Some(&["prices"]),
        /// The block list is too long.
        TooManyNames = "TOO_MANY_NAMES" at Some(&["blockList"]),
        /// A name is empty, too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at Some(&["blockList"]),
    }
);

payload!(
    UpdateCollectionSettingsPayload,
    UpdateCollectionSettingsError,
    "What `updateCollectionSettings` did.",
    collection_settings: CollectionSettings,
    "The settings as they are now; null when they were not changed."
);
