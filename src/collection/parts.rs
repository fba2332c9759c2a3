//! What belongs to runs: what failed, what happened, what the workers do, and what each category brought.
//!
//! Each for several runs in one statement, as lists of runs show them. Not here: counts, which stand on the run itself.
//! What a reader would get wrong: these read as much as they answer, but for the categories, which are added up from all
//! items of a run and so are read only when asked for.

use std::collections::HashMap;

use entity::{
    collection_event,
    collection_item::{self, ItemKind, ItemState},
    collection_worker,
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Func, SimpleExpr},
};
use uuid::Uuid;

use super::{CollectionEvent, CollectionItem, CollectionWorker};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope, qualified},
    error::{Context, Result},
    page::{self, ByNumber, Direction, Fingerprint, Key, List, Ordering, Page, PageRequest},
};

/// What a category brought to a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CategoryResult {
    /// Products found in it that no category before had.
    pub products: i64,
    /// Those that are done: searched, skipped, or failed for now.
    pub products_done: i64,
    /// Pages and products whose last try failed.
    pub failed_items: i64,
    /// Sellers of its products; one that sells two is counted twice.
    pub sellers_found: i64,
    /// Sellers that were not known.
    pub sellers_new: i64,
    /// Calls made for it.
    pub calls: i64,
    /// What they cost, millionths of a US dollar.
    pub cost_micros: i64,
}

/// The same page of what failed in each of several runs, in the order in which it did.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`. What is wrong with a cursor is the answer of the run it was used with.
pub async fn failures(
    app: &App,
    actor: &Actor,
    run_ids: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<CollectionItem>>>> {
    use collection_item::Column as C;
    let scope = actor.require(Permission::ReadSellers)?;
    let list = |run_id: Uuid| {
        // Spelled out, so that a prepared statement can use the index that holds only failures.
        let failed = items(&scope).filter(C::RunId.eq(run_id)).filter(Expr::cust("state = 'FAILED'"));
        Ok(List { id: run_id, select: failed, fingerprint: of_run(&scope, "collection_failures", run_id)? })
    };
    let lists = run_ids.iter().copied().map(list).collect::<Result<_>>()?;
    page::read_each(app.db.read(), lists, ByEnd, request, |item| item.run_id).await
}

/// The same page of what happened in each of several runs, in order.
///
/// # Errors
/// As [`failures`].
pub async fn events(
    app: &App,
    actor: &Actor,
    run_ids: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<CollectionEvent>>>> {
    use collection_event::Column as C;
    let scope = actor.require(Permission::ReadSellers)?;
    let list = |run_id: Uuid| {
        let select = collection_event::Entity::find().filter(C::OrgId.eq(scope.org_id())).filter(C::RunId.eq(run_id));
        Ok(List { id: run_id, select, fingerprint: of_run(&scope, "collection_events", run_id)? })
    };
    let lists = run_ids.iter().copied().map(list).collect::<Result<_>>()?;
    page::read_each(app.db.read(), lists, BY_SEQ, request, |event| event.run_id).await
}

/// What the workers of these runs are doing, by their numbers.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn workers(app: &App, actor: &Actor, run_ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<CollectionWorker>>> {
    use collection_worker::Column as C;
    let scope = actor.require(Permission::ReadSellers)?;
    let rows = collection_worker::Entity::find()
        .filter(C::OrgId.eq(scope.org_id()))
        .filter(C::RunId.is_in(run_ids.iter().copied()));
    by_run(app, rows).await
}

/// These workers by their runs, and there by their numbers.
pub(super) async fn by_run(
    app: &App,
    rows: Select<collection_worker::Entity>,
) -> Result<HashMap<Uuid, Vec<CollectionWorker>>> {
    let rows = rows.order_by_asc(collection_worker::Column::Worker).all(app.db.read()).await;
    let mut found: HashMap<Uuid, Vec<CollectionWorker>> = HashMap::new();
    for row in rows.doing("reading what workers do")? {
        found.entry(row.run_id).or_default().push(row);
    }
    Ok(found)
}

/// What each category brought to these runs, by the category's id. One that nothing was done for yet is absent.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn category_results(
    app: &App,
    actor: &Actor,
    run_ids: &[Uuid],
) -> Result<HashMap<Uuid, HashMap<String, CategoryResult>>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let rows = added_up(items(&scope), run_ids)
        .into_model::<OfKind>()
        .all(app.db.read())
        .await
        .doing("adding up what categories brought")?;
    let mut found: HashMap<Uuid, HashMap<String, CategoryResult>> = HashMap::new();
    for row in rows {
        row.add_to(found.entry(row.run_id).or_default().entry(row.category_id.clone()).or_default());
    }
    Ok(found)
}

