//! A schedule is what was said, and what is usual where nothing was.

use serde_json::{Value, json};

use super::{EVERYTHING, SCHEDULE, create, update};
use crate::{collection_api::change, on_both};

on_both! {
    async fn a_schedule_is_monthly_and_waits_for_one_unless_somebody_says_otherwise(app: TestApp) {
        let made = create(&app, json!({ "name": "Monthly", "presetId": EVERYTHING })).await;
        let mut rest = made.clone();
        rest.as_object_mut().unwrap().remove("id");
        assert_eq!(rest, json!({
            "name": "Monthly", "cron": "0 0 1 * *", "timeZone": "UTC", "isEnabled": true, "overlap": "BUFFER_ONE",
            "catchupWindowSeconds": 3_600, "notifyEmail": false, "webhookUrl": null,
            "description": made["description"], "nextRunAt": "2026-12-01T00:00:00Z",
            "nextFireTimes": ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"],
            "collects": { "name": "All categories" }, "changedBy": { "email": "admin@acme.example" }, "lastFire": null,
            "export": null, "createdAt": "2026-11-20T08:00:00Z", "updatedAt": "2026-11-20T08:00:00Z",
        }));
        assert!(made["description"].as_str().unwrap().contains("00:00"), "{made:#}");
        let query = "query ($id: ID!) { schedule(id: $id) { preset { name isBuiltin } } node(id: $id) {
            __typename ... on Schedule { name } } }";
        let data = app.data(&app.seeded.va.token, query, json!({ "id": made["id"] })).await;
        assert_eq!(data["schedule"]["preset"], json!({ "name": "All categories", "isBuiltin": true }));
        assert_eq!(data["node"], json!({ "__typename": "Schedule", "name": "Monthly" }));
    }
}

on_both! {
    async fn a_change_reaches_what_it_names_and_counts_from_now(app: TestApp) {
        let made = create(&app, json!({
            "name": "Weekly", "presetId": EVERYTHING, "cron": "30 9 * * mon", "timeZone": "America/New_York",
            "overlap": "SKIP", "catchupWindowSeconds": 0, "webhookUrl": "https://hooks.example/1",
        })).await;
        assert_eq!(made["nextRunAt"], "2026-11-23T14:30:00Z");
        let id = &made["id"];
        let changed = update(&app, json!({ "id": id, "name": "Later", "timeZone": null })).await;
        let mut expected = made.clone();
        expected["name"] = json!("Later");
        assert_eq!(changed, expected);
        app.pass(chrono::TimeDelta::days(30));
        let changed = update(&app, json!({ "id": id, "cron": "@daily", "timeZone": "Asia/Kathmandu" })).await;
        assert_eq!((&changed["nextRunAt"], &changed["updatedAt"]), (&json!("2026-12-20T18:15:00Z"), &json!("2026-12-20T08:00:00Z")));
        assert_eq!(changed["webhookUrl"], "https://hooks.example/1");
        let changed = update(&app, json!({ "id": id, "isEnabled": false, "webhookUrl": null })).await;
        assert_eq!((&changed["nextRunAt"], &changed["nextFireTimes"]), (&Value::Null, &json!([])));
        assert_eq!(changed["webhookUrl"], Value::Null);
        let gone = change(&app, &app.seeded.admin.token, "deleteSchedule", json!({ "id": id }), "schedule { name }").await;
        assert_eq!(gone, json!({ "schedule": { "name": "Later" }, "userErrors": [] }));
        let query = "query ($id: ID!) { schedule(id: $id) { id } node(id: $id) { id } }";
        assert_eq!(app.data(&app.seeded.admin.token, query, json!({ "id": id })).await, json!({ "schedule": null, "node": null }));
    }
}

on_both! {
    async fn an_export_can_be_what_a_schedule_makes(app: TestApp) {
        let export = json!({
            "kind": "SELLERS", "format": "XLSX", "columns": ["display_name", "times_seen"], "latestRunSellers": true,
            "sellerFilter": { "minFeedbackPercent": 99 },
        });
        let made = create(&app, json!({ "name": "What is new", "export": export, "cron": "0 7 * * MON" })).await;
        assert_eq!(made["export"], json!({
            "kind": "SELLERS", "format": "XLSX", "columns": ["display_name", "times_seen"], "latestRunSellers": true,
            "money": "CENTS", "bom": false, "rawFormulas": false,
            "path": "/export/sellers/excel?min_feedback_percent=99&columns=display_name%2Ctimes_seen",
        }));
        assert_eq!(made["collects"], Value::Null);
        let query = "query ($id: ID!) { schedule(id: $id) { preset { name } } }";
        let id = json!({ "id": made["id"] });
        let shown = app.data(&app.seeded.admin.token, query, id.clone()).await;
        assert_eq!(shown["schedule"]["preset"]["name"], "(none)");
        let changed = update(&app, json!({ "id": made["id"], "presetId": EVERYTHING })).await;
        assert_eq!((&changed["export"], &changed["collects"]["name"]), (&Value::Null, &json!("All categories")));
        assert_eq!(app.data(&app.seeded.admin.token, query, id).await["schedule"]["preset"]["name"], "All categories");
    }
}

on_both! {
    async fn a_preset_that_is_gone_leaves_its_schedule_to_be_seen(app: TestApp) {
        let token = &app.seeded.admin.token;
        let preset = json!({ "name": "Kitchen", "categoryIds": ["appliances-cooktops"] });
        let preset = change(&app, token, "createPreset", preset, "preset { id }").await["preset"]["id"].clone();
        create(&app, json!({ "name": "Kitchens", "presetId": preset })).await;
        change(&app, token, "deletePreset", json!({ "id": preset }), "").await;
        let query = "{ schedules { nodes { name collects { id } preset { id name categories { id } } } } }";
        let data = app.data(token, query, json!({})).await;
        let shown = json!({ "id": preset, "name": "(deleted)", "categories": [] });
        assert_eq!(data["schedules"]["nodes"], json!([{ "name": "Kitchens", "collects": null, "preset": shown }]));
    }
}

on_both! {
    async fn where_it_is_told_is_for_those_who_may_change_it(app: TestApp) {
        let input = json!({ "name": "Told", "presetId": EVERYTHING, "webhookUrl": "https://hooks.example/key" });
        let id = create(&app, input).await["id"].clone();
        let query = "query ($id: ID!) { schedule(id: $id) { webhookUrl webhookSecret notifications { totalCount nodes { id } } } }";
        let data = app.data(&app.seeded.admin.token, query, json!({ "id": id })).await["schedule"].clone();
        assert_eq!(data["webhookUrl"], "https://hooks.example/key");
        assert!(data["webhookSecret"].as_str().unwrap().starts_with("whsec_"), "{data}");
        assert_eq!(data["notifications"], json!({ "totalCount": 0, "nodes": [] }));
        let answer = app.query(&app.seeded.va.token, query, json!({ "id": id })).await.body;
        let hidden = json!({ "webhookUrl": null, "webhookSecret": null, "notifications": null });
        assert_eq!(answer["data"]["schedule"], hidden);
        assert_eq!(answer["errors"].as_array().unwrap().len(), 2, "{answer:#}");
        let payload = change(&app, &app.seeded.admin.token, "updateSchedule", json!({ "id": id, "webhookUrl": null }), SCHEDULE).await;
        assert_eq!(payload["schedule"]["webhookUrl"], Value::Null);
        let data = app.data(&app.seeded.admin.token, query, json!({ "id": id })).await;
        assert_eq!(data["schedule"]["webhookSecret"], Value::Null);
    }
}
