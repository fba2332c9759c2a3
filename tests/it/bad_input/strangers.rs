//! Large bodies: nothing of one is taken from whoever has not said who they are, or could do nothing with it.

use std::io;

use axum::{
    body::Body,
    http::{Request, Response},
};
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{Backend, TestApp, on_both, process::PATIENCE};

/// A body of which nothing ever comes, from a client that asks first whether it may.
fn unread(request: axum::http::request::Builder) -> Request<Body> {
    let never = Body::from_stream(stream::pending::<io::Result<Vec<u8>>>());
    request.header("expect", "100-continue").body(never).unwrap()
}

fn post(token: &str) -> axum::http::request::Builder {
    let request = Request::post("/graphql").header("content-type", "application/json");
    if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) }
}

fn long(bytes: usize) -> Vec<u8> {
    json!({ "query": "{ __schema { queryType { name } } }", "variables": { "x": "x".repeat(bytes) } })
        .to_string()
        .into_bytes()
}

/// Status, and the code of the refusal if it is one.
async fn outcome(app: &TestApp, request: Request<Body>) -> (u16, String) {
    let response: Response<Body> = timeout(PATIENCE, app.send(request)).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    (status, body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned())
}

on_both! {
    async fn a_large_body_is_taken_from_who_is_signed_in(app: TestApp) {
        let token = app.seeded.va_nothing.token.as_str();
        for (who, announced, expected) in [
            ("", "300000", (401, "UNAUTHENTICATED")),
            ("sb_nobody", "300000", (401, "TOKEN_INVALID")),
            (&app.seeded.suspended.token, "300000", (403, "MEMBER_SUSPENDED")),
            (token, "9000000", (413, "BODY_TOO_LARGE")),
        ] {
            for accept in ["application/json", "application/graphql-response+json", "text/event-stream"] {
                let request = unread(post(who).header("content-length", announced).header("accept", accept));
                let (status, code) = outcome(&app, request).await;
                assert_eq!((status, code.as_str()), expected, "{who} {announced} {accept}");
            }
        }
        // A length need not be announced; what comes is counted.
        for (who, bytes, expected) in [
            ("", 200_000, (200, "")),
            ("", 300_000, (401, "UNAUTHENTICATED")),
            (token, 300_000, (200, "")),
            (token, 9_000_000, (413, "BODY_TOO_LARGE")),
        ] {
            let pieces: Vec<_> = long(bytes).chunks(10_000).map(|piece| Ok::<_, io::Error>(piece.to_vec())).collect();
            let (status, code) = outcome(&app, post(who).body(Body::from_stream(stream::iter(pieces))).unwrap()).await;
            assert_eq!((status, code.as_str()), expected, "{who} {bytes}");
            let request = post(who).header("content-length", long(bytes).len()).body(Body::from(long(bytes))).unwrap();
            let (status, code) = outcome(&app, request).await;
            assert_eq!((status, code.as_str()), expected, "{who} {bytes}, announced");
        }
    }
}

on_both! {
    async fn files_are_taken_from_who_may_import(app: TestApp) {
        let form = |token: &str| {
            Request::post("/graphql")
                .header("content-type", "multipart/form-data; boundary=x")
                .header("graphql-preflight", "1")
                .header("authorization", format!("Bearer {token}"))
        };
        for (who, expected) in [
            (app.seeded.va_nothing.token.as_str(), (403, "FORBIDDEN")),
            (&app.seeded.client.token, (403, "FORBIDDEN")),
            (&app.seeded.suspended.token, (403, "MEMBER_SUSPENDED")),
            ("sb_nobody", (401, "TOKEN_INVALID")),
        ] {
            let (status, code) = outcome(&app, unread(form(who))).await;
            assert_eq!((status, code.as_str()), expected, "{who}");
        }
    }
}

/// Many clients read no answer before they have sent everything.
#[tokio::test]
async fn what_is_refused_is_taken_in_all_the_same() {
    let app = TestApp::new(Backend::Sqlite).await.unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let pieces = stream::iter(0..40).map(move |piece| {
        tell.send(piece).unwrap();
        Ok::<_, io::Error>(vec![b'x'; 10_000])
    });
    let request = post("").header("content-length", 400_000).body(Body::from_stream(pieces)).unwrap();
    assert_eq!(outcome(&app, request).await, (401, "UNAUTHENTICATED".to_owned()));
    assert_eq!(told.try_iter().count(), 40);
}
