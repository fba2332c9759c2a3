//! What happened to sellers, in order.

use serde_json::{Value, json};

use super::{add, does, later};
use crate::{
    TestApp,
    collection_api::change,
    on_both,
    seed::{self, NewSeller},
};
use sellerbook::{clock::rfc3339, id::IdKind};

const EVENT: &str = "id seq at kind source count importId run { id } member { email }";

async fn events(app: &TestApp, filter: Value) -> Value {
    let query = format!(
        "query ($filter: SellerEventFilter) {{ sellerEvents(filter: $filter) {{ nodes {{ {EVENT} }} totalCount }} }}"
    );
    app.data(&app.seeded.admin.token, &query, json!({ "filter": filter })).await["sellerEvents"].clone()
}

fn kinds(connection: &Value) -> Vec<&str> {
    connection["nodes"].as_array().unwrap().iter().map(|node| node["kind"].as_str().unwrap()).collect()
}

/// Three added, one renamed, one flagged, one deleted, a minute between them.
async fn story(app: &TestApp) -> Vec<String> {
    let ids = add(app, &["anna", "bert", "cleo"]).await;
    later(app);
    does(app, "renameSeller", json!({ "id": ids[0], "displayName": "zoe" })).await;
    later(app);
    does(app, "flagSellers", json!({ "ids": [ids[0], ids[1]], "flagged": true })).await;
    later(app);
    does(app, "deleteSellers", json!({ "ids": [ids[0]] })).await;
    ids
}

on_both! {
    async fn the_history_is_told_from_its_end(app: TestApp) {
        story(&app).await;
        let told = events(&app, json!(null)).await;
        assert_eq!((kinds(&told), &told["totalCount"]), (vec!["DELETED", "FLAGGED", "RENAMED", "ADDED"], &json!(4)));
        let added = &told["nodes"][3];
        assert_eq!((&added["seq"], &added["count"], &added["source"]), (&json!(1), &json!(3), &json!("MANUAL")));
        assert_eq!((&added["at"], &added["member"]["email"]), (&json!("2026-11-20T08:00:00Z"), &json!("admin@acme.example")));
        assert_eq!((&added["run"], &added["importId"]), (&Value::Null, &Value::Null));
        let query = "query ($after: String) { sellerEvents(first: 3, after: $after) { nodes { seq } pageInfo { endCursor hasNextPage } } }";
        let first = app.data(&app.seeded.va.token, query, json!({})).await["sellerEvents"].clone();
        let rest = app.data(&app.seeded.va.token, query, json!({ "after": first["pageInfo"]["endCursor"] })).await;
        assert_eq!((&first["nodes"][2]["seq"], &rest["sellerEvents"]["nodes"]), (&json!(2), &json!([{ "seq": 1 }])));
    }
}

on_both! {
    async fn the_history_is_narrowed_by_its_filter(app: TestApp) {
        let ids = story(&app).await;
        let told = async |filter| kinds(&events(&app, filter).await).into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(told(json!({ "kinds": ["ADDED", "DELETED"] })).await, ["DELETED", "ADDED"]);
        assert_eq!(told(json!({ "sources": ["COLLECTION_RUN", "IMPORT"] })).await, [""; 0]);
        assert_eq!(told(json!({ "sources": ["MANUAL"], "kinds": ["FLAGGED"] })).await, ["FLAGGED"]);
        assert_eq!(told(json!({ "sellerId": ids[1] })).await, ["FLAGGED", "ADDED"]);
        assert_eq!(told(json!({ "memberId": IdKind::Member.show(app.seeded.admin.id) })).await.len(), 4);
        assert_eq!(told(json!({ "memberId": IdKind::Member.show(app.seeded.va.id) })).await, [""; 0]);
        assert_eq!(told(json!({ "from": "2026-11-20T08:01:00Z", "to": "2026-11-20T08:02:00Z" })).await, ["FLAGGED", "RENAMED"]);
        for kind in [IdKind::Run, IdKind::Import] {
            let field = if kind == IdKind::Run { "runId" } else { "importId" };
            assert_eq!(told(json!({ field: kind.show(app.seeded.org) })).await, [""; 0]);
        }
        let query = "query ($filter: SellerEventFilter) { sellerEvents(filter: $filter) { totalCount } }";
        let refused = async |filter| app.refusal(&app.seeded.va.token, query, json!({ "filter": filter })).await;
        assert_eq!(refused(json!({ "from": "2026-11-20T08:01:00Z", "to": "2026-11-20T08:00:00Z" })).await, "INVALID_FILTER");
        assert_eq!(refused(json!({ "sellerId": IdKind::Run.show(app.seeded.org) })).await, "INVALID_ID");
    }
}

on_both! {
    async fn an_event_knows_its_sellers_as_they_are_now(app: TestApp) {
        let ids = story(&app).await;
        let query = "{ sellerEvents { nodes { kind
            sellers { nodes { id displayName deletedAt } totalCount }
            items { nodes { oldValue newValue seller { id } } totalCount } } } }";
        let told = app.data(&app.seeded.va.token, query, json!({})).await["sellerEvents"]["nodes"].clone();
        let renamed = &told[2];
        assert_eq!(renamed["sellers"]["nodes"], json!([{ "id": ids[0], "displayName": "zoe", "deletedAt": rfc3339(app.now()) }]));
        assert_eq!(renamed["items"], json!({ "nodes": [{ "oldValue": "anna", "newValue": "zoe", "seller": { "id": ids[0] } }], "totalCount": 1 }));
        let added = told[3]["sellers"].clone();
        assert_eq!(added["totalCount"], 3);
        let of_added: Vec<&str> = added["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
        assert_eq!(of_added, ids, "in the order in which they were given");
        let query = "query ($id: ID!, $after: String) { node(id: $id) { ... on SellerEvent {
            sellers(first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } } } }";
        let id = events(&app, json!({ "kinds": ["ADDED"] })).await["nodes"][0]["id"].clone();
        let first = app.data(&app.seeded.va.token, query, json!({ "id": id })).await["node"]["sellers"].clone();
        let after = &first["pageInfo"]["endCursor"];
        let rest = app.data(&app.seeded.va.token, query, json!({ "id": id, "after": after })).await["node"]["sellers"].clone();
        assert_eq!((first["nodes"].as_array().unwrap().len(), &rest["nodes"]), (2, &json!([{ "id": ids[2] }])));
        assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    }
}

