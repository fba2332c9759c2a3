//! The audit: what is done leaves a line, with who, from what to what, and from where.

use axum::{body::Body, extract::ConnectInfo, http::Request};
use http_body_util::BodyExt;
use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::change;
use crate::{TestApp, on_both};

const EVENTS: &str =
    "query($filter: AuditEventFilter) { auditEvents(filter: $filter) { totalCount nodes { action memberEmail
    member { email } subjectId subjectName subject { __typename id } count channel address userAgent
    changes { field before after } } } }";

async fn events(app: &TestApp, filter: Value) -> Value {
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

/// Mutations whose lines the tests of their own areas look at.
const ELSEWHERE: &[&str] = &[
    "startImport",
    "updateImportReading",
    "commitImport",
    "rollbackImport",
    "discardImport",
    "addSellers",
    "renameSeller",
    "flagSellers",
    "deleteSellers",
    "restoreSellers",
    "createRecord",
    "updateRecord",
    "deleteRecords",
    "restoreRecords",
];

/// Does a mutation and says which action it left.
async fn left(app: &TestApp, done: &mut Vec<String>, mutation: &str, input: Value, selection: &str) -> Value {
    let before = events(app, Value::Null).await["totalCount"].as_i64().unwrap();
    let payload = change(app, mutation, input, selection).await;
    assert_eq!(payload["userErrors"], json!([]), "{mutation}");
    let after = events(app, Value::Null).await;
    assert!(after["totalCount"].as_i64().unwrap() > before, "{mutation} leaves no line: {after}");
    done.push(mutation.to_owned());
    payload
}

on_both! {
    async fn every_mutation_leaves_a_line(app: TestApp) {
        let done = &mut Vec::new();
        let va = IdKind::Member.show(app.seeded.va.id);
        let id = |value: &Value| json!({ "id": value["id"] });
        left(&app, done, "inviteMember", json!({ "email": "n@acme.example", "role": "VA" }), "member { id }").await;
        left(&app, done, "updateMember", json!({ "id": va, "accessProfileIds": [] }), "member { id }").await;
        let profile = json!({ "name": "P", "permissions": [] });
        let profile = left(&app, done, "createAccessProfile", profile, "accessProfile { id }").await["accessProfile"].clone();
        let update = json!({ "id": profile["id"], "name": "Q" });
        left(&app, done, "updateAccessProfile", update, "accessProfile { id }").await;
        left(&app, done, "deleteAccessProfile", id(&profile), "accessProfile { id }").await;
        let token = json!({ "memberId": va, "name": "T" });
        let token = left(&app, done, "createApiToken", token, "apiToken { id }").await["apiToken"].clone();
        left(&app, done, "revokeApiToken", id(&token), "apiToken { id }").await;
        let account = left(&app, done, "createAccount", json!({ "code": "N" }), "account { id }").await["account"].clone();
        let update = json!({ "id": account["id"], "code": "M" });
        left(&app, done, "updateAccount", update, "account { id }").await;
        left(&app, done, "archiveAccount", id(&account), "account { id }").await;
        left(&app, done, "restoreAccount", id(&account), "account { id }").await;

        let preset = json!({ "name": "P", "categoryIds": ["appliances-cooktops"] });
        let preset = left(&app, done, "createPreset", preset, "preset { id }").await["preset"].clone();
        left(&app, done, "updatePreset", json!({ "id": preset["id"], "name": "Q" }), "preset { id }").await;
        let schedule = json!({ "name": "S", "presetId": preset["id"] });
        let schedule = left(&app, done, "createSchedule", schedule, "schedule { id }").await["schedule"].clone();
        left(&app, done, "updateSchedule", json!({ "id": schedule["id"], "name": "R" }), "schedule { id }").await;
        left(&app, done, "triggerSchedule", id(&schedule), "schedule { id }").await;
        let scheduled = events(&app, json!({ "actions": ["RUN_STARTED"], "channels": ["SCHEDULE"] })).await;
        assert_eq!(scheduled["nodes"][0]["memberEmail"], "admin@acme.example", "{scheduled}");
        left(&app, done, "deleteSchedule", id(&schedule), "schedule { id }").await;
        left(&app, done, "deletePreset", id(&preset), "preset { id }").await;
        left(&app, done, "updateCollectionSettings", json!({ "workers": 3 }), "collectionSettings { workers }").await;
        let run = json!({ "collection": { "categoryIds": ["appliances-cooktops"] } });
        let run = left(&app, done, "startCollectionRun", run, "collectionRun { id }").await["collectionRun"].clone();
        left(&app, done, "pauseCollectionRun", id(&run), "collectionRun { id }").await;
        left(&app, done, "resumeCollectionRun", id(&run), "collectionRun { id }").await;
        left(&app, done, "cancelCollectionRun", id(&run), "collectionRun { id }").await;
        left(&app, done, "rerunCollectionRun", id(&run), "collectionRun { id }").await;
        let file = json!({ "export": { "kind": "RECORDS", "format": "CSV" } });
        let job = left(&app, done, "startExport", file, "exportJob { id }").await["exportJob"].clone();
        left(&app, done, "cancelExport", id(&job), "exportJob { id }").await;
        left(&app, done, "retryExport", id(&job), "exportJob { id }").await;
        change(&app, "cancelExport", id(&job), "exportJob { id }").await;
        left(&app, done, "deleteExport", id(&job), "exportJob { id }").await;
        // Nothing has failed that could be tried again: the tests of runs see to that line.
        done.push("retryCollectionFailures".to_owned());

        let schema = app.data("", "{ __schema { mutationType { fields { name } } } }", Value::Null).await;
        for field in schema["__schema"]["mutationType"]["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            assert!(done.iter().any(|done| done == name) || ELSEWHERE.contains(&name), "what does {name} leave?");
        }
    }
}
