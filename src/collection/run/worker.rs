//! One worker of a run: takes an item, asks a source, writes down what came of it, and takes the next.

use std::time::Instant;

use entity::{
    collection_item::ItemKind,
    collection_worker::{self, WorkerState},
};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};

use super::{
    Session,
    outcome::{Brought, Outcome},
};
use crate::{
    collection::CollectionItem,
    db::Transaction,
    error::{Context, Error, Result},
    sources::{Price, Product, Purse, Refusal},
};

/// What a worker is at.
#[derive(Clone, Debug)]
pub(super) struct Post {
    /// Which worker.
    pub number: i32,
    /// Its item, if it has one.
    pub item: Option<CollectionItem>,
    /// How its last item ended, in words.
    pub last_result: Option<String>,
}

impl Session<'_> {
    /// Works until there is nothing left or a reason to stop.
    pub(super) async fn worker(&self, number: i32) -> Result<()> {
        let mut next = None;
        while self.halt.reason().is_none() {
            let item = match next.take() {
                Some(item) => item,
                None => match self.feed.next(self.app).await? {
                    Some(item) => {
                        self.take_post(Post { number, item: Some(item.clone()), last_result: None }).await?;
                        item
                    }
                    None => break,
                },
            };
            // Somebody may have had a reason to stop while it was waited for.
            if self.halt.reason().is_some() {
                self.feed.put_down(&item);
                break;
            }
            let outcome = self.attempt(&item).await;
            if self.halt.reason().is_none() {
                next = self.feed.take();
            }
            let written = self.write_down(number, &item, outcome, next.clone()).await;
            self.feed.put_down(&item);
            written?;
        }
        if let Some(item) = next {
            self.feed.put_down(&item);
        }
        Ok(())
    }

    async fn attempt(&self, item: &CollectionItem) -> Outcome {
        let (purse, begun) = (self.budget.purse(), Instant::now());
        let brought = match item.kind {
            ItemKind::Page => self.read_page(item, &purse).await,
            ItemKind::Product => self.search(item, &purse).await,
        };
        let (spent, notes) = purse.empty();
        let millis = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        Outcome { brought, spent, notes, millis }
    }

    async fn read_page(&self, item: &CollectionItem, purse: &Purse) -> Brought {
        let sources = &self.app.sources;
        let Some(category) = sources.categories.find(&item.category_id) else {
            return Brought::Skipped("UNKNOWN_CATEGORY", "the file of categories no longer has this one");
        };
        let page = item.page.and_then(|page| u32::try_from(page).ok()).unwrap_or(1);
        sources.best_sellers.page(category, page, purse).await.map_or_else(Brought::Refused, Brought::Page)
    }

    async fn search(&self, item: &CollectionItem, purse: &Purse) -> Brought {
        let Some(product) = product_of(item) else {
            return Brought::Skipped("NO_PRICE", "without a price there is no telling which listings are near it");
        };
        let found = self.app.sources.listings.search(&product, &self.search, purse).await;
        found.map_or_else(Brought::Refused, Brought::Listings)
    }

    /// A worker that had nothing to do has something.
    async fn take_post(&self, post: Post) -> Result<()> {
        let (lease, row) = (self.lease.clone(), self.post(&post));
        self.app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    lease.hold(tx).await?;
                    write_post(tx, row).await
                })
            })
            .await?;
        self.teller.changed();
        Ok(())
    }

    /// What a worker is at, as a row.
    pub(super) fn post(&self, post: &Post) -> collection_worker::ActiveModel {
        let item = post.item.as_ref();
        let state = if item.is_some() { WorkerState::Working } else { WorkerState::Idle };
        collection_worker::ActiveModel {
            run_id: Set(self.id),
            worker: Set(post.number),
            org_id: Set(self.scope.org_id()),
            state: Set(state),
            category_id: Set(item.map(|item| item.category_id.clone())),
            product: Set(item.and_then(|item| item.title.clone())),
            last_result: Set(post.last_result.clone()),
            since: Set(self.app.clock.now()),
        }
    }
}

/// Writes what a worker is at. What it did last stays when nothing is said of it.
pub(super) async fn write_post(tx: &Transaction, row: collection_worker::ActiveModel) -> Result<()> {
    use collection_worker::Column as C;
    let mut columns = vec![C::State, C::CategoryId, C::Product, C::Since];
    if row.last_result.try_as_ref().is_some_and(Option::is_some) {
        columns.push(C::LastResult);
    }
    let change = OnConflict::columns([C::RunId, C::Worker]).update_columns(columns).to_owned();
    let written = collection_worker::Entity::insert(row).on_conflict(change).exec_without_returning(tx).await;
    written.doing("writing what a worker of a run is at").map(drop)
}

/// The product of an item; none without a price.
fn product_of(item: &CollectionItem) -> Option<Product> {
    let price = Price { cents: item.price_cents?, currency: item.currency.clone()? };
    Some(Product {
        asin: item.product_key.clone()?,
        title: item.title.clone()?,
        price: Some(price),
        rank: item.rank,
        url: item.url.clone(),
        gtin: item.gtin.clone(),
        brand: item.brand.clone(),
        model: item.model.clone(),
    })
}

/// Words for why there is no answer.
pub(super) fn refusal_in_words(refusal: &Refusal) -> (&'static str, String) {
    match refusal {
        Refusal::Fault(fault) => (fault.kind.code(), fault.message.clone()),
        Refusal::OutOfCalls => ("CALL_CAP_REACHED", "the run has made all the calls it may make".to_owned()),
        Refusal::OutOfMoney => ("COST_CAP_REACHED", "the next call costs more than the run may still spend".to_owned()),
    }
}

/// What cannot be, in this folder.
pub(super) fn impossible(what: &'static str) -> Error {
    Error::internal(what)
}
