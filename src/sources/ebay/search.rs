//! One request of eBay's search, and its answer.
//!
//! What a reader would get wrong: eBay answers a filter that it does not understand with everything, and a warning; that
//! is a failure, and what came is not used. A listing without a price or a seller is left out, the rest of its page is not.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{Condition, ListedSeller, Price, Rung, money::Amount},
    Answer, Failure, FaultKind, Listing, SearchSettings, Step, failure, money,
};
use crate::text::{self, LONGEST_FOREIGN_ID, LONGEST_NAME};

/// Most listings of a page.
const LARGEST_PAGE: u32 = 200;
/// eBay shows nothing past this.
const LAST_OFFSET: u32 = 9_999;
/// The filter was not understood, and everything came.
const FILTER_IGNORED: [i64; 3] = [12_002, 12_003, 12_012];

/// A search, page by page.
#[derive(Debug)]
pub(super) struct Search {
    /// Everything but the offset.
    query: String,
    limit: u32,
    most: u32,
    currency: String,
}

/// A page of listings.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) listings: Vec<Listing>,
    /// How many there were, usable or not.
    pub(super) count: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    /// Absent when there are none.
    #[serde(default)]
    item_summaries: Vec<Box<RawValue>>,
    #[serde(default)]
    warnings: Vec<Warning>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Warning {
    error_id: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    item_id: String,
    #[serde(default)]
    title: String,
    price: ItemPrice,
    item_web_url: Option<String>,
    seller: ItemSeller,
}

#[derive(Deserialize)]
struct ItemPrice {
    value: Amount,
    currency: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemSeller {
    username: Option<String>,
    user_id: Option<String>,
    /// A text over there.
    feedback_percentage: Option<Box<RawValue>>,
    feedback_score: Option<i64>,
}

impl Search {
    /// `window` is of prices in minor units.
    pub(super) fn new(step: &Step, settings: &SearchSettings, window: (i64, i64), currency: &str) -> Self {
        let most = settings.max_listings.max(1);
        let limit = most.min(LARGEST_PAGE);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(if step.rung == Rung::Gtin { "gtin" } else { "q" }, &step.query);
        query.append_pair("limit", &limit.to_string());
        query.append_pair("filter", &filter(settings, window, currency));
        Self { query: query.finish(), limit, most, currency: currency.to_owned() }
    }

    /// How many listings a full page has.
    pub(super) fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// Where pages may begin: multiples of the limit.
    pub(super) fn offsets(&self) -> impl Iterator<Item = u32> + use<> {
        let step = usize::try_from(self.limit).unwrap_or(usize::MAX);
        // One page more than would do if every listing came once; then it is enough.
        (0..=LAST_OFFSET.min(self.most)).step_by(step)
    }

    /// Where a page is.
    pub(super) fn address(&self, url: &str, offset: u32) -> String {
        format!("{url}/buy/browse/v1/item_summary/search?{}&offset={offset}", self.query)
    }

