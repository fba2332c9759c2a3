//! Providers that fail: an item, all of them, or until the quota is filled up again.

use chrono::TimeDelta;
use sellerbook::{
    collection::CollectionRunStatus as Status,
    sources::{Fault, FaultKind, Provider, Refusal},
};

use super::{
    check_sums, retry, row,
    scripted::{Script, fault},
    start,
};
use crate::on_both;

on_both! {
    async fn what_failed_is_kept_and_can_be_tried_again_alone(app: TestApp) {
        let mut app = app;
        let script = Script::new(20);
        script.install(&mut app);
        script.refuses("product 003", Some(fault(FaultKind::ServerError)));
        script.refuses("product 017", Some(fault(FaultKind::BadResponse)));
        let id = start(&app, &["appliances-cooktops"]).await;
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.reason.as_deref()), (Status::Completed, Some("DONE_WITH_FAILURES")));
        assert_eq!((run.failed_items, run.products_done, run.sellers_new), (2, 20, 18));
        check_sums(&app, id).await;
        script.refuses("product 003", None);
        let asked = script.asked().len();
        retry(&app, id).await;
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.failed_items, run.sellers_new), (Status::Completed, 1, 19));
        let mut again = script.asked().split_off(asked);
        again.sort();
        assert_eq!(again, ["product 003", "product 017"]);
        check_sums(&app, id).await;
    }
}

on_both! {
    async fn a_provider_that_is_dead_pauses_the_run_until_it_is_back(app: TestApp) {
        let mut app = app;
        let script = Script::new(40);
        script.install(&mut app);
        script.refuses_all(Some(fault(FaultKind::ServerError)));
        let id = start(&app, &["appliances-cooktops"]).await;
        app.run_jobs().await;
        let mut rests = Vec::new();
        for _ in 0..3 {
            let run = row(&app, id).await;
            assert_eq!((run.status, run.reason.as_deref()), (Status::Paused, Some("PROVIDER_FAILING")));
            assert_eq!(run.failed_items, 5, "no item fails for what has paused the run");
            rests.push(run.resumes_at.unwrap() - app.now());
            check_sums(&app, id).await;
            assert_eq!(app.run_jobs().await, 0, "it waits for its time");
            app.pass(TimeDelta::hours(1));
            app.run_jobs().await;
        }
        assert!(rests[0] < rests[1] && rests[1] < rests[2], "{rests:?}");
        script.refuses_all(None);
        app.pass(TimeDelta::hours(1));
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.failed_items, run.pauses_in_row), (Status::Completed, 5, 0));
        retry(&app, id).await;
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.failed_items, run.sellers_new), (Status::Completed, 0, 40));
        check_sums(&app, id).await;
    }
}

on_both! {
    async fn a_run_waits_for_its_quota(app: TestApp) {
        let mut app = app;
        let script = Script::new(10);
        script.install(&mut app);
        let until = app.now() + TimeDelta::hours(7);
        let exhausted = Fault {
            provider: Provider::Ebay,
            kind: FaultKind::QuotaExhausted,
            message: "no more calls today".to_owned(),
            until: Some(until),
        };
        script.refuses("product 004", Some(Refusal::Fault(exhausted)));
        let id = start(&app, &["appliances-cooktops"]).await;
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.reason.as_deref()), (Status::Paused, Some("QUOTA_EXHAUSTED")));
        assert_eq!((run.resumes_at, run.failed_items), (Some(until), 0));
        script.refuses("product 004", None);
        app.pass(TimeDelta::hours(6));
        assert_eq!(app.run_jobs().await, 0);
        app.pass(TimeDelta::hours(1));
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.products_done, run.failed_items), (Status::Completed, 10, 0));
        check_sums(&app, id).await;
    }
}
