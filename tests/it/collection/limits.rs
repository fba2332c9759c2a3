//! Quotas and caps, counted by the marketplace itself.

use std::time::Duration;

use chrono::TimeDelta;
use sellerbook::collection::CollectionRunStatus as Status;
use serde_json::json;

use super::{bought_for, categories, check_sums, row, shown, start, start_with, visit};
use crate::{
    marketplace::{Endpoint, faults::Fault, goods::Goods},
    on_both,
};

fn goods() -> Goods {
    Goods::generated(6, 4, 200)
}

on_both! {
    async fn a_run_parks_when_the_quota_is_used_up_and_wakes_at_its_reset(app: TestApp) {
        let mut app = app;
        let market = visit(&mut app, goods()).await;
        market.quota(30, Some((10_000, Duration::from_secs(7 * 3_600))));
        let id = start(&app, &categories(10)).await;
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.reason.as_deref(), run.failed_items), (Status::Paused, Some("QUOTA_EXHAUSTED"), 0));
        let resumes_at = run.resumes_at.unwrap();
        // The marketplace has a clock of its own.
        let slack = app.now() + TimeDelta::hours(7) - resumes_at;
        assert!((TimeDelta::zero()..TimeDelta::minutes(2)).contains(&slack), "{slack}");
        assert_eq!(shown(&app, id, "workers { state }").await["workers"], json!(vec![json!({ "state": "STOPPED" }); 5]));
        check_sums(&app, id).await;
        let (calls, settled) = (market.calls(Endpoint::Search), bought_for(&app, &market, id).await);
        assert!(calls <= 30 + 5, "every worker is told once at most: {calls}");
        market.quota(10_000, None);
        app.app.clock.set(resumes_at - TimeDelta::seconds(1));
        assert_eq!((app.run_jobs().await, market.calls(Endpoint::Search)), (0, calls));
        app.app.clock.set(resumes_at);
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.reason.as_deref()), (Status::Completed, Some("DONE")));
        check_sums(&app, id).await;
        let bought = market.bought();
        assert!(settled.iter().all(|(what, times)| bought[what] == *times), "what is done is not bought again");
        // Of a product in hand whose second search was refused, the first one is bought again.
        let spare: usize = bought.values().map(|times| times - 1).sum();
        assert!(spare <= 5, "{spare}");
        assert_eq!(usize::try_from(run.listings_calls).unwrap(), market.calls(Endpoint::Search));
    }
}

on_both! {
    async fn a_quota_without_a_reset_is_filled_up_at_midnight_in_california(app: TestApp) {
        let mut app = app;
        let market = visit(&mut app, goods()).await;
        market.quota(3, None);
        let id = start(&app, &categories(2)).await;
        app.run_jobs().await;
        // The test happens at midnight; the next is a day later.
        let resumes_at = row(&app, id).await.resumes_at.unwrap();
        assert_eq!(resumes_at, app.now() + TimeDelta::days(1));
        market.quota(10_000, None);
        app.app.clock.set(resumes_at);
        app.run_jobs().await;
        assert_eq!(row(&app, id).await.reason.as_deref(), Some("DONE"));
    }
}

on_both! {
    async fn credits_that_are_used_up_are_looked_for_every_hour(app: TestApp) {
        let mut app = app;
        let market = visit(&mut app, goods()).await;
        market.credits(3);
        let id = start(&app, &categories(8)).await;
        app.run_jobs().await;
        for _ in 0..2 {
            let run = row(&app, id).await;
            assert_eq!((run.status, run.reason.as_deref()), (Status::Paused, Some("QUOTA_EXHAUSTED")));
            assert_eq!((run.resumes_at, run.failed_items), (Some(app.now() + TimeDelta::hours(1)), 0));
            app.app.clock.set(run.resumes_at.unwrap());
            app.run_jobs().await;
        }
        market.credits(100);
        app.pass(TimeDelta::hours(1));
        app.run_jobs().await;
        assert_eq!(row(&app, id).await.reason.as_deref(), Some("DONE"));
        assert!(market.bought().values().all(|times| *times == 1));
        check_sums(&app, id).await;
    }
}

on_both! {
    async fn a_run_spends_all_it_may_and_makes_not_a_call_more(app: TestApp) {
        let mut app = app;
        let market = visit(&mut app, goods()).await;
        // A page of Rainforest costs a cent.
        for rate in [0.0, 0.2] {
            market.fail(Endpoint::Rainforest, rate, &Fault::QUICK);
            let before = market.calls(Endpoint::Rainforest);
            let id = start_with(&app, &categories(20), json!({ "maxCostCents": 7 })).await;
            app.run_jobs().await;
            assert_eq!(market.calls(Endpoint::Rainforest) - before, 7);
            let run = row(&app, id).await;
            assert_eq!((run.status, run.reason.as_deref()), (Status::Failed, Some("COST_CAP_REACHED")));
            assert_eq!((run.best_sellers_calls, run.cost_micros), (7, 70_000));
            check_sums(&app, id).await;
        }
        assert_eq!(market.calls(Endpoint::Search), 0);
    }
}

on_both! {
    async fn a_cap_on_calls_holds_over_retries_and_rests(app: TestApp) {
        let mut app = app;
        let market = visit(&mut app, goods()).await;
        market.fail(Endpoint::Rainforest, 0.2, &Fault::QUICK);
        market.fail(Endpoint::Search, 0.2, &Fault::QUICK);
        market.quota(20, None);
        let id = start_with(&app, &categories(10), json!({ "maxCalls": 50 })).await;
        app.run_jobs().await;
        for _ in 0..10 {
            let run = row(&app, id).await;
            if run.completed_at.is_some() {
                break;
            }
            market.quota(10_000, None);
            app.app.clock.set(run.resumes_at.unwrap());
            app.run_jobs().await;
        }
        let run = row(&app, id).await;
        assert_eq!((run.status, run.reason.as_deref()), (Status::Failed, Some("CALL_CAP_REACHED")));
        assert_eq!(market.calls(Endpoint::Rainforest) + market.calls(Endpoint::Search), 50);
        assert!(run.is_cost_warned);
        check_sums(&app, id).await;
    }
}
