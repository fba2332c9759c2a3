//! The two ways to Amazon's best sellers, as Oxylabs and Rainforest offer them.

use std::io;

use axum::body::Body;
use hyper::Response;
use serde_json::{Value, json};

use super::{
    Endpoint, Request, State,
    faults::{Fault, json},
    goods::Thing,
};

pub const OXYLABS_USER: &str = "oxy-user";
pub const OXYLABS_PASSWORD: &str = "oxy-s3cret:with%20signs";
pub const RAINFOREST_KEY: &str = "RF-K3Y&with=signs";

const PER_PAGE: usize = 50;

/// One page of a category, and how many pages there are.
fn page(state: &State, node: &str, number: usize) -> (Vec<(usize, Thing)>, usize) {
    let inner = state.lock();
    let things = inner.goods.things.get(node).cloned().unwrap_or_default();
    let pages = things.len().div_ceil(PER_PAGE).max(1);
    let ranked = (1..).zip(things).skip((number.max(1) - 1) * PER_PAGE).take(PER_PAGE);
    (ranked.collect(), pages)
}

/// A JSON number of dollars, written with the digits it has.
fn dollars(cents: i64) -> Value {
    serde_json::from_str(&format!("{}.{:02}", cents / 100, cents % 100)).unwrap()
}

/// `POST /v1/queries`
pub(super) async fn oxylabs(state: &State, request: Request) -> io::Result<Response<Body>> {
    let refuse = |status: u16, message: &str| Ok(json(status, json!({ "message": message }).to_string()));
    if request.basic() != Some((OXYLABS_USER.to_owned(), OXYLABS_PASSWORD.to_owned())) {
        state.asked(Endpoint::Oxylabs, "", 401);
        return refuse(401, "Unauthorized");
    }
    let query: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let is_whole = query["source"] == "amazon_bestsellers"
        && query["domain"] == "com"
        && query["query"].is_string()
        && query["pages"] == 1
        && query["parse"] == true;
    let Some(number) = query["start_page"].as_u64().filter(|number| is_whole && *number > 0) else {
        state.asked(Endpoint::Oxylabs, "", 422);
        return refuse(422, "Unprocessable: source, domain, query, start_page, pages and parse are needed");
    };
    let node = query["query"].as_str().unwrap();
    let what = format!("{node}/{number}");
    let (things, _) = page(state, node, usize::try_from(number).unwrap());
    let results: Vec<Value> = things.iter().map(|(rank, thing)| oxylabs_item(*rank, thing)).collect();
    let answer = |status: u16| {
        let content = json!({ "results": results, "page": number });
        json!({ "results": [{ "content": content, "status_code": status, "job_id": "7" }] }).to_string()
    };
    match state.fault(Endpoint::Oxylabs).await {
        None => {
            state.asked(Endpoint::Oxylabs, &what, 200);
            Ok(json(200, answer(200)))
        }
        Some(Fault::Status(status)) => {
            state.asked(Endpoint::Oxylabs, &what, status);
            refuse(status, &format!("job failed for {OXYLABS_PASSWORD}"))
        }
        Some(Fault::NotAsAsked) => {
            state.asked(Endpoint::Oxylabs, &what, 613);
            Ok(json(200, answer(613)))
        }
        Some(fault) => {
            state.asked(Endpoint::Oxylabs, &what, 0);
            fault.spoil(answer(200)).await
        }
    }
}

fn oxylabs_item(rank: usize, thing: &Thing) -> Value {
    json!({
        "pos": rank,
        "asin": thing.asin,
        "title": thing.title,
        "url": format!("/dp/{}/ref=zg", thing.asin),
        "price": thing.cents.map(dollars),
        "currency": "USD",
        "rating": 4.5,
    })
}

/// `GET /request` and `GET /account`
pub(super) async fn rainforest(state: &State, request: Request) -> io::Result<Response<Body>> {
    let endpoint = if request.path == "/account" { Endpoint::Account } else { Endpoint::Rainforest };
    let refuse = |status: u16, message: &str| {
        let answer = json!({ "request_info": { "success": false, "message": message } });
        Ok(json(status, answer.to_string()))
    };
    if request.parameter("api_key") != Some(RAINFOREST_KEY.to_owned()) {
        state.asked(endpoint, "", 401);
        return refuse(401, "the api_key that was given is not one");
    }
    if endpoint == Endpoint::Account {
        state.asked(endpoint, "", 200);
        let credits = state.lock().credits.unwrap_or(1_000);
        let answer = json!({ "request_info": { "success": true }, "account_info": { "credits_remaining": credits } });
        return Ok(json(200, answer.to_string()));
    }
    let number = request.parameter("page").and_then(|page| page.parse::<usize>().ok()).filter(|page| *page > 0);
    let is_whole = request.parameter("type").as_deref() == Some("bestsellers")
        && request.parameter("amazon_domain").as_deref() == Some("amazon.com");
    let (Some(number), Some(node), true) = (number, request.parameter("category_id"), is_whole) else {
        state.asked(endpoint, "", 400);
        return refuse(400, "type, category_id, amazon_domain and page are needed");
    };
    let what = format!("{node}/{number}");
    let fault = state.fault(endpoint).await;
    if let Some(Fault::Status(status)) = fault {
        state.asked(endpoint, &what, status);
        return refuse(status, &format!("it failed\r\nfor api_key={RAINFOREST_KEY}"));
    }
    let Some(credits) = state.spend_credit() else {
        state.asked(endpoint, &what, 402);
        return refuse(402, "no credits left");
    };
    let (things, pages) = page(state, &node, number);
    let good = json!({
        "request_info": { "success": true, "credits_used": 1, "credits_remaining": credits },
        "bestsellers": things.iter().map(|(rank, thing)| rainforest_item(*rank, thing)).collect::<Vec<_>>(),
        "pagination": { "current_page": number, "total_pages": pages },
    });
    match fault {
        None => {
            state.asked(endpoint, &what, 200);
            Ok(json(200, good.to_string()))
        }
        Some(Fault::NotAsAsked) => {
            state.asked(endpoint, &what, 0);
            refuse(200, "we could not fetch the page this time")
        }
        Some(fault) => {
            state.asked(endpoint, &what, 0);
            fault.spoil(good.to_string()).await
        }
    }
}

fn rainforest_item(rank: usize, thing: &Thing) -> Value {
    let mut item = json!({
        "rank": rank,
        "position": rank,
        "title": thing.title,
        "asin": thing.asin,
        "link": format!("https://www.amazon.com/dp/{}", thing.asin),
        "rating": 4.5,
    });
    if let Some(cents) = thing.cents {
        let raw = format!("${}.{:02}", cents / 100, cents % 100);
        item["price"] = json!({ "value": dollars(cents), "currency": "USD", "raw": raw });
    }
    item
}
