//! No statement per record: what it costs to delete a thousand, and to read the history of a page.

use serde_json::{Value, json};

use super::{record, shown, turn, updated};
use crate::{
    TestApp, on_both,
    seed::{self, NewRecord},
};

async fn many(app: &TestApp, count: usize) -> Vec<Value> {
    let new = |order: usize| NewRecord::new(&app.app, app.seeded.org, app.seeded.accounts[0], order.to_string());
    let ids = seed::records(&app.app, (0..count).map(new).collect()).await;
    ids.into_iter().map(shown).collect()
}

on_both! {
    async fn a_thousand_records_are_deleted_and_restored_with_the_statements_of_two(app: TestApp) {
        let ids = many(&app, 1_000).await;
        let mut costs = Vec::new();
        for ids in [&ids[..2], &ids] {
            for mutation in ["deleteRecords", "restoreRecords"] {
                let before = app.statements();
                let payload = turn(&app, mutation, ids).await;
                assert_eq!(payload["records"].as_array().unwrap().len(), ids.len());
                let given: Vec<&Value> = payload["records"].as_array().unwrap().iter().map(|record| &record["id"]).collect();
                assert_eq!(given, ids.iter().collect::<Vec<_>>(), "in the order asked for");
                costs.push(app.statements() - before);
            }
        }
        assert_eq!(costs[..2], costs[2..], "{costs:?}");
        assert!(costs.iter().all(|cost| *cost <= 14), "{costs:?}");
    }
}

on_both! {
    async fn the_history_of_many_records_costs_what_that_of_one_costs(app: TestApp) {
        for order in 0..10 {
            let id = record(&app, &order.to_string()).await;
            for version in 1..=3 {
                updated(&app, &id, version, json!({ "qty": version + 1, "orderRemark": version.to_string() })).await;
            }
        }
        for (fields, more) in [
            ("nodes { kind version }", 2),
            ("nodes { kind } totalCount", 3),
            ("nodes { member { email } }", 3),
            ("nodes { record { itemName } }", 3),
            ("nodes { changes { field from to } }", 5),
        ] {
            for size in [1, 10] {
                let query = format!("{{ records(first: {size}) {{ nodes {{ id events(first: 2) {{ {fields} }} }} }} }}");
                let before = app.statements();
                app.data(&app.seeded.admin.token, &query, json!({})).await;
                assert_eq!(app.statements() - before, 2 + more, "{fields}, {size} records");
            }
        }
    }
}

on_both! {
    async fn the_history_of_more_records_than_one_statement_takes_is_read(app: TestApp) {
        let ids = many(&app, 300).await;
        turn(&app, "deleteRecords", &ids).await;
        turn(&app, "restoreRecords", &ids).await;
        let query = "{ a: records(first: 100) { ...Events } b: records(first: 100, filter: { search: \"1\" }) { ...Events }
            c: records(last: 100) { ...Events } }
            fragment Events on RecordConnection { nodes { events(first: 1) { nodes { kind changes { field } } } } }";
        let data = app.data(&app.seeded.admin.token, query, json!({})).await;
        for list in ["a", "b", "c"] {
            let nodes = data[list]["nodes"].as_array().unwrap();
            assert!(nodes.len() == 100 && nodes.iter().all(|record| record["events"]["nodes"] == json!([{ "kind": "RESTORED", "changes": [] }])));
        }
    }
}
