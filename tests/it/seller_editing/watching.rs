//! Watching the sellers of a filter: what is told, to whom, and what that costs.

use std::{collections::BTreeMap, pin::Pin, sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures::{Stream, StreamExt};
use sellerbook::{
    auth,
    error::Result,
    id::IdKind,
    sellers::{self, SellerFilter, SellersChange},
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::{add, done, listed, uuid};
use crate::{
    Backend, TestApp,
    collection::{
        scripted::{Script, seller},
        start,
    },
    jobs::processes::listening,
    on_both,
    seed::{self, NewSeller},
    wire::{Server, subscribe},
};

const SOON: Duration = Duration::from_secs(20);
/// As long as nothing is waited for that does not come.
const A_WHILE: Duration = Duration::from_millis(600);

type Changes = Pin<Box<dyn Stream<Item = Result<Arc<SellersChange>>> + Send>>;

async fn watch(app: &TestApp, filter: SellerFilter) -> Changes {
    let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
    let mut changes: Changes = Box::pin(sellers::watch(&app.app, &admin, filter).await.unwrap());
    let first = next(&mut changes).await;
    assert!(first.added.is_empty() && first.changed.is_empty() && first.removed.is_empty(), "{first:?}");
    changes
}

async fn next(changes: &mut Changes) -> Arc<SellersChange> {
    timeout(SOON, changes.next()).await.unwrap().unwrap().unwrap()
}

fn names(rows: &[sellers::Seller]) -> Vec<&str> {
    rows.iter().map(|row| row.display_name.as_str()).collect()
}

/// A grid as a client keeps it: what it has of each seller.
#[derive(Default)]
struct Grid(BTreeMap<Uuid, sellers::Seller>);

impl Grid {
    fn take(&mut self, change: &SellersChange) {
        for row in change.added.iter().chain(&change.changed) {
            self.0.insert(row.id, row.clone());
        }
        for id in &change.removed {
            self.0.remove(id);
        }
    }
}

on_both! {
    async fn what_is_done_to_sellers_is_told_by_what_it_means_to_the_filter(app: TestApp) {
        let before = add(&app, &["acme before"]).await.remove(0);
        let filter = SellerFilter { search: Some("acme".to_owned()), ..SellerFilter::default() };
        let mut changes = watch(&app, filter).await;
        app.pass(TimeDelta::seconds(1));
        let ids = add(&app, &["acme one", "other"]).await;
        let told = next(&mut changes).await;
        assert_eq!((names(&told.added), told.changed.len()), (vec!["acme one"], 0));
        assert_eq!((told.removed.clone(), told.as_of), (vec![uuid(&ids[1])], app.now()));
        app.pass(TimeDelta::seconds(1));
        done(&app, "flagSellers", json!({ "ids": [before, ids[0]], "flagged": true }), "").await;
        let told = next(&mut changes).await;
        assert_eq!((told.added.len(), names(&told.changed).len(), told.removed.len()), (0, 2, 0));
        assert!(told.changed.iter().all(|row| row.flagged));
        // Into the filter and out of it.
        app.pass(TimeDelta::seconds(1));
        done(&app, "renameSeller", json!({ "id": ids[1], "displayName": "Acme other" }), "").await;
        assert_eq!(names(&next(&mut changes).await.changed), ["Acme other"]);
        app.pass(TimeDelta::seconds(1));
        done(&app, "renameSeller", json!({ "id": ids[0], "displayName": "somebody" }), "").await;
        assert_eq!(next(&mut changes).await.removed, [uuid(&ids[0])]);
        app.pass(TimeDelta::seconds(1));
        done(&app, "deleteSellers", json!({ "ids": [ids[1]] }), "").await;
        assert_eq!(next(&mut changes).await.removed, [uuid(&ids[1])]);
        app.pass(TimeDelta::seconds(1));
        done(&app, "restoreSellers", json!({ "ids": [ids[1]] }), "").await;
        assert_eq!(names(&next(&mut changes).await.changed), ["Acme other"]);
    }
}

on_both! {
    async fn changes_of_one_moment_are_all_told_and_each_once(app: TestApp) {
        // The clock stands: everything happens at the moment of what was there before.
        add(&app, &["before"]).await;
        let mut changes = watch(&app, SellerFilter::default()).await;
        let ids = add(&app, &["one", "two"]).await;
        assert_eq!(next(&mut changes).await.added.len(), 2);
        done(&app, "flagSellers", json!({ "ids": [ids[0]], "flagged": true }), "").await;
        let told = next(&mut changes).await;
        assert_eq!((told.added.len() + told.changed.len(), told.removed.len()), (1, 0), "{told:?}");
        done(&app, "deleteSellers", json!({ "ids": [ids[1]] }), "").await;
        assert_eq!(next(&mut changes).await.removed, [uuid(&ids[1])]);
        // What changes nothing is not told.
        done(&app, "flagSellers", json!({ "ids": [ids[0]], "flagged": true }), "").await;
        assert!(timeout(A_WHILE, changes.next()).await.is_err());
    }
}

on_both! {
    async fn a_grid_fills_while_a_run_goes_on(app: TestApp) {
        let mut app = app;
        let script = Script::new(30);
        script.install(&mut app);
        add(&app, &["seller 7"]).await;
        for number in 0..30 {
            let listed: Vec<_> = (number..number + 10).map(|number| seller(&format!("seller {number}"), None)).collect();
            script.sells(&format!("product {number:03}"), &listed);
        }
        let run = start(&app, &["appliances-cooktops"]).await;
        let filter = SellerFilter { seen_in_run: Some(run), ..SellerFilter::default() };
        let (mut all, mut of_run) = (watch(&app, SellerFilter::default()).await, watch(&app, filter).await);
        let product = app.app.clone();
        let working = tokio::spawn(async move { sellerbook::work::run_jobs(&product).await.unwrap() });
        let (mut grid, mut grid_of_run) = (Grid::default(), Grid::default());
        while grid.0.len() < 39 || grid_of_run.0.len() < 39 {
            tokio::select! {
                change = all.next() => grid.take(&change.unwrap().unwrap()),
                change = of_run.next() => grid_of_run.take(&change.unwrap().unwrap()),
                () = tokio::time::sleep(SOON) => panic!("{} and {} of 39", grid.0.len(), grid_of_run.0.len()),
            }
        }
        working.await.unwrap();
        while let Ok(change) = timeout(A_WHILE, all.next()).await {
            grid.take(&change.unwrap().unwrap());
        }
        let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
        let ids: Vec<Uuid> = grid.0.keys().copied().collect();
        for row in sellers::find_many(&app.app, &admin, &ids).await.unwrap() {
            assert_eq!(grid.0.get(&row.id), Some(&row), "a grid shows what is there");
        }
        assert_eq!(grid.0.len(), listed(&app).await.len());
    }
}

on_both! {
    async fn thousands_come_in_messages_of_five_hundred_four_a_second(app: TestApp) {
        let mut changes = watch(&app, SellerFilter::default()).await;
        let names: Vec<String> = (0..1_700).map(|number| format!("seller {number}")).collect();
        done(&app, "addSellers", json!({ "names": names }), "").await;
        let begun = Instant::now();
        let mut grid = Grid::default();
        for expected in [500, 500, 500, 200] {
            let told = next(&mut changes).await;
            assert_eq!(told.added.len(), expected);
            grid.take(&told);
        }
        assert!(begun.elapsed() >= Duration::from_millis(700), "{:?}", begun.elapsed());
        assert_eq!(grid.0.len(), 1_700);
    }
}

on_both! {
    async fn a_slow_client_misses_nothing_and_finds_each_seller_as_it_is(app: TestApp) {
        let mut slow = watch(&app, SellerFilter::default()).await;
        let mut fast = watch(&app, SellerFilter::default()).await;
        let mut ids = Vec::new();
        for turn in 0..5 {
            app.pass(TimeDelta::seconds(1));
            ids.extend(add(&app, &[&format!("seller {turn}")]).await);
            done(&app, "flagSellers", json!({ "ids": ids, "flagged": turn % 2 == 0 }), "").await;
            next(&mut fast).await;
        }
        let told = next(&mut slow).await;
        assert_eq!((told.added.len(), told.changed.len()), (5, 0), "{told:?}");
        assert!(told.added.iter().all(|row| row.flagged));
        assert!(timeout(A_WHILE, slow.next()).await.is_err());
    }
}

on_both! {
    async fn a_hundred_who_watch_the_same_cost_the_database_what_one_does(app: TestApp) {
        let mut watchers = Vec::new();
        for _ in 0..100 {
            watchers.push(watch(&app, SellerFilter::default()).await);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
        sellers::add(&app.app, &admin, vec!["new".to_owned()]).await.unwrap();
        let before = app.statements();
        for changes in &mut watchers {
            assert_eq!(names(&next(changes).await.added), ["new"]);
        }
        let cost = app.statements() - before;
        assert!(cost < 20, "{cost} statements");
    }
}

on_both! {
    async fn sellers_of_others_are_not_told(app: TestApp) {
        let mut changes = watch(&app, SellerFilter::default()).await;
        let other = auth::of_member(&app.app, app.seeded.other_admin.id).await.unwrap();
        sellers::add(&app.app, &other, vec!["theirs".to_owned()]).await.unwrap();
        assert!(timeout(A_WHILE, changes.next()).await.is_err());
        let nothing = auth::of_member(&app.app, app.seeded.va_nothing.id).await.unwrap();
        assert!(sellers::watch(&app.app, &nothing, SellerFilter::default()).await.is_err());
        let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
        for bad in [
            SellerFilter { min_feedback_percent: Some(101.0), ..SellerFilter::default() },
            SellerFilter { as_of: Some(sellers::SellerMoment::Now), ..SellerFilter::default() },
        ] {
            assert_eq!(sellers::watch(&app.app, &admin, bad).await.err().unwrap().code(), "INVALID_FILTER");
        }
    }
}

const WATCHED: &str = "subscription { sellersChanged(filter: { search: \"acme\" }) {
    asOf added { displayName } changed { id } removed } }";

on_both! {
    async fn a_socket_and_an_event_stream_tell_the_same(app: TestApp) {
        let there = seed::sellers(&app.app, vec![NewSeller::new(&app.app, app.seeded.org, "acme there")]).await;
        let server = Server::start(&app.app).await;
        let mut socket = server.signed_in(&app.seeded.va.token).await;
        socket.say(subscribe("1", WATCHED)).await;
        let mut stream = server.events(&app.seeded.va.token, &json!({ "query": WATCHED })).await;
        let nothing = json!({ "asOf": "2026-11-20T08:00:00Z", "added": [], "changed": [], "removed": [] });
        let of_stream = |event: Option<(String, Value)>| event.unwrap().1["data"]["sellersChanged"].clone();
        assert_eq!(socket.data("1").await["sellersChanged"], nothing);
        assert_eq!(of_stream(stream.next().await), nothing);
        app.pass(TimeDelta::seconds(1));
        add(&app, &["Acme new"]).await;
        let new = json!({
            "asOf": "2026-11-20T08:00:01Z", "added": [{ "displayName": "Acme new" }], "changed": [], "removed": [],
        });
        assert_eq!(socket.data("1").await["sellersChanged"], new);
        assert_eq!(of_stream(stream.next().await), new);
        app.pass(TimeDelta::seconds(1));
        let there = IdKind::Seller.show(there[0]);
        done(&app, "deleteSellers", json!({ "ids": [there] }), "").await;
        assert_eq!(socket.data("1").await["sellersChanged"]["removed"], json!([there]));
        assert_eq!(of_stream(stream.next().await)["removed"], json!([there]));
        seed::suspend(&app.app, app.seeded.va.id).await;
        assert_eq!(socket.closed().await.0, 4403);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_does_is_told_at_once() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    let other = listening(&app.app).await;
    let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
    let mut changes: Changes = Box::pin(sellers::watch(&other.app, &admin, SellerFilter::default()).await.unwrap());
    next(&mut changes).await;
    for name in ["one", "two"] {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let begun = Instant::now();
        add(&app, &[name]).await;
        assert_eq!(names(&next(&mut changes).await.added), [name]);
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}
