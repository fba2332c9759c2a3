//! What cannot be a schedule is refused where it stands, and changes nothing.

use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::{EVERYTHING, create};
use crate::{
    TestApp,
    collection_api::{change, refusal},
    lists::List,
    on_both,
};

/// Refused alike of a new schedule and of one that is there.
async fn refused(app: &TestApp, id: &Value, wrong: Value, code: &str, field: Value) {
    let token = &app.seeded.admin.token;
    let mut input = json!({ "name": "New", "presetId": EVERYTHING });
    if wrong.get("export").is_some() {
        input.as_object_mut().unwrap().remove("presetId");
    }
    input.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
    let payload = change(app, token, "createSchedule", input, "schedule { id }").await;
    assert_eq!((&payload["schedule"], refusal(&payload)), (&Value::Null, (code, &field)), "{wrong}");
    let mut input = wrong.clone();
    input["id"] = id.clone();
    let payload = change(app, token, "updateSchedule", input, "schedule { id }").await;
    assert_eq!(refusal(&payload), (code, &field), "{wrong}");
}

on_both! {
    async fn what_cannot_be_meant_is_refused_with_its_field(app: TestApp) {
        create(&app, json!({ "name": "Taken", "presetId": EVERYTHING })).await;
        let id = create(&app, json!({ "name": "Other", "presetId": EVERYTHING })).await["id"].clone();
        for (wrong, code, field) in [
            (json!({ "name": " " }), "INVALID_TEXT", json!(["name"])),
            (json!({ "name": "x".repeat(201) }), "INVALID_TEXT", json!(["name"])),
            (json!({ "name": " tAKEN" }), "SCHEDULE_NAME_TAKEN", json!(["name"])),
            (json!({ "cron": "" }), "INVALID_CRON", json!(["cron"])),
            (json!({ "cron": "* * * * *" }), "INVALID_CRON", json!(["cron"])),
            (json!({ "cron": "0 0 31 2 *" }), "INVALID_CRON", json!(["cron"])),
            (json!({ "cron": "0 0 0 1 * *" }), "INVALID_CRON", json!(["cron"])),
            (json!({ "timeZone": "Mars/Olympus" }), "INVALID_TIME_ZONE", json!(["timeZone"])),
            (json!({ "catchupWindowSeconds": -1 }), "INVALID_CATCHUP_WINDOW", json!(["catchupWindowSeconds"])),
            (json!({ "catchupWindowSeconds": 604_801 }), "INVALID_CATCHUP_WINDOW", json!(["catchupWindowSeconds"])),
            (json!({ "notifyEmail": true }), "EMAIL_NOT_CONFIGURED", json!(["notifyEmail"])),
            (json!({ "webhookUrl": "http://hooks.example/1" }), "INVALID_WEBHOOK_URL", json!(["webhookUrl"])),
            (json!({ "webhookUrl": "https://127.0.0.1/1" }), "INVALID_WEBHOOK_URL", json!(["webhookUrl"])),
            (json!({ "export": { "kind": "SELLERS", "format": "CSV", "columns": ["x"] } }), "UNKNOWN_COLUMN", json!(["export", "columns"])),
            (json!({ "export": { "kind": "RECORDS", "format": "TEXT" } }), "INVALID_PARAMETER", json!(["export", "format"])),
            (json!({ "export": { "kind": "RECORDS", "format": "CSV", "sellerFilter": {} } }), "INVALID_FILTER", json!(["export"])),
            (json!({ "export": { "kind": "RECORDS", "format": "CSV", "latestRunSellers": true } }), "INVALID_FILTER", json!(["export"])),
        ] {
            refused(&app, &id, wrong, code, field).await;
        }
        let both = json!({ "name": "Both", "presetId": EVERYTHING, "export": { "kind": "SELLERS", "format": "CSV" } });
        for input in [json!({ "name": "Neither" }), both] {
            let payload = change(&app, &app.seeded.admin.token, "createSchedule", input, "schedule { id }").await;
            assert_eq!(refusal(&payload), ("INVALID_TARGET", &Value::Null));
        }
        assert_eq!(List::of("schedules", &app.seeded.admin.token).forward(&app, 9).await.len(), 2);
    }
}

on_both! {
    async fn what_is_of_others_is_not_found(app: TestApp) {
        let (ours, others) = (&app.seeded.admin.token, &app.seeded.other_admin.token);
        let id = create(&app, json!({ "name": "Ours", "presetId": EVERYTHING })).await["id"].clone();
        for (mutation, input) in [
            ("updateSchedule", "{ id: $id, name: \"Theirs\" }"),
            ("deleteSchedule", "{ id: $id }"),
            ("triggerSchedule", "{ id: $id }"),
        ] {
            let query = format!("mutation ($id: ID!) {{ {mutation}(input: {input}) {{ userErrors {{ code }} }} }}");
            assert_eq!(app.refusal(others, &query, json!({ "id": id })).await, "NOT_FOUND", "{mutation}");
            let run = IdKind::Run.show(uuid::Uuid::now_v7());
            assert_eq!(app.refusal(ours, &query, json!({ "id": run })).await, "INVALID_ID", "{mutation}");
        }
        let query = "query ($id: ID!) { schedule(id: $id) { id } node(id: $id) { id } schedules { totalCount } }";
        let data = app.data(others, query, json!({ "id": id })).await;
        assert_eq!(data, json!({ "schedule": null, "node": null, "schedules": { "totalCount": 0 } }));
        // A preset of another organisation is no preset.
        let preset = json!({ "name": "Kitchen", "categoryIds": ["appliances-cooktops"] });
        let preset = change(&app, others, "createPreset", preset, "preset { id }").await["preset"]["id"].clone();
        let query = "mutation ($id: ID!) { createSchedule(input: { name: \"x\", presetId: $id }) { userErrors { code } } }";
        assert_eq!(app.refusal(ours, query, json!({ "id": preset })).await, "NOT_FOUND");
    }
}

on_both! {
    async fn times_are_told_up_to_fifty(app: TestApp) {
        let id = create(&app, json!({ "name": "Ours", "presetId": EVERYTHING })).await["id"].clone();
        let query = "query ($id: ID!, $count: Int) { schedule(id: $id) { nextFireTimes(count: $count) } }";
        let token = &app.seeded.admin.token;
        for (count, length) in [(Value::Null, 5), (json!(1), 1), (json!(50), 50)] {
            let data = app.data(token, query, json!({ "id": id, "count": count })).await;
            assert_eq!(data["schedule"]["nextFireTimes"].as_array().unwrap().len(), length);
        }
        for count in [0, -1, 51] {
            assert_eq!(app.refusal(token, query, json!({ "id": id, "count": count })).await, "INVALID_COUNT");
        }
    }
}
