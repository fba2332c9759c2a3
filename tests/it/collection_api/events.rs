//! What happened in a run: as a list, and as a stream that can be left and taken up again.

use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::change;
use crate::{
    Backend, TestApp, on_both,
    seed::{self, NewSeller},
    seed_runs::{self, new_run},
    wire::{Server, subscribe},
};

/// A run that has ended, with so many events, of a seller.
async fn ended(app: &TestApp, count: i64) -> String {
    let run = entity::collection_run::Model { last_seq: count, ..new_run(&app.app, app.seeded.org, "Run") };
    let seller = seed::sellers(&app.app, vec![NewSeller::new(&app.app, app.seeded.org, "seller")]).await[0];
    seed_runs::runs(&app.app, vec![run.clone()]).await;
    seed_runs::events(&app.app, &run, count, Some(seller)).await;
    IdKind::Run.show(run.id)
}

on_both! {
    async fn what_happened_is_a_list(app: TestApp) {
        let id = ended(&app, 60).await;
        let query = "query ($id: ID!, $first: Int, $after: String, $last: Int) { collectionRun(id: $id) {
            activity(first: $first, after: $after, last: $last) { totalCount pageInfo { endCursor hasNextPage hasPreviousPage }
                nodes { seq at worker kind category product seller { displayName } message durationMs attempt errorCode } } } }";
        let page = async |variables: Value| {
            let mut variables = variables;
            variables["id"] = json!(id);
            app.data(&app.seeded.va.token, query, variables).await["collectionRun"]["activity"].clone()
        };
        let seqs = |page: &Value| -> Vec<i64> {
            page["nodes"].as_array().unwrap().iter().map(|node| node["seq"].as_i64().unwrap()).collect()
        };
        let first = page(json!({})).await;
        assert_eq!((first["totalCount"].as_i64(), seqs(&first)), (Some(60), (1..=25).collect()));
        assert_eq!(first["nodes"][0], json!({
            "seq": 1, "at": "2026-11-20T08:00:00Z", "worker": 1, "kind": "SELLER_ADDED", "category": "Cooktops",
            "product": "Product 1", "seller": { "displayName": "seller" }, "message": null, "durationMs": null,
            "attempt": null, "errorCode": null,
        }));
        let next = page(json!({ "first": 50, "after": first["pageInfo"]["endCursor"] })).await;
        assert_eq!((seqs(&next), &next["pageInfo"]["hasNextPage"]), ((26..=60).collect(), &json!(false)));
        assert_eq!(seqs(&page(json!({ "last": 3 })).await), [58, 59, 60]);
    }
}

/// The texts of all events of a stream, and how it ended.
async fn told(server: &Server, app: &TestApp, query: &str, last_event_id: &str) -> Vec<String> {
    let body = json!({ "query": query });
    let mut stream = server.events_after(&app.seeded.va.token, &body, last_event_id).await;
    let mut events = Vec::new();
    while let Some(text) = stream.until("\n\n").await {
        // Each comes in a chunk of its own, whose length stands before it.
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(':')).collect();
        events.push(lines.join("|"));
        if text.contains("event: complete") {
            break;
        }
    }
    events
}

