//! Pause, resume and cancel, from every state, twice, and from two people at once.

use sellerbook::{
    app::App,
    collection::{self, CollectionRunStatus as Status},
    error::Error,
    work,
};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{CollectionRun, admin, check_sums, row, scripted::Script, start};
use crate::{TestApp, on_both, process::eventually};

/// What people do to a run.
#[derive(Clone, Copy, Debug)]
enum Steer {
    Pause,
    Resume,
    Cancel,
}

/// Does it; the code of the refusal when it is refused.
async fn steer(app: &TestApp, steer: Steer, id: Uuid) -> Result<CollectionRun, &'static str> {
    let (app, actor) = (&app.app, admin(app).await);
    let done: Result<CollectionRun, Error> = match steer {
        Steer::Pause => collection::pause(app, &actor, id).await,
        Steer::Resume => collection::resume(app, &actor, id).await,
        Steer::Cancel => collection::cancel(app, &actor, id).await,
    };
    done.map_err(|error| error.code())
}

/// Somebody who works, within the test.
fn working(app: &App) -> AbortOnDropHandle<usize> {
    let app = app.clone();
    AbortOnDropHandle::new(tokio::spawn(async move { work::run_jobs(&app).await.unwrap() }))
}

async fn is(app: &TestApp, id: Uuid, status: Status) {
    eventually("the status", || async { row(app, id).await.status == status }).await;
}

/// A run with all its workers at a product each, and who works on it.
async fn at_work(app: &mut TestApp, products: usize) -> (Script, Uuid, AbortOnDropHandle<usize>) {
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
        assert_eq!(steer(&app, Steer::Resume, id).await.unwrap_err(), "RUN_NOT_PAUSED");
        assert_eq!(steer(&app, Steer::Pause, id).await.unwrap().status, Status::Paused);
        assert_eq!(steer(&app, Steer::Pause, id).await.unwrap_err(), "RUN_PAUSED");
        assert_eq!(app.run_jobs().await, 0, "a paused run does not run");
        assert_eq!(steer(&app, Steer::Resume, id).await.unwrap().status, Status::Pending);
        assert_eq!(steer(&app, Steer::Resume, id).await.unwrap_err(), "RUN_NOT_PAUSED");
        steer(&app, Steer::Pause, id).await.unwrap();
        let cancelled = steer(&app, Steer::Cancel, id).await.unwrap();
        assert_eq!((cancelled.status, cancelled.reason.as_deref()), (Status::Cancelled, Some("REQUESTED")));
        for steering in [Steer::Pause, Steer::Resume, Steer::Cancel] {
            assert_eq!(steer(&app, steering, id).await.unwrap_err(), "RUN_FINISHED", "{steering:?}");
        }
        assert_eq!(app.run_jobs().await, 0);
        check_sums(&app, id).await;
    }
}

on_both! {
    async fn a_pause_takes_effect_after_the_products_in_hand(app: TestApp) {
        let mut app = app;
        let (script, id, working) = at_work(&mut app, 20).await;
        let asked = steer(&app, Steer::Pause, id).await.unwrap();
        assert_eq!((asked.status, asked.pause_asked_at.is_some()), (Status::Running, true));
        assert_eq!(steer(&app, Steer::Pause, id).await.unwrap_err(), "RUN_PAUSED");
        script.let_go(20);
        is(&app, id, Status::Paused).await;
        working.await.unwrap();
        let run = row(&app, id).await;
        assert_eq!((run.reason.as_deref(), run.products_done), (Some("REQUESTED"), 5));
        check_sums(&app, id).await;
        steer(&app, Steer::Resume, id).await.unwrap();
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
        steer(&app, Steer::Pause, id).await.unwrap();
        assert_eq!(steer(&app, Steer::Resume, id).await.unwrap().pause_asked_at, None);
        script.let_go(20);
        working.await.unwrap();
        // The wish may have been seen before it was taken back; then the run rests, and goes on when asked.
        if row(&app, id).await.status == Status::Paused {
            steer(&app, Steer::Resume, id).await.unwrap();
            app.run_jobs().await;
        }
        assert_eq!(row(&app, id).await.status, Status::Completed);
    }
}

on_both! {
    async fn a_cancel_takes_effect_after_the_products_in_hand(app: TestApp) {
        let mut app = app;
        let (script, id, working) = at_work(&mut app, 20).await;
        assert_eq!(steer(&app, Steer::Cancel, id).await.unwrap().status, Status::Running);
        assert_eq!(steer(&app, Steer::Cancel, id).await.unwrap_err(), "RUN_CANCELLING");
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
            (Steer::Pause, Steer::Pause, "RUN_PAUSED"),
            (Steer::Cancel, Steer::Cancel, "RUN_FINISHED"),
        ];
        for (one, other, refusal) in ways {
            let id = start(&app, &["appliances-cooktops"]).await;
            let (one, other) = tokio::join!(steer(&app, one, id), steer(&app, other, id));
            let refused: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
            assert_eq!(refused, [refusal]);
            steer(&app, Steer::Cancel, id).await.ok();
        }
    }
}

on_both! {
    async fn no_more_runs_are_active_than_the_settings_allow(app: TestApp) {
        let mut app = app;
        Script::new(3).install(&mut app);
        let runs = [start(&app, &["appliances-cooktops"]).await, start(&app, &["appliances-cooktops"]).await];
        let actor = admin(&app).await;
        let third = || collection::rerun(&app.app, &actor, runs[0]);
        let (one, other) = tokio::join!(third(), third());
        let codes: Vec<_> = [one, other].into_iter().filter_map(|run| run.err().map(|error| error.code())).collect();
        assert_eq!(codes, ["TOO_MANY_RUNS"]);
        app.run_jobs().await;
        let again = collection::rerun(&app.app, &actor, runs[0]).await.unwrap();
        assert_eq!((again.rerun_of, again.name), (Some(runs[0]), row(&app, runs[0]).await.name));
        app.run_jobs().await;
    }
}
