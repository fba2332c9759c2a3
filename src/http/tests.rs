use axum::{
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

/// An app on an empty database of its own; the directory goes when the test ends.
pub async fn app(configure: impl FnOnce(&mut Config)) -> (App, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config {
        database_url: format!("sqlite://{}", directory.path().join("test.db").display()),
        ..Config::default()
    };
    configure(&mut config);
    (App::connect(config).await.unwrap(), directory)
}

async fn send_with(configure: impl FnOnce(&mut Config), request: Request<Body>) -> Response<Body> {
    let (app, _directory) = app(configure).await;
    router(&app, crate::graphql::schema()).oneshot(request).await.unwrap()
}

async fn send(request: Request<Body>) -> Response<Body> {
    send_with(|_| {}, request).await
}

fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post("/graphql").header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

fn post_json(body: &Value) -> Request<Body> {
    post(body.to_string())
}

fn get_query(query: &str) -> Request<Body> {
    let query: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    Request::get(format!("/graphql?query={query}")).body(Body::empty()).unwrap()
}

fn with(mut request: Request<Body>, name: impl Into<HeaderName>, value: &'static str) -> Request<Body> {
    request.headers_mut().insert(name.into(), HeaderValue::from_static(value));
    request
}

async fn body(response: Response<Body>) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

/// Status and the code of the only error.
async fn refusal(response: Response<Body>) -> (u16, String) {
    let status = response.status().as_u16();
    let body = body(response).await;
    assert!(body.get("data").is_none_or(Value::is_null), "{body}");
    (status, body["errors"][0]["extensions"]["code"].as_str().unwrap_or("none").to_owned())
}

#[tokio::test]
async fn a_query_is_answered_by_post_and_by_get() {
    for request in [post_json(&json!({ "query": "{ __typename }" })), get_query("{ __typename }")] {
        let response = send(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json; charset=utf-8");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(body(response).await, json!({ "data": { "__typename": "Query" } }));
    }
}

#[tokio::test]
async fn without_credentials_the_schema_is_read_and_a_person_asked_for() {
    let (status, code) = refusal(send(post_json(&json!({ "query": "{ viewer { id } email }" }))).await).await;
    assert_eq!(status, 200);
    assert!(["UNAUTHENTICATED", "GRAPHQL_VALIDATION_FAILED"].contains(&code.as_str()), "{code}");
}

#[tokio::test]
async fn credentials_that_do_not_hold_are_refused_with_a_challenge() {
    for authorization in ["Bearer sb_nobody", "Bearer x.y.z", "Basic YTpi", "Bearer"] {
        let request = with(post_json(&json!({ "query": "{ __typename }" })), header::AUTHORIZATION, authorization);
        let (app, _directory) = app(|_| {}).await;
        app.db.migrate().await.unwrap();
        let response = router(&app, crate::graphql::schema()).oneshot(request).await.unwrap();
        let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().to_owned();
        assert!(challenge.starts_with("Bearer") && challenge.contains("invalid_token"), "{challenge}");
        assert_eq!(refusal(response).await, (401, "TOKEN_INVALID".to_owned()), "{authorization}");
    }
}

#[tokio::test]
async fn changes_by_get_are_not_allowed_and_nothing_runs() {
    for query in ["mutation { __typename }", "subscription { __typename }"] {
        let response = send(get_query(query)).await;
        assert_eq!(response.headers()[header::ALLOW], "POST");
        assert_eq!(refusal(response).await, (405, "METHOD_NOT_ALLOWED".to_owned()));
    }
}

#[tokio::test]
async fn a_subscription_by_post_is_refused() {
    let response = send(post_json(&json!({ "query": "subscription { __typename }" }))).await;
    assert_eq!(refusal(response).await, (200, "SUBSCRIPTION_NOT_SUPPORTED".to_owned()));
}

#[tokio::test]
async fn other_bodies_than_json_are_not_read() {
    let query = r#"{"query":"{ __typename }"}"#;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/mixed; boundary=x"] {
        let request = with(post(query), header::CONTENT_TYPE, content_type);
        assert_eq!(refusal(send(request).await).await, (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()), "{content_type}");
    }
}

#[tokio::test]
async fn malformed_requests_are_told_apart() {
    let mut deep = "[".repeat(100_000);
    deep.push('1');
    for (sent, status, code) in [
        ("", 400, "BODY_NOT_JSON"),
        ("{ \"query\": ", 400, "BODY_NOT_JSON"),
        (deep.as_str(), 400, "BODY_NOT_JSON"),
        ("7", 400, "BODY_INVALID"),
        ("[]", 400, "BATCH_EMPTY"),
        ("[1]", 400, "BODY_INVALID"),
        ("{}", 400, "QUERY_MISSING"),
        (r#"{"query":null}"#, 400, "QUERY_MISSING"),
        (r#"{"query":7}"#, 400, "PARAMETER_INVALID"),
        (r#"{"query":"{ a\u0000 }"}"#, 400, "PARAMETER_INVALID"),
        (r#"{"query":"{ a }","variables":"x"}"#, 400, "PARAMETER_INVALID"),
        (r#"{"query":"{ a }","operationName":["x"]}"#, 400, "PARAMETER_INVALID"),
        (r#"{"query":"{ a }","extensions":0}"#, 400, "PARAMETER_INVALID"),
        (r#"{"query":"{"}"#, 200, "GRAPHQL_PARSE_FAILED"),
        (r#"{"query":"{ noSuchField }"}"#, 200, "GRAPHQL_VALIDATION_FAILED"),
    ] {
        assert_eq!(refusal(send(post(sent.to_owned())).await).await, (status, code.to_owned()), "{sent:.60}");
    }
    let not_utf8 = Body::from(b"{\"query\":\"{ \xff }\"}".to_vec());
    assert_eq!(refusal(send(post(not_utf8)).await).await, (400, "BODY_NOT_UTF8".to_owned()));
}

#[tokio::test]
async fn a_query_that_cannot_run_is_400_for_those_who_know_the_media_type() {
    for query in ["{", "{ noSuchField }", "{ ...F } fragment F on Query { ...F }"] {
        let request = with(post_json(&json!({ "query": query })), header::ACCEPT, "application/graphql-response+json");
        let response = send(request).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        let content_type = &response.headers()[header::CONTENT_TYPE];
        assert_eq!(content_type, "application/graphql-response+json; charset=utf-8");
        assert!(body(response).await.get("data").is_none());
    }
    let unreadable = with(post_json(&json!({ "query": "{ __typename }" })), header::ACCEPT, "image/png");
    assert_eq!(refusal(send(unreadable).await).await, (406, "NOT_ACCEPTABLE".to_owned()));
}

#[tokio::test]
async fn data_that_became_null_is_an_answer_all_the_same() {
    for media in ["application/graphql-response+json", "application/json"] {
        let query = "{ __typename viewer { id } }";
        let response = send(with(post_json(&json!({ "query": query })), header::ACCEPT, media)).await;
        assert_eq!(response.status(), StatusCode::OK, "{media}");
        let answer = body(response).await;
        assert_eq!(answer.get("data"), Some(&Value::Null), "{media}");
        assert_eq!(answer["errors"][0]["path"], json!(["viewer"]));
    }
}

#[tokio::test]
async fn a_batch_is_answered_in_order_and_bounded() {
    let one = json!({ "query": "{ __typename }" });
    let response = send(post_json(&json!([one, { "query": "{ noSuchField }" }, one]))).await;
    assert_eq!(response.status(), StatusCode::OK);
    let answers = body(response).await;
    assert_eq!(answers[0]["data"]["__typename"], "Query");
    assert!(answers[1]["errors"].is_array() && answers[2]["data"].is_object());
    let response = send(post_json(&Value::Array(vec![one; 11]))).await;
    assert_eq!(refusal(response).await, (413, "BATCH_TOO_LARGE".to_owned()));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_it_says_so_or_not() {
    let limit = |config: &mut Config| config.body_limit_bytes = 1_000;
    let long = json!({ "query": "{ __typename }", "extensions": { "x": "x".repeat(2_000) } }).to_string();
    let response = send_with(limit, post(long.clone())).await;
    assert_eq!(refusal(response).await, (413, "BODY_TOO_LARGE".to_owned()));
    let chunks = futures::stream::iter(
        long.into_bytes().chunks(100).map(|c| Ok::<_, std::io::Error>(c.to_vec())).collect::<Vec<_>>(),
    );
    let response = send_with(limit, post(Body::from_stream(chunks))).await;
    assert_eq!(refusal(response).await, (413, "BODY_TOO_LARGE".to_owned()));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended() {
    let never = futures::stream::pending::<std::io::Result<Vec<u8>>>();
    let response = send_with(|config| config.request_timeout_seconds = 1, post(Body::from_stream(never))).await;
    assert!(response.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(refusal(response).await, (503, "REQUEST_TIMEOUT".to_owned()));
}

#[tokio::test]
async fn a_browser_gets_graphiql() {
    let request = Request::get("/graphql").header(header::ACCEPT, "text/html,*/*;q=0.8").body(Body::empty()).unwrap();
    let response = send(request).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let asset = Request::get("/graphiql/boot.js").body(Body::empty()).unwrap();
    assert_eq!(send(asset).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems() {
    let response = send(Request::get("/nowhere").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let id = response.headers()[X_REQUEST_ID].to_str().unwrap().to_owned();
    assert_eq!(body(response).await["request_id"], id);
    let response = send(Request::put("/graphql").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(response.headers()[header::ALLOW].to_str().unwrap().contains("POST"));
    assert_eq!(body(response).await["code"], "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn an_answer_carries_the_id_of_its_request() {
    let request = with(get_query("{ __typename }"), X_REQUEST_ID, "abc-123");
    let response = send(request).await;
    assert_eq!(response.headers()[X_REQUEST_ID], "abc-123");
    assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let response = send(with(get_query("{ __typename }"), X_REQUEST_ID, "not fit")).await;
    assert_eq!(response.headers()[X_REQUEST_ID].len(), 32);
}

#[tokio::test]
async fn only_configured_origins_may_call_from_a_page() {
    let preflight = |origin: &'static str| {
        Request::options("/graphql")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type")
            .body(Body::empty())
            .unwrap()
    };
    let ours = |config: &mut Config| config.cors_origins = vec!["https://a.example/".to_owned()];
    let response = send_with(ours, preflight("https://a.example")).await;
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example");
    let response = send_with(ours, preflight("https://b.example")).await;
    assert!(!response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    let response = send(preflight("https://a.example")).await;
    assert!(!response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    let request = with(get_query("{ __typename }"), header::ORIGIN, "https://x.example");
    let response = send_with(|config| config.cors_origins = vec!["*".to_owned()], request).await;
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
}

#[tokio::test]
async fn a_panic_is_a_problem_without_its_words() {
    let routes = Router::new().route("/boom", get(async || -> &'static str { panic!("secret") }));
    let request = Request::get("/boom").body(Body::empty()).unwrap();
    let response = layered(routes, &Config::default()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(response.headers().contains_key(X_REQUEST_ID));
    let body = body(response).await;
    assert_eq!(body["code"], "INTERNAL");
    assert!(!body.to_string().contains("secret"));
}

#[tokio::test]
async fn long_text_is_compressed_and_what_is_compressed_already_is_not() {
    let typed = |content_type: &'static str, length: usize| {
        get(async move || ([(header::CONTENT_TYPE, content_type)], "x".repeat(length)))
    };
    let excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let routes = Router::new()
        .route("/csv", typed("text/csv", 100_000))
        .route("/short", typed("text/csv", 100))
        .route("/excel", typed(excel, 100_000));
    let encoding = async |path: &str, accept: &'static str| {
        let request = with(Request::get(path).body(Body::empty()).unwrap(), header::ACCEPT_ENCODING, accept);
        let response = layered(routes.clone(), &Config::default()).oneshot(request).await.unwrap();
        response.headers().get(header::CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap().to_owned())
    };
    assert_eq!(encoding("/csv", "gzip").await.as_deref(), Some("gzip"));
    assert_eq!(encoding("/csv", "gzip, zstd").await.as_deref(), Some("zstd"));
    assert_eq!(encoding("/csv", "identity").await, None);
    assert_eq!(encoding("/short", "gzip").await, None);
    assert_eq!(encoding("/excel", "gzip").await, None);
}

#[tokio::test]
async fn a_compressed_body_flows_before_it_is_complete() {
    let endless = get(async || {
        let chunks = futures::stream::unfold(7_u32, |seed| async move {
            tokio::task::yield_now().await;
            let next = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Some((Ok::<_, std::io::Error>(format!("{next:x},").repeat(64)), next))
        });
        ([(header::CONTENT_TYPE, "text/csv")], Body::from_stream(chunks))
    });
    let routes = layered(Router::new().route("/endless", endless), &Config::default());
    for accept in ["gzip", "zstd"] {
        let request = with(Request::get("/endless").body(Body::empty()).unwrap(), header::ACCEPT_ENCODING, accept);
        let mut body = routes.clone().oneshot(request).await.unwrap().into_body();
        let first = tokio::time::timeout(Duration::from_secs(5), body.frame()).await;
        assert!(first.unwrap().unwrap().unwrap().is_data(), "{accept}");
    }
}

#[tokio::test]
async fn readiness_follows_the_migrations() {
    let (app, _directory) = app(|_| {}).await;
    let router = router(&app, crate::graphql::schema());
    let status = async |path: &str| {
        router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap().status()
    };
    assert_eq!(status("/health/live").await, StatusCode::OK);
    assert_eq!(status("/health/ready").await, StatusCode::SERVICE_UNAVAILABLE);
    app.db.migrate().await.unwrap();
    assert_eq!(status("/health/ready").await, StatusCode::OK);
}

/// A file that can be asked for in ranges, behind every layer.
async fn ranged(request: Request<Body>) -> Response<Body> {
    const CONTENT: &[u8] = &[b'a'; 5000];
    let facts = ranges::FileFacts {
        bytes: 5000,
        sha256: "00".repeat(32),
        file_name: "a.csv".to_owned(),
        media_type: "text/csv; charset=utf-8",
    };
    let file = async move |method: Method, headers: HeaderMap| {
        let open = async |range: std::ops::Range<u64>| {
            let part = bytes::Bytes::from_static(&CONTENT[range.start as usize..range.end as usize]);
            Ok(futures::StreamExt::boxed(futures::stream::iter([Ok(part)])))
        };
        ranges::respond(&method, &headers, &facts, open).await
    };
    let config = Config { cors_origins: vec!["*".to_owned()], ..Config::default() };
    layered(Router::new().route("/file", get(file)), &config).oneshot(request).await.unwrap()
}

#[tokio::test]
async fn what_can_be_asked_for_in_ranges_is_sent_as_it_is() {
    let ask = |method: &str, range: Option<&str>| {
        let request = Request::builder().method(method).uri("/file").header(header::ACCEPT_ENCODING, "gzip, zstd");
        let request = range.into_iter().fold(request, |request, range| request.header(header::RANGE, range));
        ranged(request.header(header::ORIGIN, "https://a.example").body(Body::empty()).unwrap())
    };
    for (method, range, status, length) in
        [("GET", None, 200, 5000), ("GET", Some("bytes=0-2999"), 206, 3000), ("HEAD", None, 200, 0)]
    {
        let response = ask(method, range).await;
        assert_eq!(response.status(), status);
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING), "{method} {range:?}");
        let expected = if method == "HEAD" { 5000 } else { length };
        assert_eq!(response.headers()[header::CONTENT_LENGTH], expected.to_string().as_str());
        let exposed = response.headers()[header::ACCESS_CONTROL_EXPOSE_HEADERS].to_str().unwrap();
        assert!(exposed.contains("repr-digest") && exposed.contains("content-range"), "{exposed}");
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes().len(), length);
    }
    assert_eq!(ask("GET", Some("bytes=5000-")).await.headers()[header::CONTENT_RANGE], "bytes */5000");
}
