//! Providers that fail, over HTTP: by chance and in all ways, or altogether.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sellerbook::collection::CollectionRunStatus as Status;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{TestApp, categories, check_sums, names, retry, row, shown, start, start_as, visit, whys};
use crate::{
    marketplace::{Endpoint, Marketplace, faults::Fault, goods::Goods},
    on_both,
};

/// Ways that take no time; another try helps against some of them.
const WAYS: [Fault; 11] = [
    Fault::Status(500),
    Fault::Status(503),
    Fault::Status(524),
    Fault::TooOften(0),
    Fault::Reset,
    Fault::CutBody,
    Fault::CutJson,
    Fault::Status(400),
    Fault::Status(403),
    Fault::Status(404),
    Fault::Redirect,
];

fn goods() -> Goods {
    Goods::generated(10, 4, 200)
}

/// Works until the run has ended. It may happen that so much fails that it rests for a while.
async fn work_to_the_end(app: &TestApp, id: Uuid) {
    for _ in 0..20 {
        app.run_jobs().await;
        let run = row(app, id).await;
        if run.completed_at.is_some() {
            return;
        }
        assert_eq!(run.reason.as_deref(), Some("PROVIDER_FAILING"));
        app.pass(TimeDelta::hours(1));
    }
    panic!("it does not end: {:?}", row(app, id).await);
}

/// All failures of a run, page by page.
async fn failures(app: &TestApp, id: Uuid) -> Vec<Value> {
    let (mut failures, mut after) = (Vec::new(), String::new());
    loop {
        let selection = format!(
            "failures(first: 20{after}) {{ totalCount pageInfo {{ hasNextPage endCursor }}
                nodes {{ kind page product category errorCode message attempts }} }}"
        );
        let page = shown(app, id, &selection).await["failures"].clone();
        failures.extend(page["nodes"].as_array().unwrap().clone());
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], failures.len());
            return failures;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
}

/// Every call that was made is counted.
async fn check_calls(app: &TestApp, id: Uuid, market: &Marketplace) {
    let run = row(app, id).await;
    let calls = [run.best_sellers_calls, run.listings_calls].map(|calls| usize::try_from(calls).unwrap());
    assert_eq!(calls, [market.calls(Endpoint::Rainforest), market.calls(Endpoint::Search)]);
}

/// It found what a run finds in another organisation that meets no faults.
async fn check_found(app: &mut TestApp, id: Uuid, count: usize) {
    let _calm = visit(app, goods()).await;
    let other = start_as(app, &app.seeded.other_admin.token, &categories(count), json!({})).await;
    app.run_jobs().await;
    assert_eq!(row(app, other).await.reason.as_deref(), Some("DONE"));
    assert_eq!(names(app, app.seeded.org, id).await, names(app, app.seeded.other_org, other).await);
    assert_eq!(whys(app, id).await, whys(app, other).await);
}

on_both! {
    async fn what_fails_by_chance_is_listed_and_brought_in_when_it_is_tried_again(app: TestApp) {
        let mut app = app;
        let market = visit(&mut app, goods()).await;
        market.token_seconds(60);
        for endpoint in [Endpoint::Rainforest, Endpoint::Search] {
            market.fail(endpoint, 0.2, &[&WAYS[..], &[Fault::NotAsAsked]].concat());
        }
        market.fail(Endpoint::Token, 0.2, &WAYS);
        let id = start(&app, &categories(20)).await;
        work_to_the_end(&app, id).await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.reason.as_deref()), (Status::Completed, Some("DONE_WITH_FAILURES")));
        check_sums(&app, id).await;
        check_calls(&app, id, &market).await;
        let failures = failures(&app, id).await;
        assert_eq!(failures.len(), usize::try_from(run.failed_items).unwrap());
        let texts = |field: &str| failures.iter().filter_map(|failure| failure[field].as_str()).collect::<BTreeSet<_>>();
        assert_eq!(texts("kind"), BTreeSet::from(["PAGE", "PRODUCT"]));
        let known = ["BAD_REQUEST", "BAD_RESPONSE", "NOT_FOUND", "RATE_LIMITED", "SERVER_ERROR", "TIMEOUT", "UNAUTHORIZED"];
        let codes = texts("errorCode");
        assert!(codes.len() >= 4 && codes.is_subset(&known.into()), "{codes:?}");
        assert!(failures.iter().all(|failure| failure["attempts"] == 1 && failure["message"].is_string()));
        for endpoint in [Endpoint::Rainforest, Endpoint::Search, Endpoint::Token] {
            market.fail(endpoint, 0.0, &[]);
        }
        app.pass(TimeDelta::hours(1));
        retry(&app, id).await;
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.reason.as_deref(), run.failed_items), (Status::Completed, Some("DONE"), 0));
        assert_eq!((run.categories_done, run.departments_done), (run.categories_total, run.departments_total));
        check_sums(&app, id).await;
        check_calls(&app, id, &market).await;
        assert_eq!(shown(&app, id, "failures { totalCount }").await["failures"]["totalCount"], 0);
        check_found(&mut app, id, 20).await;
    }
}

on_both! {
    async fn a_provider_that_is_dead_pauses_the_run_and_it_goes_on_by_itself(app: TestApp) {
        let mut app = app;
        let market = visit(&mut app, goods()).await;
        for endpoint in [Endpoint::Rainforest, Endpoint::Token, Endpoint::Search] {
            market.revoke_tokens();
            market.dead(endpoint, true);
            let id = start(&app, &categories(10)).await;
            app.run_jobs().await;
            let shown = shown(&app, id, "status reason resumesAt workers { state category product lastResult } progress { failedItems }").await;
            assert_eq!((&shown["status"], &shown["reason"]), (&json!("PAUSED"), &json!("PROVIDER_FAILING")), "{endpoint:?}");
            assert!(shown["resumesAt"].is_string());
            assert_eq!(shown["progress"]["failedItems"], 5, "{endpoint:?}");
            let workers = shown["workers"].as_array().unwrap();
            assert_eq!(workers.len(), 5);
            assert!(workers.iter().all(|worker| worker["state"] == "STOPPED" && worker["product"].is_null()), "{workers:?}");
            check_sums(&app, id).await;
            // It looks again and again, and is no nearer to its end.
            app.pass(TimeDelta::hours(1));
            app.run_jobs().await;
            let run = row(&app, id).await;
            assert_eq!((run.status, run.failed_items, run.pauses_in_row), (Status::Paused, 5, 2), "{endpoint:?}");
            market.dead(endpoint, false);
            assert_eq!(app.run_jobs().await, 0, "it waits for its time");
            app.pass(TimeDelta::hours(1));
            app.run_jobs().await;
            let run = row(&app, id).await;
            assert_eq!((run.status, run.reason.as_deref()), (Status::Completed, Some("DONE_WITH_FAILURES")), "{endpoint:?}");
            assert_eq!(run.failed_items, 5);
            retry(&app, id).await;
            app.run_jobs().await;
            assert_eq!(row(&app, id).await.reason.as_deref(), Some("DONE"));
            check_sums(&app, id).await;
        }
    }
}
