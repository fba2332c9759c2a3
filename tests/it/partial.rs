//! What the rest of an answer looks like when a part of it fails: one failure costs one field, or what holds it where the
//! field is promised.

use sellerbook::id::IdKind;
use serde_json::json;

use crate::{
    TestApp, on_both,
    seed::{self, NewRecord},
};

/// Two records whose sum no JSON number holds, and a small one of another account.
async fn fill(app: &TestApp) {
    let [alpha, beta, _] = app.seeded.accounts;
    let new = |account, order: &str, sale| NewRecord {
        sale,
        fees: None,
        price: None,
        tax: None,
        ..NewRecord::new(&app.app, app.seeded.org, account, order)
    };
    let largest = 1 << 53;
    seed::records(&app.app, vec![new(alpha, "1", largest), new(alpha, "2", largest), new(beta, "3", 5)]).await;
}

on_both! {
    async fn a_sum_that_fails_is_null_and_the_page_is_there(app: TestApp) {
        fill(&app).await;
        let query = "{ records(first: 1) { totalCount totals { salePriceCents } nodes { ebayOrderId } } viewer { email } }";
        let answer = app.query(&app.seeded.admin.token, query, json!({})).await;
        assert_eq!(
            answer.body["data"],
            json!({
                "records": { "totalCount": 3, "totals": null, "nodes": [{ "ebayOrderId": "3" }] },
                "viewer": { "email": "admin@acme.example" },
            })
        );
        let errors = answer.body["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0]["path"], json!(["records", "totals"]));
        assert_eq!(errors[0]["extensions"]["code"], "SUM_TOO_LARGE");
    }
}

on_both! {
    async fn a_sum_that_fails_in_one_account_is_there_in_the_others(app: TestApp) {
        fill(&app).await;
        let query = "{ accounts { nodes { code records { totalCount totals { salePriceCents } } } } }";
        let answer = app.query(&app.seeded.admin.token, query, json!({})).await;
        assert_eq!(
            answer.body["data"]["accounts"]["nodes"],
            json!([
                { "code": "ALPHA", "records": { "totalCount": 2, "totals": null } },
                { "code": "BETA", "records": { "totalCount": 1, "totals": { "salePriceCents": 5 } } },
                { "code": "GAMMA", "records": { "totalCount": 0, "totals": { "salePriceCents": 0 } } },
            ])
        );
        assert_eq!(answer.body["errors"][0]["path"], json!(["accounts", "nodes", 0, "records", "totals"]));
    }
}

on_both! {
    async fn an_id_that_names_nothing_costs_its_node_alone(app: TestApp) {
        let account = IdKind::Account.show(app.seeded.accounts[0]);
        let query = "query ($good: ID!) { bad: node(id: \"unicorn_1\") { id } good: node(id: $good) { id } }";
        let answer = app.query(&app.seeded.admin.token, query, json!({ "good": account })).await;
        assert_eq!(answer.body["data"], json!({ "bad": null, "good": { "id": account } }));
        assert_eq!(answer.body["errors"][0]["path"], json!(["bad"]));
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "INVALID_ID");
    }
}

on_both! {
    async fn a_promised_list_that_fails_takes_the_whole_answer(app: TestApp) {
        let query = "{ viewer { email } records(first: 0) { totalCount } }";
        let answer = app.query(&app.seeded.admin.token, query, json!({})).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["data"], json!(null));
        assert!(answer.body.as_object().unwrap().contains_key("data"));
        assert_eq!(answer.body["errors"][0]["path"], json!(["records"]));
    }
}

on_both! {
    async fn a_promised_field_that_fails_takes_the_item_that_may_be_null(app: TestApp) {
        let [alpha, beta, _] = app.seeded.accounts.map(|account| IdKind::Account.show(account));
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ...Broken id } viewer { email } }
            fragment Broken on Account { code page: records(after: \"nonsense\") { totalCount } }";
        let organisation = IdKind::Organisation.show(app.seeded.org);
        let variables = json!({ "ids": [alpha, organisation, beta] });
        let answer = app.query(&app.seeded.admin.token, query, variables).await;
        let expected = json!({ "nodes": [null, { "id": organisation }, null], "viewer": { "email": "admin@acme.example" } });
        assert_eq!(answer.body["data"], expected);
        let mut paths: Vec<String> =
            answer.body["errors"].as_array().unwrap().iter().map(|error| error["path"].to_string()).collect();
        paths.sort();
        assert_eq!(paths, ["[\"nodes\",0,\"page\"]", "[\"nodes\",2,\"page\"]"]);
    }
}

on_both! {
    async fn a_promised_field_below_a_promised_list_takes_the_whole_answer(app: TestApp) {
        let query = "{ accounts { nodes { code records(first: 0) { nodes { id } } } } }";
        let answer = app.query(&app.seeded.admin.token, query, json!({})).await;
        assert_eq!(answer.body["data"], json!(null));
        assert_eq!(answer.body["errors"].as_array().unwrap().len(), 3);
    }
}

on_both! {
    async fn an_alias_that_fails_leaves_its_neighbours_alone(app: TestApp) {
        let account = IdKind::Account.show(app.seeded.accounts[0]);
        let query = "query ($id: ID!) {
            good: node(id: $id) { ... on Account { all: records { totalCount } } }
            bad: node(id: $id) { ... on Account { none: records(first: 0) { totalCount } code } }
        }";
        let answer = app.query(&app.seeded.admin.token, query, json!({ "id": account })).await;
        assert_eq!(answer.body["data"], json!({ "good": { "all": { "totalCount": 0 } }, "bad": null }));
        assert_eq!(answer.body["errors"][0]["path"], json!(["bad", "none"]));
    }
}
