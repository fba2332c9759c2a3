//! Following an import over a socket and over an event stream.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::{RECORDS, change, put, start, text};
use crate::{
    on_both,
    wire::{Server, subscribe},
};

/// Longest that a change takes to be heard of.
const SOON: Duration = Duration::from_secs(20);

on_both! {
    async fn an_import_is_followed_to_its_end(app: TestApp) {
        let token = &app.seeded.admin.token;
        let waiting = start(&app, token).await;
        let id = text(&waiting["id"]);
        let server = Server::start(&app.app).await;
        let query = format!("subscription {{ importProgress(id: \"{id}\") {{ status rowsDone added }} }}");
        let mut socket = server.signed_in(token).await;
        socket.say(subscribe("1", &query)).await;
        let mut events = server.events(token, &json!({ "query": query })).await;
        assert_eq!(socket.data("1").await["importProgress"]["status"], "AWAITING_FILE");
        assert_eq!(events.next().await.unwrap().1["data"]["importProgress"]["status"], "AWAITING_FILE");
        put(&app, waiting["uploadUrl"].as_str().unwrap(), RECORDS).await;
        app.run_jobs().await;
        let mut last = Value::Null;
        while last["status"] != "READY" {
            last = timeout(SOON, socket.data("1")).await.unwrap()["importProgress"].clone();
            assert!(!["INVALID", "FAILED"].contains(&last["status"].as_str().unwrap()), "{last:#}");
        }
        assert_eq!(last["added"], 2);
        change(&app, token, "commitImport", json!({ "id": id })).await;
        app.run_jobs().await;
        let mut seen = Vec::new();
        while let Some((name, payload)) = timeout(SOON, events.next()).await.unwrap() {
            if name == "complete" {
                break;
            }
            seen.push(text(&payload["data"]["importProgress"]["status"]));
        }
        assert_eq!(seen.last().map(String::as_str), Some("COMMITTED"), "{seen:?}");
    }
}

on_both! {
    async fn all_imports_at_work_are_seen_at_once(app: TestApp) {
        let token = &app.seeded.admin.token;
        let waiting = start(&app, token).await;
        put(&app, waiting["uploadUrl"].as_str().unwrap(), RECORDS).await;
        let event = app.event(token, "subscription { importsProgress { id status } }").await;
        assert_eq!(event["data"]["importsProgress"], json!({ "id": waiting["id"], "status": "PENDING" }));
        app.run_jobs().await;
    }
}
