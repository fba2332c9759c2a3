//! Deleting and restoring, and the list of what can be restored.

use chrono::TimeDelta;
use entity::{record_event_item, record_remark, record_version};
use sea_orm::{EntityTrait, PaginatorTrait};
use sellerbook::{auth, id::IdKind, records};
use serde_json::{Value, json};

use super::{create, read, record, told, turn, updated, va, written};
use crate::{
    TestApp,
    collection_api::{change, refusal},
    lists::List,
    on_both,
    seed::{self, NewRecord},
};

/// The ids of the deleted records, as this person sees them.
async fn deleted(app: &TestApp, token: &str, filter: Value) -> Vec<Value> {
    let query =
        "query ($filter: RecordFilter) { deletedRecords(filter: $filter) { totalCount nodes { id deletedAt } } }";
    let list = app.data(token, query, json!({ "filter": filter })).await["deletedRecords"].clone();
    let nodes = list["nodes"].as_array().unwrap();
    assert!(list["totalCount"] == nodes.len() && nodes.iter().all(|node| node["deletedAt"].is_string()), "{list:#}");
    nodes.iter().map(|node| node["id"].clone()).collect()
}

on_both! {
    async fn a_record_that_is_deleted_and_restored_is_what_it_was(app: TestApp) {
        let admin = &app.seeded.admin.token;
        let made = create(&app, written()).await["record"].clone();
        let id = made["id"].clone();
        app.pass(TimeDelta::minutes(1));
        let payload = turn(&app, "deleteRecords", std::slice::from_ref(&id)).await;
        assert_eq!(payload["records"], json!([{ "id": id, "version": 2, "deletedAt": "2026-11-20T08:01:00Z", "orderRemark": "an order remark" }]));
        assert_eq!((&payload["unknownIds"], &payload["userErrors"]), (&json!([]), &json!([])));
        assert_eq!(read(&app, admin, &id).await, Value::Null);
        assert!(List::of("records", admin).forward(&app, 9).await.is_empty());
        assert!(!app.file(admin, "/export/records/ndjson").await.contains("11-00000"));
        assert_eq!(deleted(&app, admin, json!({})).await, std::slice::from_ref(&id));
        // Again, it is so already.
        let again = turn(&app, "deleteRecords", std::slice::from_ref(&id)).await;
        assert_eq!((&again["records"], &again["unknownIds"]), (&json!([]), &json!([id])));
        app.pass(TimeDelta::days(29));
        let payload = turn(&app, "restoreRecords", std::slice::from_ref(&id)).await;
        assert_eq!(payload["records"], json!([{ "id": id, "version": 3, "deletedAt": null, "orderRemark": "an order remark" }]));
        let there = read(&app, admin, &id).await;
        for (field, value) in made.as_object().unwrap() {
            assert!(&there[field] == value || ["version", "updatedAt"].contains(&field.as_str()), "{field}");
        }
        let kinds: Vec<(String, i64, usize)> = told(&app, admin, &id).await.into_iter().map(|(kind, version, changes)| (kind, version, changes.len())).collect();
        let event = |kind: &str, version, changes| (kind.to_owned(), version, changes);
        assert_eq!(kinds, [event("RESTORED", 3, 0), event("DELETED", 2, 0), event("CREATED", 1, 14)]);
        let again = turn(&app, "restoreRecords", std::slice::from_ref(&id)).await;
        assert_eq!((&again["records"], &again["unknownIds"]), (&json!([]), &json!([id])));
        // And it can be changed, by whoever saw the version that it has now.
        updated(&app, &id, 3, json!({ "qty": 4 })).await;
    }
}

on_both! {
    async fn after_thirty_days_nothing_is_restored(app: TestApp) {
        let admin = &app.seeded.admin.token;
        let ids = [record(&app, "1").await, record(&app, "2").await];
        turn(&app, "deleteRecords", &ids).await;
        app.pass(TimeDelta::days(30));
        assert_eq!(deleted(&app, admin, json!({})).await.len(), 2);
        turn(&app, "restoreRecords", &ids[..1]).await;
        app.pass(TimeDelta::microseconds(1));
        assert_eq!(deleted(&app, admin, json!({})).await, Vec::<Value>::new());
        let payload = turn(&app, "restoreRecords", &ids[1..]).await;
        assert_eq!((&payload["records"], &payload["unknownIds"]), (&json!([]), &json!([ids[1]])));
        assert_eq!(read(&app, admin, &ids[1]).await, Value::Null);
    }
}

on_both! {
    async fn what_is_removed_for_good_takes_everything_along(app: TestApp) {
        let gone = create(&app, written()).await["record"]["id"].clone();
        let kept = create(&app, json!({ "orderRemark": "x" })).await["record"]["id"].clone();
        turn(&app, "deleteRecords", &[gone, kept.clone()]).await;
        turn(&app, "restoreRecords", std::slice::from_ref(&kept)).await;
        app.pass(TimeDelta::days(31));
        let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
        assert_eq!(records::purge(&app.app, &admin).await.unwrap(), 1);
        let db = app.app.db.read();
        let left = (
            record_event_item::Entity::find().count(db).await.unwrap(),
            record_version::Entity::find().count(db).await.unwrap(),
            record_remark::Entity::find().count(db).await.unwrap(),
        );
        assert_eq!(left, (3, 2, 1), "those of the other record");
        assert_eq!(told(&app, &app.seeded.admin.token, &kept).await.len(), 3);
        assert_eq!(records::purge(&app.app, &admin).await.unwrap(), 0);
    }
}

