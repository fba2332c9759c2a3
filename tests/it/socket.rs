//! `graphql-transport-ws`, message by message, over a real connection.

use std::{sync::atomic::Ordering, time::Duration};

use futures::{StreamExt, future::join_all};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message, http::HeaderValue};
use uuid::Uuid;

use crate::{
    Backend, TestApp, log,
    wire::{Server, init, subscribe},
};

async fn app() -> TestApp {
    TestApp::new(Backend::Sqlite).await.unwrap()
}

#[tokio::test]
async fn queries_and_subscriptions_share_a_socket() {
    let app = app().await;
    let (server, numbers) = Server::of_numbers(&app.app).await;
    let mut socket = server.signed_in(&app.seeded.va.token).await;
    socket.say(subscribe("a", "subscription { number { value } }")).await;
    assert_eq!(socket.data("a").await, json!({ "number": { "value": 0 } }));
    socket.say(subscribe("b", "{ hello }")).await;
    assert_eq!(socket.data("b").await, json!({ "hello": "world" }));
    assert_eq!(socket.hear().await, json!({ "id": "b", "type": "complete" }));
    socket.say(subscribe("b", "subscription { ...F } fragment F on Events { x: count(to: 2) { value } }")).await;
    assert_eq!(socket.data("b").await, json!({ "x": { "value": 1 } }));
    assert_eq!(socket.data("b").await, json!({ "x": { "value": 2 } }));
    assert_eq!(socket.hear().await, json!({ "id": "b", "type": "complete" }));
    numbers.now.send(-1).unwrap();
    assert_eq!(socket.data("a").await, json!({ "number": { "value": -1 } }));
    assert_eq!(socket.hear().await, json!({ "id": "a", "type": "complete" }));
}

#[tokio::test]
async fn every_breach_of_the_protocol_has_its_code() {
    let app = app().await;
    let (server, _) = Server::of_numbers(&app.app).await;
    let (va, suspended) = (&app.seeded.va.token, &app.seeded.suspended.token);
    let carrying = |payload: Value| json!({ "type": "connection_init", "payload": payload });
    let query = subscribe("1", "subscription { silence }");
    let of_organisation = carrying(json!({ "authorization": format!("Bearer {va}"), "X-Organisation": "rival" }));
    let cases: Vec<(&str, Vec<Value>, u16, &str)> = vec![
        ("an operation first", vec![query.clone()], 4401, "sign in first"),
        ("no payload", vec![json!({ "type": "connection_init" })], 4401, "sign in first"),
        ("no token", vec![carrying(json!({ "other": 1 }))], 4401, "sign in first"),
        ("a null token", vec![carrying(json!({ "authorization": null }))], 4401, "sign in first"),
        ("an unknown token", vec![init("sb_unknown")], 4403, "the token is not valid here"),
        ("no bearer", vec![carrying(json!({ "authorization": va }))], 4403, "`authorization` must be"),
        ("a number", vec![carrying(json!({ "authorization": 7 }))], 4403, "`authorization` must be"),
        ("a suspended member", vec![init(suspended)], 4403, "you are suspended"),
        ("another organisation", vec![of_organisation], 4403, "you belong to no organisation"),
        ("a payload of another kind", vec![carrying(json!("x"))], 4400, "the `payload` of connection_init"),
        ("two sign-ins", vec![init(va), init(va)], 4429, "Too many initialisation requests"),
        ("one id twice", vec![init(va), query.clone(), query.clone()], 4409, "Subscriber for 1 already exists"),
        ("an unknown type", vec![init(va), json!({ "type": "start", "id": "1" })], 4400, "unknown message type"),
        ("no type", vec![json!({})], 4400, "a message must have a `type`"),
        ("no object", vec![json!([])], 4400, "a message must be a JSON object"),
        ("no id", vec![init(va), json!({ "type": "subscribe", "payload": {} })], 4400, "`id` must be"),
        ("no query", vec![init(va), json!({ "type": "subscribe", "id": "1", "payload": {} })], 4400, "the request has"),
        ("too large", vec![init(va), subscribe("1", &" ".repeat(70_000))], 1009, "a message has at most 65536 bytes"),
    ];
    for (what, messages, code, reason) in cases {
        let mut socket = server.socket().await;
        for message in messages {
            socket.say(message).await;
        }
        let (closed, why) = socket.closed().await;
        assert_eq!(closed, code, "{what}: {why}");
        assert!(why.starts_with(reason), "{what}: {why}");
    }
    let mut socket = server.socket().await;
    socket.send(Message::binary(b"{}".to_vec())).await;
    assert_eq!(socket.closed().await.0, 4400);
    let mut socket = server.socket().await;
    socket.send(Message::text("{")).await;
    assert_eq!(socket.closed().await.0, 4400);
}

