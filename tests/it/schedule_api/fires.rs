//! Triggering a schedule, and what it starts.

use serde_json::{Value, json};

use super::{EVERYTHING, create};
use crate::{
    TestApp,
    collection_api::change,
    on_both,
    seed_runs::{self, new_run},
};

const FIRE: &str = "fire { id plannedAt firedAt outcome reason isManual
    run { id name status schedule { name } startedBy { email } }
    exportJob { id kind schedule { name } requestedBy { email } } schedule { name } }
    schedule { name lastFire { outcome } }";

async fn trigger(app: &TestApp, id: &Value) -> Value {
    let payload = change(app, &app.seeded.admin.token, "triggerSchedule", json!({ "id": id }), FIRE).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload
}

async fn kitchen(app: &TestApp) -> Value {
    let preset = json!({ "name": "Kitchen", "categoryIds": ["appliances-cooktops"] });
    change(app, &app.seeded.admin.token, "createPreset", preset, "preset { id }").await["preset"]["id"].clone()
}

on_both! {
    async fn a_schedule_that_is_triggered_starts_a_run_that_says_so(app: TestApp) {
        let input = json!({ "name": "Kitchens", "presetId": kitchen(&app).await, "isEnabled": false });
        let schedule = create(&app, input).await;
        let payload = trigger(&app, &schedule["id"]).await;
        let fire = &payload["fire"];
        assert_eq!((&fire["outcome"], &fire["reason"], &fire["isManual"]), (&json!("STARTED"), &Value::Null, &json!(true)));
        assert_eq!(payload["schedule"], json!({ "name": "Kitchens", "lastFire": { "outcome": "STARTED" } }));
        let run = &fire["run"];
        assert_eq!((&run["status"], &run["name"]), (&json!("PENDING"), &json!("Kitchens 2026-11-20")));
        assert_eq!((&run["schedule"]["name"], &run["startedBy"]["email"]), (&json!("Kitchens"), &json!("admin@acme.example")));
        // The next one waits for it.
        let second = trigger(&app, &schedule["id"]).await["fire"].clone();
        assert_eq!((&second["outcome"], &second["run"]), (&json!("BUFFERED"), &Value::Null));
        let third = trigger(&app, &schedule["id"]).await["fire"].clone();
        assert_eq!(third["outcome"], "DROPPED");
        assert!(third["reason"].is_string(), "{third}");
        let query = "query ($run: ID!, $fire: ID!) { collectionRun(id: $run) { schedule { name } } node(id: $fire) {
            __typename ... on ScheduleFire { outcome run { id } } } }";
        let data = app.data(&app.seeded.va.token, query, json!({ "run": run["id"], "fire": fire["id"] })).await;
        assert_eq!(data["collectionRun"]["schedule"]["name"], "Kitchens");
        assert_eq!(data["node"], json!({ "__typename": "ScheduleFire", "outcome": "STARTED", "run": { "id": run["id"] } }));
        let others = app.data(&app.seeded.other_admin.token, "query ($id: ID!) { node(id: $id) { id } }", json!({ "id": fire["id"] }));
        assert_eq!(others.await["node"], Value::Null);
        // A schedule that goes leaves its run.
        change(&app, &app.seeded.admin.token, "deleteSchedule", json!({ "id": schedule["id"] }), "").await;
        let data = app.data(&app.seeded.va.token, query, json!({ "run": run["id"], "fire": fire["id"] })).await;
        assert_eq!(data, json!({ "collectionRun": { "schedule": null }, "node": null }));
        app.run_jobs().await;
    }
}

on_both! {
    async fn an_export_by_schedule_holds_what_the_latest_run_added(app: TestApp) {
        let export = json!({ "kind": "SELLERS", "format": "CSV", "latestRunSellers": true });
        let schedule = create(&app, json!({ "name": "New ones", "export": export })).await;
        let fire = trigger(&app, &schedule["id"]).await["fire"].clone();
        assert_eq!((&fire["outcome"], &fire["reason"]), (&json!("FAILED"), &json!("NO_COMPLETED_RUN")));
        seed_runs::runs(&app.app, vec![new_run(&app.app, app.seeded.org, "Run")]).await;
        let fire = trigger(&app, &schedule["id"]).await["fire"].clone();
        assert_eq!(fire["outcome"], "STARTED", "{fire:#}");
        let job = &fire["exportJob"];
        assert_eq!((&job["kind"], &job["schedule"]["name"]), (&json!("SELLERS"), &json!("New ones")));
        assert_eq!(job["requestedBy"]["email"], "admin@acme.example");
        // Who did not ask for the file does not see it; that there was a time they do.
        let query = "query ($id: ID!) { node(id: $id) { ... on ScheduleFire { outcome exportJob { id } } } }";
        let data = app.data(&app.seeded.va.token, query, json!({ "id": fire["id"] })).await;
        assert_eq!(data["node"], json!({ "outcome": "STARTED", "exportJob": null }));
        app.run_jobs().await;
        let query = "query ($id: ID!) { exportJob(id: $id) { status fileName } }";
        let job = app.data(&app.seeded.admin.token, query, json!({ "id": job["id"] })).await["exportJob"].clone();
        assert_eq!(job["status"], "COMPLETED", "{job}");
        assert!(job["fileName"].as_str().unwrap().contains("_run-"), "{job}");
    }
}

on_both! {
    async fn a_refused_start_is_an_outcome(app: TestApp) {
        let preset = kitchen(&app).await;
        let schedule = create(&app, json!({ "name": "Kitchens", "presetId": preset })).await;
        change(&app, &app.seeded.admin.token, "deletePreset", json!({ "id": preset }), "").await;
        let fire = trigger(&app, &schedule["id"]).await["fire"].clone();
        assert_eq!((&fire["outcome"], &fire["reason"], &fire["run"]), (&json!("FAILED"), &json!("PRESET_GONE"), &Value::Null));
        let all = create(&app, json!({ "name": "All", "presetId": EVERYTHING })).await;
        assert_eq!(all["lastFire"], Value::Null);
    }
}

on_both! {
    async fn nobody_is_told_by_e_mail_where_none_is_sent(app: TestApp) {
        let export = json!({ "kind": "SELLERS", "format": "CSV" });
        let input = json!({ "export": export, "notify": true });
        let payload = change(&app, &app.seeded.admin.token, "startExport", input, "exportJob { id }").await;
        assert_eq!(crate::collection_api::refusal(&payload), ("EMAIL_NOT_CONFIGURED", &json!(["notify"])));
    }
}
