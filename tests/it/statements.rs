//! No query per row: how many statements a request costs, sign-in included.

use sellerbook::id::IdKind;
use serde_json::{Value, json};

use crate::{
    TestApp, on_both,
    seed::{self, NewRecord, NewSeller},
};

/// The ten columns of the usual table.
const TEN: &str = "id ebayOrderId saleDate itemName qty salePriceCents ebayFeesCents status profitCents updatedAt";

/// Sixty records in each of the three accounts, every other one with remarks, and sixty sellers.
async fn fill(app: &TestApp) {
    let mut new = Vec::new();
    for account in app.seeded.accounts {
        for number in 0..60 {
            let remarks = (number % 2 == 0).then_some((Some("order remark"), Some("service remark")));
            let record = NewRecord::new(&app.app, app.seeded.org, account, format!("{number:03}"));
            new.push(NewRecord { remarks, ..record });
        }
    }
    seed::records(&app.app, new).await;
    let sellers = (0..60).map(|number| NewSeller::new(&app.app, app.seeded.org, format!("seller {number}")));
    seed::sellers(&app.app, sellers.collect()).await;
}

/// Statements of one request by the admin, and what it answered.
async fn measure(app: &TestApp, query: &str, variables: Value) -> (u64, Value) {
    let before = app.statements();
    let data = app.data(&app.seeded.admin.token, query, variables).await;
    (app.statements() - before, data)
}

async fn cost(app: &TestApp, query: &str) -> u64 {
    measure(app, query, json!({})).await.0
}

on_both! {
    async fn a_page_of_fifty_records_costs_one_statement_beside_the_sign_in(app: TestApp) {
        fill(&app).await;
        let (statements, data) = measure(&app, &format!("{{ records(first: 50) {{ nodes {{ {TEN} }} }} }}"), json!({})).await;
        assert_eq!(data["records"]["nodes"].as_array().unwrap().len(), 50);
        assert_eq!(statements, 2);
        assert_eq!(cost(&app, "{ viewer { email permissions organisation { name } } }").await, 1);
    }
}

on_both! {
    async fn what_rows_need_from_another_table_costs_one_statement_for_all_of_them(app: TestApp) {
        fill(&app).await;
        for (fields, more) in [
            ("account { code name }", 1),
            ("orderRemark", 1),
            ("serviceRemark", 1),
            ("orderRemark serviceRemark", 1),
            ("orderRemark serviceRemark account { code }", 2),
            ("account { records(first: 1) { nodes { account { code } } } }", 3),
        ] {
            for size in [1, 50] {
                let query = format!("{{ records(first: {size}) {{ nodes {{ {TEN} {fields} }} }} }}");
                assert_eq!(cost(&app, &query).await, 2 + more, "{fields}, {size} rows");
            }
        }
    }
}

on_both! {
    async fn remarks_are_not_looked_up_for_whom_may_read_none(app: TestApp) {
        fill(&app).await;
        let before = app.statements();
        let query = "{ records { nodes { orderRemark serviceRemark } } }";
        let data = app.data(&app.seeded.va.token, query, json!({})).await;
        assert_eq!(data["records"]["nodes"][0], json!({ "orderRemark": null, "serviceRemark": null }));
        assert_eq!(app.statements() - before, 2);
    }
}

on_both! {
    async fn counts_and_sums_are_computed_only_when_asked_for(app: TestApp) {
        fill(&app).await;
        for (query, statements) in [
            ("{ records { nodes { id } } }", 2),
            ("{ records { nodes { id } totalCount } }", 3),
            ("{ records { nodes { id } totals { profitCents count } } }", 3),
            ("{ records { nodes { id } totalCount totals { profitCents } } }", 4),
            ("{ sellers { nodes { id displayName } pageInfo { hasNextPage endCursor } } }", 2),
            ("{ sellers { nodes { id } totalCount } }", 3),
            ("{ accounts { nodes { id } } }", 2),
            ("{ accounts { nodes { id } totalCount } }", 3),
            ("{ exportColumns(kind: RECORDS) { key } }", 1),
            ("query ($no: Boolean = false) { records { totalCount @include(if: $no) nodes { id } } }", 2),
        ] {
            assert_eq!(cost(&app, query).await, statements, "{query}");
        }
    }
}

