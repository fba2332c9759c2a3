//! Files that come with a GraphQL request, and whatever is no such request.

use std::io;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use futures::{StreamExt, stream};
use sellerbook::{graphql, http, id::IdKind};
use serde_json::{Value, json};

use super::{FIELDS, RECORDS, answer, import, stored, text};
use crate::{Backend, TestApp, on_both};

const BOUNDARY: &str = "----formdata-undici-012345678901";
const MUTATION: &str = "mutation ($input: StartImportInput!) { startImport(input: $input) {
    import { id status fileName bytes } userErrors { code field } } }";

/// A part: its name, the name of its file, its content.
type Part<'a> = (&'a str, Option<&'a str>, &'a str);

/// The body that Node's `FormData` makes of these parts.
fn form(parts: &[Part<'_>]) -> String {
    let mut body = String::new();
    for (name, file_name, content) in parts {
        let disposition = format!("Content-Disposition: form-data; name=\"{name}\"");
        let rest = match file_name {
            Some(file_name) => format!("; filename=\"{file_name}\"\r\nContent-Type: text/csv"),
            None => String::new(),
        };
        body.push_str(&format!("--{BOUNDARY}\r\n{disposition}{rest}\r\n\r\n{content}\r\n"));
    }
    format!("{body}--{BOUNDARY}--\r\n")
}

fn request(token: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/graphql")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .header("graphql-preflight", "1")
        .body(body.into())
        .unwrap()
}

fn operations(app: &TestApp, more: Value) -> String {
    let mut input =
        json!({ "kind": "RECORDS", "accountId": IdKind::Account.show(app.seeded.accounts[0]), "file": null });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "query": MUTATION, "variables": { "input": input } }).to_string()
}

/// The admin brings records for ALPHA with the request itself.
pub fn with_file(app: &TestApp) -> Request<Body> {
    let operations = operations(app, json!({}));
    let parts = [("operations", None, operations.as_str()), ("map", None, MAP), ("0", Some("march.csv"), RECORDS)];
    request(&app.seeded.admin.token, form(&parts))
}

const MAP: &str = r#"{"0":["variables.input.file"]}"#;

/// Status and code of the refusal.
async fn refused(app: &TestApp, request: Request<Body>) -> (u16, String) {
    let (status, _, body) = answer(app, request).await;
    (status.as_u16(), body["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{body:#}")).to_owned())
}

async fn sqlite() -> TestApp {
    TestApp::new(Backend::Sqlite).await.unwrap()
}

on_both! {
    async fn a_file_comes_with_its_request(app: TestApp) {
        let token = &app.seeded.admin.token;
        let operations = operations(&app, json!({}));
        let body = form(&[("operations", None, &operations), ("map", None, MAP), ("0", Some("march.csv"), RECORDS)]);
        // In pieces that part a boundary.
        let pieces: Vec<io::Result<Vec<u8>>> = body.as_bytes().chunks(7).map(|piece| Ok(piece.to_vec())).collect();
        let (status, _, answer) = answer(&app, request(token, Body::from_stream(stream::iter(pieces)))).await;
        assert_eq!(status, StatusCode::OK);
        let started = &answer["data"]["startImport"];
        assert_eq!(started["userErrors"], json!([]), "{answer:#}");
        assert_eq!(started["import"]["status"], "PENDING");
        assert_eq!(started["import"]["fileName"], "march.csv");
        assert_eq!(started["import"]["bytes"], RECORDS.len());
        app.run_jobs().await;
        let import = import(&app, token, &text(&started["import"]["id"])).await;
        assert_eq!((&import["status"], &import["rowsTotal"]), (&json!("READY"), &json!(2)), "{import:#}");
    }
}

on_both! {
    async fn several_files_and_one_for_several_variables_are_as_the_specification_has_them(app: TestApp) {
        let start = |name: &str| format!("{name}: startImport(input: {{ kind: SELLERS, file: ${name} }}) {{
            import {{ fileName bytes }} userErrors {{ code }} }}");
        let query = format!(
            "mutation ($a: Upload!, $b: Upload, $c: Upload) {{ {} {} {} }}", start("a"), start("b"), start("c"));
        let operations = json!({ "query": query, "variables": { "a": null, "b": null, "c": null } }).to_string();
        let map = r#"{"x":["variables.a","variables.c"],"y":["variables.b"]}"#;
        let parts = [("operations", None, operations.as_str()), ("map", None, map), ("y", Some("y"), "b\n"), ("x", None, "ac\n")];
        let (_, _, answer) = answer(&app, request(&app.seeded.admin.token, form(&parts))).await;
        let data = &answer["data"];
        assert_eq!([&data["a"], &data["b"], &data["c"]].map(|started| started["import"]["bytes"].clone()),
            [json!(3), json!(2), json!(3)], "{answer:#}");
        assert_eq!([&data["a"], &data["b"]].map(|started| started["import"]["fileName"].clone()), [json!("file"), json!("y")]);
    }
}