#[tokio::test]
async fn the_names_in_connection_init_are_read_in_any_case() {
    let app = app().await;
    let server = Server::start(&app.app).await;
    let mut socket = server.socket().await;
    let token = format!("bearer {}", app.seeded.va.token);
    let payload = json!({ "Authorization": token, "X-ORGANISATION": "acme", "other": [1] });
    socket.say(json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket.say(subscribe("1", "{ viewer { email } }")).await;
    assert_eq!(socket.data("1").await["viewer"]["email"], "va@acme.example");
}

#[tokio::test]
async fn who_does_not_sign_in_is_closed() {
    let app = app().await;
    let server = Server::start(&app.app).await;
    let mut socket = server.socket().await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await["type"], "pong");
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(9_900)).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await["type"], "pong");
    tokio::time::advance(Duration::from_millis(200)).await;
    assert_eq!(socket.closed().await, (4408, "Connection initialisation timeout".to_owned()));
}

#[tokio::test]
async fn who_does_not_answer_pings_is_dropped_and_who_does_stays() {
    let app = app().await;
    let server = Server::start(&app.app).await;
    let (mut deaf, mut alive) =
        (server.signed_in(&app.seeded.va.token).await, server.signed_in(&app.seeded.va.token).await);
    for _ in 0..3 {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(30)).await;
        tokio::time::resume();
        assert!(matches!(alive.0.next().await, Some(Ok(Message::Ping(_)))));
        alive.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
        assert_eq!(alive.hear().await, json!({ "type": "pong", "payload": { "n": 1 } }));
    }
    assert_eq!(deaf.closed().await.1, "no close frame");
}

/// The status and code of a refused upgrade.
fn refused<T>(upgraded: Result<T, tungstenite::Error>) -> (u16, String) {
    let Err(tungstenite::Error::Http(response)) = upgraded else { panic!("not refused") };
    let problem: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
    (response.status().as_u16(), problem["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn only_sockets_of_the_protocol_and_of_allowed_pages_are_opened() {
    let app = app().await;
    let server = Server::start(&app.app).await;
    for protocol in [None, Some("graphql-ws"), Some("soap, wamp")] {
        let mut request = server.upgrade();
        request.headers_mut().remove("sec-websocket-protocol");
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(protocol));
        }
        let outcome = refused(server.connect(request).await);
        assert_eq!(outcome, (400, "SUBPROTOCOL_REQUIRED".to_owned()), "{protocol:?}");
    }
    let mut foreign = server.upgrade();
    foreign.headers_mut().insert("origin", HeaderValue::from_static("https://evil.example"));
    assert_eq!(refused(server.connect(foreign).await), (403, "ORIGIN_NOT_ALLOWED".to_owned()));
    let mut own = server.upgrade();
    own.headers_mut().insert("origin", HeaderValue::from_str(&format!("http://{}", server.address)).unwrap());
    assert!(server.connect(own).await.is_ok());
    let (status, headers, body) = app.get("", "/graphql/ws").await;
    assert_eq!((status.as_u16(), &headers["upgrade"]), (426, &HeaderValue::from_static("websocket")));
    assert!(String::from_utf8(body).unwrap().contains("UPGRADE_REQUIRED"));
}

