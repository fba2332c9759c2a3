//! What the providers sell arrives as it is, to the cent, in as few calls as can be.

use sellerbook::sources::{Condition, Found, Provider, Rung, SearchSettings};

use super::*;
use crate::marketplace::Endpoint;

/// Sixty things: two pages. The third has no price.
fn sixty() -> Goods {
    (1..=60).fold(Goods::default(), |goods, number| {
        let cents = i64::try_from(number * 101 + 898).unwrap();
        goods.thing(NODE, thing(number, (number != 3).then_some(cents)))
    })
}

async fn reads_two_pages(shop: Shop, provider: Provider, endpoint: Endpoint) {
    assert_eq!(shop.sources.best_sellers.provider(), provider);
    let purse = purse();
    let first = shop.sources.best_sellers.page(&category(), 1, &purse).await.unwrap();
    let second = shop.sources.best_sellers.page(&category(), 2, &purse).await.unwrap();
    assert_eq!((first.products.len(), first.has_next), (50, true));
    assert_eq!((second.products.len(), second.has_next), (10, false));
    for (product, number) in first.products.iter().chain(&second.products).zip(1_usize..) {
        let expected = thing(number, None);
        assert_eq!((&product.asin, &product.title), (&expected.asin, &expected.title));
        assert_eq!(product.rank, Some(i32::try_from(number).unwrap()));
        let cents = product.price.as_ref().map(|price| price.cents);
        assert_eq!(cents, (number != 3).then_some(i64::try_from(number * 101 + 898).unwrap()));
        assert!(product.url.as_ref().unwrap().starts_with(&format!("https://www.amazon.com/dp/{}", product.asin)));
    }
    assert_eq!(spent(purse), (2, vec![]));
    let asked: Vec<String> = shop.market.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked, [format!("{NODE}/1"), format!("{NODE}/2")]);
    assert_eq!(shop.market.calls(endpoint), 2);
    assert_eq!(shop.sources.best_sellers.size(&category()).calls, 2);
}

#[tokio::test]
async fn oxylabs_is_read_page_by_page() {
    reads_two_pages(Shop::with(sixty(), oxylabs).await, Provider::Oxylabs, Endpoint::Oxylabs).await;
}

#[tokio::test]
async fn rainforest_is_read_page_by_page() {
    reads_two_pages(Shop::open(sixty()).await, Provider::Rainforest, Endpoint::Rainforest).await;
}

#[tokio::test]
async fn a_category_without_a_node_costs_nothing() {
    let shop = Shop::open(Goods::default()).await;
    let purse = purse();
    let refused = fault(shop.sources.best_sellers.page(&category_of(" "), 1, &purse).await);
    assert_eq!((refused.kind, spent(purse)), (FaultKind::BadRequest, (0, vec![])));
    assert_eq!(shop.market.asked(), []);
}

/// What the searches of a product find, and what they were.
async fn climbs(goods: Goods, product: Product) -> (Option<Rung>, usize, Vec<String>) {
    let shop = Shop::open(goods).await;
    let Found { rung, listings } = shop.search(&product).await.unwrap();
    let searches = shop.market.asked().into_iter().filter(|asked| asked.endpoint == Endpoint::Search);
    (rung, listings.len(), searches.map(|asked| asked.what).collect())
}

const TITLE: &str = "Norvek KX-1201 Cordless Drill with Case, 20V – for Home & Office, the Best Gift ⭐ 2 Pack Grün/Weiß, \
    Long Enough To Be Cut Off Somewhere In The Middle Of A Word By Whoever Does So";

#[tokio::test]
async fn a_product_is_found_by_its_number_alone() {
    let mut known = product(TITLE, 1_000);
    known.gtin = Some("036000291452".to_owned());
    let by_number = Offer { gtin: known.gtin.clone(), ..offer(1, "called something else") };
    let goods = offers(0, "").offer(by_number).offer(offer(2, TITLE));
    assert_eq!(climbs(goods, known).await, (Some(Rung::Gtin), 1, vec!["036000291452/0".to_owned()]));
}

#[tokio::test]
async fn a_product_is_found_by_brand_and_model_then_by_words_then_not() {
    let mut known = product(TITLE, 1_000);
    known.gtin = Some("036000291452".to_owned());
    let steps = ["036000291452/0", "Norvek KX-1201/0", "Norvek KX-1201 Cordless Drill Case 20V/0"].map(str::to_owned);
    let by_model = offers(3, "norvek kx 1201 NEW in box");
    assert_eq!(climbs(by_model, known.clone()).await, (Some(Rung::BrandModel), 3, steps[..2].to_vec()));
    // Too dear for the second rung's window, so the third is tried.
    let dear = Offer { cents: 2_201, ..offer(9, "Norvek KX-1201") };
    let nobody = offers(0, "").offer(dear);
    assert_eq!(climbs(nobody, known).await, (None, 0, steps.to_vec()));
    let unknown = product("Cordless Drill with Case for Home", 1_000);
    let by_words = offers(2, "Home Case, Drill: cordless!");
    let words = vec!["Cordless Drill Case Home/0".to_owned()];
    assert_eq!(climbs(by_words, unknown).await, (Some(Rung::Words), 2, words));
}

