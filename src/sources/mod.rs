//! The outside world of a collection run: best sellers of a category, and listings of a product with their sellers.
//!
//! Two seams, [`BestSellers`] and [`Listings`], each with several providers behind it; the configuration chooses. Not here:
//! which categories and products are read, and what becomes of the answers (`collection`). What a reader would get wrong:
//! every call to a provider is paid for out of a [`Purse`] before it is made, retries too; a cap holds to the call.

mod amazon;
mod answer;
mod breaker;
mod caller;
mod catalogue;
mod categories;
mod configured;
mod ebay;
mod ladder;
mod money;
mod oxylabs;
mod pace;
mod purse;
mod rainforest;

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

pub use categories::{Categories, Category, Department};
pub use purse::{Budget, Note, Prices, Purse, Spent};

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Provider {
    /// The marketplace inside the product.
    Catalogue,
    /// Oxylabs, for Amazon's best sellers.
    Oxylabs,
    /// Rainforest, for Amazon's best sellers.
    Rainforest,
    /// eBay's Browse API, for listings.
    Ebay,
}

impl Provider {
    /// All providers.
    pub const ALL: [Self; 4] = [Self::Catalogue, Self::Oxylabs, Self::Rainforest, Self::Ebay];

    /// As it is stored, configured (in lower case) and shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Catalogue => "CATALOGUE",
            Self::Oxylabs => "OXYLABS",
            Self::Rainforest => "RAINFOREST",
            Self::Ebay => "EBAY",
        }
    }
}

/// An amount of money as a marketplace gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Minor units: US cents for `USD`.
    pub cents: i64,
    /// ISO 4217, upper case.
    pub currency: String,
}

/// One of the best sellers of a category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Amazon's id, the same however many categories list it.
    pub asin: String,
    /// Its title.
    pub title: String,
    /// Its price; the source may not know it.
    pub price: Option<Price>,
    /// Its rank, from 1.
    pub rank: Option<i32>,
    /// Its page.
    pub url: Option<String>,
    /// UPC or EAN, where the source has it.
    pub gtin: Option<String>,
    /// Its brand, where the source has it.
    pub brand: Option<String>,
    /// Its model, where the source has it.
    pub model: Option<String>,
}

/// A page of best sellers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductPage {
    /// In the order of their ranks.
    pub products: Vec<Product>,
    /// Whether there is another page.
    pub has_next: bool,
}

/// What listings to search for. The same names as in the schema; stored with presets and runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchSettings {
    /// `NEW`, or `ANY`.
    pub condition: Condition,
    /// Only listings that ship for nothing.
    pub free_shipping: bool,
    /// Where the item lies, ISO 3166-1 alpha-2.
    pub item_country: String,
    /// Lowest price, as a part of Amazon's.
    pub min_price_factor: f64,
    /// Highest price, as a part of Amazon's.
    pub max_price_factor: f64,
    /// Most listings of a product.
    pub max_listings: u32,
}

/// In which condition items are sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Condition {
    /// New.
    New,
    /// Used.
    Used,
    /// Any.
    Any,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self {
            condition: Condition::New,
            free_shipping: true,
            item_country: "US".to_owned(),
            min_price_factor: 1.8,
            max_price_factor: 2.2,
            max_listings: 200,
        }
    }
}

/// How a product's listings were found: the ladder of searches, from the surest down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rung {
    /// By UPC or EAN.
    Gtin,
    /// By brand and model.
    BrandModel,
    /// By the first significant words of the title.
    Words,
}

impl Rung {
    /// As it is stored and shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gtin => "GTIN",
            Self::BrandModel => "BRAND_MODEL",
            Self::Words => "WORDS",
        }
    }
}

/// One listing, and who sells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The marketplace's id; one listing comes once, however many pages show it.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its price.
    pub price: Price,
    /// Its page.
    pub url: Option<String>,
    /// Who sells it.
    pub seller: ListedSeller,
}

