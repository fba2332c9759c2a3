//! Bad credentials: tokens that do not hold, people who may not, headers that make no sense.

use axum::http::{HeaderMap, StatusCode, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::{check, fill, get, graphql, outcome, post, refusal};
use crate::{app::JWT_SECRET, on_both};

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
