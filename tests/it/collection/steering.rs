//! Pause, resume and cancel, from every state, twice, and from two people at once.

use chrono::TimeDelta;
use sellerbook::{app::App, collection::CollectionRunStatus as Status, id::IdKind, sources::FaultKind, work};
use serde_json::Value;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{
    ask, check_sums, id_of, row,
    scripted::{Script, fault},
    start,
};
use crate::{TestApp, on_both, process::eventually};

const PAUSE: &str = "pauseCollectionRun";
const RESUME: &str = "resumeCollectionRun";
const CANCEL: &str = "cancelCollectionRun";
const RETRY: &str = "retryCollectionFailures";

/// Somebody who works, within the test.
fn working(app: &App) -> AbortOnDropHandle<usize> {
    let app = app.clone();
    AbortOnDropHandle::new(tokio::spawn(async move { work::run_jobs(&app).await.unwrap() }))
}

async fn is(app: &TestApp, id: Uuid, status: Status) {
    eventually("the status", || async { row(app, id).await.status == status }).await;
}

/// A run with all its workers at a product each, and who works on it.
pub(super) async fn at_work(app: &mut TestApp, products: usize) -> (Script, Uuid, AbortOnDropHandle<usize>) {
    let script = Script::new(products);
    script.hold();
    script.install(app);
    let id = start(app, &["appliances-cooktops"]).await;
    let working = working(&app.app);
    eventually("at work", || async { script.waiting() == 5 }).await;
    (script, id, working)
}

on_both! {
    async fn a_run_that_waits_is_steered_at_once(app: TestApp) {
        let mut app = app;
        Script::new(3).install(&mut app);
        let id = start(&app, &["appliances-cooktops"]).await;
        assert_eq!(ask(&app, RESUME, id).await.unwrap_err(), "RUN_NOT_PAUSED");
        assert_eq!(ask(&app, PAUSE, id).await.unwrap()["status"], "PAUSED");
        assert_eq!(ask(&app, PAUSE, id).await.unwrap_err(), "RUN_PAUSED");
        assert_eq!(app.run_jobs().await, 0, "a paused run does not run");
        assert_eq!(ask(&app, RESUME, id).await.unwrap()["status"], "PENDING");
        assert_eq!(ask(&app, RESUME, id).await.unwrap_err(), "RUN_NOT_PAUSED");
        ask(&app, PAUSE, id).await.unwrap();
        let cancelled = ask(&app, CANCEL, id).await.unwrap();
        assert_eq!((&cancelled["status"], &cancelled["reason"]), (&"CANCELLED".into(), &"REQUESTED".into()));
        for steering in [PAUSE, RESUME, CANCEL] {
            assert_eq!(ask(&app, steering, id).await.unwrap_err(), "RUN_FINISHED", "{steering}");
        }
        assert_eq!(app.run_jobs().await, 0);
        check_sums(&app, id).await;
    }
}

on_both! {
    async fn a_pause_takes_effect_after_the_products_in_hand(app: TestApp) {
        let mut app = app;
        let (script, id, working) = at_work(&mut app, 20).await;
        let asked = ask(&app, PAUSE, id).await.unwrap();
        assert_eq!((&asked["status"], asked["pauseAskedAt"].is_string()), (&"RUNNING".into(), true));
        assert_eq!(ask(&app, PAUSE, id).await.unwrap_err(), "RUN_PAUSED");
        script.let_go(20);
        is(&app, id, Status::Paused).await;
        working.await.unwrap();
        let run = row(&app, id).await;
        assert_eq!((run.reason.as_deref(), run.products_done), (Some("REQUESTED"), 5));
        check_sums(&app, id).await;
        ask(&app, RESUME, id).await.unwrap();
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.products_done), (Status::Completed, 20));
        assert_eq!(script.asked().len(), 20, "nothing is bought twice");
        check_sums(&app, id).await;
    }
}

on_both! {
    async fn a_wish_to_pause_can_be_taken_back(app: TestApp) {
        let mut app = app;
        let (script, id, working) = at_work(&mut app, 20).await;
        ask(&app, PAUSE, id).await.unwrap();
        assert_eq!(ask(&app, RESUME, id).await.unwrap()["pauseAskedAt"], Value::Null);
        script.let_go(20);
        working.await.unwrap();
        // The wish may have been seen before it was taken back; then the run rests, and goes on when asked.
        if row(&app, id).await.status == Status::Paused {
            ask(&app, RESUME, id).await.unwrap();
            app.run_jobs().await;
        }
        assert_eq!(row(&app, id).await.status, Status::Completed);
    }
}

on_both! {
    async fn a_cancel_takes_effect_after_the_products_in_hand(app: TestApp) {
        let mut app = app;
        let (script, id, working) = at_work(&mut app, 20).await;
        assert_eq!(ask(&app, CANCEL, id).await.unwrap()["status"], "RUNNING");
        assert_eq!(ask(&app, CANCEL, id).await.unwrap_err(), "RUN_CANCELLING");
        eventually("told to stop", || async { script.waiting() == 5 }).await;
        script.let_go(20);
        is(&app, id, Status::Cancelled).await;
        working.await.unwrap();
        let run = row(&app, id).await;
        assert!(run.products_done >= 5, "what was paid for is kept: {run:?}");
        check_sums(&app, id).await;
    }
}

