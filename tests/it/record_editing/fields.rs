//! Which fields who may write, and what they take.

use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::{RECORD, create, read, record, told, turn, update, updated, va, written};
use crate::{
    TestApp,
    collection_api::{change, refusal},
    on_both,
    seed::Person,
};

/// The fields of each group, by the key that writes them.
const GROUPS: [(&str, &[&str]); 5] = [
    ("order_tracking.write.basic_fields", &["itemName", "qty", "saleDate"]),
    (
        "order_tracking.write.order_fields",
        &[
            "ebayOrderId",
            "salePriceCents",
            "ebayFeesCents",
            "amazonPriceCents",
            "amazonTaxCents",
            "amazonShippingCents",
            "amazonOrderId",
        ],
    ),
    ("order_tracking.write.service_fields", &["status", "returnLabelCostCents"]),
    ("order_tracking.write.order_remark", &["orderRemark"]),
    ("order_tracking.write.service_remark", &["serviceRemark"]),
];

/// The code and the text of the error with which the request itself is refused; none when it is not.
async fn forbidden(app: &TestApp, person: &Person, id: &Value, version: i32, fields: &Value) -> Option<String> {
    let mut input = json!({ "id": id, "version": version });
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let query = "mutation ($input: UpdateRecordInput!) { updateRecord(input: $input) { record { id } } }";
    let answer = app.query(&person.token, query, json!({ "input": input })).await;
    let error = answer.body["errors"].as_array()?.first()?;
    assert_eq!(error["extensions"]["code"], "FORBIDDEN", "{error:#}");
    Some(error["message"].as_str().unwrap().to_owned())
}

on_both! {
    async fn each_key_writes_its_fields_and_no_others(app: TestApp) {
        let values = written();
        for (key, own) in GROUPS {
            let person = va(&app, key).await;
            let id = record(&app, &format!("of {key}")).await;
            let mut version = 1;
            for (of, fields) in GROUPS {
                // Whoever writes the fields writes the remark beside them.
                let is_implied = of.replace("remark", "fields") == key;
                for field in fields {
                    let sent = json!({ *field: values[*field] });
                    let refused = forbidden(&app, &person, &id, version, &sent).await;
                    if own.contains(field) || is_implied {
                        assert_eq!(refused, None, "{field} with {key}");
                        version += 1;
                    } else {
                        assert!(refused.unwrap().contains(&format!("`{of}`")), "{field} with {key}");
                    }
                    let there = &read(&app, &app.seeded.admin.token, &id).await;
                    assert_eq!(there["version"], version, "{field} with {key}");
                    assert_eq!(there[*field] == values[*field], own.contains(field) || is_implied, "{field} with {key}");
                }
            }
        }
    }
}

on_both! {
    async fn a_field_that_is_sent_counts_whether_it_says_anything_new_or_not(app: TestApp) {
        let id = record(&app, "1").await;
        let person = va(&app, "order_tracking.write.basic_fields").await;
        let there = read(&app, &person.token, &id).await;
        let both = json!({ "qty": 2, "salePriceCents": there["salePriceCents"] });
        assert!(forbidden(&app, &person, &id, 1, &both).await.is_some());
        assert!(forbidden(&app, &person, &id, 1, &json!({ "orderRemark": null })).await.is_some());
        assert_eq!(read(&app, &person.token, &id).await, there);
        for nobody in [&app.seeded.client, &app.seeded.va, &app.seeded.va_remarks] {
            assert!(forbidden(&app, nobody, &id, 1, &json!({ "qty": 2 })).await.is_some());
        }
        let writer = crate::seed::person(&app.app, app.seeded.org, "w@acme.example", entity::member::Role::Va, GROUPS[0].0).await;
        let blind = forbidden(&app, &writer, &id, 1, &json!({ "qty": 2 })).await.unwrap();
        assert!(blind.contains("`order_tracking.read`"), "{blind}");
    }
}

on_both! {
    async fn making_a_record_needs_every_group_that_is_given(app: TestApp) {
        let alpha = IdKind::Account.show(app.seeded.accounts[0]);
        let input = |order: &str| json!({ "accountId": alpha, "ebayOrderId": order, "saleDate": "2026-11-18", "itemName": "x", "salePriceCents": 1 });
        let query = "mutation ($input: CreateRecordInput!) { createRecord(input: $input) { record { id } } }";
        let both = format!("{} {}", GROUPS[0].0, GROUPS[1].0);
        for (keys, more, may) in [
            (GROUPS[0].0, json!({}), false),
            (GROUPS[1].0, json!({}), false),
            (&both, json!({}), true),
            (&both, json!({ "orderRemark": "x" }), true),
            (&both, json!({ "status": "SUCCESSFUL" }), false),
            (&both, json!({ "serviceRemark": null }), false),
        ] {
            let person = va(&app, keys).await;
            let mut input = input(&format!("{keys} {more}"));
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let answer = app.query(&person.token, query, json!({ "input": input })).await.body;
            let code = answer["errors"][0]["extensions"]["code"].as_str();
            assert_eq!((answer["data"]["createRecord"]["record"].is_object(), code), (may, (!may).then_some("FORBIDDEN")), "{answer:#}");
        }
        // An account out of reach is not there.
        let person = va(&app, &both).await;
        for account in [app.seeded.accounts[1], app.seeded.other_account] {
            let mut input = input("1");
            input["accountId"] = json!(IdKind::Account.show(account));
            assert_eq!(app.refusal(&person.token, query, json!({ "input": input })).await, "NOT_FOUND");
        }
    }
}

