//! Members: who they are, what they are given, and the last admin.

use std::time::{Duration, Instant};

use entity::member::Role;
use jsonwebtoken::{EncodingKey, Header, encode};
use sellerbook::{
    auth,
    id::IdKind,
    members::{self, MemberChange},
};
use serde_json::{Value, json};

use super::{change, refused};
use crate::{
    app::JWT_SECRET,
    on_both, seed,
    wire::{Server, subscribe},
};

const MEMBER: &str = "member { id email role status accessProfiles { name } accounts { totalCount nodes { code } } }";

fn id(member: &seed::Person) -> String {
    IdKind::Member.show(member.id)
}

on_both! {
    async fn who_is_invited_signs_in_by_the_address_with_what_was_given(app: TestApp) {
        let profile = json!({ "name": "Bookkeeping", "permissions": ["order_tracking.read"] });
        let made = change(&app, "createAccessProfile", profile, "accessProfile { id }").await;
        let alpha = IdKind::Account.show(app.seeded.accounts[0]);
        let input = json!({
            "email": " New@Acme.Example ", "role": "VA",
            "accessProfileIds": [made["accessProfile"]["id"]], "accountIds": [alpha],
        });
        let invited = change(&app, "inviteMember", input.clone(), MEMBER).await["member"].clone();
        assert_eq!(invited["email"], "new@acme.example");
        assert_eq!((&invited["role"], &invited["status"]), (&json!("VA"), &json!("ACTIVE")));
        assert_eq!(invited["accessProfiles"], json!([{ "name": "Bookkeeping" }]));
        assert_eq!(invited["accounts"], json!({ "totalCount": 1, "nodes": [{ "code": "ALPHA" }] }));
        let claims = json!({ "sub": "x", "email": "new@acme.example", "exp": app.now().timestamp() + 60 });
        let jwt = encode(&Header::default(), &claims, &EncodingKey::from_secret(JWT_SECRET.as_bytes())).unwrap();
        let data = app.data(&jwt, "{ viewer { email permissions } accounts { nodes { code } } }", Value::Null).await;
        assert_eq!(data["viewer"]["permissions"], json!(["order_tracking.read", "accounts.view"]));
        assert_eq!(data["accounts"]["nodes"], json!([{ "code": "ALPHA" }]));
        assert_eq!(refused(&app, "inviteMember", input).await, "MEMBER_EXISTS");
    }
}

on_both! {
    async fn what_does_not_fit_is_refused_and_nobody_added(app: TestApp) {
        let [alpha, beta, _] = app.seeded.accounts.map(|id| IdKind::Account.show(id));
        let foreign = IdKind::Account.show(app.seeded.other_account);
        let with = |role: &str, accounts: Value| json!({ "email": "n@acme.example", "role": role, "accountIds": accounts });
        for (input, code) in [
            (json!({ "email": "nobody", "role": "VA" }), "INVALID_EMAIL"),
            (with("ADMIN", json!([alpha])), "ACCOUNTS_DO_NOT_FIT"),
            (with("CLIENT", json!([beta])), "ACCOUNT_OWNED"),
            (with("VA", json!([foreign])), "NOT_FOUND"),
        ] {
            assert_eq!(refused(&app, "inviteMember", input).await, code);
        }
        let filter = json!({ "filter": { "search": "N@ACME" } });
        let query = "query($filter: MemberFilter) { members(filter: $filter) { totalCount nodes { email } } }";
        let found = app.data(&app.seeded.admin.token, query, filter).await;
        assert_eq!(found["members"], json!({ "totalCount": 1, "nodes": [{ "email": "admin@acme.example" }] }));
    }
}

on_both! {
    async fn another_role_keeps_nothing_of_the_old_one(app: TestApp) {
        let input = json!({ "id": id(&app.seeded.va), "role": "CLIENT" });
        let changed = change(&app, "updateMember", input, MEMBER).await;
        assert_eq!(changed["member"]["accounts"]["totalCount"], 0);
        assert_eq!(changed["member"]["accessProfiles"], json!([]));
        let input = json!({ "id": id(&app.seeded.va), "role": "VA" });
        let changed = change(&app, "updateMember", input, MEMBER).await;
        assert_eq!(changed["member"]["accounts"]["totalCount"], 0, "nothing wakes");
        let gamma = IdKind::Account.show(app.seeded.accounts[2]);
        let input = json!({ "id": id(&app.seeded.client), "accountIds": [gamma] });
        let changed = change(&app, "updateMember", input, MEMBER).await;
        assert_eq!(changed["member"]["accounts"]["nodes"], json!([{ "code": "GAMMA" }]), "{changed}");
    }
}

on_both! {
    async fn the_last_active_admin_stays_one(app: TestApp) {
        for change in [json!({ "role": "VA" }), json!({ "status": "SUSPENDED" })] {
            let mut input = change;
            input["id"] = json!(id(&app.seeded.admin));
            assert_eq!(refused(&app, "updateMember", input).await, "LAST_ADMIN", "the other admin is suspended");
        }
        let foreign = json!({ "id": id(&app.seeded.other_admin), "role": "VA" });
        assert_eq!(refused(&app, "updateMember", foreign).await, "NOT_FOUND");
    }
}

on_both! {
    async fn of_two_admins_who_demote_each_other_at_once_one_stays(app: TestApp) {
        let other = seed::person(&app.app, app.seeded.org, "second@acme.example", Role::Admin, "").await;
        // Both were let in before either is demoted.
        let ids = [app.seeded.admin.id, other.id];
        let (one, two) = (auth::of_member(&app.app, ids[0]).await.unwrap(), auth::of_member(&app.app, ids[1]).await.unwrap());
        let demotion = || MemberChange { role: Some(Role::Client), ..MemberChange::default() };
        let answers = tokio::join!(
            members::update(&app.app, &one, ids[1], demotion()),
            members::update(&app.app, &two, ids[0], demotion()),
        );
        let codes = [answers.0, answers.1].map(|answer| answer.map_or_else(|error| error.code(), |_| "done"));
        assert!(codes == ["done", "LAST_ADMIN"] || codes == ["LAST_ADMIN", "done"], "{codes:?}");
    }
}

on_both! {
    async fn who_is_suspended_is_out_within_five_seconds(app: TestApp) {
        let server = Server::start(&app.app).await;
        let mut socket = server.signed_in(&app.seeded.va.token).await;
        socket.say(subscribe("1", "subscription { viewer { email } }")).await;
        socket.data("1").await;
        let started = Instant::now();
        let input = json!({ "id": id(&app.seeded.va), "status": "SUSPENDED" });
        change(&app, "updateMember", input, MEMBER).await;
        assert_eq!(app.refusal(&app.seeded.va.token, "{ viewer { id } }", Value::Null).await, "MEMBER_SUSPENDED");
        assert_eq!(socket.closed().await.0, 4403);
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
