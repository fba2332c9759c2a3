//! Stale versions, and orders that have a record already: told, with nothing written.

use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::{create, read, record, told, update, updated, written};
use crate::{collection_api::refusal, on_both};

on_both! {
    async fn a_stale_version_is_told_with_what_differs_and_what_is_there(app: TestApp) {
        let made = create(&app, written()).await["record"].clone();
        let (admin, id) = (&app.seeded.admin.token, &made["id"]);
        updated(&app, id, 1, json!({ "qty": 9, "orderRemark": "another" })).await;
        let there = updated(&app, id, 2, json!({ "itemName": "Pump", "amazonTaxCents": null })).await;
        for (version, sent, conflicting) in [
            (1, json!({ "qty": 5 }), json!(["QTY"])),
            (1, json!({ "qty": 9, "saleDate": "2026-01-01" }), json!(["QTY"])),
            (1, json!({ "saleDate": "2026-01-01" }), json!([])),
            (1, json!({ "itemName": "x", "qty": 5, "orderRemark": "x", "serviceRemark": "x" }), json!(["ITEM_NAME", "QTY", "ORDER_REMARK"])),
            (2, json!({ "itemName": "x", "qty": 5, "amazonTaxCents": 1 }), json!(["ITEM_NAME", "AMAZON_TAX_CENTS"])),
            (1, json!({}), json!([])),
            // Nobody ever saw these.
            (0, json!({ "qty": 5, "status": "SUCCESSFUL" }), json!(["QTY", "STATUS"])),
            (7, json!({ "qty": 5 }), json!(["QTY"])),
            // What is wrong besides does not matter yet.
            (1, json!({ "qty": 0 }), json!(["QTY"])),
        ] {
            let mut in_order = conflicting.as_array().unwrap().clone();
            let payload = update(&app, admin, id, version, sent.clone()).await;
            assert_eq!(refusal(&payload), ("STALE_VERSION", &json!(["version"])), "{version} {sent}");
            assert_eq!(payload["record"], there, "{version} {sent}");
            let mut found = payload["conflictingFields"].as_array().unwrap().clone();
            let by_name = |value: &Value| value.as_str().unwrap().to_owned();
            in_order.sort_by_key(by_name);
            found.sort_by_key(by_name);
            assert_eq!(found, in_order, "{version} {sent}");
        }
        assert_eq!(read(&app, admin, id).await, there);
        assert_eq!(told(&app, admin, id).await.len(), 3);
        // With what it is now, it can be written.
        assert_eq!(updated(&app, id, 3, json!({ "qty": 5 })).await["version"], 4);
    }
}

on_both! {
    async fn an_account_has_one_live_record_of_an_order(app: TestApp) {
        let admin = &app.seeded.admin.token;
        let first = create(&app, json!({ "orderRemark": "first" })).await["record"].clone();
        let payload = create(&app, json!({ "orderRemark": "second" })).await;
        assert_eq!((&payload["record"], refusal(&payload)), (&Value::Null, ("RECORD_EXISTS", &json!(["ebayOrderId"]))));
        // Another account has orders of its own.
        let beta = json!(IdKind::Account.show(app.seeded.accounts[1]));
        assert_eq!(create(&app, json!({ "accountId": beta })).await["userErrors"], json!([]));
        // Leading zeros, case and white space make another order.
        for order in ["011-00000-00001", "11-00000-00001 ", "a", "A"] {
            assert_eq!(create(&app, json!({ "ebayOrderId": order })).await["userErrors"], json!([]), "{order:?}");
        }
        let second = record(&app, "2").await;
        let taken = json!({ "ebayOrderId": first["ebayOrderId"], "qty": 9, "serviceRemark": "not written" });
        let payload = update(&app, admin, &second, 1, taken).await;
        assert_eq!((&payload["record"], refusal(&payload)), (&Value::Null, ("RECORD_EXISTS", &json!(["ebayOrderId"]))));
        // Nothing is half written: not the fields, not the remark, not the version that was kept.
        let there = read(&app, admin, &second).await;
        assert_eq!((&there["version"], &there["qty"], &there["serviceRemark"]), (&json!(1), &json!(1), &Value::Null));
        assert_eq!(told(&app, admin, &second).await, []);
        assert_eq!(updated(&app, &second, 1, json!({ "ebayOrderId": "3" })).await["ebayOrderId"], "3");
        assert_eq!(create(&app, json!({ "ebayOrderId": "2" })).await["userErrors"], json!([]));
    }
}
