//! Who gets in: API tokens, JWTs by a shared secret, JWTs by a JWKS, and whom they stand for.

mod outage;

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{Request, StatusCode, header},
    routing::get,
};
use chrono::TimeDelta;
use entity::{api_token, member::Role};
use http_body_util::BodyExt;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use sellerbook::{
    app::App,
    auth::{self, JwtKeys},
    config::Config,
    error::Context,
    graphql, http,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::{
    TestApp,
    app::JWT_SECRET,
    log, on_both,
    seed::{self, Person},
};

const RSA: &[u8] = include_bytes!("../keys/rsa.pem");
const RSA_PUBLIC: &[u8] = include_bytes!("../keys/rsa_public.pem");
const EC: &[u8] = include_bytes!("../keys/ec.pem");
const EC_NEXT: &[u8] = include_bytes!("../keys/ec_next.pem");

fn rsa() -> EncodingKey {
    EncodingKey::from_rsa_pem(RSA).unwrap()
}

fn ec(pem: &[u8]) -> EncodingKey {
    EncodingKey::from_ec_pem(pem).unwrap()
}

/// The public half of a key as it stands in a JWKS.
fn jwk(key: &EncodingKey, algorithm: Algorithm, kid: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(kid.to_owned());
    serde_json::to_value(jwk).unwrap()
}

/// A token of this algorithm, key id and key that says `claims` of its bearer, for another hour unless they say.
fn sign(app: &TestApp, algorithm: Algorithm, kid: Option<&str>, key: &EncodingKey, mut claims: Value) -> String {
    let exp = (app.now() + TimeDelta::hours(1)).timestamp();
    claims.as_object_mut().unwrap().entry("exp").or_insert(json!(exp));
    let header = Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) };
    encode(&header, &claims, key).unwrap()
}

/// A token signed with the secret of the configuration.
fn own(app: &TestApp, claims: Value) -> String {
    sign(app, Algorithm::HS256, None, &EncodingKey::from_secret(JWT_SECRET.as_bytes()), claims)
}

/// The same product on the same database, otherwise configured.
fn configured(app: &TestApp, configure: impl FnOnce(&mut Config)) -> (App, Router) {
    let mut config = (*app.app.config).clone();
    configure(&mut config);
    let jwt = Arc::new(JwtKeys::from_config(&config).unwrap());
    let app = App { config: Arc::new(config), jwt, ..app.app.clone() };
    let router = http::router(&app, graphql::schema());
    (app, router)
}

/// With the keys of a JWKS instead of the secret.
fn with_jwks(app: &TestApp, url: &str) -> (App, Router) {
    configured(app, |config| {
        config.jwt_secret = None;
        config.jwks_url = Some(url.to_owned());
    })
}

/// The viewer's address and organisation, or the status and code of the refusal.
async fn who(router: &Router, token: &str, organisation: Option<&str>) -> Result<String, (u16, String)> {
    let mut request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    if let Some(slug) = organisation {
        request = request.header("X-Organisation", slug);
    }
    let query = json!({ "query": "{ viewer { email organisation { slug } } }" }).to_string();
    let (parts, body) = router.clone().oneshot(request.body(Body::from(query)).unwrap()).await.unwrap().into_parts();
    let body: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
    match body["data"]["viewer"]["email"].as_str() {
        Some(email) => Ok(format!("{email} of {}", body["data"]["viewer"]["organisation"]["slug"].as_str().unwrap())),
        None => {
            let code = body["errors"][0]["extensions"]["code"].as_str().unwrap();
            Err((parts.status.as_u16(), code.to_owned()))
        }
    }
}

fn refused(status: u16, code: &str) -> Result<String, (u16, String)> {
    Err((status, code.to_owned()))
}

fn is(who: &str) -> Result<String, (u16, String)> {
    Ok(who.to_owned())
}

/// A server of keys on this machine.
struct Issuer {
    url: String,
    state: Arc<IssuerState>,
}

struct IssuerState {
    /// None while it has nothing but errors to answer.
    keys: Mutex<Option<Value>>,
    /// How often it was asked.
    asked: watch::Sender<u32>,
    is_holding: watch::Sender<bool>,
}

impl Issuer {
    async fn start(keys: Value) -> Self {
        let (asked, is_holding) = (watch::Sender::new(0), watch::Sender::new(false));
        let state = Arc::new(IssuerState { keys: Mutex::new(Some(keys)), asked, is_holding });
        let answer = async |State(state): State<Arc<IssuerState>>| {
            state.asked.send_modify(|asked| *asked += 1);
            state.is_holding.subscribe().wait_for(|is_holding| !is_holding).await.unwrap();
            state.keys.lock().unwrap().clone().map(Json).ok_or(StatusCode::INTERNAL_SERVER_ERROR)
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let routes = Router::new().route("/keys", get(answer)).with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, state }
    }

