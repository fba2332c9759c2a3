//! The marketplace of these tests is as strict as the real ones: what a source must not do, it does not let pass.

use form_urlencoded::Serializer;
use serde_json::Value;

use super::*;
use crate::marketplace::{amazon, ebay};

struct Caller {
    market: Marketplace,
    client: reqwest::Client,
    token: String,
}

impl Caller {
    async fn new(goods: Goods) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (market, client) = (Marketplace::open(goods).await, reqwest::Client::new());
        let scope = "grant_type=client_credentials&scope=https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope";
        let granted = client.post(format!("{}/identity/v1/oauth2/token", market.url));
        let granted = granted.basic_auth(ebay::CLIENT_ID, Some(ebay::CLIENT_SECRET)).body(scope).send().await.unwrap();
        let granted: Value = granted.json().await.unwrap();
        let token = granted["access_token"].as_str().unwrap().to_owned();
        Self { market, client, token }
    }

    async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> (u16, Value) {
        let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
        let request = self.client.get(format!("{}{path}?{query}", self.market.url)).bearer_auth(&self.token);
        let answer = request.header("X-EBAY-C-MARKETPLACE-ID", "EBAY_US").send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn search(&self, parameters: &[(&str, &str)]) -> (u16, Value) {
        self.get("/buy/browse/v1/item_summary/search", parameters).await
    }
}

#[tokio::test]
async fn searches_that_break_a_rule_are_refused() {
    let caller = Caller::new(offers(3, "Blue Thing")).await;
    for parameters in [
        &[][..],
        &[("q", " ")],
        &[("q", "blue"), ("gtin", "036000291452")],
        &[("q", "blue"), ("limit", "0")],
        &[("q", "blue"), ("limit", "201")],
        &[("q", "blue"), ("limit", "50"), ("offset", "25")],
        &[("q", "blue"), ("limit", "200"), ("offset", "10000")],
    ] {
        let (status, body) = caller.search(parameters).await;
        let id = body["errors"][0]["errorId"].as_i64().unwrap();
        assert!(status == 400 && (12_001..13_000).contains(&id), "{parameters:?} {body}");
    }
    caller.market.revoke_tokens();
    let (status, body) = caller.search(&[("q", "blue")]).await;
    assert_eq!((status, &body["errors"][0]["errorId"]), (401, &1001.into()));
}

#[tokio::test]
async fn words_are_all_wanted_and_cut_at_a_hundred_characters() {
    let caller = Caller::new(offers(3, "Blue Thing, extra-wide")).await;
    let count = async |q: &str| caller.search(&[("q", q)]).await.1["itemSummaries"].as_array().map(Vec::len);
    assert_eq!(count("thing BLUE wide").await, Some(3));
    assert_eq!(count("thing blue red").await, None, "absent when empty");
    let padding = " ".repeat(90);
    assert_eq!(count(&format!("blue{padding}thing never")).await, Some(3), "what is past the cut is not seen");
    assert_eq!(count(&format!("blue{padding}   thing")).await, None, "the cut is in mid-word");
}

#[tokio::test]
async fn filters_that_are_not_understood_are_ignored_with_a_warning() {
    let used = Offer { condition: 3000, ..offer(2, "Thing") };
    let caller = Caller::new(offers(1, "Thing").offer(used)).await;
    for (filter, warning, count) in [
        ("conditionIds:{1000}", None, 1),
        ("price:[20..20],priceCurrency:USD,conditionIds:{1000}", None, 1),
        ("price:[20..20],conditionIds:{1000}", Some(12_012), 2),
        ("colour:red,conditionIds:{1000}", Some(12_002), 2),
        ("price:20,priceCurrency:USD,conditionIds:{1000}", Some(12_003), 2),
    ] {
        let (status, body) = caller.search(&[("q", "thing"), ("filter", filter)]).await;
        assert_eq!((status, body["warnings"][0]["errorId"].as_i64()), (200, warning), "{filter}");
        assert_eq!(body["itemSummaries"].as_array().unwrap().len(), count, "{filter}");
    }
}

#[tokio::test]
async fn keys_and_credits_are_looked_at() {
    let caller = Caller::new(Goods::default().thing(NODE, thing(1, None))).await;
    let mut parameters = [
        ("api_key", "wrong"),
        ("type", "bestsellers"),
        ("category_id", NODE),
        ("amazon_domain", "amazon.com"),
        ("page", "1"),
    ];
    assert_eq!(caller.get("/request", &parameters).await.0, 401);
    parameters[0].1 = amazon::RAINFOREST_KEY;
    caller.market.credits(1);
    let (status, body) = caller.get("/request", &parameters).await;
    assert_eq!((status, &body["request_info"]["credits_remaining"]), (200, &0.into()));
    assert!(body["bestsellers"][0].get("price").is_none(), "{body}");
    assert_eq!(caller.get("/request", &parameters).await.0, 402);
    let query = caller.client.post(format!("{}/v1/queries", caller.market.url));
    assert_eq!(query.basic_auth("oxy-user", Some("wrong")).body("{}").send().await.unwrap().status().as_u16(), 401);
}
