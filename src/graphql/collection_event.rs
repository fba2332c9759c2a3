//! What happened in a run, and what failed in it, in the schema.

use async_graphql::{ComplexObject, Context, Enum, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    app,
    collection_loader::SellerKey,
    connection::connection,
    loader::Loader,
    scalar::{Cents, DateTime, small},
    seller::Seller,
};
use crate::collection;

/// What happened.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "collection::CollectionEventKind")]
pub enum CollectionEventKind {
    /// The run began.
    Started,
    /// A page of best sellers was read.
    Fetched,
    /// Listings of a product were found, or none.
    Found,
    /// A seller was added.
    SellerAdded,
    /// A known seller was seen again.
    SellerSeen,
    /// A call failed and was made again.
    Retried,
    /// A provider asked to be asked less often.
    RateLimited,
    /// A page or product cannot be done, and need not.
    Skipped,
    /// A page or product failed.
    Failed,
    /// Most of what the run may cost is used.
    Warned,
    /// The run rests.
    Paused,
    /// The run goes on.
    Resumed,
    /// The run ended.
    Done,
}

/// One thing that happened in a run.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct CollectionEvent {
    /// Its number in the run, from 1, without gaps.
    pub(super) seq: i32,
    /// When.
    at: DateTime,
    /// Which worker did it, from 1; null when it is about the run.
    worker: Option<i32>,
    /// What happened.
    kind: CollectionEventKind,
    /// The title of the product; null when it is about none.
    product: Option<String>,
    /// In words; null when there is nothing to add.
    message: Option<String>,
    /// How long it took, in milliseconds; null when that says nothing.
    duration_ms: Option<i32>,
    /// Which try it was, from 1; null when that says nothing.
    attempt: Option<i32>,
    /// What went wrong, for programs; null when nothing did.
    error_code: Option<String>,
    #[graphql(skip)]
    category_id: Option<String>,
    #[graphql(skip)]
    seller_id: Option<Uuid>,
}

impl From<collection::CollectionEvent> for CollectionEvent {
    fn from(row: collection::CollectionEvent) -> Self {
        Self {
            seq: small(row.seq),
            at: DateTime(row.at),
            worker: row.worker,
            kind: row.kind.into(),
            product: row.product,
            message: row.message,
            duration_ms: row.duration_ms.map(small),
            attempt: row.attempt,
            error_code: row.error_code,
            category_id: row.category_id,
            seller_id: row.seller_id,
        }
    }
}

#[ComplexObject]
impl CollectionEvent {
    /// The name of the category; null when it is about none.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let app = app(ctx)?;
        Ok(self.category_id.as_deref().map(|id| collection::category_name(app, id)))
    }

    /// The seller, as they are now; null when it is about none, or they have been deleted.
    async fn seller(&self, ctx: &Context<'_>) -> Result<Option<Seller>> {
        let Some(id) = self.seller_id else { return Ok(None) };
        let seller = ctx.data::<DataLoader<Loader>>()?.load_one(SellerKey(id)).await?;
        Ok(seller.map(Into::into))
    }
}

connection!(
    CollectionEventConnection,
    CollectionEventEdge,
    CollectionEvent,
    i64,
    "A page of what happened in a run, in order."
);

#[ComplexObject]
impl CollectionEventConnection {
    /// The events of this page, without their cursors.
    async fn nodes(&self) -> Vec<&CollectionEvent> {
        self.rows()
    }

    /// How many events the run has on all pages.
    async fn total_count(&self) -> Option<i64> {
        Some(self.source)
    }
}

/// What a piece of work is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "collection::ItemKind")]
pub enum CollectionItemKind {
    /// A page of the best sellers of a category.
    Page,
    /// A product whose listings are searched.
    Product,
}

/// A piece of work whose last try failed. `retryCollectionFailures` tries all of them again.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct CollectionFailure {
    /// What it is.
    kind: CollectionItemKind,
    /// Which page of best sellers, from 1; null for a product.
    page: Option<i32>,
    /// The title of the product; null for a page.
    product: Option<String>,
    /// Amazon's id of the product; null for a page.
    asin: Option<String>,
    /// Amazon's page of the product; null for a page, or where it is not known.
    url: Option<String>,
    /// Its price in cents of `currency`; null for a page, or where it is not known.
    price_cents: Option<Cents>,
    /// The currency of the price, ISO 4217; null where there is none.
    currency: Option<String>,
    /// What went wrong, for programs.
    error_code: String,
    /// What went wrong, in words.
    message: String,
    /// Times it was tried.
    attempts: i32,
    /// When its last try ended.
    failed_at: DateTime,
    #[graphql(skip)]
    category_id: String,
}

impl From<collection::CollectionItem> for CollectionFailure {
    fn from(row: collection::CollectionItem) -> Self {
        Self {
            kind: row.kind.into(),
            page: row.page,
            product: row.title,
            asin: row.product_key,
            url: row.url,
            price_cents: row.price_cents.map(Cents),
            currency: row.currency,
            error_code: row.error_code.unwrap_or_default(),
            message: row.error_message.unwrap_or_default(),
            attempts: row.attempts,
            failed_at: DateTime(row.finished_at.unwrap_or(row.created_at)),
            category_id: row.category_id,
        }
    }
}

#[ComplexObject]
impl CollectionFailure {
    /// The name of the category.
    async fn category(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(collection::category_name(app(ctx)?, &self.category_id))
    }
}

connection!(
    CollectionFailureConnection,
    CollectionFailureEdge,
    CollectionFailure,
    i64,
    "A page of what failed in a run, in the order in which it did."
);

#[ComplexObject]
impl CollectionFailureConnection {
    /// The failures of this page, without their cursors.
    async fn nodes(&self) -> Vec<&CollectionFailure> {
        self.rows()
    }

    /// How many there are on all pages.
    async fn total_count(&self) -> Option<i64> {
        Some(self.source)
    }
}