    fn publish(&self, keys: Value) {
        *self.state.keys.lock().unwrap() = Some(keys);
    }

    /// Answers errors until something is published.
    fn fail(&self) {
        *self.state.keys.lock().unwrap() = None;
    }

    /// Answers nothing until it is released.
    fn hold(&self) {
        self.state.is_holding.send_replace(true);
    }

    fn release(&self) {
        self.state.is_holding.send_replace(false);
    }

    fn asked(&self) -> u32 {
        *self.state.asked.borrow()
    }

    /// Waits until it has been asked so often.
    async fn is_asked(&self, times: u32) {
        self.state.asked.subscribe().wait_for(|asked| *asked >= times).await.unwrap();
    }
}

fn both_keys() -> Value {
    json!({ "keys": [jwk(&rsa(), Algorithm::RS256, "rsa"), jwk(&ec(EC), Algorithm::ES256, "ec")] })
}

const ADMIN: &str = "admin@acme.example of acme";
/// What seeded members are called by the issuer of their tokens.
const ADMIN_SUB: &str = "user of admin@acme.example";

on_both! {
    async fn a_jwt_signed_with_a_key_of_a_jwks_is_good_from_a_file_and_from_an_address(app: TestApp) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        std::fs::write(&path, both_keys().to_string()).unwrap();
        let issuer = Issuer::start(both_keys()).await;
        for url in [format!("file:{}", path.display()), format!("file://{}", path.display()), issuer.url.clone()] {
            let (_, router) = with_jwks(&app, &url);
            let claims = json!({ "sub": ADMIN_SUB });
            let good = sign(&app, Algorithm::RS256, Some("rsa"), &rsa(), claims.clone());
            assert_eq!(who(&router, &good, None).await, is(ADMIN), "{url}");
            let good = sign(&app, Algorithm::ES256, Some("ec"), &ec(EC), claims);
            assert_eq!(who(&router, &good, None).await, is(ADMIN), "{url}");
        }
        assert_eq!(issuer.asked(), 1, "keys are fetched once, not for every token");
    }
}

on_both! {
    async fn a_jwt_must_be_signed_by_the_key_and_algorithm_that_its_header_picks(app: TestApp) {
        let issuer = Issuer::start(both_keys()).await;
        let (_, router) = with_jwks(&app, &issuer.url);
        let claims = json!({ "sub": ADMIN_SUB });
        let by_public_key = EncodingKey::from_secret(RSA_PUBLIC);
        for (what, token) in [
            ("unknown key", sign(&app, Algorithm::RS256, Some("old"), &rsa(), claims.clone())),
            ("no key named of two", sign(&app, Algorithm::RS256, None, &rsa(), claims.clone())),
            ("another key's id", sign(&app, Algorithm::ES256, Some("ec"), &ec(EC_NEXT), claims.clone())),
            ("another algorithm of the key", sign(&app, Algorithm::RS512, Some("rsa"), &rsa(), claims.clone())),
            ("an algorithm of another key", sign(&app, Algorithm::ES256, Some("rsa"), &ec(EC), claims.clone())),
            ("the public key as a secret", sign(&app, Algorithm::HS256, Some("rsa"), &by_public_key, claims.clone())),
            ("the own secret", own(&app, claims)),
        ] {
            assert_eq!(who(&router, &token, None).await, refused(401, "TOKEN_INVALID"), "{what}");
        }
    }
}