on_both! {
    async fn a_new_record_says_what_was_given_and_what_nobody_says_is_usual(app: TestApp) {
        let payload = create(&app, json!({})).await;
        let made = payload["record"].clone();
        assert_eq!((&made["qty"], &made["status"], &made["version"]), (&json!(1), &json!("SUCCESSFUL"), &json!(1)));
        assert_eq!((&made["ebayFeesCents"], &made["orderRemark"]), (&Value::Null, &Value::Null));
        assert_eq!(read(&app, &app.seeded.admin.token, &made["id"]).await, made);
        let full = create(&app, written()).await["record"].clone();
        for (field, value) in written().as_object().unwrap() {
            assert_eq!(&full[field], value, "{field}");
        }
        assert_eq!((&full["profitCents"], &full["account"]["code"]), (&json!(-700), &json!("ALPHA")));
        let list = crate::lists::List::of("records", &app.seeded.admin.token).filtered(json!({ "search": "„hose“, 50" }));
        assert_eq!(list.forward(&app, 9).await, [full["id"].as_str().unwrap()]);
        // It is found by its new name, and by the old one no longer.
        updated(&app, &full["id"], 1, json!({ "itemName": "Pump" })).await;
        assert!(list.forward(&app, 9).await.is_empty());
        let list = list.filtered(json!({ "search": "PUMP" }));
        assert_eq!(list.forward(&app, 9).await, [full["id"].as_str().unwrap()]);
    }
}

on_both! {
    async fn absent_stays_and_null_or_empty_clears(app: TestApp) {
        let made = create(&app, written()).await["record"].clone();
        let id = &made["id"];
        let nothing = json!({
            "ebayFeesCents": null, "amazonPriceCents": null, "amazonTaxCents": null, "amazonShippingCents": null,
            "amazonOrderId": "", "returnLabelCostCents": null, "orderRemark": "", "serviceRemark": null,
        });
        let cleared = updated(&app, id, 1, nothing.clone()).await;
        for field in nothing.as_object().unwrap().keys() {
            assert_eq!(cleared[field], Value::Null, "{field}");
        }
        for field in ["ebayOrderId", "itemName", "saleDate", "qty", "salePriceCents", "status"] {
            assert_eq!(cleared[field], made[field], "{field}");
        }
        // Again it says nothing new.
        let again = updated(&app, id, 2, nothing).await;
        assert_eq!((&again["version"], told(&app, &app.seeded.admin.token, id).await.len()), (&json!(2), 2));
    }
}

on_both! {
    async fn a_refund_without_a_return_has_no_label_to_pay_for(app: TestApp) {
        let refund = json!({ "status": "REFUND_NO_RETURN", "returnLabelCostCents": 700 });
        let made = create(&app, refund).await["record"].clone();
        let id = &made["id"];
        assert_eq!(made["returnLabelCostCents"], 0);
        assert_eq!(updated(&app, id, 1, json!({ "returnLabelCostCents": 700 })).await["version"], 1);
        let other = updated(&app, id, 1, json!({ "status": "RETURN_CLOSED" })).await;
        assert_eq!((&other["returnLabelCostCents"], &other["version"]), (&json!(0), &json!(2)));
        updated(&app, id, 2, json!({ "returnLabelCostCents": 700 })).await;
        let refunded = updated(&app, id, 3, json!({ "status": "REFUND_NO_RETURN" })).await;
        assert_eq!((&refunded["returnLabelCostCents"], &refunded["version"]), (&json!(0), &json!(4)));
        let admin = &app.seeded.admin.token;
        let changes = &told(&app, admin, id).await[0].2;
        assert_eq!(changes, &["STATUS: RETURN_CLOSED -> REFUND_NO_RETURN", "RETURN_LABEL_COST_CENTS: 700 -> 0"]);
    }
}

