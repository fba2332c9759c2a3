//! What sellers were: lists as of a moment, differences between two, and the events between them.

mod diffs;
mod events;
mod exports;
mod files;
mod importing;
mod lists;
mod model;
mod story;

use chrono::{DateTime, TimeDelta, Utc};
use sellerbook::{clock::rfc3339, id::IdKind};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{TestApp, collection_api::change, seed_runs};

/// A moment as the schema names it.
fn at(time: DateTime<Utc>) -> Value {
    json!({ "at": rfc3339(time) })
}

fn now() -> Value {
    json!({ "now": true })
}

/// Adds at most 100 sellers as the admin; their ids, in order.
async fn add(app: &TestApp, names: &[&str]) -> Vec<String> {
    let added =
        change(app, &app.seeded.admin.token, "addSellers", json!({ "names": names }), "added(first: 100) { id }");
    added.await["added"].as_array().unwrap().iter().map(|seller| seller["id"].as_str().unwrap().to_owned()).collect()
}

/// Does something with sellers as the admin, which must not be refused.
async fn does(app: &TestApp, mutation: &str, input: Value) {
    let payload = change(app, &app.seeded.admin.token, mutation, input, "__typename").await;
    assert_eq!(payload["userErrors"], json!([]), "{mutation}");
}

/// A minute later: the moment before it.
fn later(app: &TestApp) -> DateTime<Utc> {
    let before = app.now();
    app.pass(TimeDelta::minutes(1));
    before
}

/// A run that ends now.
async fn ended_run(app: &TestApp, org: Uuid) -> String {
    let ids = seed_runs::runs(&app.app, vec![seed_runs::new_run(&app.app, org, "A run")]).await;
    IdKind::Run.show(ids[0])
}

/// Names of a list, in its order.
fn names(connection: &Value) -> Vec<&str> {
    connection["nodes"].as_array().unwrap().iter().map(|node| node["displayName"].as_str().unwrap()).collect()
}

/// A list of sellers as the va sees it.
async fn list(app: &TestApp, variables: Value) -> Value {
    let query =
        "query ($asOf: SellerMoment, $filter: SellerFilter, $orderBy: SellerOrder, $first: Int, $after: String) {
        sellers(asOf: $asOf, filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
            nodes { id displayName flagged updatedAt deletedAt } pageInfo { hasNextPage endCursor } totalCount } }";
    app.data(&app.seeded.va.token, query, variables).await["sellers"].clone()
}

/// A run that goes on.
async fn running(app: &TestApp) -> String {
    let run = entity::collection_run::Model {
        status: entity::collection_run::CollectionRunStatus::Running,
        reason: None,
        completed_at: None,
        ..seed_runs::new_run(&app.app, app.seeded.org, "Goes on")
    };
    IdKind::Run.show(seed_runs::runs(&app.app, vec![run]).await[0])
}
