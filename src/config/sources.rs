//! The settings of sources: which there are to choose from, and what their values must be.

use serde::Deserialize;

use super::{Config, refused};
use crate::error::Result;

/// Where best sellers are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BestSellersSource {
    /// The marketplace inside the product.
    Catalogue,
    /// Amazon's, through Oxylabs.
    Oxylabs,
    /// Amazon's, through Rainforest.
    Rainforest,
}

/// Where listings are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListingsSource {
    /// The marketplace inside the product.
    Catalogue,
    /// eBay's, through its Browse API.
    Ebay,
}

impl Config {
    pub(super) fn check_sources(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.catalogue_fault_rate) {
            return Err(refused("`catalogue_fault_rate` must be from 0 to 1"));
        }
        let urls = [
            ("oxylabs_url", &self.oxylabs_url),
            ("rainforest_url", &self.rainforest_url),
            ("ebay_url", &self.ebay_url),
        ];
        if let Some((key, _)) = urls.iter().find(|(_, url)| !is_web(url)) {
            return Err(refused(format!("`{key}` must begin with https:// or http://")));
        }
        let rates = [
            ("oxylabs_requests_per_second", self.oxylabs_requests_per_second),
            ("rainforest_requests_per_second", self.rainforest_requests_per_second),
            ("ebay_requests_per_second", self.ebay_requests_per_second),
        ];
        match rates.iter().find(|(_, rate)| !(0.001..=1_000_000.0).contains(rate)) {
            Some((key, _)) => Err(refused(format!("`{key}` must be from 0.001 to 1000000"))),
            None => Ok(()),
        }
    }
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(key: &str, value: &str) -> Result<Config> {
        Config::load(None, [], [(key.to_owned(), value.to_owned())])
    }

    #[test]
    fn sources_are_chosen_by_name_and_numbers_are_looked_at() {
        assert_eq!(load("best_sellers", "rainforest").unwrap().best_sellers, BestSellersSource::Rainforest);
        assert_eq!(load("listings", "ebay").unwrap().listings, ListingsSource::Ebay);
        assert!((load("catalogue_fault_rate", "0.25").unwrap().catalogue_fault_rate - 0.25).abs() < f64::EPSILON);
        assert_eq!(load("catalogue_latency_ms", "0").unwrap().catalogue_latency_ms, 0);
        for (key, value) in [
            ("best_sellers", "amazon"),
            ("listings", "Ebay"),
            ("catalogue_fault_rate", "1.1"),
            ("catalogue_fault_rate", "NaN"),
            ("ebay_requests_per_second", "0"),
            ("oxylabs_requests_per_second", "inf"),
            ("rainforest_url", "ftp://a.example"),
            ("source_timeout_seconds", "0"),
            ("source_retry_ms", "0"),
        ] {
            let error = load(key, value).unwrap_err();
            assert!(error.code() == "CONFIG" && error.to_string().contains(key), "{error}");
        }
    }

    #[test]
    fn credentials_are_text_and_are_not_shown() {
        for key in
            ["oxylabs_username", "oxylabs_password", "rainforest_api_key", "ebay_client_id", "ebay_client_secret"]
        {
            let config = load(key, "1234567").unwrap();
            assert!(!format!("{config:?}").contains("1234567"), "{key}");
        }
    }
}