#[tokio::test]
async fn errors_end_an_operation_and_not_the_socket() {
    let app = app().await;
    let (server, _) = Server::of_numbers(&app.app).await;
    let mut socket = server.signed_in(&app.seeded.va.token).await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { silence broken }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { count(to: \"x\") { value } }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        socket.say(subscribe("1", query)).await;
        let message = socket.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("1")), "{query}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{query}");
    }
    socket.say(subscribe("1", "subscription { broken }")).await;
    let message = socket.hear().await;
    assert_eq!((&message["type"], &message["payload"]["data"]), (&json!("next"), &Value::Null));
    assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], "NOT_FOUND");
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));
}

#[tokio::test]
async fn the_51st_operation_is_refused_until_another_is_complete() {
    let app = app().await;
    let (server, _) = Server::of_numbers(&app.app).await;
    let mut socket = server.signed_in(&app.seeded.va.token).await;
    for id in 0..50 {
        socket.say(subscribe(&id.to_string(), "subscription { silence }")).await;
    }
    socket.say(subscribe("one more", "{ hello }")).await;
    let message = socket.hear().await;
    assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("one more")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
    socket.say(json!({ "type": "complete", "id": "7" })).await;
    socket.say(json!({ "type": "complete", "id": "unknown" })).await;
    socket.say(subscribe("7", "{ hello }")).await;
    assert_eq!(socket.data("7").await, json!({ "hello": "world" }));
}

