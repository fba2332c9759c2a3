//! Lists of sellers as they were.

use serde_json::json;

use super::{add, at, does, ended_run, later, list, names, now};
use crate::{TestApp, on_both};

on_both! {
    async fn a_list_as_of_a_moment_shows_what_sellers_were(app: TestApp) {
        let ids = add(&app, &["anna", "bert", "cleo"]).await;
        let first = later(&app);
        does(&app, "renameSeller", json!({ "id": ids[0], "displayName": "zoe" })).await;
        does(&app, "flagSellers", json!({ "ids": [ids[1]], "flagged": true })).await;
        does(&app, "deleteSellers", json!({ "ids": [ids[2]] })).await;
        let second = later(&app);
        add(&app, &["dora"]).await;
        let by_name = json!({ "field": "DISPLAY_NAME", "direction": "ASC" });
        let before = list(&app, json!({ "asOf": at(first), "orderBy": by_name })).await;
        assert_eq!((names(&before), &before["totalCount"]), (vec!["anna", "bert", "cleo"], &json!(3)));
        assert!(before["nodes"].as_array().unwrap().iter().all(|node| node["flagged"] == false && node["deletedAt"].is_null()));
        let after = list(&app, json!({ "filter": { "asOf": at(second) }, "orderBy": by_name })).await;
        assert_eq!((names(&after), &after["totalCount"]), (vec!["bert", "zoe"], &json!(2)));
        assert_eq!(after["nodes"][0]["flagged"], true);
        assert_eq!(after["nodes"][0]["updatedAt"], sellerbook::clock::rfc3339(second));
        let today = list(&app, json!({ "asOf": now(), "orderBy": by_name })).await;
        assert_eq!(names(&today), ["bert", "dora", "zoe"]);
        assert_eq!(today["nodes"], list(&app, json!({ "orderBy": by_name })).await["nodes"]);
        let nobody = list(&app, json!({ "asOf": at(first - chrono::TimeDelta::microseconds(1)) })).await;
        assert_eq!((names(&nobody), &nobody["totalCount"]), (vec![], &json!(0)));
    }
}

on_both! {
    async fn filters_go_by_what_sellers_were(app: TestApp) {
        let ids = add(&app, &["old name", "other"]).await;
        let then = later(&app);
        does(&app, "renameSeller", json!({ "id": ids[0], "displayName": "new name" })).await;
        does(&app, "flagSellers", json!({ "ids": ids, "flagged": true })).await;
        later(&app);
        let old = list(&app, json!({ "asOf": at(then), "filter": { "search": "OLD" } })).await;
        assert_eq!((names(&old), &old["totalCount"]), (vec!["old name"], &json!(1)));
        assert_eq!(names(&list(&app, json!({ "filter": { "search": "old" } })).await), [""; 0]);
        assert_eq!(names(&list(&app, json!({ "asOf": at(then), "filter": { "flagged": true } })).await), [""; 0]);
        assert_eq!(names(&list(&app, json!({ "asOf": at(then), "filter": { "ids": [ids[0]] } })).await), ["old name"]);
    }
}

on_both! {
    async fn paging_as_of_a_moment_goes_past_what_happens_meanwhile(app: TestApp) {
        let all: Vec<String> = (0..250).map(|number| format!("seller {number:03}")).collect();
        let ids = add_all(&app, &all[..125]).await;
        later(&app);
        let more = add_all(&app, &all[125..]).await;
        let then = later(&app);
        for (field, direction) in [("CREATED_AT", "DESC"), ("DISPLAY_NAME", "ASC"), ("TIMES_SEEN", "DESC")] {
            let order = json!({ "field": field, "direction": direction });
            let (mut found, mut after) = (Vec::new(), serde_json::Value::Null);
            loop {
                let variables = json!({ "asOf": at(then), "orderBy": order, "first": 60, "after": after });
                let page = list(&app, variables).await;
                assert_eq!(page["totalCount"], 250);
                found.extend(names(&page).into_iter().map(str::to_owned));
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                after = page["pageInfo"]["endCursor"].clone();
                // Both would move about in the list of today.
                does(&app, "deleteSellers", json!({ "ids": [ids[found.len() / 2]] })).await;
                does(&app, "renameSeller", json!({ "id": more[found.len() / 2], "displayName": format!("a{field}{}", found.len()) })).await;
                later(&app);
            }
            found.sort();
            assert_eq!(found, all, "{field}");
            does(&app, "restoreSellers", json!({ "ids": [ids[30], ids[60], ids[90], ids[120]] })).await;
            later(&app);
        }
    }
}

/// Adds more sellers than one answer gives.
async fn add_all(app: &TestApp, names: &[String]) -> Vec<String> {
    let (some, rest) = names.split_at(100);
    let mut ids = add(app, &some.iter().map(String::as_str).collect::<Vec<_>>()).await;
    ids.extend(add(app, &rest.iter().map(String::as_str).collect::<Vec<_>>()).await);
    ids
}