on_both! {
    async fn a_seller_knows_what_happened_to_it(app: TestApp) {
        let ids = story(&app).await;
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Seller { id
            events(first: 1) { nodes { kind } pageInfo { hasNextPage } totalCount } } } }";
        let told = app.data(&app.seeded.va.token, query, json!({ "ids": [ids[1], ids[2]] })).await["nodes"].clone();
        assert_eq!(told[0]["events"], json!({ "nodes": [{ "kind": "FLAGGED" }], "pageInfo": { "hasNextPage": true }, "totalCount": 2 }));
        assert_eq!(told[1]["events"], json!({ "nodes": [{ "kind": "ADDED" }], "pageInfo": { "hasNextPage": false }, "totalCount": 1 }));
        // Whoever is deleted tells it in the history.
        let query = "query ($id: ID!) { node(id: $id) { id } sellerEvents(first: 1) { nodes { sellers { nodes { events { nodes { kind } } } } } } }";
        let told = app.data(&app.seeded.va.token, query, json!({ "id": ids[0] })).await;
        assert_eq!(told["node"], Value::Null);
        assert_eq!(kinds(&told["sellerEvents"]["nodes"][0]["sellers"]["nodes"][0]["events"]), ["DELETED", "FLAGGED", "RENAMED", "ADDED"]);
    }
}

on_both! {
    async fn the_history_of_a_page_of_sellers_takes_no_more_statements_than_that_of_one(app: TestApp) {
        let names: Vec<String> = (0..50).map(|number| format!("seller {number}")).collect();
        let ids = add(&app, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        does(&app, "flagSellers", json!({ "ids": ids, "flagged": true })).await;
        let statements = async |first: i32| {
            let before = app.statements();
            let query = "query ($first: Int) { sellers(first: $first) { nodes { events(first: 2) { totalCount nodes { kind
                member { email } sellers(first: 1) { nodes { displayName } } items(first: 2) { nodes { seller { id } } } } } } } }";
            app.data(&app.seeded.admin.token, query, json!({ "first": first })).await;
            app.statements() - before
        };
        let (one, many) = (statements(1).await, statements(50).await);
        assert!(many <= one, "{one} statements for one seller, {many} for 50");
    }
}

on_both! {
    async fn the_history_of_others_is_nobodys(app: TestApp) {
        story(&app).await;
        let id = events(&app, json!(null)).await["nodes"][0]["id"].clone();
        let query = "query ($id: ID!) { node(id: $id) { id } sellerEvents { totalCount } }";
        let theirs = app.data(&app.seeded.other_admin.token, query, json!({ "id": id })).await;
        assert_eq!(theirs, json!({ "node": null, "sellerEvents": { "totalCount": 0 } }));
        assert_eq!(app.refusal(&app.seeded.client.token, query, json!({ "id": id })).await, "FORBIDDEN");
        // Who may not see members sees that somebody did it.
        let query = "{ sellerEvents(first: 1) { nodes { kind member { email } } } }";
        let shown = app.data(&app.seeded.va.token, query, json!({})).await;
        assert_eq!(shown["sellerEvents"]["nodes"], json!([{ "kind": "DELETED", "member": null }]));
    }
}

on_both! {
    async fn a_whole_file_of_sellers_is_an_event(app: TestApp) {
        app.file(&app.seeded.va.token, "/export/sellers/csv").await;
        app.app.settle().await;
        assert_eq!(events(&app, json!(null)).await["totalCount"], 0, "of nobody");
        seed::sellers(&app.app, vec![NewSeller::new(&app.app, app.seeded.org, "anna"), NewSeller::new(&app.app, app.seeded.org, "bert")]).await;
        app.file(&app.seeded.va.token, "/export/sellers/csv").await;
        app.file(&app.seeded.va.token, "/export/records/csv").await;
        app.app.settle().await;
        let wanted = json!({ "export": { "kind": "SELLERS", "format": "JSON", "sellerFilter": { "search": "anna" } } });
        change(&app, &app.seeded.admin.token, "startExport", wanted, "exportJob { id }").await;
        app.run_jobs().await;
        let told = events(&app, json!({ "kinds": ["EXPORTED"], "sources": ["EXPORT"] })).await;
        let shown: Vec<_> = told["nodes"].as_array().unwrap().iter().map(|node| (&node["count"], node["member"]["email"].as_str().unwrap())).collect();
        assert_eq!(shown, [(&json!(1), "admin@acme.example"), (&json!(2), "va@acme.example")]);
        let query = "{ sellerEvents { nodes { sellers { nodes { id } totalCount } items { totalCount } } } }";
        let told = app.data(&app.seeded.va.token, query, json!({})).await["sellerEvents"]["nodes"][0].clone();
        assert_eq!(told, json!({ "sellers": { "nodes": [], "totalCount": 0 }, "items": { "totalCount": 0 } }));
    }
}
