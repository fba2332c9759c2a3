//! Several people at once: one wins, the others are told, and what each was told is so.

use std::sync::Arc;

use sellerbook::{graphql, http};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{create, read, record, told, turn, update};
use crate::{Backend, TestApp, collection_api::refusal, on_both};

on_both! {
    async fn of_two_people_who_change_a_record_one_wins_and_one_is_told(app: TestApp) {
        let admin = &app.seeded.admin.token;
        for round in 0..10 {
            let id = record(&app, &round.to_string()).await;
            let write = |qty: i32, remark: &'static str| update(&app, admin, &id, 1, json!({ "qty": qty, "orderRemark": remark }));
            let (left, right) = tokio::join!(write(2, "left"), write(3, "right"));
            let (winner, loser) = if left["userErrors"] == json!([]) { (&left, &right) } else { (&right, &left) };
            assert_eq!(winner["userErrors"], json!([]), "{winner:#}");
            assert_eq!(refusal(loser), ("STALE_VERSION", &json!(["version"])));
            assert_eq!(loser["conflictingFields"], json!(["QTY", "ORDER_REMARK"]));
            assert_eq!(loser["record"], winner["record"]);
            // The record and its remark are of one of them.
            let there = read(&app, admin, &id).await;
            assert_eq!(there, winner["record"]);
            assert_eq!(there["orderRemark"], if there["qty"] == 2 { "left" } else { "right" });
            assert_eq!(told(&app, admin, &id).await.len(), 1);
        }
    }
}

on_both! {
    async fn of_many_who_store_an_order_one_does(app: TestApp) {
        let outcomes = futures::future::join_all((0..6).map(|_| create(&app, json!({})))).await;
        let (stored, refused): (Vec<&Value>, Vec<&Value>) = outcomes.iter().partition(|payload| payload["record"].is_object());
        assert_eq!((stored.len(), refused.len()), (1, 5));
        assert!(refused.iter().all(|payload| refusal(payload).0 == "RECORD_EXISTS"));
        assert_eq!(told(&app, &app.seeded.admin.token, &stored[0]["record"]["id"]).await.len(), 1);
    }
}

on_both! {
    async fn two_records_that_want_one_order_do_not_both_get_it(app: TestApp) {
        let admin = &app.seeded.admin.token;
        let ids = [record(&app, "1").await, record(&app, "2").await];
        let write = |id| update(&app, admin, id, 1, json!({ "ebayOrderId": "3", "orderRemark": "x" }));
        let (left, right) = tokio::join!(write(&ids[0]), write(&ids[1]));
        let refused: Vec<usize> = [&left, &right].iter().enumerate().filter(|(_, payload)| payload["record"].is_null()).map(|(at, _)| at).collect();
        assert_eq!(refused.len(), 1, "{left:#} {right:#}");
        let there = read(&app, admin, &ids[refused[0]]).await;
        assert_eq!((&there["version"], &there["orderRemark"]), (&json!(1), &Value::Null));
    }
}

on_both! {
    async fn what_two_people_delete_is_deleted_once(app: TestApp) {
        let mut ids = Vec::new();
        for order in 0..20 {
            ids.push(record(&app, &order.to_string()).await);
        }
        let backward: Vec<Value> = ids.iter().rev().cloned().collect();
        let (left, right) = tokio::join!(turn(&app, "deleteRecords", &ids), turn(&app, "deleteRecords", &backward));
        let count = |payload: &Value, list: &str| payload[list].as_array().unwrap().len();
        assert_eq!(count(&left, "records") + count(&right, "records"), 20);
        assert_eq!(count(&left, "unknownIds") + count(&right, "unknownIds"), 20);
        for id in &ids {
            assert_eq!(told(&app, &app.seeded.admin.token, id).await.len(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_too_long_for_a_change_of_very_many_rows_is_told_to_come_again() {
    let mut app = TestApp::new(Backend::Sqlite).await.unwrap();
    let mut config = (*app.app.config).clone();
    config.request_timeout_seconds = 1;
    app.app.config = config.into();
    app.router = http::router(&app.app, graphql::schema());
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (db, told_of) = (app.app.db.clone(), (Arc::clone(&begun), Arc::clone(&end)));
    let change = tokio::spawn(async move {
        db.write_much(move |_| {
            Box::pin(async move {
                told_of.0.notify_one();
                told_of.1.notified().await;
                Ok(())
            })
        })
        .await
    });
    begun.notified().await;
    let query = "mutation ($id: ID!) { deleteRecords(input: { ids: [$id] }) { userErrors { code } } }";
    let id = super::shown(uuid::Uuid::now_v7());
    let answer = app.query(&app.seeded.admin.token, query, json!({ "id": id })).await;
    assert_eq!(answer.status.as_u16(), 503);
    assert_eq!(answer.body["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{:#}", answer.body);
    end.notify_one();
    change.await.unwrap().unwrap();
    assert_eq!(create(&app, json!({})).await["userErrors"], json!([]));
}
