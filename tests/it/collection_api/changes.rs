//! Starting and steering runs over GraphQL: what comes back, and where a refusal belongs.

use serde_json::{Value, json};

use super::{change, refusal};
use crate::{TestApp, on_both};

const RUN: &str = "collectionRun { id name status reason maxCalls maxCostCents categories { id } search { maxListings }
    startedBy { email } preset { name } rerunOf { id } pauseAskedAt progress { percent categoriesTotal } }";

fn collection() -> Value {
    json!({ "categoryIds": ["appliances-cooktops", "appliances-freezers"], "maxCalls": 9, "maxCostCents": 50, "name": "Mine" })
}

async fn start(app: &TestApp, collection: Value, key: Option<&str>) -> Value {
    let input = json!({ "collection": collection, "idempotencyKey": key });
    change(app, &app.seeded.admin.token, "startCollectionRun", input, RUN).await
}

async fn steer(app: &TestApp, mutation: &str, id: &Value) -> Value {
    change(app, &app.seeded.admin.token, mutation, json!({ "id": id }), RUN).await
}

on_both! {
    async fn a_run_is_started_once_for_its_key(app: TestApp) {
        let first = start(&app, collection(), Some("once")).await;
        assert_eq!(first["userErrors"], json!([]), "{first:#}");
        let run = &first["collectionRun"];
        assert_eq!((&run["name"], &run["status"]), (&json!("Mine"), &json!("PENDING")));
        assert_eq!((&run["maxCalls"], &run["maxCostCents"]), (&json!(9), &json!(50)));
        assert_eq!(run["categories"], json!([{ "id": "appliances-cooktops" }, { "id": "appliances-freezers" }]));
        assert_eq!(run["startedBy"]["email"], "admin@acme.example");
        assert_eq!(run["progress"], json!({ "percent": 0.0, "categoriesTotal": 2 }));
        assert_eq!(start(&app, collection(), Some("once")).await["collectionRun"]["id"], run["id"]);
        let other = start(&app, json!({ "categoryIds": ["appliances-cooktops"] }), Some("once")).await;
        assert_eq!(refusal(&other), ("IDEMPOTENCY_KEY_REUSED", &json!(["idempotencyKey"])));
        let preset = json!({ "name": "Kitchen", "categoryIds": ["appliances-microwaves"], "search": { "maxListings": 7 } });
        let preset = change(&app, &app.seeded.admin.token, "createPreset", preset, "preset { id }").await;
        let run = start(&app, json!({ "presetId": preset["preset"]["id"] }), None).await["collectionRun"].clone();
        assert_eq!((&run["name"], &run["preset"]["name"]), (&json!("Kitchen 2026-11-20"), &json!("Kitchen")));
        assert_eq!((&run["categories"], &run["search"]["maxListings"]), (&json!([{ "id": "appliances-microwaves" }]), &json!(7)));
        // The preset goes, the run stays.
        change(&app, &app.seeded.admin.token, "deletePreset", json!({ "id": preset["preset"]["id"] }), "").await;
        let query = "query ($id: ID!) { collectionRun(id: $id) { preset { id } categories { id } } }";
        let data = app.data(&app.seeded.va.token, query, json!({ "id": run["id"] })).await;
        assert_eq!(data["collectionRun"], json!({ "preset": null, "categories": [{ "id": "appliances-microwaves" }] }));
    }
}

on_both! {
    async fn what_cannot_be_started_is_refused_where_it_stands(app: TestApp) {
        for (input, code, field) in [
            (json!({}), "NOTHING_TO_COLLECT", json!(["collection"])),
            (json!({ "categoryIds": ["x"] }), "UNKNOWN_CATEGORY", json!(["collection", "categoryIds"])),
            (json!({ "categoryIds": ["appliances-cooktops", "appliances-cooktops"] }), "DUPLICATE_CATEGORY", json!(["collection", "categoryIds"])),
            (json!({ "categoryIds": ["appliances-cooktops"], "search": { "itemCountry": "" } }), "INVALID_SEARCH", json!(["collection", "search"])),
            (json!({ "categoryIds": ["appliances-cooktops"], "maxCalls": 0 }), "INVALID_LIMIT", json!(["collection"])),
            (json!({ "categoryIds": ["appliances-cooktops"], "name": "x".repeat(201) }), "INVALID_TEXT", Value::Null),
        ] {
            let refused = start(&app, input, None).await;
            assert_eq!(refused["collectionRun"], Value::Null);
            assert_eq!(refusal(&refused), (code, &field));
        }
        assert_eq!(refusal(&start(&app, collection(), Some("")).await).0, "INVALID_TEXT");
        change(&app, &app.seeded.admin.token, "updateCollectionSettings", json!({ "maxActiveRuns": 1 }), "").await;
        assert_eq!(start(&app, collection(), None).await["userErrors"], json!([]));
        assert_eq!(refusal(&start(&app, collection(), None).await), ("TOO_MANY_RUNS", &Value::Null));
    }
}

on_both! {
    async fn a_run_that_waits_is_paused_resumed_cancelled_and_repeated(app: TestApp) {
        let id = start(&app, collection(), None).await["collectionRun"]["id"].clone();
        assert_eq!(refusal(&steer(&app, "resumeCollectionRun", &id).await), ("RUN_NOT_PAUSED", &json!(["id"])));
        let paused = steer(&app, "pauseCollectionRun", &id).await;
        assert_eq!(paused["collectionRun"]["status"], "PAUSED", "{paused:#}");
        assert!(paused["collectionRun"]["reason"].is_string());
        assert_eq!(refusal(&steer(&app, "pauseCollectionRun", &id).await), ("RUN_PAUSED", &json!(["id"])));
        assert_eq!(steer(&app, "resumeCollectionRun", &id).await["collectionRun"]["status"], "PENDING");
        assert_eq!(refusal(&steer(&app, "retryCollectionFailures", &id).await), ("NOTHING_FAILED", &json!(["id"])));
        assert_eq!(steer(&app, "cancelCollectionRun", &id).await["collectionRun"]["status"], "CANCELLED");
        for mutation in ["pauseCollectionRun", "resumeCollectionRun", "cancelCollectionRun"] {
            assert_eq!(refusal(&steer(&app, mutation, &id).await), ("RUN_FINISHED", &json!(["id"])), "{mutation}");
        }
        let again = steer(&app, "rerunCollectionRun", &id).await["collectionRun"].clone();
        assert_eq!((&again["status"], &again["rerunOf"]["id"]), (&json!("PENDING"), &id));
        assert_eq!((&again["maxCalls"], again["categories"].as_array().unwrap().len()), (&json!(9), 2));
    }
}