on_both! {
    async fn what_cannot_be_stored_is_refused_where_it_stands(app: TestApp) {
        let made = create(&app, written()).await["record"].clone();
        let most: i64 = 9_007_199_254_740_991;
        for (field, values) in [
            ("ebayOrderId", vec![json!(""), json!("x".repeat(101))]),
            ("itemName", vec![json!(""), json!("x".repeat(1_001))]),
            ("saleDate", vec![json!("1899-12-31"), json!("0001-01-01")]),
            ("qty", vec![json!(0), json!(-1), json!(i32::MIN), Value::Null]),
            ("salePriceCents", vec![json!(-1), json!(most + 1)]),
            ("ebayFeesCents", vec![json!(-1), json!(most + 1)]),
            ("amazonPriceCents", vec![json!(-1), json!(most + 1)]),
            ("amazonTaxCents", vec![json!(-1)]),
            ("amazonShippingCents", vec![json!(-1)]),
            ("amazonOrderId", vec![json!("x".repeat(101))]),
            ("status", vec![Value::Null]),
            ("returnLabelCostCents", vec![json!(-1)]),
            ("orderRemark", vec![json!("x".repeat(10_001))]),
            ("serviceRemark", vec![json!("ü".repeat(10_001))]),
        ] {
            for value in values {
                let payload = create(&app, json!({ "ebayOrderId": "2", field: value })).await;
                assert_eq!((&payload["record"], refusal(&payload)), (&Value::Null, ("INVALID_VALUE", &json!([field]))), "{value}");
                let payload = update(&app, &app.seeded.admin.token, &made["id"], 1, json!({ field: value })).await;
                assert_eq!((&payload["record"], refusal(&payload)), (&Value::Null, ("INVALID_VALUE", &json!([field]))), "{value}");
            }
        }
        for field in ["ebayOrderId", "itemName", "saleDate", "salePriceCents"] {
            let payload = update(&app, &app.seeded.admin.token, &made["id"], 1, json!({ field: null })).await;
            assert_eq!(refusal(&payload), ("INVALID_VALUE", &json!([field])));
        }
        // The API refuses a NUL wherever it stands.
        let query = "mutation ($id: ID!) { updateRecord(input: { id: $id, version: 1, itemName: \"a\\u0000b\" }) { record { id } } }";
        let code = app.refusal(&app.seeded.admin.token, query, json!({ "id": made["id"] })).await;
        assert!(["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"].contains(&code.as_str()), "{code}");
        // Sums that nobody could read exactly.
        let payload = update(&app, &app.seeded.admin.token, &made["id"], 1, json!({ "amazonPriceCents": most })).await;
        assert_eq!(refusal(&payload), ("INVALID_VALUE", &Value::Null));
        assert_eq!(read(&app, &app.seeded.admin.token, &made["id"]).await, made);
        assert_eq!(told(&app, &app.seeded.admin.token, &made["id"]).await.len(), 1);
        // The most that can be stored can be.
        let most = json!({ "itemName": "ü".repeat(1_000), "orderRemark": "ü".repeat(10_000), "ebayOrderId": "x".repeat(100),
            "salePriceCents": most, "saleDate": "9999-12-31", "qty": i32::MAX });
        let stored = updated(&app, &made["id"], 1, most.clone()).await;
        for (field, value) in most.as_object().unwrap() {
            assert_eq!(&stored[field], value, "{field}");
        }
    }
}

on_both! {
    async fn a_record_out_of_reach_is_not_there(app: TestApp) {
        let (beta, other) = (app.seeded.accounts[1], app.seeded.other_account);
        let ids = crate::seed::records(&app.app, vec![
            crate::seed::NewRecord::new(&app.app, app.seeded.org, beta, "1"),
            crate::seed::NewRecord::new(&app.app, app.seeded.other_org, other, "2"),
        ]).await;
        let person = va(&app, "order_tracking.write.basic_fields order_tracking.delete").await;
        for (token, id) in [(&person.token, ids[0]), (&person.token, ids[1]), (&app.seeded.admin.token, ids[1])] {
            let id = super::shown(id);
            let query = "mutation ($id: ID!) { updateRecord(input: { id: $id, version: 1, qty: 2 }) { record { id } } }";
            assert_eq!(app.refusal(token, query, json!({ "id": id })).await, "NOT_FOUND");
            let query = "query ($id: ID!) { recordEvents(recordId: $id) { totalCount } }";
            assert_eq!(app.refusal(token, query, json!({ "id": id })).await, "NOT_FOUND");
            for mutation in ["deleteRecords", "restoreRecords"] {
                let payload = change(&app, token, mutation, json!({ "ids": [id] }), "unknownIds records { id }").await;
                assert_eq!((&payload["records"], &payload["unknownIds"]), (&json!([]), &json!([id])));
            }
        }
        assert_eq!(read(&app, &app.seeded.admin.token, &super::shown(ids[0])).await["version"], 1);
        // One that is deleted cannot be changed.
        let id = record(&app, "3").await;
        turn(&app, "deleteRecords", std::slice::from_ref(&id)).await;
        let query = format!("mutation ($id: ID!) {{ updateRecord(input: {{ id: $id, version: 2, qty: 2 }}) {{ record {{ {RECORD} }} }} }}");
        assert_eq!(app.refusal(&app.seeded.admin.token, &query, json!({ "id": id })).await, "NOT_FOUND");
    }
}