on_both! {
    async fn of_two_who_steer_at_once_one_wins_and_the_other_is_told(app: TestApp) {
        let mut app = app;
        Script::new(3).install(&mut app);
        let ways = [
            (PAUSE, PAUSE, "RUN_PAUSED"),
            (CANCEL, CANCEL, "RUN_FINISHED"),
        ];
        for (one, other, refusal) in ways {
            let id = start(&app, &["appliances-cooktops"]).await;
            let (one, other) = tokio::join!(ask(&app, one, id), ask(&app, other, id));
            let refused: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
            assert_eq!(refused, [refusal]);
            ask(&app, CANCEL, id).await.ok();
        }
    }
}

on_both! {
    async fn no_more_runs_are_active_than_the_settings_allow(app: TestApp) {
        let mut app = app;
        Script::new(3).install(&mut app);
        let runs = [start(&app, &["appliances-cooktops"]).await, start(&app, &["appliances-cooktops"]).await];
        let third = || ask(&app, "rerunCollectionRun", runs[0]);
        let (one, other) = tokio::join!(third(), third());
        let codes: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
        assert_eq!(codes, ["TOO_MANY_RUNS"]);
        app.run_jobs().await;
        let again = ask(&app, "rerunCollectionRun", runs[0]).await.unwrap();
        assert_eq!(again["rerunOf"]["id"], IdKind::Run.show(runs[0]));
        assert_eq!(again["name"], row(&app, runs[0]).await.name);
        app.run_jobs().await;
        assert_eq!(row(&app, id_of(&again)).await.status, Status::Completed);
    }
}

/// A run that rests because its marketplace fails.
async fn at_rest(app: &TestApp, script: &Script) -> Uuid {
    script.refuses_all(Some(fault(FaultKind::ServerError)));
    let id = start(app, &["appliances-cooktops"]).await;
    app.run_jobs().await;
    let run = row(app, id).await;
    assert_eq!((run.status, run.resumes_at.is_some()), (Status::Paused, true));
    script.refuses_all(None);
    id
}

on_both! {
    async fn a_run_that_rests_by_itself_is_steered_at_once(app: TestApp) {
        let mut app = app;
        let script = Script::new(20);
        script.install(&mut app);
        let id = at_rest(&app, &script).await;
        assert_eq!(ask(&app, RESUME, id).await.unwrap()["status"], "PENDING");
        assert_eq!(ask(&app, RESUME, id).await.unwrap_err(), "RUN_NOT_PAUSED");
        app.run_jobs().await;
        assert_eq!(row(&app, id).await.status, Status::Completed, "it does not wait for its time");
        let id = at_rest(&app, &script).await;
        let paused = ask(&app, PAUSE, id).await.unwrap();
        assert_eq!((&paused["status"], &paused["reason"]), (&"PAUSED".into(), &"REQUESTED".into()));
        assert_eq!(ask(&app, PAUSE, id).await.unwrap_err(), "RUN_PAUSED");
        app.pass(TimeDelta::days(1));
        assert_eq!(app.run_jobs().await, 0, "it does not go on by itself any more");
        assert_eq!(row(&app, id).await.resumes_at, None);
        ask(&app, RESUME, id).await.unwrap();
        app.run_jobs().await;
        assert_eq!(row(&app, id).await.status, Status::Completed);
        let id = at_rest(&app, &script).await;
        assert_eq!(ask(&app, CANCEL, id).await.unwrap()["status"], "CANCELLED");
        app.pass(TimeDelta::days(1));
        assert_eq!(app.run_jobs().await, 0);
        check_sums(&app, id).await;
    }
}

on_both! {
    async fn a_cancel_counts_for_more_than_a_pause(app: TestApp) {
        let mut app = app;
        for mutations in [[PAUSE, CANCEL], [CANCEL, PAUSE]] {
            let (script, id, working) = at_work(&mut app, 20).await;
            for mutation in mutations {
                ask(&app, mutation, id).await.ok();
            }
            for mutation in [PAUSE, RESUME, CANCEL] {
                assert_eq!(ask(&app, mutation, id).await.unwrap_err(), "RUN_CANCELLING", "{mutation}");
            }
            script.let_go(20);
            working.await.unwrap();
            let run = row(&app, id).await;
            assert_eq!((run.status, run.pause_asked_at), (Status::Cancelled, None), "{mutations:?}");
            check_sums(&app, id).await;
        }
    }
}

on_both! {
    async fn what_failed_is_tried_again_while_the_run_goes_on(app: TestApp) {
        let mut app = app;
        let script = Script::new(20);
        script.hold();
        script.install(&mut app);
        script.refuses("product 001", Some(fault(FaultKind::ServerError)));
        let id = start(&app, &["appliances-cooktops"]).await;
        let working = working(&app.app);
        eventually("at work", || async { script.waiting() == 5 }).await;
        assert_eq!(ask(&app, RETRY, id).await.unwrap_err(), "NOTHING_FAILED");
        script.let_go(15);
        eventually("all but the last", || async { row(&app, id).await.products_done == 15 }).await;
        script.refuses("product 001", None);
        assert_eq!(ask(&app, RETRY, id).await.unwrap()["status"], "RUNNING");
        assert_eq!(row(&app, id).await.products_done, 14);
        script.let_go(6);
        working.await.unwrap();
        let run = row(&app, id).await;
        assert_eq!((run.status, run.failed_items, run.sellers_new), (Status::Completed, 0, 20));
        assert_eq!(script.asked().len(), 21);
        check_sums(&app, id).await;
    }
}
