//! `kill -9` of the process that works on a run, at random moments: in the end it is as if nothing had happened.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use chrono::TimeDelta;
use entity::job::{self, JobState};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use sellerbook::{
    clock::Clock,
    collection::CollectionRunStatus as Status,
    sources::Categories,
    work::{Chore, chore},
};
use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;

use super::{
    Bought, CollectionRun, TestApp, bought_for, categories, check_sums, items, names, row, seen_in, setting, start,
    start_as, subject_of, visit, whys,
};
use crate::{
    marketplace::{
        Marketplace,
        goods::{Goods, Thing},
    },
    on_both,
    process::eventually,
};

const KILLS: usize = 30;
/// As the settings have it.
const WORKERS: usize = 5;
/// Calls between two kills: more than are in hand at once, so that it gets on; after too many tries that do not, a run is
/// given up.
const MOST_CALLS: usize = 16;
const LATENCY: Duration = Duration::from_millis(20);
/// Of the built-in ones.
const CATEGORIES: usize = 20;
on_both! {
    async fn a_run_that_is_killed_again_and_again_ends_as_an_undisturbed_one(app: TestApp) {
        let mut app = app;
        let market = Marketplace::open(goods()).await;
        market.latency(LATENCY);
        let setting = setting(&app, &market).with("SELLERBOOK_LOG", "warn");
        let seed: u64 = std::env::var("TEST_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
        println!("TEST_SEED={seed}");
        let mut moments = SmallRng::seed_from_u64(seed);
        let id = start(&app, &categories(CATEGORIES)).await;
        let (mut done, mut settled) = (HashSet::new(), Bought::new());
        for kill in 0..KILLS {
            let mut process = setting.start("work");
            eventually("claimed", || async { queued(&app, id).await.state != JobState::Pending }).await;
            let calls = market.asked().len() + moments.random_range(0..=MOST_CALLS);
            eventually("so many calls", || async { market.asked().len() >= calls }).await;
            // At any point between two of them.
            sleep(LATENCY.mul_f64(moments.random())).await;
            process.kill();
            let now_done = finished(&app, id).await;
            assert!(now_done.is_superset(&done), "what was bought is kept");
            println!("kill {kill}: {} items are done", now_done.len());
            done = now_done;
            let now_settled = bought_for(&app, &market, id).await;
            assert!(settled.iter().all(|(what, times)| now_settled[what] == *times), "what is done is not bought again");
            settled = now_settled;
            assert_ne!(queued(&app, id).await.state, JobState::Done, "too late after {kill} kills: give it more to do");
            rescue(&app, id).await;
        }
        {
            let _process = setting.start("work");
            eventually("done", || async { row(&app, id).await.completed_at.is_some() }).await;
        }
        check_sums(&app, id).await;
        check_bought(&market, &settled);
        let calm = visit(&mut app, goods()).await;
        let undisturbed = start_as(&app, &app.seeded.other_admin.token, &categories(CATEGORIES), json!({})).await;
        app.run_jobs().await;
        assert!(calm.bought().keys().eq(market.bought().keys()));
        assert!(calm.bought().values().all(|times| *times == 1));
        let run = row(&app, id).await;
        assert_eq!((run.status, run.failed_items), (Status::Completed, 0));
        assert_eq!(names(&app, app.seeded.org, id).await, names(&app, app.seeded.other_org, undisturbed).await);
        assert_eq!(whys(&app, id).await, whys(&app, undisturbed).await);
        let other = row(&app, undisturbed).await;
        let counters = |run: &CollectionRun| {
            [run.products_total, run.products_done, run.sellers_found, run.sellers_new, run.best_sellers_calls, run.listings_calls]
        };
        assert_eq!(counters(&run), counters(&other));
        assert!(seen_in(&app, id).await.iter().all(|seen| seen.is_new));
    }
}

/// Some hundred products, so that there is something to do after each kill; one of the categories has a second page.
fn goods() -> Goods {
    let node = Categories::load(None).unwrap().all().next().unwrap().node.clone();
    (0..60).fold(Goods::generated(14, 4, 200), |goods, number| {
        goods.thing(&node, Thing { asin: format!("B1{number:08}"), title: format!("Sundry {number}"), cents: None })
    })
}

/// No page and no product is bought twice but for those that were in hand at a kill.
fn check_bought(market: &Marketplace, settled: &Bought) {
    let bought = market.bought();
    assert!(settled.iter().all(|(what, times)| bought[what] == *times), "what is done is not bought again");
    let again: BTreeSet<_> =
        bought.iter().filter(|(_, times)| **times > 1).map(|((at, what), _)| subject_of(*at, what)).collect();
    let spare: usize = bought.values().map(|times| times - 1).sum();
    println!("{} things bought, {} of them again, {spare} in vain", bought.len(), again.len());
    assert!(again.len() <= KILLS * WORKERS, "{again:?}");
}

async fn finished(app: &TestApp, run: Uuid) -> HashSet<Uuid> {
    items(app, run).await.into_iter().filter(|item| item.finished_at.is_some()).map(|item| item.id).collect()
}

async fn queued(app: &TestApp, run: Uuid) -> job::Model {
    let found = job::Entity::find().filter(job::Column::SubjectId.eq(run)).one(app.app.db.read()).await;
    found.unwrap().unwrap()
}

/// What another process would do when the lease is over, at once; and the job is to begin at once.
async fn rescue(app: &TestApp, run: Uuid) {
    let now = Clock::system().now();
    app.app.clock.set(now);
    set(app, run, job::Column::LeaseUntil, now - TimeDelta::seconds(1)).await;
    assert_eq!(chore(&app.app, Chore::Rescue).await.unwrap(), 1);
    set(app, run, job::Column::RunAt, now - TimeDelta::seconds(1)).await;
}

async fn set(app: &TestApp, run: Uuid, column: job::Column, at: chrono::DateTime<chrono::Utc>) {
    let change = job::Entity::update_many().col_expr(column, Expr::value(at)).filter(job::Column::SubjectId.eq(run));
    app.app
        .db
        .write(|tx| {
            Box::pin(async move {
                change.exec(tx).await.unwrap();
                Ok(())
            })
        })
        .await
        .unwrap();
}