/// A seller as a listing shows them. Third-party text: nothing in it is trusted.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedSeller {
    /// The user name, or the immutable id that eBay may give in its place.
    pub name: String,
    /// The marketplace's immutable id, where the listing has it.
    pub platform_id: Option<String>,
    /// Share of positive feedback, 0 to 100.
    pub feedback_percent: Option<f64>,
    /// Number of feedbacks.
    pub feedback_count: Option<i32>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The rung that matched; none when nothing was found.
    pub rung: Option<Rung>,
    /// Each listing once, at most as many as the settings say.
    pub listings: Vec<Listing>,
}

/// Why a provider's answer cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Asked too often.
    RateLimited,
    /// The quota of the day, or the credits, are used up.
    QuotaExhausted,
    /// No answer in time, or the connection was lost.
    Timeout,
    /// The credentials do not hold.
    Unauthorized,
    /// The request was refused.
    BadRequest,
    /// The provider failed.
    ServerError,
    /// An answer that cannot be read, or is not what was asked for.
    BadResponse,
    /// No such thing there.
    NotFound,
}

impl FaultKind {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RateLimited => "RATE_LIMITED",
            Self::QuotaExhausted => "QUOTA_EXHAUSTED",
            Self::Timeout => "TIMEOUT",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::BadRequest => "BAD_REQUEST",
            Self::ServerError => "SERVER_ERROR",
            Self::BadResponse => "BAD_RESPONSE",
            Self::NotFound => "NOT_FOUND",
        }
    }
}

/// A call that failed for good: after the retries that make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Who failed.
    pub provider: Provider,
    /// In which way.
    pub kind: FaultKind,
    /// For people: what was wrong, without secrets and without third-party text that was not cleaned.
    pub message: String,
    /// When it is worth another try: when a quota is filled up again, if the provider says so or it is known.
    pub until: Option<DateTime<Utc>>,
}

/// Why a source did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The provider failed.
    Fault(Fault),
    /// The run may make no further call.
    OutOfCalls,
    /// The run may not spend what the next call costs.
    OutOfMoney,
}

/// How much a source will have to be asked, for estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Products, as far as is known before.
    pub products: u32,
    /// Calls that takes.
    pub calls: u32,
}

/// Best sellers of a category, page by page.
pub trait BestSellers: Send + Sync {
    /// Who is asked.
    fn provider(&self) -> Provider;

    /// One page, from 1.
    fn page<'a>(
        &'a self,
        category: &'a Category,
        page: u32,
        purse: &'a Purse,
    ) -> BoxFuture<'a, Result<ProductPage, Refusal>>;

    /// How many products a category has, and in how many calls.
    fn size(&self, category: &Category) -> Size;

    /// Milliseconds a call takes, as far as is known before.
    fn call_ms(&self) -> u64;

    /// Whether the credentials work, by the cheapest call there is.
    fn check(&self) -> BoxFuture<'_, Result<(), Fault>>;
}

/// Listings of a product.
pub trait Listings: Send + Sync {
    /// Who is asked.
    fn provider(&self) -> Provider;

    /// The listings of a product, whose price is known.
    fn search<'a>(
        &'a self,
        product: &'a Product,
        settings: &'a SearchSettings,
        purse: &'a Purse,
    ) -> BoxFuture<'a, Result<Found, Refusal>>;

    /// Calls that a product takes on average.
    fn calls_per_product(&self, settings: &SearchSettings) -> f64;

    /// Milliseconds a call takes, as far as is known before.
    fn call_ms(&self) -> u64;

    /// Whether the credentials work, by the cheapest call there is.
    fn check(&self) -> BoxFuture<'_, Result<(), Fault>>;
}

/// The sources of this process, as configured. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    /// Where best sellers are read.
    pub best_sellers: Arc<dyn BestSellers>,
    /// Where listings are searched.
    pub listings: Arc<dyn Listings>,
    /// What can be collected.
    pub categories: Arc<Categories>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("best_sellers", &self.best_sellers.provider())
            .field("listings", &self.listings.provider())
            .finish_non_exhaustive()
    }
}
