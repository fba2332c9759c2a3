//! Runs as they are shown: the object, its lists, and what a page of them costs.

use chrono::TimeDelta;
use entity::collection_run::{CollectionPhase, CollectionRunStatus};
use sellerbook::id::IdKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::change;
use crate::{
    TestApp, on_both,
    seed::{self, NewSeller},
    seed_runs::{self, new_run},
};

const RUN: &str =
    "id name status reason phase bestSellersProvider listingsProvider maxCalls maxCostCents durationSeconds
    callsByProvider { provider calls costCents } categories { id name } search { condition maxListings }
    startedBy { email } preset { name } rerunOf { name } workers { worker state category product lastResult since }
    createdAt startedAt pauseAskedAt cancelAskedAt resumesAt completedAt
    progress { departmentsDone departmentsTotal categoriesDone categoriesTotal productsDone productsTotal sellersFound
        sellersNew failedItems calls costCents percent productsPerMinute etaSeconds revision }";

async fn run(app: &TestApp, token: &str, id: Uuid, selection: &str) -> Value {
    let query = format!("query ($id: ID!) {{ collectionRun(id: $id) {{ {selection} }} }}");
    app.data(token, &query, json!({ "id": IdKind::Run.show(id) })).await["collectionRun"].clone()
}

on_both! {
    async fn a_run_is_what_its_row_says(app: TestApp) {
        let token = &app.seeded.admin.token;
        let preset = json!({ "name": "Kitchen", "categoryIds": ["appliances-cooktops"] });
        let preset = change(&app, token, "createPreset", preset, "preset { id }").await;
        let preset = IdKind::Preset.read(preset["preset"]["id"].as_str().unwrap()).unwrap();
        let first = new_run(&app.app, app.seeded.org, "First");
        let (now, first_id) = (app.now(), first.id);
        let second = entity::collection_run::Model {
            status: CollectionRunStatus::Running,
            reason: None,
            completed_at: None,
            category_ids: r#"["appliances-cooktops","gone"]"#.to_owned(),
            preset_id: Some(preset),
            rerun_of: Some(first_id),
            member_id: Some(app.seeded.admin.id),
            max_calls: Some(500),
            max_cost_micros: Some(1_000_000),
            products_done: 40,
            started_at: Some(now - TimeDelta::seconds(90)),
            paced_at: Some(now - TimeDelta::seconds(60)),
            paced_done: 10,
            ..new_run(&app.app, app.seeded.org, "Second")
        };
        seed_runs::runs(&app.app, vec![first, second.clone()]).await;
        seed_runs::workers(&app.app, &second).await;
        let shown = run(&app, token, second.id, RUN).await;
        assert_eq!(shown["workers"].as_array().unwrap().len(), 5);
        assert_eq!(shown["workers"][0], json!({
            "worker": 1, "state": "WORKING", "category": "Freezers", "product": "A product", "lastResult": null,
            "since": "2026-11-20T08:00:00Z",
        }));
        let mut rest = shown.clone();
        rest.as_object_mut().unwrap().remove("workers");
        assert_eq!(rest, json!({
            "id": IdKind::Run.show(second.id), "name": "Second", "status": "RUNNING", "reason": null, "phase": "LISTINGS",
            "bestSellersProvider": "RAINFOREST", "listingsProvider": "EBAY", "maxCalls": 500, "maxCostCents": 100,
            "durationSeconds": 90,
            "callsByProvider": [
                { "provider": "RAINFOREST", "calls": 2, "costCents": 2 }, { "provider": "EBAY", "calls": 101, "costCents": 5 },
            ],
            "categories": [{ "id": "appliances-cooktops", "name": "Cooktops" }, { "id": "gone", "name": "gone" }],
            "search": { "condition": "NEW", "maxListings": 200 },
            "startedBy": { "email": "admin@acme.example" }, "preset": { "name": "Kitchen" }, "rerunOf": { "name": "First" },
            "createdAt": "2026-11-20T08:00:00Z", "startedAt": "2026-11-20T07:58:30Z", "pauseAskedAt": null,
            "cancelAskedAt": null, "resumesAt": null, "completedAt": null,
            "progress": {
                "departmentsDone": 1, "departmentsTotal": 1, "categoriesDone": 2, "categoriesTotal": 2, "productsDone": 40,
                "productsTotal": 100, "sellersFound": 40, "sellersNew": 30, "failedItems": 0, "calls": 103, "costCents": 7,
                "percent": 40.0, "productsPerMinute": 30.0, "etaSeconds": 120, "revision": 7,
            },
        }));
        let shown = run(&app, token, first_id, RUN).await;
        assert_eq!((&shown["startedBy"], &shown["preset"], &shown["rerunOf"]), (&Value::Null, &Value::Null, &Value::Null));
        assert_eq!((&shown["progress"]["percent"], &shown["progress"]["etaSeconds"]), (&json!(100.0), &Value::Null));
    }
}

