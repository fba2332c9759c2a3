//! Amazon's best sellers through Oxylabs: one query a page, parsed over there.
//!
//! What a reader would get wrong: the answer has a status of its own within, and one that is not 200 is a failure though
//! the call succeeded.

use futures::future::BoxFuture;
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

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

/// The way to Oxylabs.
#[derive(Debug)]
pub(super) struct Oxylabs {
    caller: Caller,
    url: String,
    username: Secret,
    password: Secret,
}

#[derive(Deserialize)]
struct Queried {
    #[serde(default)]
    results: Vec<Job>,
}

#[derive(Deserialize)]
struct Job {
    /// What they parsed; a page that they could not parse comes as text.
    content: Box<RawValue>,
    status_code: Option<u16>,
}

#[derive(Deserialize)]
struct Content {
    results: Vec<Box<RawValue>>,
    pages: Option<u32>,
}

#[derive(Deserialize)]
struct Item {
    pos: Option<Box<RawValue>>,
    asin: Option<String>,
    title: Option<String>,
    url: Option<String>,
    price: Option<Amount>,
    currency: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    message: String,
}

impl Oxylabs {
    pub(super) fn new(config: &Config, clock: &Clock, username: Secret, password: Secret) -> Result<Self> {
        let secrets = vec![username.clone(), password.clone()];
        let per_second = config.oxylabs_requests_per_second;
        let caller = Caller::new(Provider::Oxylabs, config, clock, per_second, secrets)?;
        let url = format!("{}/v1/queries", config.oxylabs_url.trim_end_matches('/'));
        Ok(Self { caller, url, username, password })
    }

    fn query(&self, query: &Value) -> RequestBuilder {
        let request = self.caller.client().post(&self.url).json(query);
        request.basic_auth(self.username.expose(), Some(self.password.expose()))
    }

    async fn page_of(&self, category: &Category, page: u32, purse: &Purse) -> Result<ProductPage, Refusal> {
        let node = amazon::node(category).map_err(|failure| Refusal::Fault(self.caller.fault(failure)))?;
        let query = json!({
            "source": "amazon_bestsellers",
            "domain": "com",
            "query": node,
            "start_page": page,
            "pages": 1,
            "parse": true,
        });
        self.caller.call(Some(purse), || self.query(&query), |answer| read(answer, page)).await
    }

    /// A query that asks for nothing is refused, and not billed; but only to those whom they know.
    async fn check_credentials(&self) -> Result<(), Fault> {
        let nothing = json!({});
        let read = |answer: &Answer<'_>| match answer.status {
            StatusCode::OK | StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Ok(()),
            _ => Err(failure(answer)),
        };
        match self.caller.call(None, || self.query(&nothing), read).await {
            Err(Refusal::Fault(fault)) => Err(fault),
            _ => Ok(()),
        }
    }
}

fn read(answer: &Answer<'_>, page: u32) -> Result<ProductPage, Failure> {
    if answer.status != StatusCode::OK {
        return Err(failure(answer));
    }
    let unreadable = || Failure::passing(FaultKind::BadResponse, "answered without a list of best sellers");
    let job = answer.json::<Queried>()?.results.into_iter().next().ok_or_else(unreadable)?;
    if let Some(status) = job.status_code.filter(|status| *status != 200) {
        return Err(answer.failure_of(status, None));
    }
    let content: Content = serde_json::from_str(job.content.get()).map_err(|_| unreadable())?;
    let has_next = page < content.pages.unwrap_or(PAGES) && !content.results.is_empty();
    let items = content.results.iter().filter_map(|item| serde_json::from_str::<Item>(item.get()).ok());
    Ok(ProductPage { products: items.filter_map(|item| item.entry().product(page)).collect(), has_next })
}

fn failure(answer: &Answer<'_>) -> Failure {
    let said = answer.json::<Said>().ok().map(|said| said.message);
    answer.failure(said.as_deref())
}

impl Item {
    fn entry(self) -> Entry {
        Entry {
            asin: self.asin,
            title: self.title,
            price: self.price.zip(self.currency),
            rank: self.pos.as_deref().and_then(number),
            url: self.url,
        }
    }
}

impl BestSellers for Oxylabs {
    fn provider(&self) -> Provider {
        Provider::Oxylabs
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
