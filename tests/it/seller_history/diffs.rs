//! What differs between two moments.

use serde_json::{Value, json};

use super::{add, at, does, ended_run, later, names, now, running};
use crate::{TestApp, on_both};

const DIFF: &str = "query ($from: SellerMoment!, $to: SellerMoment!, $fields: [SellerField!] = [DISPLAY_NAME, PLATFORM_ID, FLAGGED]) {
    sellerDiff(from: $from, to: $to) {
        added { nodes { displayName flagged } totalCount }
        removed { nodes { displayName flagged } totalCount }
        changed(fields: $fields) { nodes { before { id displayName flagged } after { id displayName flagged } fields } totalCount } } }";

async fn diff(app: &TestApp, from: Value, to: Value) -> Value {
    app.data(&app.seeded.va.token, DIFF, json!({ "from": from, "to": to })).await["sellerDiff"].clone()
}

/// Old name, new name, fields.
fn changes(diff: &Value) -> Vec<(&str, &str, String)> {
    let nodes = diff["changed"]["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| {
            assert_eq!(node["before"]["id"], node["after"]["id"]);
            let name = |side: &str| node[side]["displayName"].as_str().unwrap();
            (name("before"), name("after"), node["fields"].to_string())
        })
        .collect()
}

on_both! {
    async fn a_difference_tells_who_was_added_removed_and_changed(app: TestApp) {
        let ids = add(&app, &["anna", "bert", "cleo", "same"]).await;
        let from = later(&app);
        does(&app, "renameSeller", json!({ "id": ids[0], "displayName": "zoe" })).await;
        does(&app, "flagSellers", json!({ "ids": [ids[0], ids[1]], "flagged": true })).await;
        does(&app, "deleteSellers", json!({ "ids": [ids[2]] })).await;
        add(&app, &["dora"]).await;
        let to = later(&app);
        does(&app, "deleteSellers", json!({ "ids": ids })).await;
        later(&app);
        let told = diff(&app, at(from), at(to)).await;
        assert_eq!((names(&told["added"]), &told["added"]["totalCount"]), (vec!["dora"], &json!(1)));
        assert_eq!((names(&told["removed"]), &told["removed"]["totalCount"]), (vec!["cleo"], &json!(1)));
        let changed = [("bert", "bert", r#"["FLAGGED"]"#.to_owned()), ("anna", "zoe", r#"["DISPLAY_NAME","FLAGGED"]"#.to_owned())];
        assert_eq!((changes(&told), &told["changed"]["totalCount"]), (changed.to_vec(), &json!(2)));
        // The other way round.
        let told = diff(&app, at(to), at(from)).await;
        assert_eq!((names(&told["added"]), names(&told["removed"])), (vec!["cleo"], vec!["dora"]));
        let changed = [("zoe", "anna", r#"["DISPLAY_NAME","FLAGGED"]"#.to_owned()), ("bert", "bert", r#"["FLAGGED"]"#.to_owned())];
        assert_eq!(changes(&told), changed);
        let told = diff(&app, at(from), now()).await;
        assert_eq!((names(&told["added"]), names(&told["removed"]).len()), (vec!["dora"], 4));
        assert_eq!(told["changed"]["totalCount"], 0);
        let told = diff(&app, now(), now()).await;
        assert_eq!(["added", "removed", "changed"].map(|part| told[part]["totalCount"].clone()), [0, 0, 0].map(Value::from));
    }
}

on_both! {
    async fn who_changed_and_changed_back_does_not_differ(app: TestApp) {
        let ids = add(&app, &["anna", "bert"]).await;
        let from = later(&app);
        for name in ["zoe", "anna"] {
            does(&app, "renameSeller", json!({ "id": ids[0], "displayName": name })).await;
            later(&app);
        }
        does(&app, "deleteSellers", json!({ "ids": [ids[1]] })).await;
        later(&app);
        does(&app, "restoreSellers", json!({ "ids": [ids[1]] })).await;
        let told = diff(&app, at(from), now()).await;
        assert_eq!(["added", "removed", "changed"].map(|part| told[part]["totalCount"].clone()), [0, 0, 0].map(Value::from));
    }
}

on_both! {
    async fn only_the_fields_that_are_compared_count(app: TestApp) {
        let ids = add(&app, &["anna"]).await;
        let from = later(&app);
        does(&app, "flagSellers", json!({ "ids": ids, "flagged": true })).await;
        let ask = async |fields: Value| {
            let variables = json!({ "from": at(from), "to": now(), "fields": fields });
            app.query(&app.seeded.va.token, DIFF, variables).await.body
        };
        let told = ask(json!(["TIMES_SEEN", "FEEDBACK_PERCENT", "FEEDBACK_COUNT", "DISPLAY_NAME", "PLATFORM_ID"])).await;
        assert_eq!(told["data"]["sellerDiff"]["changed"]["totalCount"], 0);
        assert_eq!(changes(&ask(json!(["FLAGGED"])).await["data"]["sellerDiff"]), [("anna", "anna", r#"["FLAGGED"]"#.to_owned())]);
        assert_eq!(ask(json!([])).await["errors"][0]["extensions"]["code"], "INVALID_FILTER");
    }
}

on_both! {
    async fn what_changed_is_paged_by_name(app: TestApp) {
        let all: Vec<String> = (0..45).map(|number| format!("seller {number:02}")).collect();
        let ids = add(&app, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let from = later(&app);
        does(&app, "flagSellers", json!({ "ids": ids, "flagged": true })).await;
        let query = "query ($from: SellerMoment!, $first: Int, $after: String, $last: Int, $before: String) {
            sellerDiff(from: $from, to: { now: true }) { changed(first: $first, after: $after, last: $last, before: $before) {
                edges { cursor node { after { displayName } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";
        let page = async |window: Value| {
            let mut variables = json!({ "from": at(from) });
            variables.as_object_mut().unwrap().extend(window.as_object().unwrap().clone());
            app.data(&app.seeded.va.token, query, variables).await["sellerDiff"]["changed"].clone()
        };
        let shown = |page: &Value| -> Vec<String> {
            page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["after"]["displayName"].as_str().unwrap().to_owned()).collect()
        };
        let first = page(json!({ "first": 20 })).await;
        let second = page(json!({ "first": 30, "after": first["pageInfo"]["endCursor"] })).await;
        assert_eq!([shown(&first), shown(&second)].concat(), all);
        assert_eq!((&first["pageInfo"]["hasNextPage"], &second["pageInfo"]["hasNextPage"]), (&json!(true), &json!(false)));
        let back = page(json!({ "last": 20, "before": second["pageInfo"]["startCursor"] })).await;
        assert_eq!(shown(&back), shown(&first));
    }
}

on_both! {
    async fn a_difference_of_runs_needs_both_to_have_ended(app: TestApp) {
        add(&app, &["anna"]).await;
        let one = json!({ "runId": ended_run(&app, app.seeded.org).await });
        later(&app);
        add(&app, &["bert"]).await;
        let other = json!({ "runId": ended_run(&app, app.seeded.org).await });
        later(&app);
        add(&app, &["cleo"]).await;
        let told = diff(&app, one.clone(), other.clone()).await;
        assert_eq!((names(&told["added"]), names(&told["removed"])), (vec!["bert"], vec![""; 0]));
        let refused = async |from: &Value, to: &Value| {
            app.refusal(&app.seeded.va.token, DIFF, json!({ "from": from, "to": to })).await
        };
        let going_on = json!({ "runId": running(&app).await });
        let theirs = json!({ "runId": ended_run(&app, app.seeded.other_org).await });
        assert_eq!(refused(&one, &going_on).await, "RUN_NOT_ENDED");
        assert_eq!(refused(&theirs, &other).await, "NOT_FOUND");
        assert_eq!(refused(&json!({}), &other).await, "INVALID_MOMENT");
        let mine = json!({ "from": one, "to": now() });
        assert_eq!(app.refusal(&app.seeded.client.token, DIFF, mine.clone()).await, "FORBIDDEN");
        assert_eq!(app.refusal(&app.seeded.other_admin.token, DIFF, mine).await, "NOT_FOUND");
    }
}
