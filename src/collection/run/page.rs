//! A page of best sellers becomes products to be searched.

use std::collections::HashSet;

use entity::{
    collection_event::CollectionEventKind as Kind,
    collection_item::{self, ItemKind, ItemState},
    collection_run::CollectionPhase,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict};
use uuid::Uuid;

use super::{item::Step, worker::impossible};
use crate::{
    collection::entry::Entry,
    db::Transaction,
    error::{Context, Result},
    sources::{Product, ProductPage},
    text::cleaned,
};

/// Pages of a category: Amazon's lists hold 100 products, 50 a page.
const MOST_PAGES: i32 = 2;
/// Most characters of a product's texts that are kept.
const LONGEST_TEXT: usize = 1_000;
/// Most characters of an address that are kept.
pub(super) const LONGEST_URL: usize = 2_000;

impl Step {
    /// Adds the products that no other category has brought. Answers the result in words.
    pub(super) async fn take_page(
        &self,
        tx: &Transaction,
        entry: &mut Entry,
        row: &mut collection_item::ActiveModel,
        page: &ProductPage,
    ) -> Result<String> {
        self.close(row, ItemState::Done, None);
        let mut seen = HashSet::new();
        let products = page.products.iter().filter(|product| !product.asin.is_empty() && seen.insert(&product.asin));
        let rows: Vec<_> = products.enumerate().map(|(place, product)| self.product_item(place, product)).collect();
        let found = rows.len();
        let added = if rows.is_empty() { 0 } else { insert_new(tx, rows).await? };
        entry.run.products_total += added;
        let number = self.item.page.ok_or_else(|| impossible("a page has a number"))?;
        if page.has_next && number < MOST_PAGES {
            insert_new(tx, vec![self.page_item(number + 1)]).await?;
        }
        let words = format!("{found} products, {added} of them new to the run");
        entry.tell(Kind::Fetched, self.telling(&words));
        Ok(words)
    }

    /// Categories and departments of which no page is left to be read.
    pub(super) async fn count_categories(&self, tx: &Transaction, entry: &mut Entry) -> Result<()> {
        use collection_item::Column as C;
        let pending: Vec<String> = collection_item::Entity::find()
            .filter(C::RunId.eq(self.run_id))
            .filter(C::Kind.eq(ItemKind::Page))
            .filter(C::State.eq(ItemState::Pending))
            .select_only()
            .column(C::CategoryId)
            .distinct()
            .into_tuple()
            .all(tx)
            .await
            .doing("counting the categories of a run that are done")?;
        let department = |id: &String| self.categories.find(id).map(|category| category.department_id.as_str());
        let departments: HashSet<Option<&str>> = pending.iter().map(department).collect();
        let left = |total: i32, pending: usize| total - i32::try_from(pending).unwrap_or(total);
        entry.run.categories_done = left(entry.run.categories_total, pending.len());
        entry.run.departments_done = left(entry.run.departments_total, departments.len());
        if pending.is_empty() {
            entry.run.phase = Some(CollectionPhase::Listings);
        }
        Ok(())
    }

    fn page_item(&self, number: i32) -> collection_item::ActiveModel {
        collection_item::ActiveModel {
            kind: Set(ItemKind::Page),
            page: Set(Some(number)),
            position: Set(self.item.position + 1),
            ..self.new_item()
        }
    }

    fn product_item(&self, place: usize, product: &Product) -> collection_item::ActiveModel {
        let text = |text: &Option<String>, longest| Set(text.as_deref().and_then(|text| cleaned(text, longest)));
        collection_item::ActiveModel {
            kind: Set(ItemKind::Product),
            page: Set(None),
            product_key: Set(cleaned(&product.asin, LONGEST_TEXT)),
            title: Set(Some(cleaned(&product.title, LONGEST_TEXT).unwrap_or_else(|| product.asin.clone()))),
            brand: text(&product.brand, LONGEST_TEXT),
            model: text(&product.model, LONGEST_TEXT),
            gtin: text(&product.gtin, LONGEST_TEXT),
            url: text(&product.url, LONGEST_URL),
            price_cents: Set(product.price.as_ref().map(|price| price.cents.max(0))),
            currency: Set(product.price.as_ref().map(|price| price.currency.clone())),
            rank: Set(product.rank),
            // Pages are ten apart by category; products follow in their order.
            position: Set(self.item.position.saturating_mul(100) + i32::try_from(place).unwrap_or(i32::MAX)),
            ..self.new_item()
        }
    }

    fn new_item(&self) -> collection_item::ActiveModel {
        collection_item::ActiveModel {
            id: Set(Uuid::now_v7()),
            org_id: Set(self.scope.org_id()),
            run_id: Set(self.run_id),
            category_id: Set(self.item.category_id.clone()),
            state: Set(ItemState::Pending),
            created_at: Set(self.now),
            product_key: Set(None),
            title: Set(None),
            brand: Set(None),
            model: Set(None),
            gtin: Set(None),
            url: Set(None),
            price_cents: Set(None),
            currency: Set(None),
            rank: Set(None),
            ..Default::default()
        }
    }
}

/// Inserts items, but for those the run has already. Answers how many are new.
async fn insert_new(tx: &Transaction, rows: Vec<collection_item::ActiveModel>) -> Result<i32> {
    let unless_there = OnConflict::new().do_nothing().to_owned();
    let new = collection_item::Entity::insert_many(rows).on_conflict(unless_there).exec_with_returning(tx).await;
    Ok(i32::try_from(new.doing("adding items to a run")?.len()).unwrap_or(i32::MAX))
}
