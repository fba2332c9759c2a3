//! API tokens: seen once, used, over.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::{change, refused};
use crate::{
    TestApp, on_both,
    wire::{Server, subscribe},
};

const TOKEN: &str =
    "token apiToken { id name prefix lastUsedAt expiresAt revokedAt member { email } createdBy { email } }";
const LIST: &str = "{ apiTokens(first: 1, filter: { isActive: true }) { totalCount nodes { name lastUsedAt } } }";

async fn new_token(app: &TestApp) -> (String, Value) {
    let input = json!({ "memberId": IdKind::Member.show(app.seeded.va.id), "name": "Nightly" });
    let made = change(app, "createApiToken", input, TOKEN).await;
    (made["token"].as_str().unwrap().to_owned(), made["apiToken"].clone())
}

on_both! {
    async fn a_token_acts_as_its_member_and_is_seen_once(app: TestApp) {
        let (secret, token) = new_token(&app).await;
        assert!(secret.starts_with(token["prefix"].as_str().unwrap()));
        assert_eq!((&token["member"]["email"], &token["createdBy"]["email"]), (&json!("va@acme.example"), &json!("admin@acme.example")));
        let viewer = app.data(&secret, "{ viewer { email } }", Value::Null).await;
        assert_eq!(viewer["viewer"]["email"], "va@acme.example");
        let audit = "{ auditEvents { nodes { subjectName changes { field before after } } } apiTokens { nodes { prefix } } }";
        let all = app.data(&app.seeded.admin.token, audit, Value::Null).await.to_string();
        assert!(all.contains("Nightly") && !all.contains(&secret), "{all}");
    }
}

on_both! {
    async fn the_last_use_is_known_to_the_minute(app: TestApp) {
        let (secret, token) = new_token(&app).await;
        assert_eq!(token["lastUsedAt"], Value::Null);
        for (passes, at) in [(0, "2026-11-20T08:00:00Z"), (59, "2026-11-20T08:00:00Z"), (1, "2026-11-20T08:01:00Z")] {
            app.pass(TimeDelta::seconds(passes));
            app.data(&secret, "{ viewer { email } }", Value::Null).await;
            app.app.settle().await;
            let tokens = app.data(&app.seeded.admin.token, LIST, Value::Null).await;
            assert_eq!(tokens["apiTokens"]["nodes"], json!([{ "name": "Nightly", "lastUsedAt": at }]));
        }
    }
}

on_both! {
    async fn a_token_that_is_revoked_is_over_at_once(app: TestApp) {
        let (secret, token) = new_token(&app).await;
        let server = Server::start(&app.app).await;
        let mut socket = server.signed_in(&secret).await;
        socket.say(subscribe("1", "subscription { viewer { email } }")).await;
        socket.data("1").await;
        let started = Instant::now();
        let revoked = change(&app, "revokeApiToken", json!({ "id": token["id"] }), "apiToken { revokedAt }").await;
        assert_eq!(revoked["apiToken"]["revokedAt"], "2026-11-20T08:00:00Z");
        assert_eq!(app.refusal(&secret, "{ viewer { id } }", Value::Null).await, "TOKEN_INVALID");
        socket.closed().await;
        assert!(started.elapsed() < Duration::from_secs(5));
        assert_eq!(refused(&app, "revokeApiToken", json!({ "id": token["id"] })).await, "TOKEN_REVOKED");
    }
}

on_both! {
    async fn a_token_that_would_be_over_or_is_for_a_stranger_is_refused(app: TestApp) {
        let input = |member, at: &str| json!({ "memberId": IdKind::Member.show(member), "name": "x", "expiresAt": at });
        let (va, other) = (app.seeded.va.id, app.seeded.other_admin.id);
        assert_eq!(refused(&app, "createApiToken", input(va, "2026-11-20T08:00:00Z")).await, "INVALID_EXPIRY");
        assert_eq!(refused(&app, "createApiToken", input(other, "2027-01-01T00:00:00Z")).await, "NOT_FOUND");
    }
}
