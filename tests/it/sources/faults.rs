//! Every way to fail has its kind; what may pass is tried again, and every try is paid for and told.

use std::time::Duration;

use FaultKind::*;
use sellerbook::sources::Found;

use super::*;
use crate::marketplace::{Endpoint, faults::Fault as Way};

const PASSING: [(Way, FaultKind); 9] = [
    (Way::Status(500), ServerError),
    (Way::Status(524), ServerError),
    (Way::Status(612), ServerError),
    (Way::Status(613), ServerError),
    (Way::Status(503), ServerError),
    (Way::TooOften(0), RateLimited),
    (Way::Reset, Timeout),
    (Way::CutBody, Timeout),
    (Way::CutJson, BadResponse),
];
const LASTING: [(Way, FaultKind); 7] = [
    (Way::Status(400), BadRequest),
    (Way::Status(422), BadRequest),
    (Way::Status(403), Unauthorized),
    (Way::Status(404), NotFound),
    (Way::Status(402), QuotaExhausted),
    (Way::Redirect, BadResponse),
    (Way::Endless, BadResponse),
];

fn goods() -> Goods {
    offers(2, "Thing").thing(NODE, thing(1, Some(1_000)))
}

/// One call to a provider: how it went, what was paid, what was tried again.
async fn ask(shop: &Shop, endpoint: Endpoint) -> (Option<Fault>, i32, Vec<FaultKind>) {
    let purse = purse();
    let went = match endpoint {
        Endpoint::Search => {
            let product = product("Thing", 1_000);
            let found = shop.sources.listings.search(&product, &SearchSettings::default(), &purse).await;
            found.map(|Found { listings, .. }| assert_eq!(listings.len(), 2))
        }
        _ => {
            let page = shop.sources.best_sellers.page(&category(), 1, &purse).await;
            page.map(|page| assert_eq!(page.products.len(), 1))
        }
    };
    let fault = went.err().map(|refusal| fault::<()>(Err(refusal)));
    let (calls, kinds) = spent(purse);
    (fault, calls, kinds)
}

async fn shop(endpoint: Endpoint) -> Shop {
    impatient(endpoint, 30).await
}

async fn impatient(endpoint: Endpoint, seconds: u64) -> Shop {
    Shop::with(goods(), |config| {
        if endpoint == Endpoint::Oxylabs {
            oxylabs(config);
        }
        config.source_timeout_seconds = seconds;
    })
    .await
}

const ENDPOINTS: [Endpoint; 3] = [Endpoint::Oxylabs, Endpoint::Rainforest, Endpoint::Search];

#[tokio::test]
async fn what_may_pass_is_tried_again_and_paid_for() {
    for endpoint in ENDPOINTS {
        let shop = shop(endpoint).await;
        for (way, kind) in PASSING {
            shop.market.fail_next(endpoint, &[way, way]);
            assert_eq!(ask(&shop, endpoint).await, (None, 3, vec![kind; 2]), "{endpoint:?} {way:?}");
        }
    }
}

#[tokio::test]
async fn what_does_not_pass_in_three_calls_is_a_fault() {
    for endpoint in ENDPOINTS {
        for (way, kind) in PASSING {
            let shop = shop(endpoint).await;
            let tries: i32 = if (endpoint, way) == (Endpoint::Search, Way::Status(500)) { 4 } else { 3 };
            shop.market.fail_next(endpoint, &[way; 4]);
            let (fault, calls, again) = ask(&shop, endpoint).await;
            assert_eq!(fault.as_ref().map(|fault| fault.kind), Some(kind), "{endpoint:?} {way:?}");
            assert_eq!(calls, tries);
            assert_eq!(again, vec![kind; shop.market.calls(endpoint) - 1]);
            assert_eq!(shop.market.calls(endpoint), usize::try_from(tries).unwrap());
        }
    }
}

#[tokio::test]
async fn what_does_not_pass_is_not_tried_again() {
    for endpoint in ENDPOINTS {
        let shop = shop(endpoint).await;
        for (way, kind) in LASTING {
            // eBay's tokens are renewed once before a 403 is believed.
            let ways = if (endpoint, kind) == (Endpoint::Search, Unauthorized) { 2 } else { 1 };
            shop.market.fail_next(endpoint, &vec![way; ways]);
            let (fault, calls, again) = ask(&shop, endpoint).await;
            assert_eq!(fault.as_ref().map(|fault| fault.kind), Some(kind), "{endpoint:?} {way:?}");
            assert_eq!((calls as usize, again.len()), (ways, ways - 1), "{endpoint:?} {way:?}");
        }
        assert_eq!(ask(&shop, endpoint).await, (None, 1, vec![]));
    }
}

