//! Which sources a process asks: what the configuration chose, with its credentials.

use std::sync::Arc;

use super::{BestSellers, Categories, Listings, Sources, catalogue::Catalogue};
use crate::{
    clock::Clock,
    config::{BestSellersSource, Config, ListingsSource},
    error::{Error, Result},
};

impl Sources {
    /// The sources as configured.
    ///
    /// # Errors
    /// `CONFIG` when a provider was chosen without its credentials, or a file cannot be used.
    pub fn from_config(config: &Config) -> Result<Self> {
        Self::with_clock(config, &Clock::system())
    }

    /// The same, with the clock that says when a quota is filled up again.
    ///
    /// # Errors
    /// As [`from_config`](Self::from_config).
    pub fn with_clock(config: &Config, _clock: &Clock) -> Result<Self> {
        let categories = Arc::new(Categories::load(config.categories_file.as_deref())?);
        let catalogue = Arc::new(Catalogue::from_config(config, Arc::clone(&categories))?);
        let best_sellers: Arc<dyn BestSellers> = match config.best_sellers {
            BestSellersSource::Catalogue => Arc::clone(&catalogue) as _,
            BestSellersSource::Oxylabs | BestSellersSource::Rainforest => return Err(missing()),
        };
        let listings: Arc<dyn Listings> = match config.listings {
            ListingsSource::Catalogue => catalogue,
            ListingsSource::Ebay => return Err(missing()),
        };
        Ok(Self { best_sellers, listings, categories })
    }
}

fn missing() -> Error {
    Error::bad_input("CONFIG", "this source is not there yet")
}