#[tokio::test]
async fn what_is_no_such_request_is_told_why() {
    let app = sqlite().await;
    let operations = operations(&app, json!({}));
    let (good, map, file) =
        (("operations", None, operations.as_str()), ("map", None, MAP), ("0", Some("a.csv"), RECORDS));
    let not_null = operations.replace("null", "\"x\"");
    let batch = format!("[{operations}]");
    let maps = [
        r#"{"0":[]}"#,
        r#"{"0":["variables.input.nothing"]}"#,
        r#"{"0":["variables.input.kind"]}"#,
        r#"{"0":["query"]}"#,
        r#"{"0":["variables.input.file.x"]}"#,
        r#"{"0":"variables.input.file"}"#,
        "[]",
        "{",
        "",
        r#"{"0":["variables.input.file"],"1":["variables.input.file"]}"#,
    ];
    let many = (0..11).map(|number| format!("\"{number}\":[\"variables.input.file\"]")).collect::<Vec<_>>().join(",");
    let (many, long) = (format!("{{{many}}}"), "x".repeat(70_000));
    let mut cases: Vec<(Vec<Part<'_>>, u16, &str)> = vec![
        (vec![], 400, "MULTIPART_INVALID"),
        (vec![good], 400, "MULTIPART_INVALID"),
        (vec![map, good, file], 400, "MULTIPART_INVALID"),
        (vec![good, file, map], 400, "MULTIPART_INVALID"),
        (vec![("operations", None, "{"), map, file], 400, "OPERATIONS_INVALID"),
        (vec![("operations", None, "7"), map, file], 400, "OPERATIONS_INVALID"),
        (vec![("operations", None, "{}"), map, file], 400, "QUERY_MISSING"),
        (vec![("operations", None, &batch), map, file], 400, "BATCH_NOT_SUPPORTED"),
        (vec![("operations", None, &not_null), map, file], 400, "MAP_INVALID"),
        (vec![good, ("map", None, &many), file], 413, "TOO_MANY_FILES"),
        (vec![good, ("map", None, &long), file], 413, "BODY_TOO_LARGE"),
        (vec![good, map], 400, "UPLOAD_MISSING"),
        (vec![good, map, ("1", Some("a.csv"), RECORDS)], 400, "UPLOAD_NOT_IN_MAP"),
        (vec![good, map, file, file], 400, "UPLOAD_TWICE"),
        (vec![good, map, file, ("1", Some("a.csv"), RECORDS)], 400, "UPLOAD_NOT_IN_MAP"),
    ];
    cases.extend(maps.iter().map(|map| (vec![good, ("map", None, *map), file], 400, "MAP_INVALID")));
    for (parts, status, code) in cases {
        let request = request(&app.seeded.admin.token, form(&parts));
        assert_eq!(refused(&app, request).await, (status, code.to_owned()), "{parts:.300?}");
    }
    assert!(stored(&app).await.is_empty());
}

#[tokio::test]
async fn a_body_that_is_torn_or_endless_is_refused() {
    let app = sqlite().await;
    let token = &app.seeded.admin.token;
    let operations = operations(&app, json!({}));
    let whole = form(&[("operations", None, &operations), ("map", None, MAP), ("0", Some("a.csv"), RECORDS)]);
    for length in [0, 10, 60, whole.len() / 2, whole.len() - 80, whole.len() - 8] {
        let outcome = refused(&app, request(token, whole[..length].to_owned())).await;
        assert_eq!(outcome, (400, "MULTIPART_INVALID".to_owned()), "{length}");
    }
    let broken = stream::iter([Ok(whole[..whole.len() - 20].to_owned()), Err(io::Error::other("gone"))]);
    assert_eq!(refused(&app, request(token, Body::from_stream(broken))).await, (400, "BODY_INCOMPLETE".to_owned()));
    // Neither a preamble nor a header may go on for ever.
    for beginning in [String::new(), format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"")] {
        let endless = stream::iter([beginning]).chain(stream::repeat("x".repeat(16 * 1024)));
        let body = Body::from_stream(endless.map(Ok::<_, io::Error>));
        assert_eq!(refused(&app, request(token, body)).await, (413, "HEADERS_TOO_LARGE".to_owned()));
    }
    for content_type in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=other"]
    {
        let mut request = request(token, whole.clone());
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        assert_eq!(refused(&app, request).await, (400, "MULTIPART_INVALID".to_owned()), "{content_type}");
    }
    assert!(stored(&app).await.is_empty());
}

