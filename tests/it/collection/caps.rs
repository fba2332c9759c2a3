//! Caps on calls and cost hold to the call.

use sellerbook::collection::CollectionRunStatus;
use serde_json::json;

use super::{check_sums, row, scripted::Script, start_with};
use crate::on_both;

on_both! {
    async fn a_run_makes_no_call_more_than_it_may(app: TestApp) {
        let mut app = app;
        let script = Script::new(30);
        script.install(&mut app);
        let id = start_with(&app, &["appliances-cooktops"], json!({ "maxCalls": 12 })).await;
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.reason.as_deref()), (CollectionRunStatus::Failed, Some("CALL_CAP_REACHED")));
        assert_eq!((run.best_sellers_calls + run.listings_calls, run.products_done, run.is_cost_warned), (12, 11, true));
        check_sums(&app, id).await;
    }
}

on_both! {
    async fn a_run_spends_no_cent_more_than_it_may(app: TestApp) {
        let mut app = app;
        let script = Script::new(3);
        script.install(&mut app);
        // A page costs 2,800 millionths of a dollar: three of them fit into a cent.
        let categories = ["appliances-cooktops", "appliances-freezers", "appliances-microwaves", "appliances-dishwashers"];
        let id = start_with(&app, &categories, json!({ "maxCostCents": 1 })).await;
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.reason.as_deref()), (CollectionRunStatus::Failed, Some("COST_CAP_REACHED")));
        assert_eq!((run.best_sellers_calls, run.cost_micros, run.is_cost_warned), (3, 8_400, true));
        check_sums(&app, id).await;
    }
}
