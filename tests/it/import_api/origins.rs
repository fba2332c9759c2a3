//! From where files come and imports are asked for, as the audit tells it: whichever way in, and when a job does it later.

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};

use super::{RECORDS, answer, forms, start, text};
use crate::{TestApp, on_both};

/// The request, from there.
fn from(mut request: Request<Body>, address: &str) -> Request<Body> {
    let peer: std::net::SocketAddr = format!("{address}:4711").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    request.headers_mut().insert("user-agent", "tests/1".parse().unwrap());
    request
}

async fn put(app: &TestApp, path: &str, token: Option<&str>, address: &str) {
    let mut request = Request::put(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let (status, _, body) = answer(app, from(request.body(Body::from(RECORDS)).unwrap(), address)).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
}

/// Asks for something as the admin, and works the queue.
async fn ask(app: &TestApp, mutation: &str, id: &Value, address: &str) {
    let query = format!("mutation ($id: ID!) {{ {mutation}(input: {{ id: $id }}) {{ userErrors {{ code }} }} }}");
    let request = Request::post("/graphql")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", app.seeded.admin.token));
    let body = json!({ "query": query, "variables": { "id": id } }).to_string();
    let (_, _, body) = answer(app, from(request.body(Body::from(body)).unwrap(), address)).await;
    assert_eq!(body["data"][mutation]["userErrors"], json!([]), "{body:#}");
    app.run_jobs().await;
}

/// What was done to an import, the first first: action, channel and address.
async fn told(app: &TestApp, id: &Value) -> Vec<[String; 3]> {
    let query =
        "query ($id: ID!) { auditEvents(filter: { subjectId: $id }) { nodes { action channel address userAgent } } }";
    let data = app.data(&app.seeded.admin.token, query, json!({ "id": id })).await;
    let nodes = data["auditEvents"]["nodes"].as_array().unwrap().iter().rev();
    let events = nodes.map(|event| {
        assert!(event["address"].is_null() || event["userAgent"] == "tests/1", "{event}");
        ["action", "channel", "address"].map(|field| event[field].as_str().unwrap_or_default().to_owned())
    });
    events.collect()
}

fn at(action: &str, address: &str) -> [String; 3] {
    [action, "API", address].map(str::to_owned)
}

on_both! {
    async fn a_file_by_put_is_told_with_its_address_and_so_is_what_a_job_does(app: TestApp) {
        let token = app.seeded.admin.token.clone();
        let waiting = start(&app, &token).await;
        put(&app, waiting["uploadUrl"].as_str().unwrap(), None, "203.0.113.1").await;
        app.run_jobs().await;
        ask(&app, "commitImport", &waiting["id"], "203.0.113.2").await;
        ask(&app, "rollbackImport", &waiting["id"], "203.0.113.3").await;
        assert_eq!(told(&app, &waiting["id"]).await, [
            at("IMPORT_STARTED", ""),
            at("IMPORT_RECEIVED", "203.0.113.1"),
            at("IMPORT_COMMITTED", "203.0.113.2"),
            at("IMPORT_ROLLED_BACK", "203.0.113.3"),
        ]);
        let waiting = start(&app, &token).await;
        put(&app, &format!("/import/{}", text(&waiting["id"])), Some(&token), "203.0.113.4").await;
        assert_eq!(told(&app, &waiting["id"]).await[1], at("IMPORT_RECEIVED", "203.0.113.4"));
        app.run_jobs().await;
    }
}

on_both! {
    async fn a_file_in_a_form_is_told_with_its_address(app: TestApp) {
        let (status, _, body) = answer(&app, from(forms::with_file(&app), "203.0.113.5")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let id = &body["data"]["startImport"]["import"]["id"];
        assert_eq!(told(&app, id).await, [at("IMPORT_STARTED", "203.0.113.5"), at("IMPORT_RECEIVED", "203.0.113.5")]);
        app.run_jobs().await;
    }
}
