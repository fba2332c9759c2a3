//! Bad input: each wrong request with its status and code, and nothing of the inside in any answer.

use std::time::{Duration, Instant};

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use sea_orm::{FromQueryResult, Statement};
use sellerbook::id::IdKind;
use serde_json::{Value, json};

use crate::{
    TestApp,
    app::JWT_SECRET,
    on_both,
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

on_both! {
    async fn pages_that_cannot_be_are_refused(app: TestApp) {
        fill(&app).await;
        let token = app.seeded.admin.token.as_str();
        let data = app.data(token, "{ sellers(first: 1) { pageInfo { endCursor } } }", json!({})).await;
        let foreign = data["sellers"]["pageInfo"]["endCursor"].as_str().unwrap();
        let mut cases = Vec::new();
        for (arguments, code) in [
            ("first: 0", "PAGE_SIZE"),
            ("first: -1", "PAGE_SIZE"),
            ("first: 101", "PAGE_SIZE"),
            ("first: 2147483647", "PAGE_SIZE"),
            ("last: 0", "PAGE_SIZE"),
            ("last: -2147483648", "PAGE_SIZE"),
            ("last: 101", "PAGE_SIZE"),
            ("first: 1, last: 1", "PAGE_DIRECTION"),
            ("first: 2147483648", "BAD_USER_INPUT"),
            ("first: 99999999999999999999999999", "GRAPHQL_VALIDATION_FAILED"),
            ("first: 1.5", "GRAPHQL_VALIDATION_FAILED"),
            ("first: \"1\"", "GRAPHQL_VALIDATION_FAILED"),
            ("first: true", "GRAPHQL_VALIDATION_FAILED"),
            ("after: \"\"", "INVALID_CURSOR"),
            ("after: \"nonsense\"", "INVALID_CURSOR"),
            ("before: \"AAAAAAAAAAAAAAAA\"", "INVALID_CURSOR"),
            ("after: \"\\u0000\"", "BAD_USER_INPUT"),
            (&format!("after: \"{foreign}\""), "INVALID_CURSOR"),
            (&format!("after: \"{}\"", "A".repeat(100_000)), "INVALID_CURSOR"),
        ] {
            for list in ["records", "accounts"] {
                let query = format!("{{ {list}({arguments}) {{ nodes {{ id }} }} }}");
                cases.push((query.clone(), graphql(token, &query, &json!({})), 200, code));
            }
        }
        check(&app, cases).await;
    }
}

on_both! {
    async fn a_cursor_that_was_tampered_with_is_refused(app: TestApp) {
        fill(&app).await;
        let token = app.seeded.admin.token.as_str();
        let mut cases = Vec::new();
        for (list, order) in [
            ("records", "SALE_DATE"),
            ("records", "CREATED_AT"),
            ("records", "SALE_PRICE"),
            ("sellers", "DISPLAY_NAME"),
            ("sellers", "FEEDBACK_PERCENT"),
            ("sellers", "FEEDBACK_COUNT"),
        ] {
            let arguments = format!("orderBy: {{ field: {order}, direction: ASC }}");
            let query = format!("{{ {list}(first: 1, {arguments}) {{ pageInfo {{ endCursor }} }} }}");
            let data = app.data(token, &query, json!({})).await;
            let cursor = URL_SAFE_NO_PAD.decode(data[list]["pageInfo"]["endCursor"].as_str().unwrap()).unwrap();
            let (print, key) = cursor.split_at(8);
            let Value::Array(key) = serde_json::from_slice(key).unwrap() else { panic!("a cursor is a key and an id") };
            let kind = key[0].as_object().unwrap().keys().next().unwrap().clone();
            for forged in [
                json!({ "i": 5 }),
                json!({ "f": 5.0 }),
                json!({ "t": "text" }),
                json!({ "t": "a\0b" }),
                json!({ "d": "2026-11-20" }),
                json!({ "d": "+262142-12-31" }),
                json!({ "d": "-262143-01-01" }),
                json!({ "m": "2026-11-20T08:00:00Z" }),
                json!({ "m": "+262142-12-31T23:59:59Z" }),
            ] {
                let is_odd = forged.to_string().contains("26214") || forged.to_string().contains("\\u0000");
                if forged.get(&kind).is_some() && !is_odd {
                    continue;
                }
                let text = serde_json::to_vec(&json!([forged, key[1]])).unwrap();
                let cursor = URL_SAFE_NO_PAD.encode([print, &text].concat());
                let query = format!("{{ {list}(after: \"{cursor}\", {arguments}) {{ nodes {{ id }} }} }}");
                cases.push((format!("{list} by {order}: {forged}"), graphql(token, &query, &json!({})), 200, "INVALID_CURSOR"));
            }
        }
        check(&app, cases).await;
    }
}

on_both! {
    async fn filters_that_cannot_be_meant_are_refused(app: TestApp) {
        fill(&app).await;
        let token = app.seeded.admin.token.as_str();
        let seller = IdKind::Seller.show(uuid::Uuid::now_v7());
        let many: Vec<String> = (0..1_001).map(|_| IdKind::Record.show(uuid::Uuid::now_v7())).collect();
        let many_accounts: Vec<String> = (0..1_001).map(|_| IdKind::Account.show(uuid::Uuid::now_v7())).collect();
        let many_sellers: Vec<String> = (0..1_001).map(|_| IdKind::Seller.show(uuid::Uuid::now_v7())).collect();
        let mut cases = Vec::new();
        for (list, filter, code) in [
            ("record", json!({ "saleDateFrom": "2026-02-30" }), "BAD_USER_INPUT"),
            ("record", json!({ "saleDateFrom": "2026-1-2" }), "BAD_USER_INPUT"),
            ("record", json!({ "saleDateFrom": "yesterday" }), "BAD_USER_INPUT"),
            ("record", json!({ "saleDateFrom": "" }), "BAD_USER_INPUT"),
            ("record", json!({ "saleDateFrom": 20_261_120 }), "BAD_USER_INPUT"),
            ("record", json!({ "saleDateFrom": "2026-11-20T08:00:00Z" }), "BAD_USER_INPUT"),
            ("record", json!({ "saleDateFrom": "2026-11-21", "saleDateTo": "2026-11-20" }), "INVALID_FILTER"),
            ("record", json!({ "updatedSince": "2026-11-20" }), "BAD_USER_INPUT"),
            ("record", json!({ "updatedSince": "2026-11-20T08:00:00" }), "BAD_USER_INPUT"),
            ("record", json!({ "updatedSince": "x".repeat(100_000) }), "BAD_USER_INPUT"),
            ("record", json!({ "minProfitCents": 2, "maxProfitCents": 1 }), "INVALID_FILTER"),
            ("record", json!({ "minProfitCents": 1.5 }), "BAD_USER_INPUT"),
            ("record", json!({ "minProfitCents": "1" }), "BAD_USER_INPUT"),
            ("record", json!({ "minProfitCents": 9_007_199_254_740_993_i64 }), "BAD_USER_INPUT"),
            ("record", json!({ "minProfitCents": u64::MAX }), "BAD_USER_INPUT"),
            ("record", json!({ "minProfitCents": 1e300 }), "BAD_USER_INPUT"),
            ("record", json!({ "search": "ü".repeat(201) }), "INVALID_TEXT"),
            ("record", json!({ "search": "x".repeat(100_000) }), "INVALID_TEXT"),
            ("record", json!({ "search": "a\0b" }), "BAD_USER_INPUT"),
            ("record", json!({ "search": 7 }), "GRAPHQL_VALIDATION_FAILED"),
            ("record", json!({ "statuses": ["LOST"] }), "GRAPHQL_VALIDATION_FAILED"),
            ("record", json!({ "statuses": [null] }), "GRAPHQL_VALIDATION_FAILED"),
            ("record", json!({ "ids": [seller] }), "INVALID_ID"),
            ("record", json!({ "ids": ["' OR 1=1 --"] }), "INVALID_ID"),
            ("record", json!({ "ids": ["x".repeat(100_000)] }), "INVALID_ID"),
            ("record", json!({ "ids": ["a\0b"] }), "BAD_USER_INPUT"),
            ("record", json!({ "ids": many }), "INVALID_FILTER"),
            ("record", json!({ "accountIds": [seller] }), "INVALID_ID"),
            ("record", json!({ "accountIds": many_accounts }), "INVALID_FILTER"),
            ("record", json!({ "nothing": 1 }), "GRAPHQL_VALIDATION_FAILED"),
            ("record", json!([]), "BAD_USER_INPUT"),
            ("record", json!("all"), "BAD_USER_INPUT"),
            ("seller", json!({ "search": "a\0b" }), "BAD_USER_INPUT"),
            ("seller", json!({ "search": "x".repeat(201) }), "INVALID_TEXT"),
            ("seller", json!({ "ids": many_sellers }), "INVALID_FILTER"),
            ("seller", json!({ "flagged": "true" }), "GRAPHQL_VALIDATION_FAILED"),
            ("seller", json!({ "minTimesSeen": 2_147_483_648_i64 }), "BAD_USER_INPUT"),
            ("seller", json!({ "minFeedbackCount": 1.5 }), "GRAPHQL_VALIDATION_FAILED"),
            ("seller", json!({ "minFeedbackPercent": -0.1 }), "INVALID_FILTER"),
            ("seller", json!({ "minFeedbackPercent": 100.1 }), "INVALID_FILTER"),
            ("seller", json!({ "minFeedbackPercent": "NaN" }), "GRAPHQL_VALIDATION_FAILED"),
            ("seller", json!({ "createdFrom": "2026-11-21T00:00:00Z", "createdTo": "2026-11-20T00:00:00Z" }), "INVALID_FILTER"),
        ] {
            let name = if list == "record" { "RecordFilter" } else { "SellerFilter" };
            let query = format!("query ($filter: {name}) {{ {list}s(filter: $filter) {{ nodes {{ id }} }} }}");
            let what = format!("{list}s {filter}");
            cases.push((what, graphql(token, &query, &json!({ "filter": filter })), 200, code));
        }
        check(&app, cases).await;
    }
}

on_both! {
    async fn ids_that_name_nothing_are_refused(app: TestApp) {
        let token = app.seeded.admin.token.as_str();
        let uuid = uuid::Uuid::now_v7();
        let mut cases = Vec::new();
        for id in ["", "seller_", "seller_zz", "seller", "_", "1", "unicorn_0197", &uuid.to_string(), "a\0b", &"x".repeat(100_000)] {
            let request = graphql(token, "query ($id: ID!) { node(id: $id) { id } }", &json!({ "id": id }));
            let code = if id.contains('\0') { "BAD_USER_INPUT" } else { "INVALID_ID" };
            cases.push((format!("node {id:?}"), request, 200, code));
        }
        let many: Vec<String> = (0..101).map(|_| IdKind::Record.show(uuid)).collect();
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        cases.push(("101 ids".to_owned(), graphql(token, query, &json!({ "ids": many })), 200, "TOO_MANY_IDS"));
        check(&app, cases).await;
    }
}

on_both! {
    async fn queries_that_are_none_are_refused(app: TestApp) {
        let token = app.seeded.admin.token.as_str();
        let mut cases = Vec::new();
        for (query, code) in [
            ("", "GRAPHQL_PARSE_FAILED"),
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("SELECT * FROM record", "GRAPHQL_PARSE_FAILED"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ records(nothing: 1) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ records { nodes } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ viewer { email { id } } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ exportColumns(kind: UNICORNS) { key } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ exportColumns { key } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ ...Nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("query ($n: Int!) { records(first: $n) { nodes { id } } }", "BAD_USER_INPUT"),
            ("query ($n: Unicorn) { viewer { id } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ records(filter: { search: \"a\\u0000b\" }) { nodes { id } } }", "BAD_USER_INPUT"),
            ("{ sellers(filter: { minFeedbackPercent: 1e999 }) { nodes { id } } }", "GRAPHQL_PARSE_FAILED"),
            ("{ sellers(filter: { minFeedbackPercent: NaN }) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
            ("mutation { deleteRecords }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { exportJobsProgress { id } }", "SUBSCRIPTION_NOT_SUPPORTED"),
        ] {
            cases.push((query.to_owned(), graphql(token, query, &json!({})), 200, code));
        }
        let unnamed = json!({ "query": "query A { viewer { id } } query B { viewer { id } }", "operationName": "C" });
        cases.push(("operation C".to_owned(), post(token, unnamed.to_string()), 200, "GRAPHQL_VALIDATION_FAILED"));
        let long = format!("{{ {} }}", "x".repeat(100_000));
        cases.push(("a long name".to_owned(), graphql(token, &long, &json!({})), 200, "QUERY_TOO_LARGE"));
        check(&app, cases).await;
    }
}

on_both! {
    async fn bodies_that_are_no_requests_are_refused(app: TestApp) {
        let token = app.seeded.admin.token.as_str();
        let big = json!({ "query": "{ viewer { id } }", "variables": { "x": "x".repeat(10 * 1024 * 1024) } }).to_string();
        let mut cases = vec![
            ("10 MB".to_owned(), post(token, big), 413, "BODY_TOO_LARGE"),
            ("not UTF-8".to_owned(), post(token, b"{\"query\":\"{ \xff }\"}".to_vec()), 400, "BODY_NOT_UTF8"),
            ("by GET, not UTF-8".to_owned(), get(token, "/graphql?query=%7Bviewer%7Bid%7D%7D%FF"), 400, "QUERY_STRING_INVALID"),
            ("by GET, NUL".to_owned(), get(token, "/graphql?query=%7Bviewer%00%7Bid%7D%7D"), 400, "PARAMETER_INVALID"),
            ("by GET, nothing".to_owned(), get(token, "/graphql"), 400, "QUERY_MISSING"),
        ];
        for (body, code) in [
            ("", "BODY_NOT_JSON"),
            ("{", "BODY_NOT_JSON"),
            ("null", "BODY_INVALID"),
            ("{\"query\":\"{ viewer\0 { id } }\"}", "BODY_NOT_JSON"),
            (r#"{"query":"{ viewer\u0000 { id } }"}"#, "PARAMETER_INVALID"),
            (r#"{"query":"{ viewer { id } }","variables":{"x":1e999}}"#, "BODY_NOT_JSON"),
            (r#"{"query":"{ viewer { id } }","variables":{"x":NaN}}"#, "BODY_NOT_JSON"),
            (r#"{"query":"{ viewer { id } }","variables":[]}"#, "PARAMETER_INVALID"),
            (r#"{"query":"{ viewer { id } }","operationName":7}"#, "PARAMETER_INVALID"),
        ] {
            cases.push((body.to_owned(), post(token, body.to_owned()), 400, code));
        }
        check(&app, cases).await;
    }
}

on_both! {
    async fn queries_that_are_too_much_are_refused_at_once(app: TestApp) {
        let token = app.seeded.admin.token.as_str();
        let aliases: String = (0..1_000).map(|number| format!("a{number}: viewer {{ id }} ")).collect();
        let aliases = format!("{{ {aliases} }}");
        let spreads = |name: &str| format!("...{name} ").repeat(60);
        let fragments = format!(
            "{{ {} }} fragment A on Query {{ {} }} fragment B on Query {{ {} }} fragment C on Query {{ {} }} \
             fragment D on Query {{ viewer {{ id }} }}",
            spreads("A"), spreads("B"), spreads("C"), spreads("D"),
        );
        let nested = format!("{{ records {{ nodes {{ {} id {} }} }} }}", "account { records { nodes { ".repeat(20), "} } } ".repeat(20));
        let cycle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
        let pages = "{ accounts(first: 100) { nodes { records(first: 100) { nodes { id account { records(first: 100) { nodes { id } } } } } } } }";
        for (what, query, code) in [
            ("1,000 aliases", aliases.as_str(), "TOO_MANY_ALIASES"),
            ("fragments 60 × 60 × 60 × 60", &fragments, "QUERY_TOO_LARGE"),
            ("sixty levels", &nested, "QUERY_TOO_DEEP"),
            ("a cycle", cycle, "FRAGMENT_CYCLE"),
            ("a million rows", pages, "QUERY_TOO_COMPLEX"),
            ("brackets", &"{".repeat(100_000), "QUERY_TOO_DEEP"),
            ("lists", &format!("{{ nodes(ids: {}) {{ id }} }}", "[".repeat(100_000)), "QUERY_TOO_DEEP"),
        ] {
            let request = graphql(token, query, &json!({}));
            let begun = Instant::now();
            assert_eq!(refusal(&app, what, request).await, outcome(200, code), "{what}");
            let took = begun.elapsed();
            assert!(took < Duration::from_millis(100), "{what} took {took:?}");
        }
    }
}

on_both! {
    async fn downloads_that_cannot_be_are_refused(app: TestApp) {
        fill(&app).await;
        let token = app.seeded.admin.token.as_str();
        let many = |kind: IdKind| vec![kind.show(uuid::Uuid::now_v7()); 1_001].join(",");
        let seller = IdKind::Seller.show(uuid::Uuid::now_v7());
        let mut cases = Vec::new();
        for (path, status, code) in [
            ("records/csv?columns=nothing", 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=id,nothing", 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=display_name", 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=,", 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=id,%00", 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=id;drop", 400, "UNKNOWN_COLUMN"),
            (&format!("records/csv?columns={}", "x".repeat(60_000)), 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=id,id", 400, "DUPLICATE_COLUMN"),
            ("records/csv?columns=id,all", 400, "DUPLICATE_COLUMN"),
            ("sellers/text?columns=display_name", 400, "INVALID_PARAMETER"),
            ("records/csv?date_from=2026-13-01", 400, "INVALID_PARAMETER"),
            ("records/csv?date_from=2026-02-30", 400, "INVALID_PARAMETER"),
            ("records/csv?date_from=20261120", 400, "INVALID_PARAMETER"),
            ("records/csv?date_to=today", 400, "INVALID_PARAMETER"),
            ("records/csv?date_from=%00", 400, "INVALID_PARAMETER"),
            ("records/csv?date_from=2026-11-21&date_to=2026-11-20", 400, "INVALID_FILTER"),
            ("records/csv?updated_since=2026-11-20", 400, "INVALID_PARAMETER"),
            ("records/csv?search=a%00b", 400, "INVALID_TEXT"),
            ("records/csv?search=%00", 400, "INVALID_TEXT"),
            ("records/csv?search=%FF", 400, "QUERY_STRING_INVALID"),
            ("records/csv?search=%C3%28", 400, "QUERY_STRING_INVALID"),
            ("records/csv?se%FFarch=a", 400, "QUERY_STRING_INVALID"),
            (&format!("records/csv?search={}", "x".repeat(201)), 400, "INVALID_TEXT"),
            ("records/csv?status=LOST", 400, "INVALID_PARAMETER"),
            ("records/csv?status=successful", 400, "INVALID_PARAMETER"),
            ("records/csv?money=euros", 400, "INVALID_PARAMETER"),
            ("records/csv?money=cents&money=decimal", 400, "INVALID_PARAMETER"),
            ("records/csv?search=a&search=b", 400, "INVALID_PARAMETER"),
            ("records/csv?bom=yes", 400, "INVALID_PARAMETER"),
            ("records/csv?formulas=on", 400, "INVALID_PARAMETER"),
            ("records/csv?min_profit_cents=1.5", 400, "INVALID_PARAMETER"),
            ("records/csv?min_profit_cents=99999999999999999999", 400, "INVALID_PARAMETER"),
            ("records/csv?min_profit_cents=2&max_profit_cents=1", 400, "INVALID_FILTER"),
            (&format!("records/csv?account_id={seller}"), 400, "INVALID_ID"),
            ("records/csv?account_id=ALPHA", 400, "INVALID_ID"),
            ("records/csv?account_id=%00", 400, "INVALID_ID"),
            (&format!("records/csv?ids={}", many(IdKind::Record)), 400, "INVALID_FILTER"),
            (&format!("records/csv?account_id={}", many(IdKind::Account)), 400, "INVALID_FILTER"),
            (&format!("sellers/csv?ids={}", many(IdKind::Seller)), 400, "INVALID_FILTER"),
            ("sellers/csv?flagged=maybe", 400, "INVALID_PARAMETER"),
            ("sellers/csv?min_times_seen=99999999999", 400, "INVALID_PARAMETER"),
            ("sellers/csv?min_feedback_percent=NaN", 400, "INVALID_FILTER"),
            ("sellers/csv?min_feedback_percent=inf", 400, "INVALID_FILTER"),
            ("sellers/csv?min_feedback_percent=-1", 400, "INVALID_FILTER"),
            ("sellers/csv?min_feedback_count=many", 400, "INVALID_PARAMETER"),
            ("sellers/csv?created_from=2026-11-21T00:00:00Z&created_to=2026-11-20T00:00:00Z", 400, "INVALID_FILTER"),
            ("sellers/csv?account_id=x", 400, "UNKNOWN_PARAMETER"),
            ("records/csv?flagged=true", 400, "UNKNOWN_PARAMETER"),
            ("records/csv?token=x", 400, "UNKNOWN_PARAMETER"),
            ("records/csv?%00=x", 400, "UNKNOWN_PARAMETER"),
            ("records/csv?Search=x", 400, "UNKNOWN_PARAMETER"),
            (&format!("records/csv?{}=1", "x".repeat(60_000)), 400, "UNKNOWN_PARAMETER"),
            ("records/pdf", 400, "UNKNOWN_FORMAT"),
            ("records/CSV", 400, "UNKNOWN_FORMAT"),
            ("records/text", 400, "UNKNOWN_FORMAT"),
            ("records/%00", 400, "UNKNOWN_FORMAT"),
            ("records/..%2f..%2fetc%2fpasswd", 400, "UNKNOWN_FORMAT"),
            (&format!("records/{}", "x".repeat(60_000)), 400, "UNKNOWN_FORMAT"),
            ("records/%FF", 400, "UNKNOWN_FORMAT"),
            ("unicorns/csv", 404, "NOT_FOUND"),
            ("records", 404, "NOT_FOUND"),
            ("records/csv/", 404, "NOT_FOUND"),
            ("", 404, "NOT_FOUND"),
        ] {
            cases.push((path.to_owned(), get(token, &format!("/export/{path}")), status, code));
        }
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            let request = authorized(Request::builder().method(method.clone()).uri("/export/records/csv"), token);
            cases.push((method.to_string(), request.body(Body::empty()).unwrap(), 405, "METHOD_NOT_ALLOWED"));
        }
        check(&app, cases).await;
    }
}

/// A JWT whose parts are put together by hand.
fn jwt(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode(signature))
}

on_both! {
    async fn tokens_that_do_not_hold_are_refused_at_every_door(app: TestApp) {
        let at = |hours: i64| (app.now() + TimeDelta::hours(hours)).timestamp();
        let sub = "user of admin@acme.example";
        let good = json!({ "sub": sub, "exp": at(1) });
        let sign = |secret: &[u8], algorithm, claims: &Value| {
            encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret)).unwrap()
        };
        let own = |claims: Value| sign(JWT_SECRET.as_bytes(), Algorithm::HS256, &claims);
        let whole = own(good.clone());
        let parts: Vec<&str> = whole.split('.').collect();
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        let none = json!({ "alg": "none", "typ": "JWT" });
        let other = json!({ "sub": "user of other", "exp": at(1) });
        let mut cases = Vec::new();
        for (what, token, status, code) in [
            ("expired", own(json!({ "sub": sub, "exp": at(-1) })), 401, "TOKEN_EXPIRED"),
            ("expired long ago", own(json!({ "sub": sub, "exp": 0 })), 401, "TOKEN_EXPIRED"),
            ("expired before time", own(json!({ "sub": sub, "exp": -1e300 })), 401, "TOKEN_INVALID"),
            ("no exp", own(json!({ "sub": sub })), 401, "TOKEN_INVALID"),
            ("exp in words", own(json!({ "sub": sub, "exp": "tomorrow" })), 401, "TOKEN_INVALID"),
            ("exp null", own(json!({ "sub": sub, "exp": null })), 401, "TOKEN_INVALID"),
            ("not yet", own(json!({ "sub": sub, "exp": at(2), "nbf": at(1) })), 401, "TOKEN_INVALID"),
            ("nbf in words", own(json!({ "sub": sub, "exp": at(2), "nbf": "now" })), 401, "TOKEN_INVALID"),
            ("another secret", sign(b"another secret", Algorithm::HS256, &good), 401, "TOKEN_INVALID"),
            ("an empty secret", sign(b"", Algorithm::HS256, &good), 401, "TOKEN_INVALID"),
            ("HS512", sign(JWT_SECRET.as_bytes(), Algorithm::HS512, &good), 401, "TOKEN_INVALID"),
            ("alg none", jwt(&none, &good, b""), 401, "TOKEN_INVALID"),
            ("alg none, signed", jwt(&none, &good, &signature), 401, "TOKEN_INVALID"),
            ("alg None", jwt(&json!({ "alg": "None" }), &good, b""), 401, "TOKEN_INVALID"),
            ("RS256 header", jwt(&json!({ "alg": "RS256" }), &good, &signature), 401, "TOKEN_INVALID"),
            ("no alg", jwt(&json!({}), &good, &signature), 401, "TOKEN_INVALID"),
            ("other claims", jwt(&json!({ "alg": "HS256", "typ": "JWT" }), &other, &signature), 401, "TOKEN_INVALID"),
            ("no signature", format!("{}.{}.", parts[0], parts[1]), 401, "TOKEN_INVALID"),
            ("two parts", format!("{}.{}", parts[0], parts[1]), 401, "TOKEN_INVALID"),
            ("four parts", format!("{whole}.x"), 401, "TOKEN_INVALID"),
            ("claims that are a list", sign(JWT_SECRET.as_bytes(), Algorithm::HS256, &json!([])), 401, "TOKEN_INVALID"),
            ("garbage", "garbage".to_owned(), 401, "TOKEN_INVALID"),
            ("much garbage", "x".repeat(60_000), 401, "TOKEN_INVALID"),
            ("dots", "..".to_owned(), 401, "TOKEN_INVALID"),
            ("a stranger", own(json!({ "sub": "stranger", "exp": at(1) })), 401, "TOKEN_INVALID"),
            ("NUL", own(json!({ "sub": "a\0b", "exp": at(1) })), 401, "TOKEN_INVALID"),
            ("NUL in the address", own(json!({ "email": "a\0b", "exp": at(1) })), 401, "TOKEN_INVALID"),
            ("unknown", format!("sb_{}", "A".repeat(43)), 401, "TOKEN_INVALID"),
            ("suspended", app.seeded.suspended.token.clone(), 403, "MEMBER_SUSPENDED"),
            ("suspended, by JWT", own(json!({ "sub": "user of suspended@acme.example", "exp": at(1) })), 403, "MEMBER_SUSPENDED"),
            ("nobody", String::new(), 401, "UNAUTHENTICATED"),
        ] {
            let door = |name: &str| format!("{what}, {name}");
            cases.push((door("csv"), get(&token, "/export/records/csv"), status, code));
            cases.push((door("unknown format"), get(&token, "/export/records/pdf"), status, code));
            let is_anybody = token.is_empty();
            let request = graphql(&token, "{ viewer { email } }", &json!({}));
            cases.push((door("graphql"), request, if is_anybody { 200 } else { status }, code));
        }
        check(&app, cases).await;
    }
}

on_both! {
    async fn what_one_may_not_do_is_refused_by_the_name_of_the_permission(app: TestApp) {
        fill(&app).await;
        let people = &app.seeded;
        let mut cases = Vec::new();
        for (who, token, path) in [
            ("va", &people.va.token, "records/csv?columns=order_remark"),
            ("client", &people.client.token, "records/csv?columns=id,service_remark"),
            ("client", &people.client.token, "sellers/csv"),
            ("nothing", &people.va_nothing.token, "records/csv"),
            ("nothing", &people.va_nothing.token, "sellers/excel"),
        ] {
            cases.push((format!("{who} {path}"), get(token, &format!("/export/{path}")), 403, "FORBIDDEN"));
        }
        for query in [
            "{ records { nodes { id } } }",
            "{ sellers { nodes { id } } }",
            "{ accounts { nodes { id } } }",
            "{ exportColumns(kind: SELLERS) { key } }",
        ] {
            let request = graphql(&people.va_nothing.token, query, &json!({}));
            cases.push((query.to_owned(), request, 200, "FORBIDDEN"));
        }
        check(&app, cases).await;
    }
}

on_both! {
    async fn headers_that_make_no_sense_are_refused(app: TestApp) {
        let token = app.seeded.admin.token.as_str();
        let query = r#"{"query":"{ viewer { id } }"}"#;
        let with = |name: &'static str, value: &str| {
            let mut request = post(token, query);
            let mut headers = HeaderMap::new();
            std::mem::swap(request.headers_mut(), &mut headers);
            headers.insert(name, axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
            *request.headers_mut() = headers;
            request
        };
        check(&app, vec![
            ("basic".to_owned(), with("authorization", "Basic YTpi"), 401, "TOKEN_INVALID"),
            ("bare".to_owned(), with("authorization", token), 401, "TOKEN_INVALID"),
            ("not ASCII".to_owned(), with("authorization", "Bearer ü"), 401, "TOKEN_INVALID"),
            ("organisation not ASCII".to_owned(), with("x-organisation", "ü"), 400, "ORGANISATION_UNKNOWN"),
            ("organisation, long".to_owned(), with("x-organisation", &"x".repeat(60_000)), 400, "ORGANISATION_UNKNOWN"),
            ("text".to_owned(), with("content-type", "text/plain"), 415, "UNSUPPORTED_MEDIA_TYPE"),
            ("accepts pictures".to_owned(), with("accept", "image/png"), 406, "NOT_ACCEPTABLE"),
        ])
        .await;
        let mut twice = post(token, query);
        twice.headers_mut().append(header::AUTHORIZATION, "Bearer sb_x".parse().unwrap());
        assert_eq!(refusal(&app, "two tokens", twice).await, outcome(401, "TOKEN_INVALID"));
        assert_eq!(app.send(post(token, query)).await.status(), StatusCode::OK);
    }
}
