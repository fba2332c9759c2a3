//! Profit by status, against a table worked out by hand, wherever it shows.

use entity::record::RecordStatus;
use serde_json::json;

use crate::{
    on_both,
    seed::{self, NewRecord},
};

/// Status, sale, fees, price, tax, shipping, label → earnings, cost of goods, profit.
type Row = (RecordStatus, i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, [i64; 3]);

fn table() -> Vec<Row> {
    use RecordStatus::{RefundNoReturn, ReturnClosed, ReturnLabelProvided, Successful};
    vec![
        (Successful, 5_000, Some(650), Some(2_500), Some(200), Some(300), None, [4_350, 3_000, 1_350]),
        (Successful, 5_000, Some(650), Some(2_500), Some(200), Some(300), Some(700), [4_350, 3_000, 1_350]),
        (Successful, 1_000, None, None, None, None, None, [1_000, 0, 1_000]),
        (Successful, 1_000, Some(1_200), Some(1), None, None, None, [-200, 1, -201]),
        (ReturnLabelProvided, 5_000, Some(650), Some(2_500), Some(200), Some(300), Some(700), [4_350, 3_000, 650]),
        (ReturnLabelProvided, 5_000, Some(650), Some(2_500), None, None, None, [4_350, 2_500, 1_850]),
        (ReturnClosed, 5_000, Some(650), Some(2_500), Some(200), Some(300), Some(700), [4_350, 3_000, -700]),
        (ReturnClosed, 5_000, Some(650), Some(2_500), Some(200), Some(300), None, [4_350, 3_000, 0]),
        (RefundNoReturn, 5_000, Some(650), Some(2_500), Some(200), Some(300), Some(0), [4_350, 3_000, 1_350]),
        (RefundNoReturn, 0, None, Some(1_099), None, Some(1), Some(0), [0, 1_100, -1_100]),
        (
            Successful,
            9_007_199_254_740_991,
            None,
            Some(1),
            None,
            None,
            None,
            [9_007_199_254_740_991, 1, 9_007_199_254_740_990],
        ),
    ]
}

fn builders(app: &crate::TestApp, rows: &[Row]) -> Vec<NewRecord> {
    rows.iter()
        .enumerate()
        .map(|(index, (status, sale, fees, price, tax, shipping, label, _))| NewRecord {
            status: *status,
            sale: *sale,
            fees: *fees,
            price: *price,
            tax: *tax,
            shipping: *shipping,
            label: *label,
            ..NewRecord::new(&app.app, app.seeded.org, app.seeded.accounts[0], format!("{index:03}"))
        })
        .collect()
}

on_both! {
    async fn profit_follows_the_status_in_lists_and_files(app: TestApp) {
        let rows = table();
        seed::records(&app.app, builders(&app, &rows)).await;
        let query = "{ records { nodes { ebayOrderId earningsNetCents cogsTotalCents profitCents } } }";
        let data = app.data(&app.seeded.admin.token, query, json!({})).await;
        let columns = "ebay_order_id,earnings_net_cents,cogs_total_cents,profit_cents";
        let file = app.file(&app.seeded.admin.token, &format!("/export/records/csv?columns={columns}")).await;
        assert_eq!(data["records"]["nodes"].as_array().unwrap().len(), rows.len());
        for node in data["records"]["nodes"].as_array().unwrap() {
            let order = node["ebayOrderId"].as_str().unwrap();
            let [earnings, cogs, profit] = rows[order.parse::<usize>().unwrap()].7;
            assert_eq!(node["earningsNetCents"], earnings, "{order}");
            assert_eq!(node["cogsTotalCents"], cogs, "{order}");
            assert_eq!(node["profitCents"], profit, "{order}");
            let line = format!("\r\n{order},{earnings},{cogs},{profit}\r\n");
            assert!(file.contains(&line), "{line:?} is not in\n{file}");
        }
    }
}

on_both! {
    async fn profit_is_summed_and_filtered_by_the_same_formula(app: TestApp) {
        let mut rows = table();
        rows.pop();
        seed::records(&app.app, builders(&app, &rows)).await;
        let query = "query ($filter: RecordFilter) { records(filter: $filter) { totalCount
            totals { count salePriceCents ebayFeesCents earningsNetCents cogsTotalCents profitCents } } }";
        let data = app.data(&app.seeded.admin.token, query, json!({})).await;
        let sum = |pick: fn(&Row) -> i64| rows.iter().map(pick).sum::<i64>();
        assert_eq!(data["records"]["totals"], json!({
            "count": rows.len(),
            "salePriceCents": sum(|row| row.1),
            "ebayFeesCents": sum(|row| row.2.unwrap_or(0)),
            "earningsNetCents": sum(|row| row.7[0]),
            "cogsTotalCents": sum(|row| row.7[1]),
            "profitCents": sum(|row| row.7[2]),
        }));
        let filter = json!({ "filter": { "minProfitCents": 0, "maxProfitCents": 1_350 } });
        let data = app.data(&app.seeded.admin.token, query, filter).await;
        let within = rows.iter().filter(|row| (0..=1_350).contains(&row.7[2])).count();
        assert_eq!(data["records"]["totalCount"], within);
    }
}

on_both! {
    async fn a_sum_beyond_what_json_holds_costs_its_own_field_alone(app: TestApp) {
        let rows: Vec<Row> = table().into_iter().skip(10).cycle().take(2).collect();
        seed::records(&app.app, builders(&app, &rows)).await;
        let query = "{ records { totalCount totals { salePriceCents } } }";
        assert_eq!(app.refusal(&app.seeded.admin.token, query, json!({})).await, "SUM_TOO_LARGE");
    }
}
