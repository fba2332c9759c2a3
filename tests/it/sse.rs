//! GraphQL over SSE, in distinct connections mode, over a real connection.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Backend, TestApp, wire::Server};

async fn app() -> TestApp {
    TestApp::new(Backend::Sqlite).await.unwrap()
}

fn asked(query: &str) -> Value {
    json!({ "query": query })
}

fn next(payload: Value) -> Option<(String, Value)> {
    Some(("next".to_owned(), payload))
}

fn complete() -> Option<(String, Value)> {
    Some(("complete".to_owned(), Value::Null))
}

#[tokio::test]
async fn a_subscription_is_followed_to_its_end() {
    let app = app().await;
    let (server, numbers) = Server::of_numbers(&app.app).await;
    let mut events = server.events(&app.seeded.va.token, &asked("subscription { number { value } }")).await;
    assert_eq!(events.next().await, next(json!({ "data": { "number": { "value": 0 } } })));
    for value in [1, -1] {
        numbers.now.send(value).unwrap();
        assert_eq!(events.next().await, next(json!({ "data": { "number": { "value": value } } })));
    }
    assert_eq!(events.next().await, complete());
}

#[tokio::test]
async fn a_query_is_answered_once_and_an_error_is_an_answer() {
    let app = app().await;
    let server = Server::start(&app.app).await;
    let mut events = server.events(&app.seeded.va.token, &asked("{ viewer { email } }")).await;
    assert_eq!(events.next().await, next(json!({ "data": { "viewer": { "email": "va@acme.example" } } })));
    assert_eq!(events.next().await, complete());
    for (query, code) in [("{", "GRAPHQL_PARSE_FAILED"), ("subscription { x }", "GRAPHQL_VALIDATION_FAILED")] {
        let mut events = server.events(&app.seeded.va.token, &asked(query)).await;
        let (name, payload) = events.next().await.unwrap();
        assert_eq!((name.as_str(), payload.get("data")), ("next", None), "{query}");
        assert_eq!(payload["errors"][0]["extensions"]["code"], code, "{query}");
        assert_eq!(events.next().await, complete());
    }
}

#[tokio::test]
async fn what_cannot_begin_is_refused_as_any_request() {
    let app = app().await;
    assert_eq!(app.event("", "{ __typename }").await, json!({ "data": { "__typename": "Query" } }));
    let code = |answer: Value| answer["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned();
    assert_eq!(code(app.event("", "subscription { viewer { email } }").await), "UNAUTHENTICATED");
    assert_eq!(code(app.event("sb_unknown", "{ __typename }").await), "TOKEN_INVALID");
    assert_eq!(code(app.event(&app.seeded.suspended.token, "{ __typename }").await), "MEMBER_SUSPENDED");
    let server = Server::start(&app.app).await;
    let mut batch = server.events(&app.seeded.va.token, &json!([asked("{ __typename }")])).await;
    assert!(batch.until("}]}").await.unwrap().contains("BATCH_NOT_SUPPORTED"));
    assert_eq!(
        app.refusal(&app.seeded.va.token, "subscription { viewer { id } }", Value::Null).await,
        "SUBSCRIPTION_NOT_SUPPORTED"
    );
}

#[tokio::test]
async fn a_silent_stream_is_kept_alive() {
    let app = app().await;
    let (server, _) = Server::of_numbers(&app.app).await;
    let mut events = server.events(&app.seeded.va.token, &asked("subscription { silence }")).await;
    for _ in 0..2 {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(12)).await;
        tokio::time::resume();
        assert_eq!(events.until("\n\n").await.unwrap().lines().nth(1), Some(":"));
        assert_eq!(events.until("\r\n").await.as_deref(), Some("\r\n"));
    }
}

#[tokio::test]
async fn a_client_that_leaves_ends_what_was_computed_for_it() {
    let app = app().await;
    let (server, numbers) = Server::of_numbers(&app.app).await;
    let mut events = server.events(&app.seeded.va.token, &asked("subscription { number { value } }")).await;
    events.next().await;
    assert_eq!(numbers.now.receiver_count(), 1);
    drop(events);
    while numbers.now.receiver_count() > 0 {
        tokio::task::yield_now().await;
    }
    while app.app.streams.count() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_process_that_stops_ends_its_streams_without_completing_them() {
    let app = app().await;
    let (server, _) = Server::of_numbers(&app.app).await;
    let mut events = server.events(&app.seeded.va.token, &asked("subscription { silence }")).await;
    server.shutdown.cancel();
    assert_eq!(events.next().await, None);
    let stopped = tokio::time::timeout(Duration::from_secs(5), server.task).await;
    stopped.expect("a stream held it up").unwrap();
}
