//! Imports in the history of records and of sellers: shown to who may see them, in one statement for a page.

use serde_json::{Value, json};

use super::{RECORDS, change, checked, payload, put, text};
use crate::{TestApp, on_both};

async fn carried_out(app: &TestApp, id: &str) {
    let payload = change(app, &app.seeded.admin.token, "commitImport", json!({ "id": id })).await;
    assert_eq!(payload["userErrors"], json!([]));
    app.run_jobs().await;
}

/// An import of sellers that is carried out: its id.
async fn sellers(app: &TestApp, names: &str) -> String {
    let started = payload(app, &app.seeded.admin.token, json!({ "kind": "SELLERS", "fileName": "x.csv" })).await;
    let import = &started["import"];
    put(app, import["uploadUrl"].as_str().unwrap(), names.to_owned()).await;
    app.run_jobs().await;
    carried_out(app, import["id"].as_str().unwrap()).await;
    text(&import["id"])
}

const SELLERS: &str = "{ sellerEvents(first: 50) { nodes { importId import { id fileName status } } } }";

on_both! {
    async fn an_event_of_sellers_shows_its_import_to_who_may_see_it(app: TestApp) {
        let ids = [sellers(&app, "display_name\na\n").await, sellers(&app, "display_name\nb\nc\n").await];
        let before = app.statements();
        let data = app.data(&app.seeded.admin.token, SELLERS, Value::Null).await;
        assert_eq!(app.statements() - before, 3, "the sign-in, the events, and their imports");
        let shown = |id: &String| json!({ "importId": id, "import": { "id": id, "fileName": "x.csv", "status": "COMMITTED" } });
        assert_eq!(data["sellerEvents"]["nodes"], json!([shown(&ids[1]), shown(&ids[0])]));
        // Who may not import sees that one did it, and not which.
        let data = app.data(&app.seeded.va.token, SELLERS, Value::Null).await;
        assert_eq!(data["sellerEvents"]["nodes"][0], json!({ "importId": ids[1], "import": null }));
        let added = "mutation { addSellers(input: { names: [\"d\"] }) { userErrors { code } } }";
        app.data(&app.seeded.admin.token, added, Value::Null).await;
        let data = app.data(&app.seeded.admin.token, SELLERS, Value::Null).await;
        assert_eq!(data["sellerEvents"]["nodes"][0], json!({ "importId": null, "import": null }));
    }
}

const RECORD_EVENTS: &str =
    "{ records(first: 10) { nodes { events(first: 5) { nodes { kind source importId import { id status } } } } } }";

on_both! {
    async fn an_event_of_a_record_shows_its_import_to_who_may_see_it(app: TestApp) {
        let id = checked(&app, &app.seeded.admin.token, RECORDS).await;
        carried_out(&app, &id).await;
        let changed = checked(&app, &app.seeded.admin.token, &RECORDS.replace("lamp", "desk")).await;
        carried_out(&app, &changed).await;
        change(&app, &app.seeded.admin.token, "rollbackImport", json!({ "id": changed })).await;
        app.run_jobs().await;
        let before = app.statements();
        let data = app.data(&app.seeded.admin.token, RECORD_EVENTS, Value::Null).await;
        assert_eq!(app.statements() - before, 2 + 2 + 1, "what the events cost, and one statement for their imports");
        let shown = |kind: &str, source: &str, id: &str, status: &str| {
            json!({ "kind": kind, "source": source, "importId": id, "import": { "id": id, "status": status } })
        };
        let events = |record: usize| data["records"]["nodes"][record]["events"]["nodes"].clone();
        assert_eq!(events(0), json!([
            shown("UPDATED", "ROLLBACK", &changed, "ROLLED_BACK"),
            shown("UPDATED", "IMPORT", &changed, "ROLLED_BACK"),
            shown("CREATED", "IMPORT", &id, "COMMITTED"),
        ]));
        assert_eq!(events(1), json!([shown("CREATED", "IMPORT", &id, "COMMITTED")]));
        let data = app.data(&app.seeded.va.token, RECORD_EVENTS, Value::Null).await;
        let event = &data["records"]["nodes"][1]["events"]["nodes"][0];
        assert_eq!((&event["importId"], &event["import"]), (&json!(id), &Value::Null));
    }
}
