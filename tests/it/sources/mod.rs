//! The sources through `Sources::from_config`, against a marketplace on this machine that holds them to its contracts.

mod command;
mod contracts;
mod faults;
mod limits;
mod together;
mod token;

use sellerbook::{
    clock::Clock,
    config::{BestSellersSource, Config},
    sources::{
        Budget, Category, Fault, FaultKind, Note, Price, Prices, Product, Purse, Refusal, SearchSettings, Sources,
        Spent,
    },
};

use crate::marketplace::{
    Marketplace,
    goods::{Goods, Offer, Thing, seller},
};

/// The node of everything that these tests sell.
const NODE: &str = "3741261";

/// A marketplace, the sources that ask it, and the clock they go by.
struct Shop {
    market: Marketplace,
    sources: Sources,
    clock: Clock,
}

impl Shop {
    async fn open(goods: Goods) -> Self {
        Self::with(goods, |_| ()).await
    }

    async fn with(goods: Goods, change: impl FnOnce(&mut Config)) -> Self {
        let market = Marketplace::open(goods).await;
        let clock = Clock::fixed(crate::app::NOW.parse().unwrap());
        let mut config = market.config(Config::default());
        change(&mut config);
        let sources = Sources::with_clock(&config, &clock).unwrap();
        Self { market, sources, clock }
    }

    async fn search(&self, product: &Product) -> Result<sellerbook::sources::Found, Refusal> {
        self.sources.listings.search(product, &SearchSettings::default(), &purse()).await
    }
}

fn oxylabs(config: &mut Config) {
    config.best_sellers = BestSellersSource::Oxylabs;
}

/// One that never runs out.
fn purse() -> Purse {
    capped(None)
}

fn capped(max_calls: Option<i32>) -> Purse {
    Budget::new(Prices::default(), max_calls, None, Spent::default()).purse()
}

/// What was paid, and what was tried again.
fn spent(purse: Purse) -> (i32, Vec<FaultKind>) {
    let (spent, notes) = purse.empty();
    (spent.calls, notes.iter().map(|note: &Note| note.kind).collect())
}

fn category() -> Category {
    category_of(NODE)
}

fn category_of(node: &str) -> Category {
    let own = |text: &str| text.to_owned();
    Category { id: own("c"), name: own("C"), node: own(node), department_id: own("d") }
}

fn thing(number: usize, cents: Option<i64>) -> Thing {
    Thing { asin: format!("B0{number:08}"), title: format!("Thing {number}, \"wide\" – ü"), cents }
}

/// For which `offer`s are looked.
fn product(title: &str, cents: i64) -> Product {
    Product {
        asin: "B000000001".to_owned(),
        title: title.to_owned(),
        price: Some(Price { cents, currency: "USD".to_owned() }),
        rank: None,
        url: None,
        gtin: None,
        brand: None,
        model: None,
    }
}

/// A listing that the default settings want for a product of 10 dollars.
fn offer(number: usize, title: &str) -> Offer {
    Offer {
        id: format!("v1|{number}|0"),
        title: title.to_owned(),
        gtin: None,
        cents: 2_000,
        condition: 1000,
        shipping_cents: 0,
        country: "US",
        seller: seller(number),
    }
}

/// So many of them.
fn offers(count: usize, title: &str) -> Goods {
    (1..=count).fold(Goods::default(), |goods, number| goods.offer(offer(number, title)))
}

#[track_caller]
fn fault<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Fault {
    match result.unwrap_err() {
        Refusal::Fault(fault) => fault,
        refusal => panic!("{refusal:?}"),
    }
}