#[tokio::test]
async fn what_a_client_completes_is_not_computed_any_more() {
    let app = app().await;
    let (server, numbers) = Server::of_numbers(&app.app).await;
    let mut socket = server.signed_in(&app.seeded.va.token).await;
    socket.say(subscribe("1", "subscription { number { value } }")).await;
    socket.data("1").await;
    socket.say(json!({ "type": "complete", "id": "1" })).await;
    while numbers.now.receiver_count() > 0 {
        tokio::task::yield_now().await;
    }
    numbers.now.send_replace(5);
    socket.say(subscribe("1", "{ hello }")).await;
    assert_eq!(socket.data("1").await, json!({ "hello": "world" }));
    let mut other = server.signed_in(&app.seeded.va.token).await;
    other.say(subscribe("1", "subscription { number { value } }")).await;
    assert_eq!(other.data("1").await, json!({ "number": { "value": 5 } }));
    other.0.close(None).await.unwrap();
    while numbers.now.receiver_count() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_slow_client_finds_the_newest_state() {
    const LAST: i32 = 2_000;
    let app = app().await;
    let (server, numbers) = Server::of_numbers(&app.app).await;
    let mut slow = server.signed_in(&app.seeded.va.token).await;
    let mut quick = server.signed_in(&app.seeded.va.token).await;
    for socket in [&mut slow, &mut quick] {
        socket.say(subscribe("1", "subscription { number(padding: 30000) { value padding } }")).await;
    }
    for value in 1..=LAST {
        numbers.now.send_replace(if value == LAST { -1 } else { value });
        while quick.data("1").await["number"]["value"] != *numbers.now.borrow() {}
    }
    assert!(numbers.told.load(Ordering::SeqCst) <= LAST as u64 + 1, "computed once for both");
    let (mut seen, mut before) = (0, -1);
    let last = loop {
        let value = slow.data("1").await["number"]["value"].as_i64().unwrap();
        seen += 1;
        if value < 0 {
            break value;
        }
        assert!(value > before);
        before = value;
    };
    assert_eq!(last, -1);
    assert_eq!(slow.hear().await, json!({ "id": "1", "type": "complete" }));
    assert!(seen < LAST / 2, "{seen} states were kept for a client that did not read");
}

#[tokio::test]
async fn an_event_that_counts_waits_for_its_reader() {
    let app = app().await;
    let (server, numbers) = Server::of_numbers(&app.app).await;
    let mut socket = server.signed_in(&app.seeded.va.token).await;
    socket.say(subscribe("1", "subscription { count(to: 3000, padding: 10000) { value padding } }")).await;
    for value in 1..=3_000 {
        assert_eq!(socket.data("1").await["count"]["value"], value);
        // What lies between the two ends holds 8 MB or so, and no more.
        assert!(numbers.told.load(Ordering::SeqCst) < value + 1_500, "made without a reader");
    }
}

#[tokio::test]
async fn the_same_question_of_one_member_is_answered_once() {
    let app = app().await;
    let (server, numbers) = Server::of_numbers(&app.app).await;
    let mut sockets = join_all((0..20).map(|_| server.signed_in(&app.seeded.va.token))).await;
    let query = "subscription ($n: Int) { number(padding: $n) { value } }";
    let message = |n: i32| {
        let payload = json!({ "query": query, "variables": { "n": n } });
        json!({ "type": "subscribe", "id": "1", "payload": payload })
    };
    for socket in &mut sockets {
        socket.say(message(1)).await;
        assert_eq!(socket.data("1").await, json!({ "number": { "value": 0 } }));
    }
    assert_eq!(numbers.now.receiver_count(), 1);
    for value in 1..=5 {
        numbers.now.send_replace(value);
        for socket in &mut sockets {
            assert_eq!(socket.data("1").await, json!({ "number": { "value": value } }));
        }
    }
    assert_eq!(numbers.told.load(Ordering::SeqCst), 6);
    let mut other = server.signed_in(&app.seeded.admin.token).await;
    other.say(message(1)).await;
    other.data("1").await;
    sockets[0].say(json!({ "type": "complete", "id": "1" })).await;
    sockets[0].say(message(2)).await;
    sockets[0].data("1").await;
    assert_eq!(numbers.now.receiver_count(), 3, "another member and another variable are another question");
}

#[tokio::test]
async fn a_process_that_stops_tells_its_sockets() {
    let app = app().await;
    let (server, _) = Server::of_numbers(&app.app).await;
    let mut socket = server.signed_in(&app.seeded.va.token).await;
    socket.say(subscribe("1", "subscription { silence }")).await;
    let mut new = server.socket().await;
    let mut deaf = server.signed_in(&app.seeded.va.token).await;
    deaf.say(subscribe("1", "subscription { number(padding: 10000000) { padding } }")).await;
    server.shutdown.cancel();
    assert_eq!(socket.closed().await, (1001, "the service is stopping".to_owned()));
    assert_eq!(new.closed().await.0, 1001);
    let stopped = tokio::time::timeout(Duration::from_secs(5), server.task).await;
    stopped.expect("a client that reads nothing held it up").unwrap();
}

#[tokio::test]
async fn the_end_of_a_socket_is_one_line_without_its_token() {
    log::keep_all();
    let app = app().await;
    let server = Server::start(&app.app).await;
    let id = Uuid::now_v7().to_string();
    let mut request = server.upgrade();
    request.headers_mut().insert("x-request-id", HeaderValue::from_str(&id).unwrap());
    let mut socket = server.connect(request).await.unwrap();
    socket.say(init(&app.seeded.va.token)).await;
    socket.say(json!({ "type": "nonsense" })).await;
    assert_eq!(socket.closed().await.0, 4400);
    let text = log::all();
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains(&id) && line.contains(" INFO ") && !line.contains("sqlx")).collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].contains("status=101") && lines[1].contains("socket closed code=4400"), "{lines:#?}");
    assert!(lines[1].contains(&app.seeded.va.id.to_string()), "{lines:#?}");
    assert!(!text.contains(&app.seeded.va.token));
}
