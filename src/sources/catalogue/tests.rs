//! The generated marketplace is as large as it says, the same every time, and everything in it can be told apart.

use std::collections::{HashMap, HashSet};

use super::*;
use crate::{
    sources::{Budget, Condition, Prices, Spent},
    text,
};

fn catalogue(fault_rate: f64) -> Catalogue {
    let categories = Arc::new(Categories::load(None).unwrap());
    let config = Config { catalogue_latency_ms: 0, catalogue_fault_rate: fault_rate, ..Config::default() };
    Catalogue::from_config(&config, categories).unwrap()
}

fn purse() -> Purse {
    Budget::new(Prices::default(), None, None, Spent::default()).purse()
}

/// Every product once.
fn all(catalogue: &Catalogue) -> Vec<Product> {
    let mut known = HashSet::new();
    let lists = catalogue.categories.all().flat_map(|category| catalogue.best_sellers(category));
    lists.filter(|product| known.insert(product.asin.clone())).collect()
}

#[test]
fn there_are_fifty_products_in_each_category_and_some_in_two() {
    let catalogue = catalogue(0.0);
    let products = all(&catalogue);
    assert_eq!(products.len(), 3_750);
    let places: usize = catalogue.categories.all().map(|category| catalogue.best_sellers(category).len()).sum();
    assert!((3_780..3_900).contains(&places), "{places}");
    for category in catalogue.categories.all() {
        let list = catalogue.best_sellers(category);
        assert!((50..=52).contains(&list.len()));
        assert_eq!(list, catalogue.best_sellers(category));
        assert!(list.iter().zip(1..).all(|(product, rank)| product.rank == Some(rank)));
    }
}

#[test]
fn no_product_is_there_twice_under_two_ids() {
    let products = all(&catalogue(0.0));
    let titles: HashSet<String> = products.iter().map(|product| text::normalize(&product.title)).collect();
    assert_eq!(titles.len(), products.len());
    let gtins: Vec<&String> = products.iter().filter_map(|product| product.gtin.as_ref()).collect();
    assert_eq!(gtins.iter().collect::<HashSet<_>>().len(), gtins.len());
    assert!((3_150..3_450).contains(&gtins.len()), "{}", gtins.len());
    for gtin in gtins {
        let weights = [1_u32, 3].into_iter().cycle();
        let sum: u32 =
            gtin.chars().rev().map(|digit| digit.to_digit(10).unwrap()).zip(weights).map(|(d, w)| d * w).sum();
        assert!(sum.is_multiple_of(10) && [12, 13].contains(&gtin.len()), "{gtin}");
    }
    let unpriced = products.iter().filter(|product| product.price.is_none()).count();
    assert!((30..150).contains(&unpriced), "{unpriced}");
}

#[tokio::test]
async fn a_run_meets_about_twenty_thousand_sellers() {
    let catalogue = catalogue(0.0);
    let (mut sellers, mut listings, mut rungs) = (HashMap::new(), HashSet::new(), HashMap::new());
    let (settings, purse, mut calls, mut products) = (SearchSettings::default(), purse(), 0, 0);
    for product in all(&catalogue).iter().filter(|product| product.price.is_some()) {
        let found = catalogue.search(product, &settings, &purse).await.unwrap();
        *rungs.entry(found.rung.map(Rung::name)).or_insert(0) += 1;
        products += 1;
        assert!(found.listings.len() <= 14);
        let cents = product.price.as_ref().unwrap().cents;
        for listing in found.listings {
            assert!((cents * 18 / 10..=cents * 22 / 10 + 1).contains(&listing.price.cents));
            assert!(listings.insert(listing.id), "a listing belongs to one product");
            let name = text::normalize(&listing.seller.name);
            // One name, one seller, always the same.
            let seller = sellers.entry(name).or_insert_with(|| listing.seller.clone());
            assert_eq!(*seller, listing.seller);
        }
    }
    calls += purse.empty().0.calls;
    let per_product = f64::from(calls) / f64::from(products);
    assert!((CALLS_PER_PRODUCT - per_product).abs() < 0.1, "{per_product}");
    assert!((19_000..21_000).contains(&sellers.len()), "{}", sellers.len());
    assert!((36_000..42_000).contains(&listings.len()), "{}", listings.len());
    assert!(rungs.values().all(|count| *count > 20) && rungs.len() == 4, "{rungs:?}");
    let known = sellers.values().filter(|seller| seller.platform_id.is_some()).count();
    assert!((60..72).contains(&(known * 100 / sellers.len())));
    let ids: HashSet<_> = sellers.values().filter_map(|seller| seller.platform_id.as_ref()).collect();
    assert_eq!(ids.len(), known);
}

#[tokio::test]
async fn the_settings_of_a_search_matter() {
    let catalogue = catalogue(0.0);
    let product = all(&catalogue).into_iter().find(|product| product.price.is_some()).unwrap();
    let count =
        async |settings: SearchSettings| catalogue.search(&product, &settings, &purse()).await.unwrap().listings.len();
    let usual = count(SearchSettings::default()).await;
    let wide = SearchSettings { min_price_factor: 1.0, max_price_factor: 4.0, ..SearchSettings::default() };
    let any = SearchSettings { condition: Condition::Any, free_shipping: false, ..wide };
    assert!(count(any).await > usual);
    assert_eq!(count(SearchSettings { max_listings: 3, ..SearchSettings::default() }).await, 3);
    assert_eq!(
        count(SearchSettings { min_price_factor: 5.0, max_price_factor: 6.0, ..SearchSettings::default() }).await,
        0
    );
}

#[tokio::test]
async fn faults_are_tried_again_and_paid_for() {
    let catalogue = catalogue(1.0);
    let purse = purse();
    let category = catalogue.categories.all().next().unwrap().clone();
    let refusal = catalogue.page(&category, 1, &purse).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Fault(Fault { provider: Provider::Catalogue, .. })));
    let (spent, notes) = purse.empty();
    assert_eq!((spent.calls, notes.len()), (3, 2));
}
