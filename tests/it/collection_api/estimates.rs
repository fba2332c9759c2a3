//! What a run would be, before it is started.

use serde_json::{Value, json};

use super::change;
use crate::{TestApp, lists::List, on_both};

const ESTIMATE: &str = "query ($input: CollectionInput!) { collectionEstimate(input: $input) {
    products calls costCents durationSeconds withinCap
    perCategory { category { id name } products calls costCents durationSeconds } } }";

async fn estimate(app: &TestApp, input: Value) -> Value {
    app.data(&app.seeded.va.token, ESTIMATE, json!({ "input": input })).await["collectionEstimate"].clone()
}

on_both! {
    async fn an_estimate_adds_up_its_categories(app: TestApp) {
        let token = &app.seeded.admin.token;
        // A call costs a third of a cent, so that something is left to round.
        let prices = json!({ "prices": [{ "provider": "CATALOGUE", "micros": 3_333 }], "workers": 4 });
        change(&app, token, "updateCollectionSettings", prices, "").await;
        let two = estimate(&app, json!({ "categoryIds": ["appliances-cooktops", "appliances-freezers"] })).await;
        let sources = &app.app.sources;
        let size = sources.best_sellers.size(sources.categories.find("appliances-cooktops").unwrap());
        let each = &two["perCategory"][0];
        assert_eq!(each["category"], json!({ "id": "appliances-cooktops", "name": "Cooktops" }));
        assert_eq!(each["products"], size.products);
        let sum = |field: &str| two["perCategory"].as_array().unwrap().iter().map(|part| part[field].as_i64().unwrap()).sum::<i64>();
        for field in ["products", "calls"] {
            assert_eq!(two[field].as_i64().unwrap(), sum(field), "{field}");
        }
        let calls = two["calls"].as_i64().unwrap();
        assert!(calls > i64::from(size.products));
        assert_eq!(two["costCents"].as_i64().unwrap(), (calls * 3_333 + 9_999) / 10_000);
        assert!(two["costCents"].as_i64().unwrap() <= sum("costCents"));
        assert_eq!(two["withinCap"], true);
        let all = List::of("presets", token).forward(&app, 1).await.remove(0);
        let all = estimate(&app, json!({ "presetId": all })).await;
        assert_eq!(all["perCategory"].as_array().unwrap().len(), 75);
        // Categories stand in place of those of the preset.
        let preset = json!({ "name": "P", "categoryIds": ["appliances-microwaves"] });
        let preset = change(&app, token, "createPreset", preset, "preset { id }").await["preset"]["id"].clone();
        let own = estimate(&app, json!({ "presetId": preset })).await;
        assert_eq!(own["perCategory"][0]["category"]["id"], "appliances-microwaves");
        let other = estimate(&app, json!({ "presetId": preset, "categoryIds": ["appliances-cooktops"] })).await;
        assert_eq!(other["perCategory"][0]["category"]["id"], "appliances-cooktops");
    }
}

on_both! {
    async fn an_estimate_says_whether_every_limit_holds(app: TestApp) {
        let token = &app.seeded.admin.token;
        change(&app, token, "updateCollectionSettings", json!({ "prices": [{ "provider": "CATALOGUE", "micros": 10_000 }] }), "").await;
        let choice = |more: Value| {
            let mut input = json!({ "categoryIds": ["appliances-cooktops"] });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let free = estimate(&app, choice(json!({}))).await;
        let (calls, cents) = (free["calls"].as_i64().unwrap(), free["costCents"].as_i64().unwrap());
        assert_eq!(calls, cents);
        for (limits, holds) in [
            (json!({ "maxCalls": calls }), true),
            (json!({ "maxCalls": calls - 1 }), false),
            (json!({ "maxCostCents": cents }), true),
            (json!({ "maxCostCents": cents - 1 }), false),
            (json!({ "maxCostCents": 0 }), false),
        ] {
            assert_eq!(estimate(&app, choice(limits.clone())).await["withinCap"], holds, "{limits}");
        }
        change(&app, token, "updateCollectionSettings", json!({ "maxCostCents": cents - 1 }), "").await;
        assert_eq!(estimate(&app, choice(json!({ "maxCostCents": cents }))).await["withinCap"], false);
    }
}

on_both! {
    async fn what_cannot_be_started_cannot_be_estimated(app: TestApp) {
        let others = json!({ "name": "Theirs", "categoryIds": ["appliances-cooktops"] });
        let others = change(&app, &app.seeded.other_admin.token, "createPreset", others, "preset { id }").await;
        for (input, code) in [
            (json!({}), "NOTHING_TO_COLLECT"),
            (json!({ "categoryIds": [] }), "NOTHING_TO_COLLECT"),
            (json!({ "categoryIds": ["x"] }), "UNKNOWN_CATEGORY"),
            (json!({ "categoryIds": ["appliances-cooktops", "appliances-cooktops"] }), "DUPLICATE_CATEGORY"),
            (json!({ "categoryIds": ["appliances-cooktops"], "search": { "maxListings": 0 } }), "INVALID_SEARCH"),
            (json!({ "categoryIds": ["appliances-cooktops"], "maxCalls": 0 }), "INVALID_LIMIT"),
            (json!({ "categoryIds": ["appliances-cooktops"], "maxCostCents": -1 }), "INVALID_LIMIT"),
            (json!({ "categoryIds": ["appliances-cooktops"], "name": "" }), "INVALID_TEXT"),
            (json!({ "presetId": others["preset"]["id"] }), "NOT_FOUND"),
            (json!({ "presetId": "x" }), "INVALID_ID"),
        ] {
            let refused = app.refusal(&app.seeded.admin.token, ESTIMATE, json!({ "input": input })).await;
            assert_eq!(refused, code, "{input}");
        }
    }
}

on_both! {
    async fn departments_are_those_of_the_file(app: TestApp) {
        let data = app.data(&app.seeded.va.token, "{ departments { id name categories { id name } } }", json!({})).await;
        let departments = data["departments"].as_array().unwrap();
        assert_eq!((departments.len(), departments[0]["categories"].as_array().unwrap().len()), (15, 5));
        assert_eq!(departments[0]["categories"][0], json!({ "id": "appliances-cooktops", "name": "Cooktops" }));
    }
}