on_both! {
    async fn keys_that_only_encrypt_or_sign_otherwise_are_not_used(app: TestApp) {
        let mut encrypts = jwk(&rsa(), Algorithm::RS256, "encrypts");
        encrypts["use"] = json!("enc");
        encrypts.as_object_mut().unwrap().remove("alg");
        let mut pss = jwk(&rsa(), Algorithm::RS256, "pss");
        pss["alg"] = json!("PS256");
        let secret = json!({ "kty": "oct", "kid": "secret", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" });
        let issuer = Issuer::start(json!({ "keys": [encrypts, pss, secret] })).await;
        let (_, router) = with_jwks(&app, &issuer.url);
        let claims = json!({ "sub": ADMIN_SUB });
        for token in [
            sign(&app, Algorithm::RS256, Some("encrypts"), &rsa(), claims.clone()),
            sign(&app, Algorithm::RS256, Some("pss"), &rsa(), claims.clone()),
            sign(&app, Algorithm::HS256, Some("secret"), &EncodingKey::from_secret(&[0; 32]), claims),
        ] {
            assert_eq!(who(&router, &token, None).await, refused(401, "TOKEN_INVALID"));
        }
    }
}

on_both! {
    async fn a_new_key_is_found_and_a_withdrawn_one_forgotten(app: TestApp) {
        let first = json!({ "keys": [jwk(&ec(EC), Algorithm::ES256, "first")] });
        let next = json!({ "keys": [jwk(&ec(EC_NEXT), Algorithm::ES256, "next")] });
        let issuer = Issuer::start(first).await;
        let (changed, router) = with_jwks(&app, &issuer.url);
        let claims = json!({ "sub": ADMIN_SUB });
        let old = sign(&app, Algorithm::ES256, Some("first"), &ec(EC), claims.clone());
        let new = sign(&app, Algorithm::ES256, Some("next"), &ec(EC_NEXT), claims.clone());
        let unnamed = sign(&app, Algorithm::ES256, None, &ec(EC_NEXT), claims);
        let later = |seconds| changed.clock.set(app.now() + TimeDelta::seconds(seconds));
        assert_eq!(who(&router, &old, None).await, is(ADMIN));
        issuer.publish(next);
        // Strangers' tokens must not make us ask the issuer again and again.
        for _ in 0..20 {
            assert_eq!(who(&router, &new, None).await, refused(401, "TOKEN_INVALID"));
        }
        assert_eq!(issuer.asked(), 1);
        later(31);
        assert_eq!(who(&router, &new, None).await, is(ADMIN));
        assert_eq!(issuer.asked(), 2);
        assert_eq!(who(&router, &old, None).await, refused(401, "TOKEN_INVALID"));
        assert_eq!(who(&router, &unnamed, None).await, is(ADMIN), "the only key there is");
        assert_eq!(issuer.asked(), 2);
        later(631);
        assert_eq!(who(&router, &new, None).await, is(ADMIN));
        // Keys are asked for again after a while, and nobody waits for them.
        issuer.is_asked(3).await;
    }
}

on_both! {
    async fn an_issuer_that_cannot_be_reached_is_no_fault_of_the_token(app: TestApp) {
        let (_, router) = with_jwks(&app, "http://127.0.0.1:9/keys");
        let token = sign(&app, Algorithm::ES256, Some("ec"), &ec(EC), json!({ "sub": ADMIN_SUB }));
        assert_eq!(who(&router, &token, None).await, refused(503, "UNAVAILABLE"));
        assert_eq!(who(&router, &app.seeded.admin.token, None).await, is(ADMIN), "an API token needs no issuer");
    }
}

on_both! {
    async fn audience_and_issuer_must_be_those_of_the_configuration(app: TestApp) {
        let (_, router) = configured(&app, |config| {
            config.jwt_audience = Some("sellerbook".to_owned());
            config.jwt_issuer = Some("https://id.example".to_owned());
        });
        for (aud, iss, is_good) in [
            (json!("sellerbook"), json!("https://id.example"), true),
            (json!(["other", "sellerbook"]), json!("https://id.example"), true),
            (json!("other"), json!("https://id.example"), false),
            (json!([]), json!("https://id.example"), false),
            (json!(null), json!("https://id.example"), false),
            (json!("sellerbook"), json!("https://id.example/"), false),
            (json!("sellerbook"), json!(null), false),
            (json!("sellerbook"), json!(7), false),
        ] {
            let mut claims = json!({ "sub": ADMIN_SUB, "aud": aud, "iss": iss });
            claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            let expected = if is_good { is(ADMIN) } else { refused(401, "TOKEN_INVALID") };
            assert_eq!(who(&router, &own(&app, claims.clone()), None).await, expected, "{claims}");
        }
        // Without a setting, they say nothing.
        let other = own(&app, json!({ "sub": ADMIN_SUB, "aud": "other", "iss": "https://other.example" }));
        assert_eq!(who(&app.router, &other, None).await, is(ADMIN));
    }
}

on_both! {
    async fn a_person_is_found_by_subject_and_else_by_address(app: TestApp) {
        let email = "admin@acme.example";
        for (claims, expected) in [
            (json!({ "sub": ADMIN_SUB }), is(ADMIN)),
            (json!({ "email": email }), is(ADMIN)),
            (json!({ "email": "Admin@ACME.example" }), is(ADMIN)),
            (json!({ "sub": "nobody", "email": email }), is(ADMIN)),
            (json!({ "sub": "", "email": email }), is(ADMIN)),
            (json!({ "email": email, "email_verified": true }), is(ADMIN)),
            (json!({ "email": email, "email_verified": false }), refused(401, "TOKEN_INVALID")),
            (json!({ "sub": ADMIN_SUB, "email": email, "email_verified": false }), is(ADMIN)),
            (json!({ "sub": ADMIN_SUB, "email": "va@acme.example" }), is(ADMIN)),
            (json!({ "sub": "nobody", "email": "nobody@acme.example" }), refused(401, "TOKEN_INVALID")),
            (json!({ "sub": "nobody" }), refused(401, "TOKEN_INVALID")),
            (json!({ "sub": "", "email": "" }), refused(401, "TOKEN_INVALID")),
            (json!({}), refused(401, "TOKEN_INVALID")),
            (json!({ "sub": 7, "email": email }), refused(401, "TOKEN_INVALID")),
            (json!({ "sub": "user of suspended@acme.example" }), refused(403, "MEMBER_SUSPENDED")),
        ] {
            assert_eq!(who(&app.router, &own(&app, claims.clone()), None).await, expected, "{claims}");
        }
    }
}

on_both! {
    async fn an_outside_issuer_must_have_verified_the_address(app: TestApp) {
        let issuer = Issuer::start(both_keys()).await;
        let (_, router) = with_jwks(&app, &issuer.url);
        let email = "admin@acme.example";
        for (claims, expected) in [
            (json!({ "email": email }), refused(401, "TOKEN_INVALID")),
            (json!({ "sub": "nobody", "email": email }), refused(401, "TOKEN_INVALID")),
            (json!({ "email": email, "email_verified": false }), refused(401, "TOKEN_INVALID")),
            (json!({ "email": email, "email_verified": "true" }), refused(401, "TOKEN_INVALID")),
            (json!({ "email": email, "email_verified": true }), is(ADMIN)),
            (json!({ "sub": ADMIN_SUB }), is(ADMIN)),
        ] {
            let token = sign(&app, Algorithm::ES256, Some("ec"), &ec(EC), claims.clone());
            assert_eq!(who(&router, &token, None).await, expected, "{claims}");
        }
    }
}

on_both! {
    async fn a_person_in_two_organisations_names_one(app: TestApp) {
        seed::person(&app.app, app.seeded.other_org, "admin@acme.example", Role::Client, "").await;
        let token = own(&app, json!({ "sub": ADMIN_SUB }));
        assert_eq!(who(&app.router, &token, None).await, refused(400, "ORGANISATION_REQUIRED"));
        assert_eq!(who(&app.router, &token, Some("acme")).await, is(ADMIN));
        assert_eq!(who(&app.router, &token, Some("rival")).await, is("admin@acme.example of rival"));
        for wrong in ["nowhere", "", "ACME", "acme, rival"] {
            assert_eq!(who(&app.router, &token, Some(wrong)).await, refused(400, "ORGANISATION_UNKNOWN"), "{wrong}");
        }
        let request = Request::get("/export/records/csv").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let body = app.send(request.body(Body::empty()).unwrap()).await.into_body().collect().await.unwrap().to_bytes();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["code"], "ORGANISATION_REQUIRED");
        assert!(problem["detail"].as_str().unwrap().ends_with(": acme, rival"), "{problem}");
        // Suspended in one is not suspended in the other.
        seed::suspend(&app.app, app.seeded.admin.id).await;
        assert_eq!(who(&app.router, &token, Some("acme")).await, refused(403, "MEMBER_SUSPENDED"));
        assert_eq!(who(&app.router, &token, Some("rival")).await, is("admin@acme.example of rival"));
    }
}

on_both! {
    async fn an_organisation_named_must_be_one_s_own(app: TestApp) {
        for token in [own(&app, json!({ "sub": ADMIN_SUB })), app.seeded.admin.token.clone()] {
            assert_eq!(who(&app.router, &token, Some("acme")).await, is(ADMIN));
            assert_eq!(who(&app.router, &token, Some("rival")).await, refused(400, "ORGANISATION_UNKNOWN"));
        }
        // A token is of one organisation, even when its owner is in two.
        seed::person(&app.app, app.seeded.other_org, "admin@acme.example", Role::Client, "").await;
        assert_eq!(who(&app.router, &app.seeded.admin.token, None).await, is(ADMIN));
        assert_eq!(who(&app.router, &app.seeded.admin.token, Some("rival")).await, refused(400, "ORGANISATION_UNKNOWN"));
    }
}

/// Another token of the admin.
async fn new_token(app: &TestApp, expires_in: Option<TimeDelta>) -> auth::NewToken {
    let (now, org, Person { id, .. }) = (app.now(), app.seeded.org, app.seeded.admin.clone());
    let expires_at = expires_in.map(|lifetime| now + lifetime);
    let made = app.app.db.write(move |tx| {
        let request = auth::TokenRequest { org_id: org, member_id: id, name: None, expires_at, created_by: None };
        Box::pin(async move { auth::create_token(tx, now, request).await })
    });
    made.await.unwrap()
}

on_both! {
    async fn an_api_token_works_until_it_expires_or_is_revoked(app: TestApp) {
        let token = new_token(&app, Some(TimeDelta::seconds(10))).await;
        let lasting = new_token(&app, None).await;
        let begun = app.now();
        assert_eq!(who(&app.router, &token.secret, None).await, is(ADMIN));
        app.app.clock.set(begun + TimeDelta::seconds(9));
        assert_eq!(who(&app.router, &token.secret, None).await, is(ADMIN));
        app.app.clock.set(begun + TimeDelta::seconds(10));
        assert_eq!(who(&app.router, &token.secret, None).await, refused(401, "TOKEN_EXPIRED"));
        app.app.clock.set(begun + TimeDelta::days(4_000));
        assert_eq!(who(&app.router, &lasting.secret, None).await, is(ADMIN));
        let row = api_token::ActiveModel { revoked_at: Set(Some(begun)), ..lasting.row.clone().into() };
        app.app
            .db
            .write(move |tx| Box::pin(async move { row.update(tx).await.doing("revoking a token") }))
            .await
            .unwrap();
        assert_eq!(who(&app.router, &lasting.secret, None).await, refused(401, "TOKEN_INVALID"));
    }
}

on_both! {
    async fn a_token_nobody_made_is_refused(app: TestApp) {
        let good = app.seeded.admin.token.clone();
        for wrong in [
            "sb_",
            "sb_x",
            &good[..good.len() - 1],
            &format!("{good}A"),
            &good.to_uppercase(),
            &good["sb_".len()..],
            "sb_' OR 1=1 --",
        ] {
            assert_eq!(who(&app.router, wrong, None).await, refused(401, "TOKEN_INVALID"), "{wrong}");
        }
    }
}

on_both! {
    async fn only_the_hash_of_a_token_is_stored(app: TestApp) {
        let secret = app.seeded.admin.token.as_str();
        let row = api_token::Entity::find()
            .filter(api_token::Column::MemberId.eq(app.seeded.admin.id))
            .one(app.app.db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.token_hash, Sha256::digest(secret.as_bytes()).to_vec());
        assert!(secret.starts_with(&row.prefix) && row.prefix.len() * 3 < secret.len());
        // The random part is 256 bits, and no two are alike.
        assert_eq!(secret.len(), "sb_".len() + 43);
        assert_ne!(secret, app.seeded.va.token);
        let new = new_token(&app, None).await;
        assert!(!format!("{new:?}").contains(&new.secret), "a token shows itself in a log line");
    }
}

on_both! {
    async fn no_token_and_no_secret_is_ever_logged(app: TestApp) {
        log::keep_all();
        let jwt = own(&app, json!({ "sub": ADMIN_SUB }));
        let expired = own(&app, json!({ "sub": ADMIN_SUB, "exp": 1 }));
        let forged = format!("{jwt}forged");
        let unknown = "sb_this-token-is-known-to-nobody-at-all";
        let api = app.seeded.admin.token.clone();
        for token in [&jwt, &expired, &forged, &api, unknown, &app.seeded.suspended.token] {
            let _ = who(&app.router, token, None).await;
            for path in ["/export/records/csv", "/export/sellers/json?columns=nothing", "/nowhere", "/graphql?query={"] {
                app.get(token, path).await;
            }
            app.get("", &format!("/export/records/csv?token={token}")).await;
        }
        let (_, broken) = configured(&app, |config| config.spool_dir = Some("/nowhere/at/all".into()));
        let request = Request::get("/export/records/excel").header(header::AUTHORIZATION, format!("Bearer {api}"));
        let response = broken.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let text = log::all();
        assert!(text.contains("answered") && text.contains("exported") && text.contains("request failed"), "{text}");
        for secret in [jwt.as_str(), &expired, &forged, &api, unknown, &app.seeded.suspended.token, JWT_SECRET] {
            // The last part too: of a JWT it is the signature, without which the rest is worth nothing.
            let tail = &secret[secret.len() - 20..];
            assert!(!text.contains(secret) && !text.contains(tail), "logged: {secret}");
        }
    }
}
