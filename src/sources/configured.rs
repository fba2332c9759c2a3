//! Which sources a process asks: what the configuration chose, with its credentials.

use std::sync::Arc;

use super::{
    BestSellers, Categories, Listings, Sources, catalogue::Catalogue, ebay::Ebay, oxylabs::Oxylabs,
    rainforest::Rainforest,
};
use crate::{
    clock::Clock,
    config::{BestSellersSource, Config, ListingsSource, Secret},
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

    /// The same with a clock of one's own, by which tokens end, quotas are filled up and failing providers tried again.
    ///
    /// # Errors
    /// As [`from_config`](Self::from_config).
    pub fn with_clock(config: &Config, clock: &Clock) -> Result<Self> {
        let categories = Arc::new(Categories::load(config.categories_file.as_deref())?);
        let catalogue = Arc::new(Catalogue::from_config(config, Arc::clone(&categories))?);
        let best_sellers: Arc<dyn BestSellers> = match config.best_sellers {
            BestSellersSource::Catalogue => Arc::clone(&catalogue) as _,
            BestSellersSource::Oxylabs => {
                let credentials =
                    [("oxylabs_username", &config.oxylabs_username), ("oxylabs_password", &config.oxylabs_password)];
                let [username, password] = complete("best_sellers = oxylabs", credentials)?;
                Arc::new(Oxylabs::new(config, clock, username, password)?)
            }
            BestSellersSource::Rainforest => {
                let credentials = [("rainforest_api_key", &config.rainforest_api_key)];
                let [key] = complete("best_sellers = rainforest", credentials)?;
                Arc::new(Rainforest::new(config, clock, key)?)
            }
        };
        let listings: Arc<dyn Listings> = match config.listings {
            ListingsSource::Catalogue => catalogue,
            ListingsSource::Ebay => {
                let credentials =
                    [("ebay_client_id", &config.ebay_client_id), ("ebay_client_secret", &config.ebay_client_secret)];
                let [id, secret] = complete("listings = ebay", credentials)?;
                Arc::new(Ebay::new(config, clock, id, secret)?)
            }
        };
        Ok(Self { best_sellers, listings, categories })
    }
}

/// The credentials that a choice needs, none of them empty.
fn complete<const N: usize>(choice: &str, credentials: [(&str, &Option<Secret>); N]) -> Result<[Secret; N]> {
    let is_missing = |secret: &Option<Secret>| secret.as_ref().is_none_or(|secret| secret.expose().trim().is_empty());
    let missing: Vec<String> =
        credentials.iter().filter(|(_, secret)| is_missing(secret)).map(|(key, _)| format!("`{key}`")).collect();
    if !missing.is_empty() {
        return Err(Error::bad_input("CONFIG", format!("`{choice}` needs {}", missing.join(" and "))));
    }
    Ok(credentials.map(|(_, secret)| secret.clone().unwrap_or_else(|| Secret::new(""))))
}
