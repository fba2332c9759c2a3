//! eBay's listings through its Browse API: down the ladder, page by page, each listing once.
//!
//! Here: the walk of a search. Not here: the token (`token`), one request and its answer (`search`). What a reader would
//! get wrong: `total` and `next` of an answer are not believed; pages go by our own offsets until one is not full.

mod search;
mod token;

use std::collections::HashSet;

use chrono::{DateTime, Days, TimeZone, Utc};
use chrono_tz::US::Pacific;
use futures::future::BoxFuture;
use reqwest::StatusCode;
use serde::Deserialize;

use self::{search::Search, token::Token};
use super::{
    Fault, FaultKind, Found, Listing, Listings, Note, Product, Provider, Purse, Refusal, SearchSettings,
    answer::{Answer, Failure},
    caller::Caller,
    ladder::{Step, ladder},
    money,
};
use crate::{
    clock::Clock,
    config::{Config, Secret},
    error::Result,
};

/// A search takes them about so long.
const CALL_MS: u64 = 600;
/// Two products of three are found by the first search, most others by the second.
const CALLS_PER_PRODUCT: f64 = 1.5;
/// eBay's own failure: three more tries.
const SERVER_ERROR: i64 = 12_000;
const SERVER_TRIES: i32 = 4;
/// The calls of the day are used up.
const QUOTA: i64 = 2_001;

/// The way to eBay.
#[derive(Debug)]
pub(super) struct Ebay {
    caller: Caller,
    token: Token,
    url: String,
}

/// What eBay says when it refuses.
#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    errors: Vec<Said>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    error_id: i64,
    #[serde(default)]
    message: String,
}

impl Ebay {
    pub(super) fn new(config: &Config, clock: &Clock, id: Secret, secret: Secret) -> Result<Self> {
        let secrets = vec![id.clone(), secret.clone()];
        let per_second = config.ebay_requests_per_second;
        let caller = Caller::new(Provider::Ebay, config, clock, per_second, secrets)?;
        let url = config.ebay_url.trim_end_matches('/').to_owned();
        Ok(Self { caller, token: Token::new(clock.clone(), id, secret), url })
    }

    async fn find(&self, product: &Product, settings: &SearchSettings, purse: &Purse) -> Result<Found, Refusal> {
        let window = product.price.as_ref().and_then(|price| Some((money::window(price, settings)?, &*price.currency)));
        let Some((window, currency)) = window else {
            let failure = Failure::for_good(FaultKind::BadRequest, "cannot be searched for a product without a price");
            return Err(Refusal::Fault(self.caller.fault(failure)));
        };
        for step in ladder(product) {
            let search = Search::new(&step, settings, window, currency);
            let listings = self.all_pages(&search, settings.max_listings, purse).await?;
            if !listings.is_empty() {
                return Ok(Found { rung: Some(step.rung), listings });
            }
        }
        Ok(Found::default())
    }

    async fn all_pages(&self, search: &Search, most: u32, purse: &Purse) -> Result<Vec<Listing>, Refusal> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let (mut known, mut listings) = (HashSet::new(), Vec::new());
        for offset in search.offsets() {
            let page = self.page(search, offset, purse).await?;
            let is_full = page.count >= search.limit();
            listings.extend(page.listings.into_iter().filter(|listing| known.insert(listing.id.clone())));
            if !is_full || listings.len() >= most {
                break;
            }
        }
        listings.truncate(most);
        Ok(listings)
    }

    /// One page. A token that eBay does not take any more is renewed, once.
    async fn page(&self, search: &Search, offset: u32, purse: &Purse) -> Result<search::Page, Refusal> {
        let token = self.token.get(&self.caller, &self.url).await?;
        match self.page_with(&token, search, offset, purse).await {
            Err(Refusal::Fault(fault)) if fault.kind == FaultKind::Unauthorized => {
                purse.note(Note { kind: fault.kind, attempt: 1, message: fault.message });
                self.token.forget(&token).await;
                let token = self.token.get(&self.caller, &self.url).await?;
                self.page_with(&token, search, offset, purse).await
            }
            answer => answer,
        }
    }

    async fn page_with(
        &self,
        token: &Secret,
        search: &Search,
        offset: u32,
        purse: &Purse,
    ) -> Result<search::Page, Refusal> {
        let address = search.address(&self.url, offset);
        let request = || {
            let request = self.caller.client().get(&address).bearer_auth(token.expose());
            request.header("X-EBAY-C-MARKETPLACE-ID", "EBAY_US")
        };
        self.caller.call(Some(purse), request, |answer| search.read(answer)).await
    }
}

/// What an answer means that is not 200.
fn failure(answer: &Answer<'_>) -> Failure {
    let said = answer.json::<Refused>().ok().and_then(|refused| refused.errors.into_iter().next());
    let text = said.as_ref().map(|said| format!("{} {}", said.error_id, said.message));
    let failure = answer.failure(text.as_deref());
    match (answer.status, said.map(|said| said.error_id)) {
        (StatusCode::TOO_MANY_REQUESTS, Some(QUOTA)) => {
            let until = answer
                .retry_after()
                .and_then(|asked| answer.at.checked_add_signed(chrono::TimeDelta::from_std(asked).ok()?));
            let until = until.or_else(|| next_reset(answer.at));
            Failure { until, ..Failure::for_good(FaultKind::QuotaExhausted, failure.message) }
        }
        (_, Some(SERVER_ERROR)) => Failure { tries: SERVER_TRIES, ..failure },
        _ => failure,
    }
}

/// The quota of a day ends at midnight in California.
fn next_reset(now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let tomorrow = now.with_timezone(&Pacific).date_naive().checked_add_days(Days::new(1))?;
    let midnight = tomorrow.and_hms_opt(0, 0, 0)?;
    Some(Pacific.from_local_datetime(&midnight).earliest()?.to_utc())
}

impl Listings for Ebay {
    fn provider(&self) -> Provider {
        Provider::Ebay
    }

    fn search<'a>(
        &'a self,
        product: &'a Product,
        settings: &'a SearchSettings,
        purse: &'a Purse,
    ) -> BoxFuture<'a, Result<Found, Refusal>> {
        Box::pin(self.find(product, settings, purse))
    }

    fn calls_per_product(&self, _settings: &SearchSettings) -> f64 {
        CALLS_PER_PRODUCT
    }

    fn call_ms(&self) -> u64 {
        CALL_MS
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async {
            match self.token.renew(&self.caller, &self.url).await {
                Err(Refusal::Fault(fault)) => Err(fault),
                _ => Ok(()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_is_filled_up_at_midnight_in_california() {
        let reset = |now: &str| next_reset(now.parse().unwrap()).unwrap().to_rfc3339();
        assert_eq!(reset("2026-11-21T14:00:00Z"), "2026-11-22T08:00:00+00:00");
        assert_eq!(reset("2026-11-21T07:59:59Z"), "2026-11-21T08:00:00+00:00");
        assert_eq!(reset("2026-11-21T08:00:00Z"), "2026-11-22T08:00:00+00:00");
        assert_eq!(reset("2026-07-04T12:00:00Z"), "2026-07-05T07:00:00+00:00");
    }
}