on_both! {
    async fn a_share_is_of_the_phase_a_run_is_at(app: TestApp) {
        let running = |phase, categories_done| entity::collection_run::Model {
            status: CollectionRunStatus::Running,
            reason: None,
            completed_at: None,
            phase,
            categories_done,
            products_done: 0,
            ..new_run(&app.app, app.seeded.org, "Run")
        };
        let (new, reading, searching) =
            (running(None, 0), running(Some(CollectionPhase::BestSellers), 1), running(Some(CollectionPhase::Listings), 2));
        let ids = seed_runs::runs(&app.app, vec![new, reading, searching]).await;
        for (id, percent) in ids.into_iter().zip([0.0, 50.0, 0.0]) {
            let shown = run(&app, &app.seeded.va.token, id, "progress { percent etaSeconds productsPerMinute }").await;
            assert_eq!(shown["progress"], json!({ "percent": percent, "etaSeconds": null, "productsPerMinute": null }));
        }
    }
}

on_both! {
    async fn runs_are_listed_the_newest_first_by_status_date_and_starter(app: TestApp) {
        let seeded = &app.seeded;
        let mut runs = Vec::new();
        for number in 0..5 {
            let mut run = new_run(&app.app, seeded.org, &format!("Run {number}"));
            run.created_at = app.now() + TimeDelta::hours(number);
            run.member_id = [None, Some(seeded.admin.id), Some(seeded.va.id)][usize::try_from(number % 3).unwrap()];
            if number == 4 {
                (run.status, run.reason, run.completed_at) = (CollectionRunStatus::Pending, None, None);
            }
            runs.push(run);
        }
        seed_runs::runs(&app.app, runs).await;
        seed_runs::runs(&app.app, vec![new_run(&app.app, seeded.other_org, "Theirs")]).await;
        let query = "query ($filter: CollectionRunFilter) { collectionRuns(filter: $filter) { totalCount nodes { name } } }";
        let names = async |token: &str, filter: Value| -> Vec<String> {
            let data = app.data(token, query, json!({ "filter": filter })).await["collectionRuns"].clone();
            let nodes = data["nodes"].as_array().unwrap().clone();
            assert_eq!(data["totalCount"], nodes.len());
            nodes.iter().map(|node| node["name"].as_str().unwrap().replace("Run ", "")).collect()
        };
        let token = &seeded.admin.token;
        let (admin, va) = (IdKind::Member.show(seeded.admin.id), IdKind::Member.show(seeded.va.id));
        for (filter, expected) in [
            (Value::Null, "43210"),
            (json!({ "statuses": ["PENDING"] }), "4"),
            (json!({ "statuses": ["PENDING", "COMPLETED"] }), "43210"),
            (json!({ "statuses": [] }), ""),
            (json!({ "createdFrom": "2026-11-20T09:00:00Z", "createdTo": "2026-11-20T10:00:00Z" }), "21"),
            (json!({ "startedBy": va }), "2"),
            (json!({ "startedBy": admin, "statuses": ["PENDING"] }), "4"),
            (json!({ "mine": true }), "41"),
            (json!({ "mine": true, "startedBy": va }), ""),
        ] {
            assert_eq!(names(token, filter.clone()).await.concat(), expected, "{filter}");
        }
        assert_eq!(names(&seeded.other_admin.token, Value::Null).await, ["Theirs"]);
        let backwards = json!({ "createdFrom": "2026-11-20T10:00:00Z", "createdTo": "2026-11-20T09:00:00Z" });
        assert_eq!(app.refusal(token, query, json!({ "filter": backwards })).await, "INVALID_FILTER");
        let list = crate::lists::List::of("collectionRuns", token);
        let forward = list.forward(&app, 2).await;
        assert_eq!(forward.len(), 5);
        assert_eq!(list.backward(&app, 2).await, forward.into_iter().rev().collect::<Vec<_>>());
    }
}

