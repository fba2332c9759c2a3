//! eBay's token and search, with the rules they have.

use std::io;

use axum::body::Body;
use hyper::{Response, header};
use serde_json::{Value, json};

use super::{
    Endpoint, Request, State,
    faults::{Fault, json},
    goods::Offer,
};

pub const CLIENT_ID: &str = "Seller-Book-PRD-1";
pub const CLIENT_SECRET: &str = "PRD-s3cret-of-ebay";

/// `POST /identity/v1/oauth2/token`
pub(super) async fn token(state: &State, request: Request) -> io::Result<Response<Body>> {
    let fault = state.fault(Endpoint::Token).await;
    if let Some(Fault::Status(status)) = fault {
        state.asked(Endpoint::Token, "", status);
        let answer = json!({ "error": "server_error", "error_description": format!("no for {CLIENT_SECRET}") });
        return Ok(json(status, answer.to_string()));
    }
    if request.basic() != Some((CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned())) {
        state.asked(Endpoint::Token, "", 401);
        let answer = json!({ "error": "invalid_client", "error_description": "client authentication failed" });
        return Ok(json(401, answer.to_string()));
    }
    let body: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
    let has = |name: &str, value: &str| body.iter().any(|(own, said)| own == name && said == value);
    if !has("grant_type", "client_credentials") || !has("scope", "https://api.ebay.com/oauth/api_scope") {
        state.asked(Endpoint::Token, "", 400);
        return Ok(json(400, json!({ "error": "invalid_scope" }).to_string()));
    }
    let (token, seconds) = {
        let mut inner = state.lock();
        inner.tokens_made += 1;
        let token = format!("v^1.1#s3cret-token-{}", inner.tokens_made);
        inner.tokens.insert(token.clone());
        (token, inner.token_seconds)
    };
    let answer = json!({ "access_token": token, "expires_in": seconds, "token_type": "Application Access Token" });
    state.asked(Endpoint::Token, "", if fault.is_some() { 0 } else { 200 });
    match fault {
        Some(fault) => fault.spoil(answer.to_string()).await,
        None => Ok(json(200, answer.to_string())),
    }
}

fn errors(status: u16, id: u32, message: &str) -> Response<Body> {
    let error = json!({
        "errorId": id, "domain": "API_BROWSE", "category": "REQUEST", "message": message, "longMessage": message,
        "parameters": [{ "name": "reason", "value": "as the rules say" }],
    });
    json(status, json!({ "errors": [error] }).to_string())
}

/// `GET /buy/browse/v1/item_summary/search`
pub(super) async fn search(state: &State, request: Request) -> io::Result<Response<Body>> {
    let what = format!(
        "{}/{}",
        request.parameter("gtin").or_else(|| request.parameter("q")).unwrap_or_default(),
        request.parameter("offset").unwrap_or_default()
    );
    let refuse = |status: u16, id: u32, message: &str| {
        state.asked(Endpoint::Search, &what, status);
        Ok(errors(status, id, message))
    };
    if !state.lock().tokens.contains(&request.bearer().unwrap_or_default()) {
        return refuse(401, 1001, "Invalid access token");
    }
    if let Some(after) = state.spend_quota() {
        let mut response = errors(429, 2001, "Too many requests: the quota of the day is used up");
        if let Some(seconds) = after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        state.asked(Endpoint::Search, &what, 429);
        return Ok(response);
    }
    let fault = state.fault(Endpoint::Search).await;
    if let Some(Fault::Status(status)) = fault {
        let id = if status == 500 { 12_000 } else { 12_001 };
        return refuse(status, id, &format!("internal\u{1b}[31m error for {CLIENT_SECRET}"));
    }
    let (query, limit, offset) = match rules(&request) {
        Ok(asked) => asked,
        Err((id, message)) => return refuse(400, id, message),
    };
    let mut filter = Filter::parse(&request.parameter("filter").unwrap_or_default());
    if fault == Some(Fault::NotAsAsked) {
        filter = Err(12_003);
    }
    let answer = {
        let inner = state.lock();
        let found = match &query {
            Query::Gtin(gtin) => inner.goods.with_gtin(gtin),
            Query::Words(words) => inner.goods.with_words(words),
        };
        let suits = |offer: &&Offer| filter.as_ref().map_or(true, |filter| filter.suits(offer));
        let found: Vec<&Offer> = found.into_iter().filter(suits).collect();
        // Between two pages a listing can move from one to the other.
        let start = if inner.is_moving && offset > 0 { offset - 1 } else { offset };
        let page: Vec<Value> = found.iter().skip(start).take(limit).map(|offer| summary(offer)).collect();
        let mut answer = json!({
            "href": "…", "total": found.len() + 17, "limit": limit, "offset": offset, "next": "https://elsewhere.example/",
        });
        if !page.is_empty() {
            answer["itemSummaries"] = page.into();
        }
        if let Err(warning) = filter {
            answer["warnings"] = json!([{ "errorId": warning, "message": "a filter is not valid and was ignored" }]);
        }
        answer.to_string()
    };
    match fault {
        None | Some(Fault::NotAsAsked) => {
            state.asked(Endpoint::Search, &what, 200);
            Ok(json(200, answer))
        }
        Some(fault) => {
            state.asked(Endpoint::Search, &what, 0);
            fault.spoil(answer).await
        }
    }
}

