//! Records edited by hand over GraphQL: made, changed, deleted and restored by whoever may, and what their history tells.

mod archived;
mod costs;
mod deletion;
mod fields;
mod history;
mod refusals;
mod together;

use entity::member::Role;
use sellerbook::id::IdKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    TestApp,
    collection_api::change,
    seed::{self, NewRecord, Person},
};

/// Everything a record says of itself.
pub const RECORD: &str = "id version ebayOrderId saleDate itemName qty salePriceCents ebayFeesCents amazonPriceCents
    amazonTaxCents amazonShippingCents amazonOrderId status returnLabelCostCents orderRemark serviceRemark profitCents
    account { code } createdAt updatedAt deletedAt";

/// The fields that people write, with a value of each that is not the seeded one.
pub fn written() -> Value {
    json!({
        "ebayOrderId": "11-00000-00002", "saleDate": "2026-11-19", "itemName": " A „Hose“,\n 50 m ", "qty": 3, "salePriceCents": 4_000,
        "ebayFeesCents": 520, "amazonPriceCents": 2_000, "amazonTaxCents": 160, "amazonShippingCents": 40,
        "amazonOrderId": "113-2", "status": "RETURN_CLOSED", "returnLabelCostCents": 700, "orderRemark": "an order remark",
        "serviceRemark": "a service remark",
    })
}

/// A record of ALPHA: its id.
pub async fn record(app: &TestApp, order: &str) -> Value {
    let new = NewRecord::new(&app.app, app.seeded.org, app.seeded.accounts[0], order);
    shown(seed::records(&app.app, vec![new]).await[0])
}

pub fn shown(id: Uuid) -> Value {
    json!(IdKind::Record.show(id))
}

/// A va who sees ALPHA and holds these keys beside that of reading records.
pub async fn va(app: &TestApp, keys: &str) -> Person {
    let email = format!("{}@acme.example", Uuid::now_v7().simple());
    let person = seed::person(&app.app, app.seeded.org, &email, Role::Va, &format!("order_tracking.read {keys}")).await;
    seed::assign(&app.app, app.seeded.org, person.id, app.seeded.accounts[0]).await;
    person
}

/// Makes a record as the admin, with everything but what is in `input` as nobody said.
pub async fn create(app: &TestApp, input: Value) -> Value {
    let mut given = json!({
        "accountId": IdKind::Account.show(app.seeded.accounts[0]), "ebayOrderId": "11-00000-00001", "saleDate": "2026-11-18",
        "itemName": "Hose", "salePriceCents": 2_000,
    });
    given.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    change(app, &app.seeded.admin.token, "createRecord", given, &format!("record {{ {RECORD} }}")).await
}

/// Changes a record; the payload.
pub async fn update(app: &TestApp, token: &str, id: &Value, version: i32, fields: Value) -> Value {
    let mut input = json!({ "id": id, "version": version });
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    change(app, token, "updateRecord", input, &format!("conflictingFields record {{ {RECORD} }}")).await
}

/// Changes a record as the admin, which must succeed: the record.
pub async fn updated(app: &TestApp, id: &Value, version: i32, fields: Value) -> Value {
    let payload = update(app, &app.seeded.admin.token, id, version, fields).await;
    assert_eq!((&payload["userErrors"], &payload["conflictingFields"]), (&json!([]), &json!([])), "{payload:#}");
    payload["record"].clone()
}

/// Deletes or restores records as the admin; the payload.
pub async fn turn(app: &TestApp, mutation: &str, ids: &[Value]) -> Value {
    let selection = "unknownIds records { id version deletedAt orderRemark }";
    change(app, &app.seeded.admin.token, mutation, json!({ "ids": ids }), selection).await
}

/// The history of a record as this person reads it, the latest first: kind, version and each change as `FIELD: from -> to`.
pub async fn told(app: &TestApp, token: &str, id: &Value) -> Vec<(String, i64, Vec<String>)> {
    let query = "query ($id: ID!) { recordEvents(recordId: $id, first: 100) { nodes {
        kind version changes { field from to } } } }";
    let data = app.data(token, query, json!({ "id": id })).await;
    let event = |event: &Value| {
        let changes = event["changes"].as_array().unwrap().iter().map(|change| {
            let side = |side: &str| change[side].as_str().unwrap_or("null").to_owned();
            format!("{}: {} -> {}", change["field"].as_str().unwrap(), side("from"), side("to"))
        });
        (event["kind"].as_str().unwrap().to_owned(), event["version"].as_i64().unwrap(), changes.collect())
    };
    data["recordEvents"]["nodes"].as_array().unwrap().iter().map(event).collect()
}

/// The record as its reader sees it; null when it is not there for them.
pub async fn read(app: &TestApp, token: &str, id: &Value) -> Value {
    let query = format!("query ($id: ID!) {{ node(id: $id) {{ ... on Record {{ {RECORD} }} }} }}");
    app.data(token, &query, json!({ "id": id })).await["node"].clone()
}
