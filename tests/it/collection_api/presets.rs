//! Presets: kept, changed, listed by name, the one that is built in first.

use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::{change, refusal};
use crate::{TestApp, lists::List, on_both};

const PRESET: &str = "preset { id name isBuiltin categories { id name } search {
    condition freeShipping itemCountry minPriceFactor maxPriceFactor maxListings } }";

async fn create(app: &TestApp, name: &str) -> String {
    let input = json!({ "name": name, "categoryIds": ["appliances-cooktops"] });
    let payload = change(app, &app.seeded.admin.token, "createPreset", input, PRESET).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["preset"]["id"].as_str().unwrap().to_owned()
}

on_both! {
    async fn a_preset_is_what_was_said_and_what_is_usual(app: TestApp) {
        let token = &app.seeded.admin.token;
        let input = json!({
            "name": " Kitchen ", "categoryIds": ["appliances-freezers", "appliances-cooktops"],
            "search": { "condition": "ANY", "maxPriceFactor": 3, "itemCountry": "DE" },
        });
        let made = change(&app, token, "createPreset", input, PRESET).await["preset"].clone();
        assert_eq!(made["name"], " Kitchen ");
        assert_eq!(made["isBuiltin"], false);
        assert_eq!(made["categories"], json!([
            { "id": "appliances-freezers", "name": "Freezers" }, { "id": "appliances-cooktops", "name": "Cooktops" },
        ]));
        assert_eq!(made["search"], json!({
            "condition": "ANY", "freeShipping": true, "itemCountry": "DE", "minPriceFactor": 1.8, "maxPriceFactor": 3.0,
            "maxListings": 200,
        }));
        let input = json!({ "id": made["id"], "categoryIds": ["appliances-cooktops"] });
        let changed = change(&app, token, "updatePreset", input, PRESET).await["preset"].clone();
        assert_eq!(changed["categories"].as_array().unwrap().len(), 1);
        assert_eq!((&changed["name"], &changed["search"]), (&made["name"], &made["search"]));
        let input = json!({ "id": made["id"], "name": "KITCHEN", "search": {} });
        let changed = change(&app, token, "updatePreset", input, PRESET).await["preset"].clone();
        assert_eq!((&changed["name"], &changed["search"]["condition"]), (&json!("KITCHEN"), &json!("NEW")));
        let node = "query ($id: ID!) { node(id: $id) { __typename ... on Preset { name } } }";
        let found = app.data(token, node, json!({ "id": made["id"] })).await;
        assert_eq!(found["node"], json!({ "__typename": "Preset", "name": "KITCHEN" }));
        let gone = change(&app, token, "deletePreset", json!({ "id": made["id"] }), PRESET).await;
        assert_eq!((&gone["preset"]["name"], &gone["userErrors"]), (&json!("KITCHEN"), &json!([])));
        assert_eq!(app.data(token, node, json!({ "id": made["id"] })).await["node"], Value::Null);
    }
}