    /// A page, as it came.
    pub(super) fn read(&self, answer: &Answer<'_>) -> Result<Page, Failure> {
        if answer.status != StatusCode::OK {
            return Err(failure(answer));
        }
        let answered: Answered = answer.json()?;
        if let Some(warning) = answered.warnings.iter().find(|warning| FILTER_IGNORED.contains(&warning.error_id)) {
            let message = format!("ignored the filters of a search (warning {})", warning.error_id);
            return Err(Failure::for_good(FaultKind::BadResponse, message));
        }
        let items = answered.item_summaries.iter();
        let items = items.filter_map(|item| serde_json::from_str::<Item>(item.get()).ok());
        let listings = items.filter_map(|item| item.listing(&self.currency)).collect();
        Ok(Page { listings, count: answered.item_summaries.len() })
    }
}

fn filter(settings: &SearchSettings, (low, high): (i64, i64), currency: &str) -> String {
    let (low, high) = (money::decimal(low, currency), money::decimal(high, currency));
    let mut filters = vec![format!("price:[{low}..{high}],priceCurrency:{currency}")];
    filters.extend(match settings.condition {
        Condition::New => Some("conditionIds:{1000}".to_owned()),
        Condition::Used => Some("conditionIds:{3000}".to_owned()),
        Condition::Any => None,
    });
    if settings.free_shipping {
        filters.push("maxDeliveryCost:0".to_owned());
    }
    if !settings.item_country.is_empty() {
        filters.push(format!("itemLocationCountry:{}", settings.item_country));
    }
    filters.push("buyingOptions:{FIXED_PRICE}".to_owned());
    filters.join(",")
}

impl Item {
    /// The listing, if it has what one must have.
    fn listing(self, currency: &str) -> Option<Listing> {
        let price: Price = self.price.value.price(&self.price.currency).filter(|price| price.currency == currency)?;
        let is_id = !self.item_id.is_empty() && text::fault(&self.item_id, LONGEST_FOREIGN_ID).is_none();
        let url = self.item_web_url.filter(|url| url.starts_with("https://") && text::fault(url, 2_000).is_none());
        let title: String = self.title.replace('\0', "").chars().take(LONGEST_NAME).collect();
        let seller = self.seller.seller()?;
        is_id.then_some(Listing { id: self.item_id, title, price, url, seller })
    }
}

impl ItemSeller {
    fn seller(self) -> Option<ListedSeller> {
        let is_text = |text: &String| !text::normalize(text).is_empty();
        let platform_id = self.user_id.filter(|id| is_text(id) && text::fault(id, LONGEST_FOREIGN_ID).is_none());
        let name = self.username.filter(is_text).or_else(|| platform_id.clone())?;
        if text::fault(&name, LONGEST_NAME).is_some() {
            return None;
        }
        let percent = self.feedback_percentage.and_then(|percent| percent.get().trim_matches('"').parse().ok());
        Some(ListedSeller {
            name,
            platform_id,
            feedback_percent: percent.filter(|percent| (0.0..=100.0).contains(percent)),
            feedback_count: self.feedback_score.and_then(|score| i32::try_from(score.max(0)).ok()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_written_as_ebay_reads_them() {
        let settings = SearchSettings::default();
        assert_eq!(
            filter(&settings, (1_800, 2_203), "USD"),
            "price:[18.00..22.03],priceCurrency:USD,conditionIds:{1000},maxDeliveryCost:0,\
            itemLocationCountry:US,buyingOptions:{FIXED_PRICE}"
        );
        let settings = SearchSettings { condition: Condition::Any, free_shipping: false, ..settings };
        assert_eq!(
            filter(&settings, (5, 10), "USD"),
            "price:[0.05..0.10],priceCurrency:USD,itemLocationCountry:US,buyingOptions:{FIXED_PRICE}"
        );
    }

    #[test]
    fn pages_begin_at_multiples_of_the_limit_and_end() {
        let offsets = |max_listings| {
            let step = Step { rung: Rung::Words, query: "x".to_owned() };
            let settings = SearchSettings { max_listings, ..SearchSettings::default() };
            Search::new(&step, &settings, (1, 2), "USD").offsets().collect::<Vec<_>>()
        };
        assert_eq!(offsets(50), [0, 50]);
        assert_eq!(offsets(200), [0, 200]);
        assert_eq!(offsets(450), [0, 200, 400]);
        assert_eq!(offsets(100_000).last(), Some(&9_800));
    }

    #[test]
    fn a_listing_without_a_seller_or_a_price_is_left_out() {
        let item = |price: &str, seller: &str| {
            let json = format!(r#"{{"itemId":"v1|1|0","price":{price},"seller":{seller}}}"#);
            serde_json::from_str::<Item>(&json).ok()?.listing("USD")
        };
        let usd = r#"{"value":"12.34","currency":"USD"}"#;
        let full = r#"{"username":"=a","userId":"x1","feedbackPercentage":"98.6","feedbackScore":-3}"#;
        let listing = item(usd, full).unwrap();
        assert_eq!(listing.price.cents, 1_234);
        let seller = ListedSeller {
            name: "=a".to_owned(),
            platform_id: Some("x1".to_owned()),
            feedback_percent: Some(98.6),
            feedback_count: Some(0),
        };
        assert_eq!(listing.seller, seller);
        assert_eq!(item(usd, r#"{"userId":"x1"}"#).unwrap().seller.name, "x1");
        let strange = item(usd, r#"{"username":"a","feedbackPercentage":"NaN"}"#).unwrap();
        assert_eq!(strange.seller.feedback_percent, None);
        for (price, seller) in [
            (r#"{"value":"12.345","currency":"USD"}"#, full),
            (r#"{"value":"12.34","currency":"EUR"}"#, full),
            (r#"{"value":"free","currency":"USD"}"#, full),
            (usd, "{}"),
            (usd, r#"{"username":" "}"#),
            (usd, r#"{"username":"a\u0000"}"#),
            ("null", full),
        ] {
            assert_eq!(item(price, seller), None, "{price} {seller}");
        }
    }
}
