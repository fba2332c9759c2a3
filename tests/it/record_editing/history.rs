//! What the history of a record tells: every field from what to what, who did it, and nothing one may not read.

use entity::{audit_event, record_version};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::{create, record, told, turn, update, updated, va, written};
use crate::on_both;

/// What is told of a record that is made with everything.
const MADE: [&str; 14] = [
    "EBAY_ORDER_ID: null -> 11-00000-00002",
    "SALE_DATE: null -> 2026-11-19",
    "ITEM_NAME: null ->  A „Hose“,\n 50 m ",
    "QTY: null -> 3",
    "SALE_PRICE_CENTS: null -> 4000",
    "EBAY_FEES_CENTS: null -> 520",
    "AMAZON_PRICE_CENTS: null -> 2000",
    "AMAZON_TAX_CENTS: null -> 160",
    "AMAZON_SHIPPING_CENTS: null -> 40",
    "AMAZON_ORDER_ID: null -> 113-2",
    "STATUS: null -> RETURN_CLOSED",
    "RETURN_LABEL_COST_CENTS: null -> 700",
    "ORDER_REMARK: null -> an order remark",
    "SERVICE_REMARK: null -> a service remark",
];

on_both! {
    async fn every_field_is_told_from_what_to_what(app: TestApp) {
        let admin = &app.seeded.admin.token;
        let id = create(&app, written()).await["record"]["id"].clone();
        assert_eq!(told(&app, admin, &id).await, [("CREATED".to_owned(), 1, MADE.map(str::to_owned).to_vec())]);
        let changes = [
            (json!({ "ebayOrderId": "3" }), "EBAY_ORDER_ID: 11-00000-00002 -> 3"),
            (json!({ "saleDate": "2026-01-02" }), "SALE_DATE: 2026-11-19 -> 2026-01-02"),
            (json!({ "itemName": "Pump" }), "ITEM_NAME:  A „Hose“,\n 50 m  -> Pump"),
            (json!({ "qty": 1 }), "QTY: 3 -> 1"),
            (json!({ "salePriceCents": 0 }), "SALE_PRICE_CENTS: 4000 -> 0"),
            (json!({ "ebayFeesCents": null }), "EBAY_FEES_CENTS: 520 -> null"),
            (json!({ "amazonPriceCents": 0 }), "AMAZON_PRICE_CENTS: 2000 -> 0"),
            (json!({ "amazonTaxCents": null }), "AMAZON_TAX_CENTS: 160 -> null"),
            (json!({ "amazonShippingCents": 41 }), "AMAZON_SHIPPING_CENTS: 40 -> 41"),
            (json!({ "amazonOrderId": null }), "AMAZON_ORDER_ID: 113-2 -> null"),
            (json!({ "status": "SUCCESSFUL" }), "STATUS: RETURN_CLOSED -> SUCCESSFUL"),
            (json!({ "returnLabelCostCents": 0 }), "RETURN_LABEL_COST_CENTS: 700 -> 0"),
            (json!({ "orderRemark": null }), "ORDER_REMARK: an order remark -> null"),
            (json!({ "serviceRemark": " " }), "SERVICE_REMARK: a service remark ->  "),
        ];
        for (version, (change, expected)) in (1..).zip(changes) {
            updated(&app, &id, version, change).await;
            let told = told(&app, admin, &id).await;
            assert_eq!(told[0], ("UPDATED".to_owned(), i64::from(version) + 1, vec![expected.to_owned()]));
            // What was told before is told still.
            assert_eq!(told.last().unwrap().2, MADE);
        }
    }
}

