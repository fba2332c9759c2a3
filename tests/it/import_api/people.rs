//! Who may import what, and sees whose imports.

use entity::member::Role;
use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::{RECORDS, change, checked, import, payload};
use crate::{on_both, seed};

on_both! {
    async fn each_kind_needs_its_permission_and_an_import_is_seen_by_its_own_and_admins(app: TestApp) {
        let org = app.seeded.org;
        let bookkeeper = seed::person(&app.app, org, "books@acme.example", Role::Va, "order_tracking.import").await;
        let sourcer = seed::person(&app.app, org, "source@acme.example", Role::Va, "seller_collection.write").await;
        seed::assign(&app.app, org, bookkeeper.id, app.seeded.accounts[0]).await;
        let start = "mutation ($input: StartImportInput!) { startImport(input: $input) { import { id } } }";
        for (token, kind) in [(&bookkeeper.token, "SELLERS"), (&sourcer.token, "RECORDS"), (&app.seeded.client.token, "SELLERS")] {
            assert_eq!(app.refusal(token, start, json!({ "input": { "kind": kind } })).await, "FORBIDDEN", "{kind}");
        }
        assert_eq!(app.refusal("", start, json!({ "input": { "kind": "SELLERS" } })).await, "UNAUTHENTICATED");
        payload(&app, &sourcer.token, json!({ "kind": "SELLERS" })).await;
        // An account that is not one's own is not there.
        for account in [app.seeded.accounts[1], app.seeded.other_account] {
            let input = json!({ "kind": "RECORDS", "accountId": IdKind::Account.show(account) });
            assert_eq!(app.refusal(&bookkeeper.token, start, json!({ "input": input })).await, "NOT_FOUND");
        }
        let id = checked(&app, &bookkeeper.token, RECORDS).await;
        assert_eq!(import(&app, &bookkeeper.token, &id).await["status"], "READY");
        assert_eq!(import(&app, &app.seeded.admin.token, &id).await["requestedBy"]["email"], "books@acme.example");
        for other in [&sourcer.token, &app.seeded.other_admin.token] {
            assert_eq!(import(&app, other, &id).await, Value::Null);
            for mutation in ["commitImport", "rollbackImport", "discardImport"] {
                let kind = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
                let query = format!("mutation ($id: ID!) {{ {mutation}(input: {{ id: $id }}) {{ import {{ id }} }} }}");
                assert_eq!(app.refusal(other, &query, json!({ "id": id })).await, "NOT_FOUND", "{kind}");
            }
            let path = format!("/import/{id}/faults.csv");
            assert_eq!(app.get(other, &path).await.0, 404);
            let watched = app.event(other, &format!("subscription {{ importProgress(id: \"{id}\") {{ id }} }}")).await;
            assert_eq!(watched["errors"][0]["extensions"]["code"], "NOT_FOUND");
        }
        assert_eq!(app.get("", &format!("/import/{id}/faults.csv")).await.0, 401);
        let fields = |kind: &str| format!("{{ importFields(kind: {kind}) {{ key isRequired }} }}");
        assert_eq!(app.refusal(&bookkeeper.token, &fields("SELLERS"), Value::Null).await, "FORBIDDEN");
        let found = app.data(&bookkeeper.token, &fields("RECORDS"), Value::Null).await;
        assert!(found["importFields"].as_array().unwrap().contains(&json!({ "key": "sale_date", "isRequired": true })));
    }
}

on_both! {
    async fn a_remark_is_imported_by_who_may_write_it(app: TestApp) {
        let keys = "order_tracking.import";
        let person = seed::person(&app.app, app.seeded.org, "books@acme.example", Role::Va, keys).await;
        seed::assign(&app.app, app.seeded.org, person.id, app.seeded.accounts[0]).await;
        let file = RECORDS.replace("\r\n", ",x\r\n").replacen(",x", ",order_remark", 1);
        let id = checked(&app, &person.token, &file).await;
        let status = import(&app, &person.token, &id).await["status"].clone();
        assert_ne!(status, "READY");
        let commit = "mutation ($id: ID!) { commitImport(input: { id: $id }) { import { id } userErrors { code } } }";
        let answer = app.query(&person.token, commit, json!({ "id": id })).await.body;
        assert!(answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            || answer["data"]["commitImport"]["userErrors"][0]["code"] == "IMPORT_NOT_READY", "{answer:#}");
        // Whoever may, may.
        let id = checked(&app, &app.seeded.admin.token, &file).await;
        change(&app, &app.seeded.admin.token, "commitImport", json!({ "id": id })).await;
        app.run_jobs().await;
        assert_eq!(import(&app, &app.seeded.admin.token, &id).await["status"], "COMMITTED");
    }
}
