//! Collection runs, against the marketplace inside the product, one on this machine that fails as it is told, and
//! scripted ones. They are started and steered over GraphQL, as people do it.

mod caps;
mod failing;
mod faulty;
mod following;
mod killed;
mod limits;
mod runs;
pub mod scripted;
mod sellers;
mod steering;
mod stopped;
mod together;

use std::collections::{BTreeMap, HashSet};

use entity::{collection_event, collection_item, collection_run, run_seller, seller, sighting};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use sellerbook::{
    collection::{CollectionRun, CollectionRunStatus},
    id::IdKind,
    sources::{Categories, Sources},
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    TestApp,
    collection_api::{change, refusal},
    marketplace::{
        Endpoint, Marketplace,
        goods::{Goods, words},
    },
    process::Setting,
};

/// Two small categories of the built-in marketplace.
const TWO: [&str; 2] = ["appliances-cooktops", "appliances-freezers"];

/// What is selected of a run that was changed.
const RUN: &str = "collectionRun { id name status reason pauseAskedAt cancelAskedAt rerunOf { id } }";

/// A run of these categories, started by the admin.
pub async fn start(app: &TestApp, categories: &[impl Serialize]) -> Uuid {
    start_with(app, categories, json!({})).await
}

/// The same with something more to say, as in the schema.
async fn start_with(app: &TestApp, categories: &[impl Serialize], more: Value) -> Uuid {
    start_as(app, &app.seeded.admin.token, categories, more).await
}

async fn start_as(app: &TestApp, token: &str, categories: &[impl Serialize], more: Value) -> Uuid {
    let mut collection = json!({ "categoryIds": categories });
    collection.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let started = change(app, token, "startCollectionRun", json!({ "collection": collection }), RUN).await;
    id_of(&started["collectionRun"])
}

fn id_of(run: &Value) -> Uuid {
    IdKind::Run.read(run["id"].as_str().unwrap()).unwrap()
}

/// The admin wants something of a run: the run as it is then, or the code of the refusal.
async fn ask(app: &TestApp, mutation: &str, id: Uuid) -> Result<Value, String> {
    let input = json!({ "id": IdKind::Run.show(id) });
    let answer = change(app, &app.seeded.admin.token, mutation, input, RUN).await;
    if answer["collectionRun"].is_null() {
        Err(refusal(&answer).0.to_owned())
    } else {
        Ok(answer["collectionRun"].clone())
    }
}

/// What failed is tried again.
async fn retry(app: &TestApp, id: Uuid) {
    ask(app, "retryCollectionFailures", id).await.unwrap();
}

/// A run as anybody of the organisation sees it.
async fn shown(app: &TestApp, id: Uuid, selection: &str) -> Value {
    let query = format!("query ($id: ID!) {{ collectionRun(id: $id) {{ {selection} }} }}");
    app.data(&app.seeded.va.token, &query, json!({ "id": IdKind::Run.show(id) })).await["collectionRun"].clone()
}

/// From now on a marketplace with these goods is asked.
async fn visit(app: &mut TestApp, goods: Goods) -> Marketplace {
    let market = Marketplace::open(goods).await;
    let config = market.config(app.app.config.as_ref().clone());
    app.with_sources(Sources::with_clock(&config, &app.app.clock).unwrap());
    market
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

/// A process that asks this marketplace.
fn setting(app: &TestApp, market: &Marketplace) -> Setting {
    let variables = market.environment().into_iter();
    variables.fold(Setting::of(app), |setting, (name, value)| setting.with(name, value))
}

/// The first so many of the built-in categories.
fn categories(count: usize) -> Vec<String> {
    Categories::load(None).unwrap().all().take(count).map(|category| category.id.clone()).collect()
}

/// The sellers that a run added, without what differs from run to run.
async fn names(app: &TestApp, org: Uuid, run: Uuid) -> Vec<(String, Option<String>, i32)> {
    let rows =
        seller::Entity::find().filter(seller::Column::OrgId.eq(org)).filter(seller::Column::FirstSeenRunId.eq(run));
    let rows = rows.all(app.app.db.read()).await.unwrap();
    let mut names: Vec<_> =
        rows.into_iter().map(|row| (row.normalized_name, row.platform_id, row.times_seen)).collect();
    names.sort();
    names
}

/// Why they are here, likewise.
async fn whys(app: &TestApp, run: Uuid) -> Vec<(String, i64, Option<String>)> {
    let mut whys: Vec<_> =
        sightings(app, run).await.into_iter().map(|row| (row.listing_id, row.price_cents, row.rung)).collect();
    whys.sort();
    whys
}

/// What was bought, and how often.
type Bought = BTreeMap<(Endpoint, String), usize>;

/// What was bought for the items that are done.
async fn bought_for(app: &TestApp, market: &Marketplace, run: Uuid) -> Bought {
    let done = items(app, run).await.into_iter().filter(|item| item.finished_at.is_some());
    let node = |id: &str| app.app.sources.categories.find(id).unwrap().node.clone();
    let subjects: HashSet<String> = done
        .map(|item| match (item.page, item.title) {
            (Some(page), _) => format!("{}/{page}", node(&item.category_id)),
            (None, title) => subject(&title.unwrap()),
        })
        .collect();
    market
        .bought()
        .into_iter()
        .filter(|((endpoint, what), _)| subjects.contains(&subject_of(*endpoint, what)))
        .collect()
}

/// A page, or the product of a search: several searches can be about one.
fn subject_of(endpoint: Endpoint, what: &str) -> String {
    if endpoint == Endpoint::Search { subject(what.rsplit_once('/').unwrap().0) } else { what.to_owned() }
}

/// The word that is in the title of one product alone.
fn subject(text: &str) -> String {
    let is_number = |word: &String| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let mut words = words(text).into_iter();
    words.find(|word| word.starts_with("zeta") || is_number(word)).unwrap_or_else(|| text.to_owned())
}

/// The settings leave these out.
async fn block(app: &TestApp, names: &[&str]) {
    change(app, &app.seeded.admin.token, "updateCollectionSettings", json!({ "blockList": names }), "").await;
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
