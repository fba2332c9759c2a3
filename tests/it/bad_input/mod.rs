//! Bad input: each wrong request with its status and code, and nothing of the inside in any answer.

mod credentials;
mod downloads;
mod queries;
mod strangers;

use axum::{
    body::Body,
    http::{Request, header},
};
use http_body_util::BodyExt;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde_json::{Value, json};

use crate::{
    TestApp,
    seed::{self, NewRecord, NewSeller},
};

/// What shows the inside of the house: SQL, crates, paths, values as Rust prints them.
const LEAKS: [&str; 22] = [
    "SELECT",
    "INSERT",
    "UPDATE ",
    "WHERE",
    "FROM \"",
    "DbErr",
    "sqlx",
    "sea_orm",
    "rusqlite",
    "sqlite",
    "postgres",
    "panicked",
    "unwrap",
    "Some(",
    "Err(",
    "Ok(",
    "src/",
    ".rs:",
    "/tmp/",
    "/root/",
    "/home/",
    "async_graphql",
];

/// Longest answer to a request that is refused, however long the request.
const LONGEST: usize = 2_500;

/// What came of a request: its status, and the code of its error.
type Outcome = (u16, String);

fn outcome(status: u16, code: &str) -> Outcome {
    (status, code.to_owned())
}

/// Sends a request that must be refused without a word of the inside.
async fn refusal(app: &TestApp, what: &str, request: Request<Body>) -> Outcome {
    let (parts, body) = app.send(request).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let shown: String = text.chars().take(400).collect();
    for leak in LEAKS {
        assert!(!text.contains(leak), "{what:.80}: `{leak}` in {shown}");
    }
    assert!(text.len() <= LONGEST, "{what:.80}: {} bytes: {shown}", text.len());
    let status = parts.status.as_u16();
    let Ok(body) = serde_json::from_str::<Value>(&text) else {
        return outcome(status, &format!("not JSON: {shown}"));
    };
    let code = match body.get("errors") {
        Some(errors) => {
            let fields = body["data"].as_object().into_iter().flat_map(|data| data.values());
            assert!(fields.into_iter().all(Value::is_null), "{what:.80}: {shown}");
            &errors[0]["extensions"]["code"]
        }
        None => {
            assert_eq!(parts.headers[header::CONTENT_TYPE], "application/problem+json", "{what:.80}: {shown}");
            assert_eq!(body["status"], status);
            &body["code"]
        }
    };
    outcome(status, code.as_str().unwrap_or(&shown))
}

fn get(token: &str, path: &str) -> Request<Body> {
    authorized(Request::get(path), token).body(Body::empty()).unwrap()
}

fn post(token: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    authorized(request, token).body(body.into()).unwrap()
}

fn graphql(token: &str, query: &str, variables: &Value) -> Request<Body> {
    post(token, json!({ "query": query, "variables": variables }).to_string())
}

fn authorized(request: axum::http::request::Builder, token: &str) -> axum::http::request::Builder {
    if token.is_empty() { request } else { request.header(header::AUTHORIZATION, format!("Bearer {token}")) }
}

async fn fill(app: &TestApp) {
    let new = |number: i32| NewRecord::new(&app.app, app.seeded.org, app.seeded.accounts[0], format!("{number:03}"));
    seed::records(&app.app, (0..5).map(new).collect()).await;
    let new = |number: i32| NewSeller::new(&app.app, app.seeded.org, format!("seller {number}"));
    seed::sellers(&app.app, (0..5).map(new).collect()).await;
}

/// Rows of every table.
async fn rows(app: &TestApp) -> Vec<i64> {
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    let db = app.app.db.read();
    let mut counts = Vec::new();
    for table in ["organisation", "member", "account", "api_token", "record", "record_remark", "seller"] {
        let sql = format!("SELECT count(*) AS count FROM {table}");
        let found = Count::find_by_statement(Statement::from_string(db.get_database_backend(), sql));
        counts.push(found.one(db).await.unwrap().unwrap().count);
    }
    counts
}

/// Compares every outcome with what it should be, and shows all that differ at once.
async fn check(app: &TestApp, cases: Vec<(String, Request<Body>, u16, &str)>) {
    let before = rows(app).await;
    let mut wrong = Vec::new();
    for (what, request, status, code) in cases {
        let found = refusal(app, &what, request).await;
        if found != outcome(status, code) {
            wrong.push(format!("{what:.120}: {found:?}, not ({status}, {code})"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(rows(app).await, before, "something was changed");
}