/// The items of one category, kind and state, added up.
#[derive(Debug, FromQueryResult)]
struct OfKind {
    run_id: Uuid,
    category_id: String,
    kind: ItemKind,
    state: ItemState,
    items: i64,
    sellers_found: i64,
    sellers_new: i64,
    calls: i64,
    cost_micros: i64,
}

impl OfKind {
    fn add_to(&self, result: &mut CategoryResult) {
        if self.kind == ItemKind::Product {
            result.products += self.items;
            if self.state != ItemState::Pending {
                result.products_done += self.items;
            }
        }
        if self.state == ItemState::Failed {
            result.failed_items += self.items;
        }
        result.sellers_found += self.sellers_found;
        result.sellers_new += self.sellers_new;
        result.calls += self.calls;
        result.cost_micros += self.cost_micros;
    }
}

/// PostgreSQL sums bigint as numeric, hence the cast back.
fn added_up(items: Select<collection_item::Entity>, run_ids: &[Uuid]) -> Select<collection_item::Entity> {
    use collection_item::Column as C;
    let sum = |column: C| Expr::expr(Func::coalesce([qualified(column).sum().cast_as("bigint"), Expr::value(0_i64)]));
    let by = [C::RunId, C::CategoryId, C::Kind, C::State];
    items
        .filter(C::RunId.is_in(run_ids.iter().copied()))
        .select_only()
        .columns(by)
        .column_as(C::Id.count(), "items")
        .column_as(sum(C::SellersFound), "sellers_found")
        .column_as(sum(C::SellersNew), "sellers_new")
        .column_as(sum(C::Calls), "calls")
        .column_as(sum(C::CostMicros), "cost_micros")
        .group_by(C::RunId)
        .group_by(C::CategoryId)
        .group_by(C::Kind)
        .group_by(C::State)
}

/// Items in the order in which their last tries ended.
#[derive(Clone, Copy, Debug)]
struct ByEnd;

impl Ordering<collection_item::Entity> for ByEnd {
    fn expr(self) -> SimpleExpr {
        qualified(collection_item::Column::FinishedAt)
    }

    fn id(self) -> collection_item::Column {
        collection_item::Column::Id
    }

    fn key_of(self, row: &CollectionItem) -> (Key, Uuid) {
        // What failed has ended.
        (Key::Time(row.finished_at.unwrap_or(row.created_at)), row.id)
    }

    fn direction(self) -> Direction {
        Direction::Asc
    }

    fn fits(self, key: &Key) -> bool {
        matches!(key, Key::Time(_))
    }
}

/// Events in their order.
const BY_SEQ: ByNumber<collection_event::Entity> = ByNumber {
    number: collection_event::Column::Seq,
    id: collection_event::Column::Id,
    direction: Direction::Asc,
    of: |event| (event.seq, event.id),
};

fn of_run(scope: &Scope, list: &str, run_id: Uuid) -> Result<Fingerprint> {
    Fingerprint::of(list, scope.org_id(), &(), &run_id)
}

fn items(scope: &Scope) -> Select<collection_item::Entity> {
    collection_item::Entity::find().filter(collection_item::Column::OrgId.eq(scope.org_id()))
}