on_both! {
    async fn a_remark_is_told_to_whoever_may_read_it(app: TestApp) {
        let id = create(&app, written()).await["record"]["id"].clone();
        updated(&app, &id, 1, json!({ "orderRemark": "secret" })).await;
        let half = va(&app, "order_tracking.read.service_remark").await;
        for (token, remarks) in [
            (&app.seeded.admin.token, ["ORDER_REMARK", "SERVICE_REMARK"].as_slice()),
            (&app.seeded.va_remarks.token, &["ORDER_REMARK", "SERVICE_REMARK"]),
            (&half.token, &["SERVICE_REMARK"]),
            (&app.seeded.va.token, &[]),
        ] {
            let told = told(&app, token, &id).await;
            // That something was done is no secret.
            assert_eq!(told[0].2.len(), usize::from(remarks.contains(&"ORDER_REMARK")));
            assert_eq!(told[1].2, MADE.iter().filter(|change| !change.contains("REMARK") || remarks.iter().any(|remark| change.starts_with(remark))).map(|change| (*change).to_owned()).collect::<Vec<_>>());
        }
    }
}

on_both! {
    async fn an_event_says_who_when_and_with_how_many(app: TestApp) {
        let writer = va(&app, "order_tracking.write.basic_fields order_tracking.delete").await;
        let (id, other) = (record(&app, "1").await, record(&app, "2").await);
        update(&app, &writer.token, &id, 1, json!({ "qty": 2 })).await;
        app.pass(chrono::TimeDelta::hours(1));
        turn(&app, "deleteRecords", &[id.clone(), other.clone()]).await;
        let query = "query ($id: ID!) { recordEvents(recordId: $id) { totalCount nodes { id at kind source version count importId
            member { id } record { id } } } }";
        let data = app.data(&app.seeded.admin.token, query, json!({ "id": id })).await;
        let event = |version: i32, kind: &str, at: &str, count: i32, member| json!({
            "id": id.as_str().unwrap().replace("record", "recordevent") + &format!("_{version}"), "at": at, "kind": kind,
            "source": "MANUAL", "version": version, "count": count, "importId": null,
            "member": { "id": IdKind::Member.show(member) }, "record": { "id": id },
        });
        assert_eq!(data["recordEvents"], json!({ "totalCount": 2, "nodes": [
            event(3, "DELETED", "2026-11-20T09:00:00Z", 2, app.seeded.admin.id),
            event(2, "UPDATED", "2026-11-20T08:00:00Z", 1, writer.id),
        ] }));
        // People see themselves.
        let data = app.data(&writer.token, query, json!({ "id": id })).await;
        let members: Vec<bool> = data["recordEvents"]["nodes"].as_array().unwrap().iter().map(|event| event["member"].is_null()).collect();
        assert_eq!(members, [true, false]);
        // Each of the two has its own.
        let data = app.data(&app.seeded.admin.token, query, json!({ "id": other })).await;
        assert_eq!(data["recordEvents"]["totalCount"], 1);
        assert_ne!(data["recordEvents"]["nodes"][0]["id"], event(3, "", "", 0, writer.id)["id"]);
    }
}

on_both! {
    async fn the_history_is_read_page_by_page(app: TestApp) {
        let id = record(&app, "1").await;
        for version in 1..=6 {
            updated(&app, &id, version, json!({ "qty": version + 1 })).await;
        }
        let query = "query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
            recordEvents(recordId: $id, first: $first, after: $after, last: $last, before: $before) {
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { version changes { from to } } } }";
        let page = async |arguments: Value| {
            let mut variables = json!({ "id": id });
            variables.as_object_mut().unwrap().extend(arguments.as_object().unwrap().clone());
            app.data(&app.seeded.admin.token, query, variables).await["recordEvents"].clone()
        };
        let versions = |page: &Value| page["nodes"].as_array().unwrap().iter().map(|event| event["version"].as_i64().unwrap()).collect::<Vec<_>>();
        let first = page(json!({ "first": 4 })).await;
        assert_eq!((versions(&first), &first["pageInfo"]["hasNextPage"]), (vec![7, 6, 5, 4], &json!(true)));
        // The first change of a page, whose version before is on the next.
        assert_eq!(first["nodes"][3]["changes"], json!([{ "from": "3", "to": "4" }]));
        let second = page(json!({ "first": 4, "after": first["pageInfo"]["endCursor"] })).await;
        assert_eq!((versions(&second), &second["pageInfo"]["hasNextPage"]), (vec![3, 2], &json!(false)));
        let back = page(json!({ "last": 3, "before": second["pageInfo"]["startCursor"] })).await;
        assert_eq!(versions(&back), [6, 5, 4]);
        // A cursor is of one record.
        let other = record(&app, "2").await;
        let code = app.refusal(&app.seeded.admin.token, query, json!({ "id": other, "after": first["pageInfo"]["endCursor"] })).await;
        assert_eq!(code, "INVALID_CURSOR");
    }
}