#[tokio::test]
async fn who_is_silent_or_drips_is_not_waited_for() {
    let both = ENDPOINTS.into_iter().flat_map(|endpoint| [Way::Silence, Way::SlowDrip].map(|way| (endpoint, way)));
    let asks = both.map(|(endpoint, way)| async move {
        let shop = impatient(endpoint, 1).await;
        shop.market.fail_next(endpoint, &[way; 3]);
        let (fault, calls, again) = ask(&shop, endpoint).await;
        assert_eq!((fault.unwrap().kind, calls, again), (Timeout, 3, vec![Timeout; 2]), "{endpoint:?} {way:?}");
    });
    futures::future::join_all(asks).await;
}

#[tokio::test]
async fn an_answer_that_says_of_itself_that_it_failed_is_a_failure() {
    let rainforest = shop(Endpoint::Rainforest).await;
    rainforest.market.fail_next(Endpoint::Rainforest, &[Way::NotAsAsked]);
    assert_eq!(ask(&rainforest, Endpoint::Rainforest).await, (None, 2, vec![BadResponse]));
    let oxylabs = shop(Endpoint::Oxylabs).await;
    oxylabs.market.fail_next(Endpoint::Oxylabs, &[Way::NotAsAsked]);
    assert_eq!(ask(&oxylabs, Endpoint::Oxylabs).await, (None, 2, vec![ServerError]));
    let ebay = shop(Endpoint::Search).await;
    ebay.market.fail_next(Endpoint::Search, &[Way::NotAsAsked]);
    let (fault, calls, again) = ask(&ebay, Endpoint::Search).await;
    assert_eq!((fault.unwrap().kind, calls, again), (BadResponse, 1, vec![]));
}

#[tokio::test]
async fn whoever_asks_for_patience_gets_it_within_reason() {
    let shop = shop(Endpoint::Search).await;
    let begun = std::time::Instant::now();
    shop.market.fail_next(Endpoint::Search, &[Way::TooOften(1)]);
    assert_eq!(ask(&shop, Endpoint::Search).await, (None, 2, vec![RateLimited]));
    assert!(begun.elapsed() >= Duration::from_secs(1));
    // An hour is not waited for here.
    shop.market.fail_next(Endpoint::Search, &[Way::TooOften(3_600)]);
    let (fault, calls, _) = ask(&shop, Endpoint::Search).await;
    let fault = fault.unwrap();
    assert_eq!((fault.kind, calls), (RateLimited, 1));
    assert_eq!(fault.until, Some(shop.clock.now() + chrono::TimeDelta::hours(1)));
}

#[tokio::test]
async fn a_quota_that_is_used_up_says_when_it_is_filled() {
    let shop = shop(Endpoint::Search).await;
    shop.market.quota(1, None);
    assert_eq!(ask(&shop, Endpoint::Search).await, (None, 1, vec![]));
    let (fault, calls, _) = ask(&shop, Endpoint::Search).await;
    let fault = fault.unwrap();
    assert_eq!((fault.kind, calls), (QuotaExhausted, 1));
    // NOW is midnight in California: the next is a day later.
    assert_eq!(fault.until.unwrap().to_rfc3339(), "2026-11-21T08:00:00+00:00");
    shop.market.quota(0, Some((5, Duration::from_secs(60))));
    let fault = ask(&shop, Endpoint::Search).await.0.unwrap();
    assert_eq!((fault.kind, fault.until), (QuotaExhausted, Some(shop.clock.now() + chrono::TimeDelta::seconds(60))));
    shop.market.quota(0, Some((5, Duration::ZERO)));
    assert_eq!(ask(&shop, Endpoint::Search).await.0.unwrap().kind, QuotaExhausted);
    assert_eq!(ask(&shop, Endpoint::Search).await, (None, 1, vec![]));
}

#[tokio::test]
async fn credits_that_are_used_up_are_a_quota() {
    let shop = shop(Endpoint::Rainforest).await;
    shop.market.credits(1);
    assert_eq!(ask(&shop, Endpoint::Rainforest).await, (None, 1, vec![]));
    let (fault, calls, _) = ask(&shop, Endpoint::Rainforest).await;
    let fault = fault.unwrap();
    assert_eq!((fault.kind, calls, fault.until), (QuotaExhausted, 1, None));
    assert_eq!(shop.sources.best_sellers.check().await.unwrap_err().kind, QuotaExhausted);
}
