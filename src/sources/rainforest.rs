//! Amazon's best sellers through Rainforest: one request a page, paid with a credit.
//!
//! What a reader would get wrong: a request that failed can be answered with 200; what counts is what the answer says of
//! itself. The key is part of every address, so no address may reach a log or a message.

use futures::future::BoxFuture;
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    BestSellers, Category, Fault, FaultKind, ProductPage, Provider, Purse, Refusal, Size,
    amazon::{self, CALL_MS, Entry, PAGES},
    answer::{Answer, Failure, number},
    caller::Caller,
    money::Amount,
};
use crate::{
    clock::Clock,
    config::{Config, Secret},
    error::Result,
};

/// The way to Rainforest.
#[derive(Debug)]
pub(super) struct Rainforest {
    caller: Caller,
    url: String,
    key: Secret,
}

#[derive(Deserialize)]
struct Requested {
    request_info: RequestInfo,
    bestsellers: Option<Vec<Box<RawValue>>>,
    pagination: Option<Pagination>,
    account_info: Option<Account>,
}

#[derive(Deserialize)]
struct RequestInfo {
    success: bool,
    message: Option<String>,
}

#[derive(Deserialize)]
struct Pagination {
    total_pages: Option<u32>,
}

#[derive(Deserialize)]
struct Account {
    credits_remaining: Option<i64>,
}

#[derive(Deserialize)]
struct Item {
    rank: Option<Box<RawValue>>,
    position: Option<Box<RawValue>>,
    title: Option<String>,
    asin: Option<String>,
    link: Option<String>,
    price: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct ItemPrice {
    value: Amount,
    currency: String,
}

impl Rainforest {
    pub(super) fn new(config: &Config, clock: &Clock, key: Secret) -> Result<Self> {
        let per_second = config.rainforest_requests_per_second;
        let caller = Caller::new(Provider::Rainforest, config, clock, per_second, vec![key.clone()])?;
        Ok(Self { caller, url: config.rainforest_url.trim_end_matches('/').to_owned(), key })
    }

    fn request(&self, path: &str, parameters: &[(&str, &str)]) -> RequestBuilder {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("api_key", self.key.expose()).extend_pairs(parameters);
        self.caller.client().get(format!("{}/{path}?{}", self.url, query.finish()))
    }

    async fn page_of(&self, category: &Category, page: u32, purse: &Purse) -> Result<ProductPage, Refusal> {
        let node = amazon::node(category).map_err(|failure| Refusal::Fault(self.caller.fault(failure)))?;
        let number = page.to_string();
        let parameters =
            [("type", "bestsellers"), ("category_id", node), ("amazon_domain", "amazon.com"), ("page", &number)];
        self.caller.call(Some(purse), || self.request("request", &parameters), |answer| read(answer, page)).await
    }

    /// How the account fares can be asked for nothing.
    async fn check_credentials(&self) -> Result<(), Fault> {
        let read = |answer: &Answer<'_>| match succeeded(answer)?.account_info {
            Some(Account { credits_remaining: Some(..=0) }) => {
                Err(Failure::for_good(FaultKind::QuotaExhausted, "has no credits left for this account"))
            }
            _ => Ok(()),
        };
        match self.caller.call(None, || self.request("account", &[]), read).await {
            Err(Refusal::Fault(fault)) => Err(fault),
            _ => Ok(()),
        }
    }
}

/// The answer, when it says of itself that it is one.
fn succeeded(answer: &Answer<'_>) -> Result<Requested, Failure> {
    if answer.status != StatusCode::OK {
        let said = answer.json::<Requested>().ok().and_then(|requested| requested.request_info.message);
        return Err(answer.failure(said.as_deref()));
    }
    let requested: Requested = answer.json()?;
    if requested.request_info.success {
        return Ok(requested);
    }
    let said = requested.request_info.message.map(|said| format!(": {}", answer.quote(&said))).unwrap_or_default();
    Err(Failure::passing(FaultKind::BadResponse, format!("did not succeed{said}")))
}

fn read(answer: &Answer<'_>, page: u32) -> Result<ProductPage, Failure> {
    let requested = succeeded(answer)?;
    let Some(bestsellers) = requested.bestsellers else {
        return Err(Failure::passing(FaultKind::BadResponse, "answered without a list of best sellers"));
    };
    let pages = requested.pagination.and_then(|pagination| pagination.total_pages).unwrap_or(PAGES);
    let items = bestsellers.iter().filter_map(|item| serde_json::from_str::<Item>(item.get()).ok());
    let products = items.filter_map(|item| item.entry().product(page)).collect();
    Ok(ProductPage { products, has_next: page < pages && !bestsellers.is_empty() })
}

impl Item {
    fn entry(self) -> Entry {
        let price = self.price.and_then(|price| serde_json::from_str::<ItemPrice>(price.get()).ok());
        Entry {
            asin: self.asin,
            title: self.title,
            price: price.map(|price| (price.value, price.currency)),
            rank: self.rank.or(self.position).as_deref().and_then(number),
            url: self.link,
        }
    }
}

impl BestSellers for Rainforest {
    fn provider(&self) -> Provider {
        Provider::Rainforest
    }

    fn page<'a>(
        &'a self,
        category: &'a Category,
        page: u32,
        purse: &'a Purse,
    ) -> BoxFuture<'a, Result<ProductPage, Refusal>> {
        Box::pin(self.page_of(category, page, purse))
    }

    fn size(&self, _category: &Category) -> Size {
        amazon::size()
    }

    fn call_ms(&self) -> u64 {
        CALL_MS
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(self.check_credentials())
    }
}