on_both! {
    async fn a_cursor_of_another_moment_is_refused(app: TestApp) {
        add(&app, &["anna", "bert"]).await;
        let then = later(&app);
        let page = list(&app, json!({ "asOf": at(then), "first": 1 })).await;
        let query = "query ($asOf: SellerMoment, $after: String) { sellers(asOf: $asOf, after: $after) { totalCount } }";
        for moment in [json!(null), now(), at(app.now())] {
            let variables = json!({ "asOf": moment, "after": page["pageInfo"]["endCursor"] });
            assert_eq!(app.refusal(&app.seeded.va.token, query, variables).await, "INVALID_CURSOR");
        }
    }
}

on_both! {
    async fn the_end_of_a_run_is_a_moment(app: TestApp) {
        let ids = add(&app, &["anna"]).await;
        let run = ended_run(&app, app.seeded.org).await;
        later(&app);
        does(&app, "renameSeller", json!({ "id": ids[0], "displayName": "zoe" })).await;
        add(&app, &["bert"]).await;
        assert_eq!(names(&list(&app, json!({ "asOf": { "runId": run } })).await), ["anna"]);
        assert_eq!(names(&list(&app, json!({ "filter": { "addedSince": { "runId": run } } })).await), ["bert"]);
    }
}

on_both! {
    async fn who_is_back_counts_as_added_since_they_were_gone(app: TestApp) {
        let ids = add(&app, &["anna", "bert"]).await;
        let there = later(&app);
        does(&app, "deleteSellers", json!({ "ids": [ids[0]] })).await;
        let gone = later(&app);
        does(&app, "restoreSellers", json!({ "ids": [ids[0]] })).await;
        let back = later(&app);
        does(&app, "deleteSellers", json!({ "ids": [ids[1]] })).await;
        let since = |moment| json!({ "filter": { "addedSince": moment } });
        assert_eq!(names(&list(&app, since(at(gone))).await), ["anna"]);
        assert_eq!(names(&list(&app, since(at(there))).await), [""; 0]);
        assert_eq!(names(&list(&app, since(now())).await), [""; 0]);
        let removed = list(&app, json!({ "filter": { "asOf": at(back), "addedSince": now() } })).await;
        assert_eq!((names(&removed), &removed["totalCount"]), (vec!["bert"], &json!(1)));
    }
}

on_both! {
    async fn moments_that_cannot_be_are_refused(app: TestApp) {
        let query = "query ($asOf: SellerMoment, $filter: SellerFilter) { sellers(asOf: $asOf, filter: $filter) { totalCount } }";
        let refused = async |variables| app.refusal(&app.seeded.va.token, query, variables).await;
        let run = ended_run(&app, app.seeded.org).await;
        for moment in [
            json!({}),
            json!({ "now": false }),
            json!({ "now": true, "runId": run }),
            json!({ "at": "2026-11-20T08:00:00Z", "runId": run }),
            json!({ "at": "2026-11-20T08:00:00Z", "now": true }),
        ] {
            assert_eq!(refused(json!({ "asOf": moment })).await, "INVALID_MOMENT", "{moment}");
            assert_eq!(refused(json!({ "filter": { "addedSince": moment } })).await, "INVALID_MOMENT", "{moment}");
        }
        let differing = json!({ "asOf": now(), "filter": { "asOf": { "runId": run } } });
        assert_eq!(refused(differing).await, "INVALID_MOMENT");
        let same = json!({ "asOf": { "runId": run }, "filter": { "asOf": { "runId": run } } });
        assert_eq!(list(&app, same).await["totalCount"], 0);
        let theirs = ended_run(&app, app.seeded.other_org).await;
        assert_eq!(refused(json!({ "asOf": { "runId": theirs } })).await, "NOT_FOUND");
        assert_eq!(refused(json!({ "filter": { "addedSince": { "runId": theirs } } })).await, "NOT_FOUND");
        assert_eq!(refused(json!({ "asOf": { "runId": run.replace("run_", "seller_") } })).await, "INVALID_ID");
        let going_on = super::running(&app).await;
        assert_eq!(refused(json!({ "asOf": { "runId": going_on } })).await, "RUN_NOT_ENDED");
    }
}

on_both! {
    async fn nobody_sees_what_the_sellers_of_others_were(app: TestApp) {
        add(&app, &["anna"]).await;
        let then = later(&app);
        does(&app, "deleteSellers", json!({ "ids": add(&app, &["bert"]).await })).await;
        later(&app);
        let query = "query ($at: SellerMoment) { sellers(asOf: $at) { totalCount } }";
        for moment in [at(then), at(app.now()), now()] {
            let theirs = app.data(&app.seeded.other_admin.token, query, json!({ "at": moment })).await;
            assert_eq!(theirs["sellers"]["totalCount"], 0);
        }
        for token in [&app.seeded.client.token, &app.seeded.va_nothing.token] {
            assert_eq!(app.refusal(token, query, json!({ "at": at(then) })).await, "FORBIDDEN");
        }
    }
}