on_both! {
    async fn a_run_has_its_sellers_failures_and_categories(app: TestApp) {
        let (token, org) = (&app.seeded.admin.token, app.seeded.org);
        let run_row = entity::collection_run::Model { failed_items: 30, ..new_run(&app.app, org, "Run") };
        seed_runs::runs(&app.app, vec![run_row.clone(), new_run(&app.app, org, "Other")]).await;
        seed_runs::failures(&app.app, &run_row, 30).await;
        let new = |name: &str| NewSeller::new(&app.app, org, name);
        let sellers = seed::sellers(&app.app, vec![new("new"), new("known"), new("neither")]).await;
        seed::seen_in_run(&app.app, org, run_row.id, vec![(sellers[0], true), (sellers[1], false)]).await;
        let shown = run(&app, token, run_row.id, "
            new: sellers { totalCount nodes { displayName } } seen: sellers(scope: SEEN) { totalCount nodes { displayName } }
            failures(first: 28) { totalCount nodes { kind page product asin category errorCode message attempts failedAt }
                pageInfo { endCursor hasNextPage } }
            categoryResults { category { id } products productsDone failedItems sellersFound sellersNew calls costCents }").await;
        assert_eq!(shown["new"], json!({ "totalCount": 1, "nodes": [{ "displayName": "new" }] }));
        assert_eq!(shown["seen"], json!({ "totalCount": 2, "nodes": [{ "displayName": "known" }, { "displayName": "new" }] }));
        assert_eq!(shown["failures"]["totalCount"], 30);
        assert_eq!(shown["failures"]["nodes"][0], json!({
            "kind": "PRODUCT", "page": null, "product": "Product 1", "asin": "B000000001", "category": "Cooktops",
            "errorCode": "TIMEOUT", "message": "no answer in time", "attempts": 1, "failedAt": "2026-11-20T08:00:01Z",
        }));
        let more = format!("failures(after: \"{}\") {{ nodes {{ product }} }}", shown["failures"]["pageInfo"]["endCursor"].as_str().unwrap());
        let rest = run(&app, token, run_row.id, &more).await;
        assert_eq!(rest["failures"]["nodes"], json!([{ "product": "Product 29" }, { "product": "Product 30" }]));
        assert_eq!(shown["categoryResults"], json!([
            { "category": { "id": "appliances-cooktops" }, "products": 30, "productsDone": 30, "failedItems": 30,
              "sellersFound": 0, "sellersNew": 0, "calls": 62, "costCents": 3 },
            { "category": { "id": "appliances-freezers" }, "products": 0, "productsDone": 0, "failedItems": 0,
              "sellersFound": 0, "sellersNew": 0, "calls": 0, "costCents": 0 },
        ]));
    }
}

on_both! {
    async fn what_runs_need_from_other_tables_costs_one_statement_for_all_of_them(app: TestApp) {
        let (token, org) = (&app.seeded.admin.token, app.seeded.org);
        let preset = json!({ "name": "Kitchen", "categoryIds": ["appliances-cooktops"] });
        let preset = change(&app, token, "createPreset", preset, "preset { id }").await;
        let preset = IdKind::Preset.read(preset["preset"]["id"].as_str().unwrap()).unwrap();
        let seller = seed::sellers(&app.app, vec![NewSeller::new(&app.app, org, "seller")]).await[0];
        let first = new_run(&app.app, org, "First");
        seed_runs::runs(&app.app, vec![first.clone()]).await;
        for number in 0..50 {
            let run = entity::collection_run::Model {
                preset_id: Some(preset),
                member_id: Some([app.seeded.admin.id, app.seeded.va.id][number % 2]),
                rerun_of: Some(first.id),
                ..new_run(&app.app, org, "Run")
            };
            seed_runs::runs(&app.app, vec![run.clone()]).await;
            seed_runs::workers(&app.app, &run).await;
            seed_runs::events(&app.app, &run, 3, Some(seller)).await;
            seed_runs::failures(&app.app, &run, 2).await;
        }
        for (fields, more) in [
            ("progress { percent } categories { name } callsByProvider { calls } search { condition }", 0),
            ("preset { name categories { name } }", 1),
            ("startedBy { email }", 1),
            ("workers { worker category }", 1),
            ("rerunOf { name }", 1),
            ("categoryResults { calls }", 1),
            ("failures(first: 1) { totalCount nodes { product } }", 1),
            ("activity(first: 2) { totalCount nodes { seq } }", 1),
            ("activity(first: 2) { nodes { seq seller { displayName } } }", 2),
            ("preset { name } startedBy { email } workers { worker }", 3),
        ] {
            for size in [1, 50] {
                let query = format!("{{ collectionRuns(first: {size}) {{ nodes {{ id name status {fields} }} }} }}");
                let before = app.statements();
                let data = app.data(token, &query, json!({})).await;
                assert_eq!(data["collectionRuns"]["nodes"].as_array().unwrap().len(), size);
                assert_eq!(app.statements() - before, 2 + more, "{fields}, {size} runs");
            }
        }
    }
}

on_both! {
    async fn a_run_of_another_organisation_is_not_there(app: TestApp) {
        let theirs = new_run(&app.app, app.seeded.other_org, "Theirs");
        seed_runs::runs(&app.app, vec![theirs.clone()]).await;
        seed_runs::events(&app.app, &theirs, 3, None).await;
        let token = &app.seeded.admin.token;
        assert_eq!(run(&app, token, theirs.id, RUN).await, Value::Null);
        let id = IdKind::Run.show(theirs.id);
        let data = app.data(token, "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", json!({ "id": id })).await;
        assert_eq!(data, json!({ "node": null, "nodes": [null] }));
        for mutation in [
            "pauseCollectionRun", "resumeCollectionRun", "cancelCollectionRun", "rerunCollectionRun", "retryCollectionFailures",
        ] {
            let query = format!("mutation {{ {mutation}(input: {{ id: \"{id}\" }}) {{ userErrors {{ code }} }} }}");
            assert_eq!(app.refusal(token, &query, json!({})).await, "NOT_FOUND", "{mutation}");
        }
        for query in [
            format!("subscription {{ collectionRunProgress(id: \"{id}\") {{ id }} }}"),
            format!("subscription {{ collectionActivity(runId: \"{id}\") {{ seq }} }}"),
        ] {
            let event = app.event(token, &query).await;
            assert_eq!(event["errors"][0]["extensions"]["code"], "NOT_FOUND", "{event}");
        }
        let ours = new_run(&app.app, app.seeded.org, "Ours");
        seed_runs::runs(&app.app, vec![ours.clone()]).await;
        let node = app.data(token, "query ($id: ID!) { node(id: $id) { __typename } }", json!({ "id": IdKind::Run.show(ours.id) })).await;
        assert_eq!(node["node"]["__typename"], "CollectionRun");
    }
}