#[tokio::test]
async fn of_a_product_that_nothing_is_known_of_nobody_is_asked() {
    let shop = Shop::open(offers(3, "⭐")).await;
    assert_eq!(shop.search(&product("⭐ the", 1_000)).await.unwrap(), Found::default());
    let unpriced = Product { price: None, ..product("Thing", 1_000) };
    assert_eq!(fault(shop.search(&unpriced).await).kind, FaultKind::BadRequest);
    assert_eq!(shop.market.asked(), []);
}

#[tokio::test]
async fn listings_and_sellers_arrive_as_they_are() {
    let shop = Shop::open(offers(12, "Thing")).await;
    let found = shop.search(&product("Thing", 1_000)).await.unwrap();
    assert_eq!(found.listings.len(), 12);
    for (listing, number) in found.listings.iter().zip(1..) {
        let (expected, theirs) = (seller(number), &listing.seller);
        assert_eq!((&*listing.id, listing.price.cents), (&*format!("v1|{number}|0"), 2_000));
        assert_eq!((&theirs.name, &theirs.platform_id), (&expected.username, &expected.user_id));
        assert_eq!(theirs.feedback_percent, expected.percent.parse().ok());
        assert_eq!(theirs.feedback_count.map(i64::from), Some(expected.score));
    }
}

#[tokio::test]
async fn only_what_the_settings_want_is_found() {
    let goods = offers(1, "Thing")
        .offer(Offer { condition: 3000, ..offer(2, "Thing") })
        .offer(Offer { shipping_cents: 1, ..offer(3, "Thing") })
        .offer(Offer { country: "CN", ..offer(4, "Thing") })
        .offer(Offer { cents: 1_799, ..offer(5, "Thing") })
        .offer(Offer { cents: 1_800, ..offer(6, "Thing") })
        .offer(Offer { cents: 2_200, ..offer(7, "Thing") })
        .offer(Offer { cents: 2_201, ..offer(8, "Thing") });
    let shop = Shop::open(goods).await;
    let find = async |settings: SearchSettings| {
        let found = shop.sources.listings.search(&product("Thing", 1_000), &settings, &purse()).await.unwrap();
        found.listings.iter().map(|listing| listing.id[3..4].to_owned()).collect::<String>()
    };
    let usual = SearchSettings::default();
    assert_eq!(find(usual.clone()).await, "167");
    assert_eq!(find(SearchSettings { condition: Condition::Any, ..usual.clone() }).await, "1267");
    assert_eq!(find(SearchSettings { condition: Condition::Used, ..usual.clone() }).await, "2");
    assert_eq!(find(SearchSettings { free_shipping: false, ..usual.clone() }).await, "1367");
    assert_eq!(find(SearchSettings { item_country: "CN".to_owned(), ..usual.clone() }).await, "4");
    assert_eq!(find(SearchSettings { max_price_factor: 2.2001, ..usual.clone() }).await, "1678");
    assert_eq!(find(SearchSettings { max_listings: 2, ..usual }).await, "16");
}

#[tokio::test]
async fn pages_go_by_own_offsets_and_a_listing_counts_once() {
    for (max_listings, found, offsets) in [
        (200, 200, vec!["Thing/0"]),
        (450, 449, vec!["Thing/0", "Thing/200", "Thing/400"]),
        (1_000, 449, vec!["Thing/0", "Thing/200", "Thing/400"]),
    ] {
        let shop = Shop::open(offers(449, "Thing")).await;
        shop.market.moving();
        let settings = SearchSettings { max_listings, ..SearchSettings::default() };
        let purse = purse();
        let listings =
            shop.sources.listings.search(&product("Thing", 1_000), &settings, &purse).await.unwrap().listings;
        let ids: std::collections::HashSet<_> = listings.iter().map(|listing| &listing.id).collect();
        assert_eq!((listings.len(), ids.len()), (found, found), "{max_listings}");
        let searches = shop.market.bought().into_keys().map(|(_, what)| what).collect::<Vec<_>>();
        assert_eq!(searches, offsets);
        assert_eq!(spent(purse).0, i32::try_from(offsets.len()).unwrap());
    }
}
