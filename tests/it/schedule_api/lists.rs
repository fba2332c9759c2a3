//! Schedules by name, and fires and notifications of each, page by page.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{EVERYTHING, create};
use crate::{
    lists::List,
    on_both,
    seed_schedules::{self, new_fire, new_schedule},
};

on_both! {
    async fn schedules_are_listed_by_name(app: TestApp) {
        let mut ids = Vec::new();
        for name in ["alpha", "apple", "Beta", "Zebra", "Äpfel"].iter().rev() {
            ids.insert(0, create(&app, json!({ "name": name, "presetId": EVERYTHING })).await["id"].as_str().unwrap().to_owned());
        }
        let backward: Vec<String> = ids.iter().rev().cloned().collect();
        let list = List::of("schedules", &app.seeded.va.token);
        for size in 1..=6 {
            assert_eq!(list.forward(&app, size).await, ids, "{size}");
            assert_eq!(list.backward(&app, size).await, backward, "{size}");
        }
        assert_eq!(list.page(&app, json!({})).await.total_count, 5);
        assert!(List::of("schedules", &app.seeded.other_admin.token).forward(&app, 9).await.is_empty());
    }
}

on_both! {
    async fn what_became_of_times_and_what_was_told_is_listed_the_latest_first(app: TestApp) {
        let schedule = new_schedule(&app.app, app.seeded.org, "Ours");
        let fires = (0..5).map(|number| new_fire(&schedule, app.now() - TimeDelta::hours(number))).collect();
        seed_schedules::schedules(&app.app, vec![schedule.clone()]).await;
        seed_schedules::fires(&app.app, fires).await;
        seed_schedules::notifications(&app.app, &schedule, 3).await;
        let query = "query ($after: String, $before: String) { schedules { nodes {
            lastFire { plannedAt outcome reason firedAt isManual run { id } exportJob { id } schedule { name } }
            fires(first: 2, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { plannedAt } }
            notifications(last: 2, before: $before) { totalCount pageInfo { hasPreviousPage } nodes {
                event channel destination state attempts lastError createdAt finishedAt } } } } }";
        let token = &app.seeded.admin.token;
        let found = app.data(token, query, json!({})).await["schedules"]["nodes"][0].clone();
        assert_eq!(found["lastFire"], json!({
            "plannedAt": "2026-11-20T08:00:00Z", "outcome": "MISSED", "reason": "TOO_LATE", "firedAt": null,
            "isManual": false, "run": null, "exportJob": null, "schedule": { "name": "Ours" },
        }));
        assert_eq!(found["fires"]["totalCount"], 5);
        assert_eq!(found["fires"]["nodes"], json!([{ "plannedAt": "2026-11-20T08:00:00Z" }, { "plannedAt": "2026-11-20T07:00:00Z" }]));
        let told = &found["notifications"];
        assert_eq!((&told["totalCount"], &told["pageInfo"]["hasPreviousPage"]), (&json!(3), &json!(true)));
        assert_eq!(told["nodes"][1], json!({
            "event": "run.completed", "channel": "WEBHOOK", "destination": "https://hooks.example/1", "state": "GAVE_UP",
            "attempts": 1, "lastError": "TIMEOUT", "createdAt": "2026-11-20T08:00:00Z", "finishedAt": "2026-11-20T08:00:00Z",
        }));
        let after = found["fires"]["pageInfo"]["endCursor"].clone();
        let found = app.data(token, query, json!({ "after": after })).await["schedules"]["nodes"][0].clone();
        assert_eq!(found["fires"]["nodes"][0]["plannedAt"], "2026-11-20T06:00:00Z");
        assert_eq!(app.refusal(token, query, json!({ "before": after })).await, "INVALID_CURSOR");
        let never = "{ schedules { nodes { lastFire { id } } } }";
        assert_eq!(app.data(&app.seeded.other_admin.token, never, Value::Null).await["schedules"]["nodes"], json!([]));
    }
}