on_both! {
    async fn a_record_whose_order_was_stored_again_stays_deleted_with_all_beside_it(app: TestApp) {
        let ids = [record(&app, "1").await, record(&app, "2").await];
        turn(&app, "deleteRecords", &ids).await;
        let again = record(&app, "2").await;
        let restore = json!({ "ids": ids });
        let payload = change(&app, &app.seeded.admin.token, "restoreRecords", restore, "records { id }").await;
        assert_eq!((&payload["records"], refusal(&payload)), (&json!([]), ("RECORD_EXISTS", &json!(["ids"]))));
        let message = payload["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains("`2`") && !message.contains("`1`"), "{message}");
        assert_eq!(read(&app, &app.seeded.admin.token, &ids[0]).await, Value::Null);
        assert_eq!(told(&app, &app.seeded.admin.token, &ids[0]).await.len(), 1);
        // Two of one order are one too many as well.
        turn(&app, "deleteRecords", std::slice::from_ref(&again)).await;
        let both = json!({ "ids": [ids[1], again] });
        let payload = change(&app, &app.seeded.admin.token, "restoreRecords", both, "records { id }").await;
        assert_eq!(refusal(&payload).0, "RECORD_EXISTS");
        assert_eq!(turn(&app, "restoreRecords", &[ids[0].clone(), again]).await["userErrors"], json!([]));
        // The same order of another account is another.
        let beta = NewRecord::new(&app.app, app.seeded.org, app.seeded.accounts[1], "2");
        let beta = super::shown(seed::records(&app.app, vec![beta]).await[0]);
        turn(&app, "deleteRecords", std::slice::from_ref(&beta)).await;
        assert_eq!(turn(&app, "restoreRecords", &[beta]).await["userErrors"], json!([]));
    }
}

on_both! {
    async fn as_many_ids_as_may_be_named_and_no_more(app: TestApp) {
        for count in [0, 1_001] {
            let ids: Vec<Value> = (0..count).map(|_| super::shown(uuid::Uuid::now_v7())).collect();
            for mutation in ["deleteRecords", "restoreRecords"] {
                let payload = turn(&app, mutation, &ids).await;
                assert_eq!(refusal(&payload), ("INVALID_IDS", &json!(["ids"])), "{count}");
            }
        }
        // One that is named twice is deleted once.
        let id = record(&app, "1").await;
        let payload = turn(&app, "deleteRecords", &[id.clone(), id.clone()]).await;
        assert_eq!((payload["records"].as_array().unwrap().len(), &payload["unknownIds"]), (1, &json!([])));
        assert_eq!(told(&app, &app.seeded.admin.token, &id).await.len(), 1);
        let query = "mutation { deleteRecords(input: { ids: [\"seller_00000000000080008000000000000001\"] }) { unknownIds } }";
        assert_eq!(app.refusal(&app.seeded.admin.token, query, Value::Null).await, "INVALID_ID");
    }
}

on_both! {
    async fn deleting_needs_its_key_and_what_is_deleted_is_seen_by_whoever_holds_it(app: TestApp) {
        let [alpha, beta, _] = app.seeded.accounts;
        let new = |account, order: &str| NewRecord::new(&app.app, app.seeded.org, account, order);
        let ids = seed::records(&app.app, vec![new(alpha, "1"), new(beta, "2"), new(alpha, "Z3")]).await.into_iter().map(super::shown).collect::<Vec<_>>();
        let keys = "order_tracking.write.basic_fields order_tracking.write.order_fields order_tracking.write.service_fields";
        let (writer, deleter) = (va(&app, keys).await, va(&app, "order_tracking.delete").await);
        for nobody in [&writer, &app.seeded.va, &app.seeded.client] {
            for mutation in ["deleteRecords", "restoreRecords"] {
                let query = format!("mutation ($ids: [ID!]!) {{ {mutation}(input: {{ ids: $ids }}) {{ unknownIds }} }}");
                assert_eq!(app.refusal(&nobody.token, &query, json!({ "ids": ids })).await, "FORBIDDEN");
            }
            assert_eq!(app.refusal(&nobody.token, "{ deletedRecords { totalCount } }", json!({})).await, "FORBIDDEN");
        }
        let payload = change(&app, &deleter.token, "deleteRecords", json!({ "ids": ids }), "unknownIds records { id }").await;
        assert_eq!((&payload["records"], &payload["unknownIds"]), (&json!([{ "id": ids[0] }, { "id": ids[2] }]), &json!([ids[1]])));
        turn(&app, "deleteRecords", &ids[1..2]).await;
        // The latest first; of the account they see, of the filter.
        assert_eq!(deleted(&app, &deleter.token, json!({})).await, [ids[2].clone(), ids[0].clone()]);
        assert_eq!(deleted(&app, &deleter.token, json!({ "search": "z3" })).await, [ids[2].clone()]);
        assert_eq!(deleted(&app, &app.seeded.admin.token, json!({ "accountIds": [IdKind::Account.show(beta)] })).await, [ids[1].clone()]);
        assert_eq!(deleted(&app, &app.seeded.other_admin.token, json!({})).await, Vec::<Value>::new());
        // Who may not restore it does not learn what it was.
        let query = "query ($id: ID!) { recordEvents(recordId: $id) { nodes { member { email } record { deletedAt } } } }";
        assert_eq!(app.refusal(&writer.token, query, json!({ "id": ids[0] })).await, "NOT_FOUND");
        let data = app.data(&deleter.token, query, json!({ "id": ids[0] })).await;
        assert_eq!(data["recordEvents"]["nodes"][0]["record"]["deletedAt"], "2026-11-20T08:00:00Z");
        assert!(data["recordEvents"]["nodes"][0]["member"]["email"].is_string());
    }
}
