//! Within which limits an organisation collects.

use serde_json::{Value, json};

use super::{change, refusal};
use crate::{TestApp, on_both};

const SETTINGS: &str = "collectionSettings { maxActiveRuns workers maxCostCents prices { provider micros } blockList }";

async fn settings(app: &TestApp, token: &str) -> Value {
    app.data(token, &format!("{{ {SETTINGS} }}"), json!({})).await["collectionSettings"].clone()
}

on_both! {
    async fn what_nobody_set_is_as_usual_and_what_is_absent_stays(app: TestApp) {
        let token = &app.seeded.admin.token;
        let usual = settings(&app, token).await;
        assert_eq!(usual, json!({
            "maxActiveRuns": 3, "workers": 5, "maxCostCents": null, "blockList": [],
            "prices": [
                { "provider": "CATALOGUE", "micros": 0 }, { "provider": "OXYLABS", "micros": 2_800 },
                { "provider": "RAINFOREST", "micros": 10_000 }, { "provider": "EBAY", "micros": 0 },
            ],
        }));
        let payload = change(&app, token, "updateCollectionSettings", json!({}), SETTINGS).await;
        assert_eq!(payload["collectionSettings"], usual);
        let input = json!({
            "maxActiveRuns": 20, "workers": 1, "maxCostCents": 5_000, "blockList": ["Me", " mE ", "them"],
            "prices": [{ "provider": "EBAY", "micros": 7 }],
        });
        let payload = change(&app, token, "updateCollectionSettings", input, SETTINGS).await;
        let changed = settings(&app, &app.seeded.va.token).await;
        assert_eq!(payload["collectionSettings"], changed);
        assert_eq!((&changed["maxActiveRuns"], &changed["workers"]), (&json!(20), &json!(1)));
        assert_eq!((&changed["maxCostCents"], &changed["blockList"]), (&json!(5_000), &json!(["Me", "them"])));
        assert_eq!((&changed["prices"][3]["micros"], &changed["prices"][1]["micros"]), (&json!(7), &json!(2_800)));
        let payload = change(&app, token, "updateCollectionSettings", json!({ "maxCostCents": null }), SETTINGS).await;
        assert_eq!(payload["collectionSettings"]["maxCostCents"], Value::Null);
        assert_eq!(payload["collectionSettings"]["workers"], 1);
        // Those of another organisation are its own.
        assert_eq!(settings(&app, &app.seeded.other_admin.token).await, usual);
    }
}

on_both! {
    async fn what_cannot_be_set_is_refused_and_changes_nothing(app: TestApp) {
        let token = &app.seeded.admin.token;
        for (input, code, field) in [
            (json!({ "maxActiveRuns": 0 }), "INVALID_LIMIT", Value::Null),
            (json!({ "maxActiveRuns": 21 }), "INVALID_LIMIT", Value::Null),
            (json!({ "workers": 0, "maxActiveRuns": 4 }), "INVALID_LIMIT", Value::Null),
            (json!({ "workers": 21 }), "INVALID_LIMIT", Value::Null),
            (json!({ "maxCostCents": -1 }), "INVALID_LIMIT", Value::Null),
            (json!({ "maxCostCents": 9_007_199_254_740_992_i64 }), "INVALID_LIMIT", Value::Null),
            (json!({ "prices": [{ "provider": "EBAY", "micros": -1 }] }), "INVALID_PRICE", json!(["prices"])),
            (json!({ "blockList": ["a", " "] }), "INVALID_TEXT", json!(["blockList"])),
            (json!({ "blockList": ["x".repeat(1_001)] }), "INVALID_TEXT", json!(["blockList"])),
            (json!({ "blockList": vec!["x"; 10_001] }), "TOO_MANY_NAMES", json!(["blockList"])),
        ] {
            let payload = change(&app, token, "updateCollectionSettings", input, SETTINGS).await;
            assert_eq!(payload["collectionSettings"], Value::Null);
            assert_eq!(refusal(&payload), (code, &field));
        }
        assert_eq!(settings(&app, token).await["maxActiveRuns"], 3);
    }
}