#[tokio::test]
async fn an_event_stream_is_numbered_and_taken_up_where_it_was_left() {
    let app = TestApp::new(Backend::Sqlite).await.unwrap();
    let id = ended(&app, 3).await;
    let server = Server::start(&app.app).await;
    // The number does not depend on what is selected.
    let query = format!("subscription {{ collectionActivity(runId: \"{id}\") {{ product }} }}");
    let event = |seq: i64| {
        format!(r#"id: {seq}|event: next|data: {{"data":{{"collectionActivity":{{"product":"Product {seq}"}}}}}}"#)
    };
    let complete = || "event: complete|data:".to_owned();
    assert_eq!(told(&server, &app, &query, "").await, [event(1), event(2), event(3), complete()]);
    assert_eq!(told(&server, &app, &query, "2").await, [event(3), complete()]);
    assert_eq!(told(&server, &app, &query, "3").await, [complete()]);
    assert_eq!(told(&server, &app, &query, "99").await, [complete()]);
    let after = query.replace("\")", "\", after: 1)");
    assert_eq!(told(&server, &app, &after, "").await, [event(2), event(3), complete()]);
    assert_eq!(told(&server, &app, &after, "2").await, [event(3), complete()]);
    let before = query.replace("\")", "\", after: -7)");
    assert_eq!(told(&server, &app, &before, "").await.len(), 4);
    // What is no number of ours is refused before anything is told.
    for nonsense in ["x", "-1", "1.5", "99999999999999999999"] {
        let body = json!({ "query": query });
        let mut stream = server.events_after(&app.seeded.va.token, &body, nonsense).await;
        assert!(stream.until("}]}").await.unwrap().contains("INVALID_EVENT_ID"), "{nonsense}");
    }
    // Answers without a number have no id, whatever the client had.
    let viewer = told(&server, &app, "{ viewer { role } }", "5").await;
    assert_eq!(viewer, [r#"event: next|data: {"data":{"viewer":{"role":"VA"}}}"#.to_owned(), complete()]);
}

#[tokio::test]
async fn over_a_socket_events_begin_after_a_number() {
    let app = TestApp::new(Backend::Sqlite).await.unwrap();
    let id = ended(&app, 3).await;
    let server = Server::start(&app.app).await;
    let mut socket = server.signed_in(&app.seeded.va.token).await;
    let query =
        format!("subscription {{ collectionActivity(runId: \"{id}\", after: 1) {{ seq seller {{ displayName }} }} }}");
    socket.say(subscribe("a", &query)).await;
    for seq in [2, 3] {
        let expected = json!({ "collectionActivity": { "seq": seq, "seller": { "displayName": "seller" } } });
        assert_eq!(socket.data("a").await, expected);
    }
    assert_eq!(socket.hear().await, json!({ "id": "a", "type": "complete" }));
}

on_both! {
    async fn what_a_run_tells_while_it_goes_on_is_what_it_is_in_the_end(app: TestApp) {
        let token = &app.seeded.admin.token;
        let input = json!({ "collection": { "categoryIds": ["appliances-cooktops", "appliances-freezers"] } });
        let id = change(&app, token, "startCollectionRun", input, "collectionRun { id }").await["collectionRun"]["id"].clone();
        let id = id.as_str().unwrap();
        let server = Server::start(&app.app).await;
        let mut watcher = server.signed_in(&app.seeded.va.token).await;
        let states = "status progress { percent productsDone revision } workers { worker state } ";
        watcher.say(subscribe("a", &format!("subscription {{ collectionRunProgress(id: \"{id}\") {{ {states} }} }}"))).await;
        let first = watcher.data("a").await["collectionRunProgress"].clone();
        assert_eq!((&first["status"], &first["progress"]["percent"]), (&json!("PENDING"), &json!(0.0)));
        let mut reader = server.signed_in(&app.seeded.va.token).await;
        reader.say(subscribe("b", &format!("subscription {{ collectionActivity(runId: \"{id}\") {{ seq kind }} }}"))).await;
        app.run_jobs().await;
        // Every event once, in order, to the last.
        let mut last = Value::Null;
        for seq in 1.. {
            let heard = reader.hear().await;
            if heard["type"] == "complete" {
                break;
            }
            last = heard["payload"]["data"]["collectionActivity"].clone();
            assert_eq!(last["seq"], seq);
        }
        assert_eq!(last["kind"], "DONE");
        // Never an older state after a newer one, and the last of all.
        let (mut revision, mut state) = (first["progress"]["revision"].as_i64().unwrap(), first);
        loop {
            let heard = watcher.hear().await;
            if heard["type"] == "complete" {
                break;
            }
            state = heard["payload"]["data"]["collectionRunProgress"].clone();
            let newer = state["progress"]["revision"].as_i64().unwrap();
            assert!(newer >= revision, "{state}");
            revision = newer;
        }
        assert_eq!((&state["status"], &state["progress"]["percent"]), (&json!("COMPLETED"), &json!(100.0)));
        assert!(state["workers"].as_array().unwrap().iter().all(|worker| worker["state"] == "STOPPED"), "{state}");
        let query = "query ($id: ID!) { collectionRun(id: $id) { activity(last: 1) { totalCount nodes { seq kind } }
            progress { productsDone productsTotal sellersFound sellersNew failedItems calls costCents revision }
            new: sellers { totalCount } seen: sellers(scope: SEEN) { totalCount } failures { totalCount }
            categoryResults { products productsDone failedItems sellersNew calls } } }";
        let run = app.data(token, query, json!({ "id": id })).await["collectionRun"].clone();
        let progress = &run["progress"];
        assert_eq!((&run["activity"]["totalCount"], &run["activity"]["nodes"][0]), (&last["seq"], &last));
        assert_eq!((&run["new"]["totalCount"], &run["seen"]["totalCount"]), (&progress["sellersNew"], &progress["sellersFound"]));
        assert_eq!((&run["failures"]["totalCount"], &progress["revision"]), (&json!(0), &json!(revision)));
        for (of_category, of_run) in [
            ("products", "productsTotal"), ("productsDone", "productsDone"), ("failedItems", "failedItems"),
            ("sellersNew", "sellersNew"), ("calls", "calls"),
        ] {
            let parts = run["categoryResults"].as_array().unwrap().iter().map(|part| part[of_category].as_i64().unwrap());
            assert_eq!(json!(parts.sum::<i64>()), progress[of_run], "{of_run}");
        }
        assert!(progress["sellersNew"].as_i64().unwrap() > 0);
    }
}
