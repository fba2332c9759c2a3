//! Stands in for the sources until they are there.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::{
    error::Result,
    sources::{
        BestSellers, Categories, Category, Fault, Found, Listings, Product, ProductPage, Provider, Purse, Refusal,
        SearchSettings, Size, Sources,
    },
};

struct Nothing;

impl BestSellers for Nothing {
    fn provider(&self) -> Provider {
        Provider::Catalogue
    }

    fn page<'a>(&'a self, _: &'a Category, _: u32, _: &'a Purse) -> BoxFuture<'a, Result<ProductPage, Refusal>> {
        Box::pin(async { Ok(ProductPage::default()) })
    }

    fn size(&self, _: &Category) -> Size {
        Size { products: 50, calls: 1 }
    }

    fn call_ms(&self) -> u64 {
        40
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
}

impl Listings for Nothing {
    fn provider(&self) -> Provider {
        Provider::Catalogue
    }

    fn search<'a>(
        &'a self,
        _: &'a Product,
        _: &'a SearchSettings,
        _: &'a Purse,
    ) -> BoxFuture<'a, Result<Found, Refusal>> {
        Box::pin(async { Ok(Found::default()) })
    }

    fn calls_per_product(&self, _: &SearchSettings) -> f64 {
        1.0
    }

    fn call_ms(&self) -> u64 {
        40
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
}

/// Sources without anything.
pub fn sources() -> Result<Sources> {
    Ok(Sources {
        best_sellers: Arc::new(Nothing),
        listings: Arc::new(Nothing),
        categories: Arc::new(Categories::load(None)?),
    })
}
