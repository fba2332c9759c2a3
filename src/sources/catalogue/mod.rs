//! The marketplace inside the product: best sellers and listings without an account or a network.
//!
//! Generated from a seed, the same on every machine, or read from a file of one's own; as slow and as faulty as configured.
//! 75 categories, 3,750 products, some 20,000 sellers. What a reader would get wrong: goods are as the seed says, faults
//! are not: which call fails is drawn anew each time, so that a further try may succeed.

mod dice;
mod file;
mod offers;
mod products;
mod sellers;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use rand::{Rng, seq::IndexedRandom};

use self::file::OwnFile;
use super::{
    BestSellers, Categories, Category, Fault, FaultKind, Found, Listings, Note, Product, ProductPage, Provider, Purse,
    Refusal, Rung, SearchSettings, Size,
};
use crate::{config::Config, error::Result};

/// As many as a page of the real ones has; a category with a guest or two is still one page.
const PAGE: usize = 60;
/// As with the real ones: a call and two more.
const TRIES: i32 = 3;
/// In which ways a call can fail that is worth another try.
const FAULTS: [FaultKind; 4] =
    [FaultKind::RateLimited, FaultKind::Timeout, FaultKind::ServerError, FaultKind::BadResponse];
/// Calls that the ladder takes on average: three of four products are found by the first.
const CALLS_PER_PRODUCT: f64 = 1.25;

/// Where the goods are from.
#[derive(Debug)]
enum Goods {
    Generated,
    Own(OwnFile),
}

/// The marketplace.
#[derive(Debug)]
pub(super) struct Catalogue {
    goods: Goods,
    categories: Arc<Categories>,
    latency: Duration,
    fault_rate: f64,
}

impl Catalogue {
    /// # Errors
    /// `CONFIG` when the file of one's own cannot be used.
    pub(super) fn from_config(config: &Config, categories: Arc<Categories>) -> Result<Self> {
        let goods = match &config.catalogue_file {
            Some(file) => Goods::Own(OwnFile::load(file, &categories)?),
            None => Goods::Generated,
        };
        let latency = Duration::from_millis(config.catalogue_latency_ms);
        Ok(Self { goods, categories, latency, fault_rate: config.catalogue_fault_rate })
    }

    /// A call that brings nothing but the time it takes, and perhaps a fault.
    async fn call(&self, purse: &Purse) -> Result<(), Refusal> {
        let mut attempt = 1;
        loop {
            purse.pay(Provider::Catalogue)?;
            self.wait(1).await;
            let Some(kind) = self.fault() else { return Ok(()) };
            let message = "the catalogue fails as often as `catalogue_fault_rate` says".to_owned();
            if attempt == TRIES {
                return Err(Refusal::Fault(Fault { provider: Provider::Catalogue, kind, message, until: None }));
            }
            purse.note(Note { kind, attempt, message });
            self.wait(1 << attempt).await;
            attempt += 1;
        }
    }

    async fn wait(&self, times: u32) {
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency * times).await;
        }
    }

    fn fault(&self) -> Option<FaultKind> {
        // Nothing is drawn where nothing can fail.
        if self.fault_rate <= 0.0 {
            return None;
        }
        let mut rng = rand::rng();
        if rng.random_bool(self.fault_rate.min(1.0)) { FAULTS.choose(&mut rng).copied() } else { None }
    }

    fn best_sellers(&self, category: &Category) -> Vec<Product> {
        match &self.goods {
            Goods::Generated => products::of(category, self.next_of(category)),
            Goods::Own(file) => file.products(&category.id).to_vec(),
        }
    }

    /// The category after this one in its department; after the last, the first.
    fn next_of(&self, category: &Category) -> Option<&Category> {
        let mut departments = self.categories.departments().iter();
        let department = departments.find(|department| department.id == category.department_id)?;
        let place = department.categories.iter().position(|other| other.id == category.id)?;
        let next = department.categories.get(place + 1).or(department.categories.first())?;
        (next.id != category.id).then_some(next)
    }

    async fn page_of(&self, category: &Category, page: u32, purse: &Purse) -> Result<ProductPage, Refusal> {
        self.call(purse).await?;
        let products = self.best_sellers(category);
        let before = usize::try_from(page.saturating_sub(1)).unwrap_or(usize::MAX).saturating_mul(PAGE);
        let has_next = products.len() > before.saturating_add(PAGE);
        Ok(ProductPage { products: products.into_iter().skip(before).take(PAGE).collect(), has_next })
    }

    async fn find(&self, product: &Product, settings: &SearchSettings, purse: &Purse) -> Result<Found, Refusal> {
        let Some(price) = &product.price else {
            return Err(Refusal::Fault(Fault {
                provider: Provider::Catalogue,
                kind: FaultKind::BadRequest,
                message: "a product without a price cannot be searched for".to_owned(),
                until: None,
            }));
        };
        let offers = match &self.goods {
            Goods::Generated => offers::of(product, price),
            Goods::Own(file) => file.offers(&product.asin),
        };
        for rung in ladder(product) {
            self.call(purse).await?;
            let found = offers.iter().filter(|offer| sureness(offer.found_by) <= sureness(rung)).cloned();
            let listings = offers::chosen(found.collect(), price, settings);
            if !listings.is_empty() {
                return Ok(Found { rung: Some(rung), listings });
            }
        }
        Ok(Found::default())
    }
}

/// The searches that can be made for a product, the surest first.
fn ladder(product: &Product) -> impl Iterator<Item = Rung> {
    let by_model = product.brand.is_some() && product.model.is_some();
    let rungs = [(Rung::Gtin, product.gtin.is_some()), (Rung::BrandModel, by_model), (Rung::Words, true)];
    rungs.into_iter().filter_map(|(rung, is_possible)| is_possible.then_some(rung))
}

fn sureness(rung: Rung) -> u8 {
    match rung {
        Rung::Gtin => 0,
        Rung::BrandModel => 1,
        Rung::Words => 2,
    }
}

impl BestSellers for Catalogue {
    fn provider(&self) -> Provider {
        Provider::Catalogue
    }

    fn page<'a>(
        &'a self,
        category: &'a Category,
        page: u32,
        purse: &'a Purse,
    ) -> BoxFuture<'a, Result<ProductPage, Refusal>> {
        Box::pin(self.page_of(category, page, purse))
    }

    fn size(&self, category: &Category) -> Size {
        match &self.goods {
            // Guests are counted where they are at home.
            Goods::Generated => Size { products: products::OWN, calls: 1 },
            Goods::Own(file) => {
                let products = file.products(&category.id).len();
                let pages = products.div_ceil(PAGE).max(1);
                let whole = |number| u32::try_from(number).unwrap_or(u32::MAX);
                Size { products: whole(products), calls: whole(pages) }
            }
        }
    }

    fn call_ms(&self) -> u64 {
        u64::try_from(self.latency.as_millis()).unwrap_or(u64::MAX)
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
}

impl Listings for Catalogue {
    fn provider(&self) -> Provider {
        Provider::Catalogue
    }

    fn search<'a>(
        &'a self,
        product: &'a Product,
        settings: &'a SearchSettings,
        purse: &'a Purse,
    ) -> BoxFuture<'a, Result<Found, Refusal>> {
        Box::pin(self.find(product, settings, purse))
    }

    fn calls_per_product(&self, _settings: &SearchSettings) -> f64 {
        CALLS_PER_PRODUCT
    }

    fn call_ms(&self) -> u64 {
        BestSellers::call_ms(self)
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        BestSellers::check(self)
    }
}

#[cfg(test)]
mod tests;