enum Query {
    Gtin(String),
    Words(String),
}

/// What is asked for, when the rules allow it.
fn rules(request: &Request) -> Result<(Query, usize, usize), (u32, &'static str)> {
    if request.header("x-ebay-c-marketplace-id").as_deref() != Some("EBAY_US") {
        return Err((12_013, "the marketplace is not valid"));
    }
    let query = match (request.parameter("gtin"), request.parameter("q")) {
        (Some(gtin), None) if gtin.bytes().all(|byte| byte.is_ascii_digit()) => Query::Gtin(gtin),
        // Longer ones are cut without a word.
        (None, Some(words)) if !words.trim().is_empty() => Query::Words(words.chars().take(100).collect()),
        _ => return Err((12_001, "the call must have a valid `q` or `gtin`, not both")),
    };
    let number = |name: &str, unless: usize| match request.parameter(name) {
        None => Some(unless),
        Some(text) => text.parse().ok(),
    };
    let limit = number("limit", 50).filter(|limit| (1..=200).contains(limit));
    let limit = limit.ok_or((12_004, "the limit is from 1 to 200"))?;
    let offset = number("offset", 0).filter(|offset| *offset <= 9_999 && offset % limit == 0);
    Ok((query, limit, offset.ok_or((12_005, "the offset is from 0 to 9999, and a multiple of the limit"))?))
}

/// What listings must be like.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filter {
    window: Option<(i64, i64)>,
    conditions: Vec<u32>,
    max_shipping: Option<i64>,
    country: Option<String>,
}

impl Filter {
    /// The number of the warning when it is not understood, whereupon all of it is ignored.
    pub fn parse(text: &str) -> Result<Self, u32> {
        let (mut filter, mut has_currency) = (Self::default(), false);
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once(':').ok_or(12_002_u32)?;
            match name {
                "price" => {
                    let inner = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')).ok_or(12_003_u32)?;
                    let (low, high) = inner.split_once("..").ok_or(12_003_u32)?;
                    filter.window = Some((cents(low).ok_or(12_003_u32)?, cents(high).ok_or(12_003_u32)?));
                }
                "priceCurrency" if value == "USD" => has_currency = true,
                "conditionIds" => {
                    let inner = value.strip_prefix('{').and_then(|value| value.strip_suffix('}')).ok_or(12_003_u32)?;
                    let ids: Result<Vec<u32>, _> = inner.split('|').map(str::parse).collect();
                    filter.conditions = ids.map_err(|_| 12_003_u32)?;
                }
                "maxDeliveryCost" => filter.max_shipping = Some(cents(value).ok_or(12_003_u32)?),
                "itemLocationCountry" if value.len() == 2 => filter.country = Some(value.to_owned()),
                "buyingOptions" if value == "{FIXED_PRICE}" => {}
                _ => return Err(12_002),
            }
        }
        if filter.window.is_some() != has_currency { Err(12_012) } else { Ok(filter) }
    }

    fn suits(&self, offer: &Offer) -> bool {
        self.window.is_none_or(|(low, high)| (low..=high).contains(&offer.cents))
            && (self.conditions.is_empty() || self.conditions.contains(&offer.condition))
            && self.max_shipping.is_none_or(|most| offer.shipping_cents <= most)
            && self.country.as_ref().is_none_or(|country| country == offer.country)
    }
}

/// `12`, `12.3` and `12.34`.
fn cents(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{fraction:0<2}");
    if fraction.len() > 2 { None } else { format!("{whole}{fraction}").parse().ok() }
}

fn summary(offer: &Offer) -> Value {
    let seller = &offer.seller;
    let mut seller_json =
        json!({ "username": seller.username, "feedbackPercentage": seller.percent, "feedbackScore": seller.score });
    if let Some(id) = &seller.user_id {
        seller_json["userId"] = json!(id);
    }
    json!({
        "itemId": offer.id,
        "title": offer.title,
        "price": { "value": format!("{}.{:02}", offer.cents / 100, offer.cents % 100), "currency": "USD" },
        "itemWebUrl": format!("https://www.ebay.com/itm/{}", offer.id),
        "seller": seller_json,
    })
}
