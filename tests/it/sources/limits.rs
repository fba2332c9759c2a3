//! No more calls than are paid for, than the pace allows, or than a failing provider can take; and no secret told.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures::future::join_all;
use sellerbook::sources::Prices;

use super::*;
use crate::{
    log,
    marketplace::{Endpoint, amazon, ebay, faults::Fault as Way},
};

#[tokio::test]
async fn a_cap_holds_to_the_call_retries_included() {
    let shop = Shop::open(offers(2, "Thing")).await;
    shop.market.fail_next(Endpoint::Search, &[Way::Status(503); 3]);
    let purse = capped(Some(2));
    let found = shop.sources.listings.search(&product("Thing", 1_000), &SearchSettings::default(), &purse).await;
    assert_eq!(found.unwrap_err(), Refusal::OutOfCalls);
    assert_eq!(shop.market.calls(Endpoint::Search), 2);
    let budget = Budget::new(Prices::default(), None, Some(25_000), Spent::default());
    let cents = budget.purse();
    shop.market.fail_next(Endpoint::Rainforest, &[Way::Status(503); 3]);
    let page = shop.sources.best_sellers.page(&category(), 1, &cents).await;
    assert_eq!(page.unwrap_err(), Refusal::OutOfMoney);
    assert_eq!((budget.spent().calls, shop.market.calls(Endpoint::Rainforest)), (2, 2));
}

#[tokio::test]
async fn calls_keep_to_the_pace() {
    let shop = Shop::with(offers(2, "Thing"), |config| config.ebay_requests_per_second = 20.0).await;
    let (product, begun) = (product("Thing", 1_000), Instant::now());
    join_all((0..5).map(|_| shop.search(&product))).await;
    // The token and five searches: five distances.
    assert!(begun.elapsed() >= Duration::from_millis(250), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_provider_that_is_dead_is_left_alone_and_found_again() {
    let shop = Shop::open(offers(2, "Thing")).await;
    let product = product("Thing", 1_000);
    shop.search(&product).await.unwrap();
    shop.market.dead(Endpoint::Search, true);
    for _ in 0..5 {
        assert_eq!(fault(shop.search(&product).await).kind, FaultKind::Timeout);
    }
    assert_eq!(shop.market.calls(Endpoint::Search), 1 + 10, "ten failures are enough");
    let purse = purse();
    let left = fault(shop.sources.listings.search(&product, &SearchSettings::default(), &purse).await);
    assert_eq!((left.kind, spent(purse).0), (FaultKind::Timeout, 0));
    let until = left.until.unwrap();
    assert_eq!(until, shop.clock.now() + TimeDelta::milliseconds(20));
    shop.clock.set(until);
    assert_eq!(fault(shop.search(&product).await).kind, FaultKind::Timeout);
    assert_eq!(shop.market.calls(Endpoint::Search), 1 + 11, "one tries");
    shop.market.dead(Endpoint::Search, false);
    shop.clock.set(until + TimeDelta::seconds(1));
    assert_eq!(shop.search(&product).await.unwrap().listings.len(), 2);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_nothing_behind() {
    let shop = Shop::open(offers(2, "Thing")).await;
    let product = product("Thing", 1_000);
    shop.market.fail_next(Endpoint::Token, &[Way::Silence]);
    shop.market.fail_next(Endpoint::Search, &[Way::Silence]);
    for _ in 0..2 {
        let dropped = tokio::time::timeout(Duration::from_millis(300), shop.search(&product)).await;
        assert!(dropped.is_err());
    }
    assert_eq!(shop.search(&product).await.unwrap().listings.len(), 2);
}

#[tokio::test]
async fn no_secret_is_told() {
    log::keep_all();
    let secrets = [amazon::OXYLABS_PASSWORD, amazon::RAINFOREST_KEY, "RF-K3Y", ebay::CLIENT_SECRET, "s3cret-token"];
    let mut told = String::new();
    for is_oxylabs in [false, true] {
        let shop = Shop::with(offers(2, "Thing"), |config| {
            if is_oxylabs {
                oxylabs(config);
            }
            told.push_str(&format!("{config:?}"));
        })
        .await;
        told.push_str(&format!("{:?}", shop.sources));
        for way in [Way::Status(400), Way::Status(500), Way::Reset, Way::CutBody, Way::CutJson, Way::NotAsAsked] {
            for endpoint in [Endpoint::Oxylabs, Endpoint::Rainforest, Endpoint::Search, Endpoint::Token] {
                if (endpoint, way) != (Endpoint::Token, Way::NotAsAsked) {
                    shop.market.fail_next(endpoint, &[way; 4]);
                }
            }
            let purse = purse();
            let page = shop.sources.best_sellers.page(&category(), 1, &purse).await;
            told.push_str(&format!("{page:?}"));
            for _ in 0..3 {
                told.push_str(&format!("{:?}", shop.search(&product("Thing", 1_000)).await));
            }
            told.push_str(&format!("{:?}", purse.empty()));
        }
    }
    told.push_str(&log::all());
    for secret in secrets {
        assert!(!told.contains(secret), "{secret}");
    }
    assert!(!told.contains('\u{1b}') && told.contains("eBay"), "their words are cleaned");
}
