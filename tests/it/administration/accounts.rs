//! Accounts: named, put away with their records, and back.

use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::{change, refused};
use crate::{
    TestApp, on_both,
    seed::{self, NewRecord},
};

const ACCOUNT: &str = "account { id code name archivedAt owner { email } records { totalCount } }";

/// What somebody sees of the records of the organisation, by every way.
async fn seen(app: &TestApp, token: &str) -> (Value, Vec<String>) {
    let query =
        "{ records { totalCount nodes { id account { code } } totals { count salePriceCents } } accounts { nodes {
        code records { totalCount } } } exportEstimate(input: { kind: RECORDS, format: CSV }) { rows } }";
    let mut files = Vec::new();
    for format in ["csv", "ndjson", "json?columns=all"] {
        files.push(app.file(token, &format!("/export/records/{format}")).await);
    }
    (app.data(token, query, Value::Null).await, files)
}

on_both! {
    async fn an_archived_account_takes_its_records_with_it_and_brings_them_back(app: TestApp) {
        let [alpha, beta, _] = app.seeded.accounts;
        let new = |account, order: &str| NewRecord::new(&app.app, app.seeded.org, account, order);
        let records = seed::records(&app.app, vec![new(alpha, "a"), new(alpha, "b"), new(beta, "c")]).await;
        let tokens = [&app.seeded.admin.token, &app.seeded.va.token];
        let before = (seen(&app, tokens[0]).await, seen(&app, tokens[1]).await);
        let id = json!({ "id": IdKind::Account.show(alpha) });
        let archived = change(&app, "archiveAccount", id.clone(), ACCOUNT).await;
        assert!(archived["account"]["archivedAt"].is_string(), "{archived}");
        let (data, files) = seen(&app, tokens[0]).await;
        assert_eq!((&data["records"]["totalCount"], &data["records"]["totals"]["count"]), (&json!(1), &json!(1)));
        assert_eq!(data["exportEstimate"]["rows"], 1);
        assert!(!data["accounts"].to_string().contains("ALPHA"));
        assert_eq!(files[1].lines().count(), 1);
        let (data, files) = seen(&app, tokens[1]).await;
        assert_eq!((&data["records"]["totalCount"], files[1].as_str()), (&json!(0), ""));
        let node = "query($id: ID!) { node(id: $id) { id } }";
        let record = json!({ "id": IdKind::Record.show(records[0]) });
        assert_eq!(app.data(tokens[0], node, record).await["node"], Value::Null);
        let list = "{ accounts(filter: { archived: true }) { totalCount nodes { code } } }";
        let put_away = app.data(tokens[0], list, Value::Null).await;
        assert_eq!(put_away["accounts"], json!({ "totalCount": 1, "nodes": [{ "code": "ALPHA" }] }));
        assert_eq!(app.refusal(tokens[1], list, Value::Null).await, "FORBIDDEN");
        assert_eq!(refused(&app, "archiveAccount", id.clone()).await, "ACCOUNT_ARCHIVED");
        assert_eq!(refused(&app, "createAccount", json!({ "code": "ALPHA" })).await, "ACCOUNT_CODE_TAKEN");
        change(&app, "restoreAccount", id.clone(), ACCOUNT).await;
        assert_eq!((seen(&app, tokens[0]).await, seen(&app, tokens[1]).await), before);
        assert_eq!(refused(&app, "restoreAccount", id).await, "ACCOUNT_NOT_ARCHIVED");
    }
}

on_both! {
    async fn an_account_is_made_for_a_client_and_renamed(app: TestApp) {
        let (client, va) = (app.seeded.client.id, app.seeded.va.id);
        let owned = |owner| json!({ "code": "DELTA", "name": "Fourth", "ownerId": IdKind::Member.show(owner) });
        assert_eq!(refused(&app, "createAccount", owned(va)).await, "OWNER_NOT_CLIENT");
        assert_eq!(refused(&app, "createAccount", owned(app.seeded.other_admin.id)).await, "NOT_FOUND");
        let made = change(&app, "createAccount", owned(client), ACCOUNT).await["account"].clone();
        assert_eq!((&made["code"], &made["owner"]["email"]), (&json!("DELTA"), &json!("client@acme.example")));
        let update = |code: &str| json!({ "id": made["id"], "code": code, "name": null });
        assert_eq!(refused(&app, "updateAccount", update("BETA")).await, "ACCOUNT_CODE_TAKEN");
        let renamed = change(&app, "updateAccount", update("EPSILON"), ACCOUNT).await["account"].clone();
        assert_eq!((&renamed["code"], &renamed["name"]), (&json!("EPSILON"), &Value::Null));
        let foreign = json!({ "id": IdKind::Account.show(app.seeded.other_account), "code": "X" });
        assert_eq!(refused(&app, "updateAccount", foreign).await, "NOT_FOUND");
    }
}
