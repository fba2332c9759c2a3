//! Sellers changed by hand over GraphQL: added, renamed, flagged, deleted and restored, one or a hundred thousand; what the
//! history and the audit say of it; and those who watch.

mod adding;
mod large;
mod many;
mod races;
mod renaming;
mod watching;

use entity::{audit_event, seller, seller_event, seller_event_item, seller_version};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use sellerbook::id::IdKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{TestApp, collection_api::change};

/// An event of the history: its kind, its count, and the items with their old and new values.
type Event = (String, i32, Vec<(String, Option<String>, Option<String>)>);

/// Does something as the admin; the payload, which must hold no refusal.
async fn done(app: &TestApp, mutation: &str, input: Value, selection: &str) -> Value {
    let payload = change(app, &app.seeded.admin.token, mutation, input, selection).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload
}

/// Adds sellers; their ids in the order of the names.
async fn add(app: &TestApp, names: &[&str]) -> Vec<String> {
    let payload = done(app, "addSellers", json!({ "names": names }), "added { id }").await;
    let added = payload["added"].as_array().unwrap().iter();
    added.map(|seller| seller["id"].as_str().unwrap().to_owned()).collect()
}

fn uuid(id: &str) -> Uuid {
    IdKind::Seller.read(id).unwrap()
}

/// The seller as it is stored, deleted or not.
async fn stored(app: &TestApp, id: &str) -> seller::Model {
    seller::Entity::find_by_id(uuid(id)).one(app.app.db.read()).await.unwrap().unwrap()
}

/// The organisation's history of sellers in order; items by the names their sellers have today.
async fn events(app: &TestApp) -> Vec<Event> {
    let db = app.app.db.read();
    let rows = seller_event::Entity::find().filter(seller_event::Column::OrgId.eq(app.seeded.org));
    let rows = rows.order_by_asc(seller_event::Column::Seq).all(db).await.unwrap();
    let mut events = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(row.seq, i64::try_from(place).unwrap() + 1, "numbers have no gaps");
        let items = seller_event_item::Entity::find().filter(seller_event_item::Column::EventId.eq(row.id));
        let mut named = Vec::new();
        for item in items.all(db).await.unwrap() {
            let seller = seller::Entity::find_by_id(item.seller_id).one(db).await.unwrap().unwrap();
            named.push((seller.display_name, item.old_value, item.new_value));
        }
        named.sort();
        events.push((sea_orm::ActiveEnum::to_value(&row.kind), row.count, named));
    }
    events
}

/// How many replaced states are kept.
async fn versions(app: &TestApp) -> u64 {
    seller_version::Entity::find().count(app.app.db.read()).await.unwrap()
}

/// What was noted: action, count, name, before and after.
async fn audit(app: &TestApp) -> Vec<(String, i32, Option<String>, Option<String>, Option<String>)> {
    let rows = audit_event::Entity::find().filter(audit_event::Column::OrgId.eq(app.seeded.org));
    let rows = rows.order_by_asc(audit_event::Column::Id).all(app.app.db.read()).await.unwrap();
    rows.into_iter().map(|row| (row.action, row.count, row.subject_name, row.before, row.after)).collect()
}

/// The names of the live sellers, as the list shows them.
async fn listed(app: &TestApp) -> Vec<String> {
    let data = app.data(&app.seeded.admin.token, "{ sellers(first: 100) { nodes { displayName } } }", json!({})).await;
    let nodes = data["sellers"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["displayName"].as_str().unwrap().to_owned()).collect()
}