on_both! {
    async fn what_was_done_is_noted_without_the_text_of_remarks(app: TestApp) {
        let id = create(&app, written()).await["record"]["id"].clone();
        updated(&app, &id, 1, json!({ "qty": 4, "orderRemark": "secret", "amazonTaxCents": null })).await;
        turn(&app, "deleteRecords", std::slice::from_ref(&id)).await;
        turn(&app, "restoreRecords", std::slice::from_ref(&id)).await;
        let two = [record(&app, "8").await, record(&app, "9").await];
        turn(&app, "deleteRecords", &two).await;
        // Neither what says nothing new nor what is refused.
        updated(&app, &id, 4, json!({ "qty": 4 })).await;
        update(&app, &app.seeded.admin.token, &id, 1, json!({ "qty": 5 })).await;
        turn(&app, "deleteRecords", &two).await;
        let rows = audit_event::Entity::find()
            .filter(audit_event::Column::OrgId.eq(app.seeded.org))
            .order_by_asc(audit_event::Column::Id)
            .all(app.app.db.read())
            .await
            .unwrap();
        let noted: Vec<(&str, Option<&str>, i32)> =
            rows.iter().map(|row| (row.action.as_str(), row.subject_name.as_deref(), row.count)).collect();
        let name = Some("11-00000-00002");
        assert_eq!(noted, [
            ("RECORD_CREATED", name, 1), ("RECORD_UPDATED", name, 1), ("RECORDS_DELETED", name, 1),
            ("RECORDS_RESTORED", name, 1), ("RECORDS_DELETED", None, 2),
        ]);
        let read = |text: &Option<String>| serde_json::from_str::<Value>(text.as_deref().unwrap()).unwrap();
        assert_eq!(read(&rows[1].before), json!({ "qty": 3, "orderRemark": true, "amazonTaxCents": 160 }));
        assert_eq!(read(&rows[1].after), json!({ "qty": 4, "orderRemark": true, "amazonTaxCents": null }));
        assert_eq!(read(&rows[0].after)["saleDate"], "2026-11-19");
        assert!(rows.iter().all(|row| row.subject_id.is_some() == (row.count == 1) && row.member_id == Some(app.seeded.admin.id)));
        let whole = format!("{rows:?}");
        assert!(!whole.contains("secret") && !whole.contains("an order remark"), "{whole}");
    }
}

on_both! {
    async fn every_version_but_the_present_one_is_kept(app: TestApp) {
        let id = create(&app, written()).await["record"]["id"].clone();
        updated(&app, &id, 1, json!({ "qty": 4 })).await;
        turn(&app, "deleteRecords", std::slice::from_ref(&id)).await;
        turn(&app, "restoreRecords", std::slice::from_ref(&id)).await;
        let kept = record_version::Entity::find().order_by_asc(record_version::Column::Version).all(app.app.db.read()).await.unwrap();
        let told: Vec<(i32, i32, bool, Option<&str>)> = kept
            .iter()
            .map(|kept| (kept.version, kept.qty, kept.deleted_at.is_some(), kept.order_remark.as_deref()))
            .collect();
        let remark = Some("an order remark");
        assert_eq!(told, [(1, 3, false, remark), (2, 4, false, remark), (3, 4, true, remark)]);
    }
}