on_both! {
    async fn presets_are_listed_by_name_behind_the_one_that_is_built_in(app: TestApp) {
        let token = &app.seeded.admin.token;
        for name in ["Zebra", "apple", "Äpfel", "Beta", "alpha"] {
            create(&app, name).await;
        }
        let data = app.data(token, "{ presets { totalCount nodes { id name isBuiltin categories { id } } } }", json!({})).await;
        let nodes = data["presets"]["nodes"].as_array().unwrap().clone();
        let names: Vec<&str> = nodes.iter().map(|node| node["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["All categories", "alpha", "apple", "Beta", "Zebra", "Äpfel"]);
        assert_eq!((data["presets"]["totalCount"].as_i64(), nodes[0]["isBuiltin"].as_bool()), (Some(6), Some(true)));
        assert_eq!(nodes[0]["categories"].as_array().unwrap().len(), 75);
        let ids: Vec<String> = nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
        let backward: Vec<String> = ids.iter().rev().cloned().collect();
        let list = List::of("presets", token);
        for size in 1..=7 {
            assert_eq!(list.forward(&app, size).await, ids, "{size}");
            assert_eq!(list.backward(&app, size).await, backward, "{size}");
        }
        // Another organisation has only what is built in, and it is the same.
        let others = List::of("presets", &app.seeded.other_admin.token).forward(&app, 9).await;
        assert_eq!(others, ids[..1]);
    }
}

on_both! {
    async fn what_cannot_be_kept_is_refused_with_its_field(app: TestApp) {
        let token = &app.seeded.admin.token;
        create(&app, "Taken").await;
        let other = create(&app, "Other").await;
        let cooktops = json!(["appliances-cooktops"]);
        for (name, categories, search, code, field) in [
            ("", &cooktops, json!({}), "INVALID_TEXT", "name"),
            (" \u{3000}", &cooktops, json!({}), "INVALID_TEXT", "name"),
            (&*"x".repeat(201), &cooktops, json!({}), "INVALID_TEXT", "name"),
            (&*"\u{fdfa}".repeat(200), &cooktops, json!({}), "INVALID_TEXT", "name"),
            (" tAKEN", &cooktops, json!({}), "PRESET_NAME_TAKEN", "name"),
            ("all categories", &cooktops, json!({}), "PRESET_NAME_TAKEN", "name"),
            ("New", &json!([]), json!({}), "NOTHING_TO_COLLECT", "categoryIds"),
            ("New", &json!(["appliances-cooktops", "nothing"]), json!({}), "UNKNOWN_CATEGORY", "categoryIds"),
            ("New", &json!(["appliances-cooktops", "appliances-cooktops"]), json!({}), "DUPLICATE_CATEGORY", "categoryIds"),
            ("New", &cooktops, json!({ "condition": "BROKEN" }), "INVALID_SEARCH", "search"),
            ("New", &cooktops, json!({ "minPriceFactor": 0 }), "INVALID_SEARCH", "search"),
            ("New", &cooktops, json!({ "minPriceFactor": 2.3 }), "INVALID_SEARCH", "search"),
            ("New", &cooktops, json!({ "maxPriceFactor": 100.1 }), "INVALID_SEARCH", "search"),
            ("New", &cooktops, json!({ "maxListings": 0 }), "INVALID_SEARCH", "search"),
            ("New", &cooktops, json!({ "maxListings": -1 }), "INVALID_SEARCH", "search"),
            ("New", &cooktops, json!({ "maxListings": 10_001 }), "INVALID_SEARCH", "search"),
            ("New", &cooktops, json!({ "itemCountry": "us" }), "INVALID_SEARCH", "search"),
        ] {
            let mut input = json!({ "name": name, "categoryIds": categories, "search": search });
            let payload = change(&app, token, "createPreset", input.clone(), PRESET).await;
            assert_eq!(payload["preset"], Value::Null);
            assert_eq!(refusal(&payload), (code, &json!([field])), "{input}");
            input["id"] = json!(other);
            let payload = change(&app, token, "updatePreset", input.clone(), PRESET).await;
            assert_eq!(refusal(&payload), (code, &json!([field])), "{input}");
        }
        let payload = change(&app, token, "createPreset", json!({ "name": "x", "categoryIds": ["x'y"] }), PRESET).await;
        assert!(payload["userErrors"][0]["message"].as_str().unwrap().contains("x\\'y"), "{payload}");
        // Nothing of all that was kept.
        assert_eq!(List::of("presets", token).forward(&app, 9).await.len(), 3);
        // The name is the organisation's own.
        let input = json!({ "name": "Taken", "categoryIds": cooktops });
        let theirs = change(&app, &app.seeded.other_admin.token, "createPreset", input, PRESET).await;
        assert_eq!(theirs["userErrors"], json!([]));
    }
}

on_both! {
    async fn what_is_built_in_stays_and_what_is_of_others_is_not_found(app: TestApp) {
        let token = &app.seeded.admin.token;
        let built_in = List::of("presets", token).forward(&app, 9).await.remove(0);
        for (mutation, input) in [
            ("updatePreset", json!({ "id": built_in, "name": "Mine" })),
            ("deletePreset", json!({ "id": built_in })),
        ] {
            let payload = change(&app, token, mutation, input, PRESET).await;
            assert_eq!(refusal(&payload), ("PRESET_BUILTIN", &json!(["id"])));
        }
        let preset = create(&app, "Ours").await;
        let others = &app.seeded.other_admin.token;
        let update = "mutation ($id: ID!) { updatePreset(input: { id: $id, name: \"Theirs\" }) { userErrors { code } } }";
        let delete = "mutation ($id: ID!) { deletePreset(input: { id: $id }) { userErrors { code } } }";
        for query in [update, delete] {
            assert_eq!(app.refusal(others, query, json!({ "id": preset })).await, "NOT_FOUND");
        }
        assert_eq!(app.data(others, "query ($id: ID!) { node(id: $id) { id } }", json!({ "id": preset })).await["node"], Value::Null);
        let wrong = IdKind::Run.show(uuid::Uuid::now_v7());
        assert_eq!(app.refusal(token, delete, json!({ "id": wrong })).await, "INVALID_ID");
        let gone = IdKind::Preset.show(uuid::Uuid::now_v7());
        assert_eq!(app.refusal(token, delete, json!({ "id": gone })).await, "NOT_FOUND");
    }
}

on_both! {
    async fn of_many_who_want_one_name_one_gets_it(app: TestApp) {
        let input = json!({ "name": "Wanted", "categoryIds": ["appliances-cooktops"] });
        let wishes = (0..8).map(|_| change(&app, &app.seeded.admin.token, "createPreset", input.clone(), PRESET));
        let payloads = futures::future::join_all(wishes).await;
        let made = payloads.iter().filter(|payload| !payload["preset"].is_null()).count();
        let refused = payloads.iter().filter(|payload| payload["userErrors"][0]["code"] == "PRESET_NAME_TAKEN").count();
        assert_eq!((made, refused), (1, 7));
    }
}