on_both! {
    async fn the_names_and_sightings_of_many_sellers_cost_what_those_of_one_cost(app: TestApp) {
        fill(&app).await;
        for (fields, more) in [
            ("names", 1),
            ("sightings { title product }", 1),
            ("names sightings { title rung } again: sightings { url }", 2),
            ("few: sightings(first: 2) { title } many: sightings(first: 20) { title }", 2),
        ] {
            for sellers in [1, 50] {
                let query = format!("{{ sellers(first: {sellers}) {{ nodes {{ id {fields} }} }} }}");
                assert_eq!(cost(&app, &query).await, 2 + more, "{fields}, {sellers} sellers");
            }
        }
    }
}

on_both! {
    async fn the_records_of_many_accounts_cost_what_those_of_one_cost(app: TestApp) {
        fill(&app).await;
        for (nested, more) in [
            ("nodes { id }", 1),
            ("nodes { id account { code } }", 2),
            ("nodes { id orderRemark serviceRemark }", 2),
            ("nodes { id } totalCount", 2),
            ("nodes { id } totals { profitCents }", 2),
            ("nodes { id } totalCount totals { count profitCents }", 2),
        ] {
            for accounts in [1, 3] {
                for rows in [1, 20] {
                    let query = format!("{{ accounts(first: {accounts}) {{ nodes {{ records(first: {rows}) {{ {nested} }} }} }} }}");
                    assert_eq!(cost(&app, &query).await, 2 + more, "{nested}, {accounts} accounts, {rows} rows");
                }
            }
        }
    }
}

on_both! {
    async fn lists_with_different_arguments_cost_one_statement_each(app: TestApp) {
        fill(&app).await;
        let query = "{ accounts { nodes {
            latest: records(first: 2) { nodes { id } }
            best: records(first: 2, orderBy: { field: PROFIT, direction: DESC }) { nodes { id } }
            count: records(filter: { statuses: [SUCCESSFUL] }) { totalCount } } } }";
        // The third list is read too: its page is there whether its rows are selected or not.
        assert_eq!(cost(&app, query).await, 2 + 3 + 1);
    }
}

on_both! {
    async fn nodes_cost_one_statement_for_each_type_among_them(app: TestApp) {
        fill(&app).await;
        let query = "{ records(first: 50) { nodes { id } } sellers(first: 30) { nodes { id } } accounts { nodes { id } } }";
        let (statements, data) = measure(&app, query, json!({})).await;
        assert_eq!(statements, 1 + 3);
        let ids = |list: &str, count: usize| -> Vec<Value> {
            data[list]["nodes"].as_array().unwrap().iter().take(count).map(|node| node["id"].clone()).collect()
        };
        let organisation = vec![json!(IdKind::Organisation.show(app.seeded.org))];
        for (ids, statements) in [
            (ids("records", 1), 1),
            (ids("records", 50), 1),
            (ids("sellers", 30), 1),
            (ids("accounts", 3), 1),
            (organisation.clone(), 0),
            ([ids("records", 50), ids("sellers", 30), ids("accounts", 3), organisation].concat(), 3),
        ] {
            let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }";
            let (measured, data) = measure(&app, query, json!({ "ids": ids })).await;
            assert_eq!(measured, 1 + statements, "{} ids", ids.len());
            let found: Vec<Value> = data["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
            assert_eq!(found, ids);
        }
    }
}

on_both! {
    async fn a_request_that_is_refused_before_it_runs_costs_at_most_the_sign_in(app: TestApp) {
        let before = app.statements();
        app.refusal("", "{ records { nodes { id } } }", json!({})).await;
        assert_eq!(app.statements() - before, 0);
        app.refusal(&app.seeded.admin.token, "{ records { nodes { nothing } } }", json!({})).await;
        assert_eq!(app.statements() - before, 1);
    }
}
