//! The audit: what is done leaves a line, with who, from what to what, and from where.

use axum::{body::Body, extract::ConnectInfo, http::Request};
use http_body_util::BodyExt;
use sellerbook::id::IdKind;
use serde_json::{Value, json};

use crate::{TestApp, on_both};

const EVENTS: &str =
    "query($filter: AuditEventFilter) { auditEvents(filter: $filter) { totalCount nodes { action memberEmail
    member { email } subjectId subjectName subject { __typename id } count channel address userAgent
    changes { field before after } } } }";

pub async fn events(app: &TestApp, filter: Value) -> Value {
    app.data(&app.seeded.admin.token, EVENTS, json!({ "filter": filter })).await["auditEvents"].clone()
}

on_both! {
    async fn an_event_says_who_what_from_what_to_what_and_from_where(app: TestApp) {
        let va = IdKind::Member.show(app.seeded.va.id);
        let query = format!("mutation {{ updateMember(input: {{ id: \"{va}\", status: SUSPENDED }}) {{ userErrors {{ code }} }} }}");
        let peer: std::net::SocketAddr = "203.0.113.7:4711".parse().unwrap();
        let request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", app.seeded.admin.token))
            .header("user-agent", "tests/1")
            .header("x-forwarded-for", "198.51.100.1")
            .extension(ConnectInfo(peer))
            .body(Body::from(json!({ "query": query }).to_string()));
        let body = app.send(request.unwrap()).await.into_body().collect().await.unwrap().to_bytes();
        assert!(!String::from_utf8_lossy(&body).contains("errors\":[{"), "{body:?}");
        let found = events(&app, json!({ "subjectId": va })).await;
        assert_eq!(found["totalCount"], 1);
        assert_eq!(found["nodes"][0], json!({
            "action": "MEMBER_UPDATED", "memberEmail": "admin@acme.example", "member": { "email": "admin@acme.example" },
            "subjectId": va, "subjectName": "va@acme.example", "subject": { "__typename": "Member", "id": va },
            "count": 1, "channel": "API", "address": "203.0.113.7", "userAgent": "tests/1",
            "changes": [{ "field": "status", "before": "\"ACTIVE\"", "after": "\"SUSPENDED\"" }],
        }));
        assert_eq!(events(&app, json!({ "actions": ["ACCOUNT_CREATED"] })).await["totalCount"], 0);
        assert_eq!(events(&app, json!({ "subjectKinds": ["MEMBER"], "channels": ["API"] })).await["totalCount"], 1);
        assert_eq!(events(&app, json!({ "from": "2026-11-20T08:00:01Z" })).await["totalCount"], 0);
        let theirs = app.data(&app.seeded.other_admin.token, EVENTS, Value::Null).await;
        assert_eq!(theirs["auditEvents"]["totalCount"], 0);
        assert_eq!(app.refusal(&app.seeded.va_remarks.token, EVENTS, Value::Null).await, "FORBIDDEN");
    }
}
