//! A marketplace that does what a test says.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::{FutureExt, future::BoxFuture};
use sellerbook::sources::{
    BestSellers, Category, Fault, FaultKind, Found, ListedSeller, Listing, Listings, Price, Product, ProductPage,
    Provider, Purse, Refusal, Rung, SearchSettings, Size, Sources,
};
use tokio::sync::Semaphore;

use crate::TestApp;

/// What is asked of the marketplace, and what it answers.
#[derive(Clone)]
pub struct Script(Arc<State>);

struct State {
    /// Titles of the products of every category, the same everywhere unless they begin with `{category}`.
    products: Vec<String>,
    /// Sellers of the products by title; of others, one named after the product.
    sellers: Mutex<HashMap<String, Vec<ListedSeller>>>,
    /// What happens in place of an answer, by title.
    refusals: Mutex<HashMap<String, Refusal>>,
    /// What happens in place of any answer about listings.
    refusal: Mutex<Option<Refusal>>,
    asked: Mutex<Vec<String>>,
    /// Searches wait for one of these.
    turns: Semaphore,
    waiting: AtomicUsize,
}

/// A failure of a provider.
pub fn fault(kind: FaultKind) -> Refusal {
    Refusal::Fault(Fault { provider: Provider::Ebay, kind, message: "it failed".to_owned(), until: None })
}

/// A seller by name and, where known, platform id.
pub fn seller(name: &str, platform_id: Option<&str>) -> ListedSeller {
    ListedSeller {
        name: name.to_owned(),
        platform_id: platform_id.map(str::to_owned),
        feedback_percent: Some(99.5),
        feedback_count: Some(10),
    }
}

impl Script {
    /// A marketplace with so many products in every category, which answers at once.
    pub fn new(products: usize) -> Self {
        let state = State {
            products: (0..products).map(|number| format!("product {number:03}")).collect(),
            sellers: Mutex::default(),
            refusals: Mutex::default(),
            refusal: Mutex::default(),
            asked: Mutex::default(),
            turns: Semaphore::new(Semaphore::MAX_PERMITS),
            waiting: AtomicUsize::new(0),
        };
        Self(Arc::new(state))
    }

    /// Puts it in the place of the marketplace of a test.
    pub fn install(&self, app: &mut TestApp) {
        app.with_sources(Sources {
            best_sellers: Arc::new(self.clone()),
            listings: Arc::new(self.clone()),
            categories: Arc::clone(&app.app.sources.categories),
        });
    }

    /// Who sells a product from now on.
    pub fn sells(&self, product: &str, sellers: &[ListedSeller]) {
        self.0.sellers.lock().unwrap().insert(product.to_owned(), sellers.to_vec());
    }

    /// What happens in place of an answer about a product.
    pub fn refuses(&self, product: &str, refusal: Option<Refusal>) {
        let mut refusals = self.0.refusals.lock().unwrap();
        match refusal {
            Some(refusal) => refusals.insert(product.to_owned(), refusal),
            None => refusals.remove(product),
        };
    }

    /// What happens in place of any answer about listings.
    pub fn refuses_all(&self, refusal: Option<Refusal>) {
        *self.0.refusal.lock().unwrap() = refusal;
    }

    /// Titles of the products that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.0.asked.lock().unwrap().clone()
    }

    /// From now on searches wait until they are let go.
    pub fn hold(&self) {
        self.0.turns.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// Lets so many searches go.
    pub fn let_go(&self, searches: usize) {
        self.0.turns.add_permits(searches);
    }

    /// Searches that wait.
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::SeqCst)
    }

    async fn answer(&self, product: &Product, purse: &Purse) -> Result<Found, Refusal> {
        self.0.asked.lock().unwrap().push(product.title.clone());
        purse.pay(Provider::Ebay)?;
        self.0.waiting.fetch_add(1, Ordering::SeqCst);
        let turn = self.0.turns.acquire().await.unwrap();
        turn.forget();
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
        let refusal = self.0.refusal.lock().unwrap().clone();
        let refusal = refusal.or_else(|| self.0.refusals.lock().unwrap().get(&product.title).cloned());
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        let sellers = self.0.sellers.lock().unwrap().get(&product.title).cloned();
        let sellers = sellers.unwrap_or_else(|| vec![seller(&format!("seller of {}", product.title), None)]);
        let listings = sellers.into_iter().enumerate().map(|(number, seller)| Listing {
            id: format!("{} {number}", product.asin),
            title: product.title.clone(),
            price: Price { cents: 2_000, currency: "USD".to_owned() },
            url: None,
            seller,
        });
        Ok(Found { rung: Some(Rung::Words), listings: listings.collect() })
    }
}

impl BestSellers for Script {
    fn provider(&self) -> Provider {
        Provider::Oxylabs
    }

    fn page<'a>(&'a self, _: &'a Category, _: u32, purse: &'a Purse) -> BoxFuture<'a, Result<ProductPage, Refusal>> {
        async {
            purse.pay(Provider::Oxylabs)?;
            let product = |(rank, title): (usize, &String)| Product {
                asin: format!("B{rank:09}"),
                title: title.clone(),
                price: Some(Price { cents: 1_000, currency: "USD".to_owned() }),
                rank: i32::try_from(rank).ok(),
                url: None,
                gtin: None,
                brand: None,
                model: None,
            };
            Ok(ProductPage { products: self.0.products.iter().enumerate().map(product).collect(), has_next: false })
        }
        .boxed()
    }

    fn size(&self, _: &Category) -> Size {
        Size { products: u32::try_from(self.0.products.len()).unwrap(), calls: 1 }
    }

    fn call_ms(&self) -> u64 {
        1
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }
}

impl Listings for Script {
    fn provider(&self) -> Provider {
        Provider::Ebay
    }

    fn search<'a>(
        &'a self,
        product: &'a Product,
        _: &'a SearchSettings,
        purse: &'a Purse,
    ) -> BoxFuture<'a, Result<Found, Refusal>> {
        self.answer(product, purse).boxed()
    }

    fn calls_per_product(&self, _: &SearchSettings) -> f64 {
        1.0
    }

    fn call_ms(&self) -> u64 {
        1
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }
}
