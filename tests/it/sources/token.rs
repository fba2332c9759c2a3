//! eBay's token: one for all workers, renewed before it ends, and once when it is refused.

use chrono::TimeDelta;
use futures::future::join_all;

use super::*;
use crate::marketplace::{Endpoint, faults::Fault as Way};

async fn five_at_once(shop: &Shop) -> Vec<Result<usize, FaultKind>> {
    let product = product("Thing", 1_000);
    let found = join_all((0..5).map(|_| shop.search(&product))).await;
    let short = |found: Result<sellerbook::sources::Found, Refusal>| match found {
        Ok(found) => Ok(found.listings.len()),
        refused => Err(fault(refused).kind),
    };
    found.into_iter().map(short).collect()
}

#[tokio::test]
async fn five_workers_share_one_token_until_five_minutes_before_its_end() {
    let shop = Shop::open(offers(2, "Thing")).await;
    let begun = shop.clock.now();
    for (seconds, tokens) in [(0, 1), (6_899, 1), (6_900, 2), (6_900 * 2 - 1, 2), (6_900 * 2, 3)] {
        shop.clock.set(begun + TimeDelta::seconds(seconds));
        assert_eq!(five_at_once(&shop).await, [Ok(2); 5]);
        assert_eq!(shop.market.calls(Endpoint::Token), tokens, "after {seconds} seconds");
    }
    assert_eq!(shop.market.calls(Endpoint::Search), 25);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once_for_all() {
    let shop = Shop::open(offers(2, "Thing")).await;
    five_at_once(&shop).await;
    shop.market.revoke_tokens();
    assert_eq!(five_at_once(&shop).await, [Ok(2); 5]);
    assert_eq!(shop.market.calls(Endpoint::Token), 2);
    // Refused again at once, it is the credentials.
    let purse = purse();
    shop.market.fail_next(Endpoint::Search, &[Way::Status(401); 2]);
    let refused = shop.sources.listings.search(&product("Thing", 1_000), &SearchSettings::default(), &purse).await;
    assert_eq!(fault(refused).kind, FaultKind::Unauthorized);
    assert_eq!(spent(purse), (2, vec![FaultKind::Unauthorized]));
}

#[tokio::test]
async fn a_token_costs_nothing_and_five_workers_hear_of_one_failure() {
    let shop = Shop::open(offers(2, "Thing")).await;
    shop.market.fail_next(Endpoint::Token, &[Way::Status(503); 3]);
    assert_eq!(five_at_once(&shop).await, [Err(FaultKind::ServerError); 5]);
    assert_eq!((shop.market.calls(Endpoint::Token), shop.market.calls(Endpoint::Search)), (3, 0));
    let purse = purse();
    let found = shop.sources.listings.search(&product("Thing", 1_000), &SearchSettings::default(), &purse).await;
    assert_eq!((found.unwrap().listings.len(), spent(purse).0), (2, 1));
}

#[tokio::test]
async fn credentials_that_do_not_hold_are_said_to_be_that() {
    let wrong = |config: &mut Config| config.ebay_client_secret = Some(sellerbook::config::Secret::new("wrong"));
    let shop = Shop::with(offers(2, "Thing"), wrong).await;
    assert_eq!(five_at_once(&shop).await, [Err(FaultKind::Unauthorized); 5]);
    assert_eq!((shop.market.calls(Endpoint::Token), shop.market.calls(Endpoint::Search)), (1, 0));
    assert_eq!(shop.sources.listings.check().await.unwrap_err().kind, FaultKind::Unauthorized);
}