#[tokio::test]
async fn what_is_too_large_is_refused_as_soon_as_that_is_known() {
    let mut app = sqlite().await;
    let mut config = (*app.app.config).clone();
    (config.import_max_bytes, config.body_limit_bytes) = (1_000, 2_000);
    app.app.config = config.into();
    app.router = http::router(&app.app, graphql::schema());
    let token = &app.seeded.admin.token;
    let long = operations(&app, json!({ "idempotencyKey": "x".repeat(2_000) }));
    let (operations, file) = (operations(&app, json!({})), "x".repeat(1_001));
    let whole = form(&[("operations", None, &operations), ("map", None, MAP), ("0", Some("a.csv"), &file)]);
    assert_eq!(refused(&app, request(token, whole.clone())).await, (413, "IMPORT_TOO_LARGE".to_owned()));
    // Nothing of it need come when its length says so.
    let mut announced = request(token, Body::from_stream(stream::pending::<io::Result<Vec<u8>>>()));
    announced.headers_mut().insert("content-length", "100000000".parse().unwrap());
    announced.headers_mut().insert("expect", "100-continue".parse().unwrap());
    assert_eq!(refused(&app, announced).await, (413, "IMPORT_TOO_LARGE".to_owned()));
    let huge = form(&[("operations", None, &long), ("map", None, MAP), ("0", Some("a.csv"), RECORDS)]);
    assert_eq!(refused(&app, request(token, huge)).await, (413, "BODY_TOO_LARGE".to_owned()));
    let most = form(&[("operations", None, &operations), ("map", None, MAP), ("0", Some("a.csv"), &file[1..])]);
    assert_eq!(answer(&app, request(token, most)).await.2["data"]["startImport"]["userErrors"], json!([]));
}

#[tokio::test]
async fn a_form_of_another_site_reaches_nothing() {
    let app = sqlite().await;
    let operations = operations(&app, json!({}));
    let whole = form(&[("operations", None, &operations), ("map", None, MAP), ("0", Some("a.csv"), RECORDS)]);
    let without = |header: &str| {
        let mut request = request(&app.seeded.admin.token, whole.clone());
        request.headers_mut().remove(header);
        request
    };
    assert_eq!(refused(&app, without("graphql-preflight")).await, (400, "PREFLIGHT_REQUIRED".to_owned()));
    for header in ["apollo-require-preflight", "x-requested-with", "x-apollo-operation-name"] {
        let mut request = without("graphql-preflight");
        request.headers_mut().insert(header, "true".parse().unwrap());
        assert_eq!(answer(&app, request).await.0, StatusCode::OK, "{header}");
    }
    // Nothing of a file is taken from whoever is not signed in.
    assert_eq!(refused(&app, without("authorization")).await, (401, "UNAUTHENTICATED".to_owned()));
}

#[tokio::test]
async fn a_file_is_named_by_a_form_alone() {
    let app = sqlite().await;
    let token = &app.seeded.admin.token;
    for written in [json!("#__graphql_file__:0"), json!(0), json!([0, 0, 0, 0]), json!({})] {
        let code = app.refusal(token, MUTATION, json!({ "input": { "kind": "SELLERS", "file": written } })).await;
        assert!(code.contains("BAD_USER_INPUT") || code.contains("VALIDATION"), "{written}: {code}");
    }
    let query =
        format!("mutation {{ startImport(input: {{ kind: SELLERS, file: \"x\" }}) {{ import {{ {FIELDS} }} }} }}");
    app.refusal(token, &query, json!({})).await;
}

#[tokio::test]
async fn the_answer_is_in_the_form_that_is_asked_for() {
    let app = sqlite().await;
    let operations = json!({ "query": "{ nothing }", "variables": { "file": null } }).to_string();
    let map = r#"{"0":["variables.file"]}"#;
    let whole = form(&[("operations", None, &operations), ("map", None, map), ("0", Some("a.csv"), RECORDS)]);
    for (accept, status, media) in [
        ("application/json", 200, "application/json; charset=utf-8"),
        ("application/graphql-response+json", 400, "application/graphql-response+json; charset=utf-8"),
        ("text/event-stream", 200, "text/event-stream; charset=utf-8"),
    ] {
        let mut request = request(&app.seeded.admin.token, whole.clone());
        request.headers_mut().insert("accept", accept.parse().unwrap());
        let (found, headers, _) = answer(&app, request).await;
        assert_eq!((found.as_u16(), headers["content-type"].to_str().unwrap()), (status, media));
    }
}
