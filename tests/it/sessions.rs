//! Who is connected and may no longer be: streams end, or go on with other permissions.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use entity::{access_profile, api_token, member};
use jsonwebtoken::{EncodingKey, Header, encode};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Backend, TestApp,
    app::JWT_SECRET,
    on_both, seed,
    wire::{Server, Socket, subscribe},
};

const VIEWER: &str = "subscription { viewer { email permissions } }";
/// How long a suspended member may go on.
const SOON: Duration = Duration::from_secs(5);

async fn watching(server: &Server, token: &str) -> Socket {
    let mut socket = server.signed_in(token).await;
    socket.say(subscribe("1", VIEWER)).await;
    assert!(socket.data("1").await["viewer"].is_object());
    socket
}

async fn set_token(app: &TestApp, member: Uuid, column: api_token::Column, value: impl Into<sea_orm::Value>) {
    let update = api_token::Entity::update_many()
        .col_expr(column, Expr::value(value))
        .filter(api_token::Column::MemberId.eq(member));
    app.app.db.write(move |tx| Box::pin(async move { Ok(update.exec(tx).await.unwrap()) })).await.unwrap();
}

on_both! {
    async fn a_suspended_members_streams_end_within_five_seconds(app: TestApp) {
        let server = Server::start(&app.app).await;
        let va = &app.seeded.va;
        let mut socket = watching(&server, &va.token).await;
        let mut waiting = server.signed_in(&va.token).await;
        let mut events = server.events(&va.token, &json!({ "query": VIEWER })).await;
        assert_eq!(events.next().await.unwrap().1["data"]["viewer"]["email"], "va@acme.example");
        let mut other = watching(&server, &app.seeded.admin.token).await;
        let started = Instant::now();
        seed::suspend(&app.app, va.id).await;
        let reason = "you are suspended in this organisation; ask one of its admins";
        assert_eq!(socket.closed().await, (4403, reason.to_owned()));
        assert_eq!(waiting.closed().await.0, 4403);
        let (name, payload) = events.next().await.unwrap();
        assert_eq!(name, "next");
        assert_eq!(payload["errors"][0]["extensions"]["code"], "MEMBER_SUSPENDED");
        assert_eq!(events.next().await, Some(("complete".to_owned(), Value::Null)));
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
        other.say(subscribe("2", "{ viewer { role } }")).await;
        assert_eq!(other.data("2").await["viewer"]["role"], "ADMIN");
    }
}

on_both! {
    async fn what_a_suspended_member_asks_for_is_refused_at_once(app: TestApp) {
        let server = Server::start(&app.app).await;
        let mut socket = server.signed_in(&app.seeded.va.token).await;
        seed::suspend(&app.app, app.seeded.va.id).await;
        socket.say(subscribe("1", "{ viewer { email } }")).await;
        assert_eq!(socket.closed_without_data().await.0, 4403);
    }
}

on_both! {
    async fn a_token_that_does_not_hold_any_more_ends_its_streams(app: TestApp) {
        let server = Server::start(&app.app).await;
        let seeded = &app.seeded;
        let exp = (app.now() + TimeDelta::minutes(5)).timestamp();
        let claims = json!({ "sub": "user of admin@acme.example", "exp": exp });
        let jwt = encode(&Header::default(), &claims, &EncodingKey::from_secret(JWT_SECRET.as_bytes())).unwrap();
        let mut sockets = Vec::new();
        for token in [&seeded.va.token, &seeded.va_remarks.token, &seeded.client.token, &jwt] {
            sockets.push(watching(&server, token).await);
        }
        let started = Instant::now();
        set_token(&app, seeded.va.id, api_token::Column::RevokedAt, Some(app.now())).await;
        set_token(&app, seeded.va_remarks.id, api_token::Column::ExpiresAt, Some(app.now())).await;
        let deletion = api_token::Entity::delete_many().filter(api_token::Column::MemberId.eq(seeded.client.id));
        app.app.db.write(move |tx| Box::pin(async move { Ok(deletion.exec(tx).await.unwrap()) })).await.unwrap();
        app.app.clock.set(app.now() + TimeDelta::minutes(6));
        let mut reasons = Vec::new();
        for mut socket in sockets {
            let (code, reason) = socket.closed().await;
            assert_eq!(code, 4403);
            reasons.push(reason);
        }
        assert_eq!(reasons, [
            "the token is not valid here",
            "the token has expired; make a new one",
            "the token is not valid here",
            "the token has expired; get a new one",
        ]);
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    }
}

on_both! {
    async fn new_permissions_reach_what_is_watched(app: TestApp) {
        let server = Server::start(&app.app).await;
        let mut va = watching(&server, &app.seeded.va.token).await;
        let mut admin = watching(&server, &app.seeded.admin.token).await;
        let profiles = access_profile::Entity::update_many()
            .col_expr(access_profile::Column::Permissions, Expr::value("seller_collection.read"));
        let role = member::Entity::update_many()
            .col_expr(member::Column::Role, Expr::value("client"))
            .filter(member::Column::Id.eq(app.seeded.admin.id));
        let changes = app.app.db.write(move |tx| Box::pin(async move {
            profiles.exec(tx).await.unwrap();
            Ok(role.exec(tx).await.unwrap())
        }));
        changes.await.unwrap();
        let viewer = va.data("1").await;
        assert_eq!(viewer["viewer"]["permissions"], json!(["seller_collection.read"]));
        let viewer = admin.data("1").await;
        assert_eq!(viewer["viewer"]["permissions"], json!(["order_tracking.read", "accounts.view"]));
    }
}

#[tokio::test]
async fn all_are_looked_at_with_two_questions_and_nobody_with_none() {
    let app = TestApp::new(Backend::Sqlite).await.unwrap();
    let server = Server::start(&app.app).await;
    let mut sockets = Vec::new();
    for token in [&app.seeded.va.token, &app.seeded.va.token, &app.seeded.admin.token] {
        sockets.push(watching(&server, token).await);
    }
    let before = app.statements();
    pass(Duration::from_secs(2)).await;
    while app.statements() < before + 2 {
        tokio::task::yield_now().await;
    }
    for socket in &mut sockets {
        socket.0.close(None).await.unwrap();
    }
    while app.app.streams.count() > 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..5 {
        pass(Duration::from_secs(2)).await;
    }
    assert_eq!(app.statements(), before + 2);
}

async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
