//! Collection runs, against the marketplace inside the product and against scripted ones.

mod caps;
mod failing;
mod killed;
mod runs;
mod scripted;
mod sellers;
mod steering;

use entity::{collection_event, collection_item, collection_run, run_seller, sighting};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use sellerbook::{
    auth::{self, Actor},
    collection::{self, CollectionRun, CollectionRunStatus, NewRun},
};
use uuid::Uuid;

use crate::TestApp;

/// Two small categories of the built-in marketplace.
const TWO: [&str; 2] = ["appliances-cooktops", "appliances-freezers"];

/// The admin of the organisation.
async fn admin(app: &TestApp) -> Actor {
    auth::of_member(&app.app, app.seeded.admin.id).await.unwrap()
}

/// A run of these categories, started by the admin.
async fn start(app: &TestApp, categories: &[&str]) -> Uuid {
    start_with(app, categories, NewRun::default()).await
}

async fn start_with(app: &TestApp, categories: &[&str], new: NewRun) -> Uuid {
    let category_ids = Some(categories.iter().map(|id| (*id).to_owned()).collect());
    collection::start(&app.app, &admin(app).await, NewRun { category_ids, ..new }).await.unwrap().id
}

/// The row of a run.
async fn row(app: &TestApp, id: Uuid) -> CollectionRun {
    collection_run::Entity::find_by_id(id).one(app.app.db.read()).await.unwrap().unwrap()
}

async fn items(app: &TestApp, id: Uuid) -> Vec<collection_item::Model> {
    let rows = collection_item::Entity::find().filter(collection_item::Column::RunId.eq(id));
    rows.order_by_asc(collection_item::Column::Position).all(app.app.db.read()).await.unwrap()
}

async fn events(app: &TestApp, id: Uuid) -> Vec<collection_event::Model> {
    let rows = collection_event::Entity::find().filter(collection_event::Column::RunId.eq(id));
    rows.order_by_asc(collection_event::Column::Seq).all(app.app.db.read()).await.unwrap()
}

async fn seen_in(app: &TestApp, id: Uuid) -> Vec<run_seller::Model> {
    run_seller::Entity::find().filter(run_seller::Column::RunId.eq(id)).all(app.app.db.read()).await.unwrap()
}

async fn sightings(app: &TestApp, id: Uuid) -> Vec<sighting::Model> {
    let rows = sighting::Entity::find().filter(sighting::Column::RunId.eq(id));
    rows.order_by_asc(sighting::Column::ListingId).all(app.app.db.read()).await.unwrap()
}

/// The settings leave these out.
async fn block(app: &TestApp, names: &[&str]) {
    let blocked = Some(names.iter().map(|name| (*name).to_owned()).collect());
    let change = collection::SettingsChange { blocked, ..Default::default() };
    collection::update_settings(&app.app, &admin(app).await, change).await.unwrap();
}

/// What must hold of every run whose work has come to an end: the counters are what the rows say, and the numbers of the
/// events have no gaps.
async fn check_sums(app: &TestApp, id: Uuid) {
    use collection_item::{ItemKind, ItemState};
    let (run, items, events) = (row(app, id).await, items(app, id).await, events(app, id).await);
    let count = |is: &dyn Fn(&collection_item::Model) -> bool| {
        i32::try_from(items.iter().filter(|item| is(item)).count()).unwrap()
    };
    let is_product = |item: &collection_item::Model| item.kind == ItemKind::Product;
    assert_eq!(run.products_total, count(&|item| is_product(item)));
    assert_eq!(run.products_done, count(&|item| is_product(item) && item.state != ItemState::Pending));
    assert_eq!(run.failed_items, count(&|item| item.state == ItemState::Failed));
    assert_eq!(run.listings_calls, items.iter().filter(|item| is_product(item)).map(|item| item.calls).sum::<i32>());
    assert_eq!(run.cost_micros, items.iter().map(|item| item.cost_micros).sum::<i64>());
    let seen = seen_in(app, id).await;
    assert_eq!(run.sellers_found, i32::try_from(seen.len()).unwrap());
    assert_eq!(run.sellers_new, i32::try_from(seen.iter().filter(|seen| seen.is_new).count()).unwrap());
    let numbers: Vec<i64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=run.last_seq).collect::<Vec<_>>());
    let is_final = !matches!(
        run.status,
        CollectionRunStatus::Pending | CollectionRunStatus::Running | CollectionRunStatus::Paused
    );
    assert_eq!(run.completed_at.is_some(), is_final);
}
