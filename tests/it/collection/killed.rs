//! `kill -9` of the process that works on a run, at random moments: in the end it is as if nothing had happened.

use std::{collections::HashSet, time::Duration};

use chrono::TimeDelta;
use entity::{
    job::{self, JobState},
    seller,
};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use sellerbook::{
    clock::Clock,
    collection::CollectionRunStatus as Status,
    work::{Chore, chore},
};
use tokio::time::sleep;
use uuid::Uuid;

use super::{TestApp, check_sums, items, row, seen_in, sightings, start};
use crate::{
    on_both,
    process::{Setting, eventually},
};

const KILLS: usize = 30;
/// Some hundred products, so that there is something to do after each kill.
const CATEGORIES: [&str; 5] = [
    "appliances-cooktops",
    "appliances-freezers",
    "appliances-microwaves",
    "appliances-dishwashers",
    "appliances-ranges",
];

on_both! {
    async fn a_run_that_is_killed_again_and_again_ends_as_an_undisturbed_one(app: TestApp) {
        let setting = Setting::of(&app).with("SELLERBOOK_CATALOGUE_LATENCY_MS", "60").with("SELLERBOOK_LOG", "warn");
        let seed: u64 = std::env::var("TEST_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
        println!("TEST_SEED={seed}");
        let mut moments = SmallRng::seed_from_u64(seed);
        let id = start(&app, &CATEGORIES).await;
        let mut bought = HashSet::new();
        for kill in 0..KILLS {
            let mut process = setting.start("work");
            eventually("claimed", || async { queued(&app, id).await.state != JobState::Pending }).await;
            sleep(Duration::from_millis(moments.random_range(0..200))).await;
            process.kill();
            let done: HashSet<Uuid> = finished(&app, id).await;
            assert!(done.is_superset(&bought), "what was bought is kept");
            println!("kill {kill}: {} items are done", done.len());
            bought = done;
            assert_ne!(queued(&app, id).await.state, JobState::Done, "too late after {kill} kills: give it more to do");
            rescue(&app, id).await;
        }
        {
            let _process = setting.start("work");
            eventually("done", || async { row(&app, id).await.completed_at.is_some() }).await;
        }
        check_sums(&app, id).await;
        let undisturbed = undisturbed(&app).await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.failed_items), (Status::Completed, 0));
        assert_eq!(names(&app, app.seeded.org, id).await, names(&app, app.seeded.other_org, undisturbed).await);
        assert_eq!(whys(&app, id).await, whys(&app, undisturbed).await);
        let other = row(&app, undisturbed).await;
        let counters = |run: &super::CollectionRun| {
            [run.products_total, run.products_done, run.sellers_found, run.sellers_new, run.best_sellers_calls, run.listings_calls]
        };
        assert_eq!(counters(&run), counters(&other));
        assert!(seen_in(&app, id).await.iter().all(|seen| seen.is_new));
    }
}

/// The same run in another organisation, which nobody kills.
async fn undisturbed(app: &TestApp) -> Uuid {
    let actor = sellerbook::auth::of_member(&app.app, app.seeded.other_admin.id).await.unwrap();
    let new = super::NewRun {
        category_ids: Some(CATEGORIES.iter().map(|id| (*id).to_owned()).collect()),
        ..super::NewRun::default()
    };
    let id = sellerbook::collection::start(&app.app, &actor, new).await.unwrap().id;
    app.run_jobs().await;
    id
}

async fn names(app: &TestApp, org: Uuid, run: Uuid) -> Vec<(String, Option<String>, i32)> {
    let rows =
        seller::Entity::find().filter(seller::Column::OrgId.eq(org)).filter(seller::Column::FirstSeenRunId.eq(run));
    let rows = rows.all(app.app.db.read()).await.unwrap();
    let mut names: Vec<_> =
        rows.into_iter().map(|row| (row.normalized_name, row.platform_id, row.times_seen)).collect();
    names.sort();
    names
}

async fn whys(app: &TestApp, run: Uuid) -> Vec<(String, i64, Option<String>)> {
    let mut whys: Vec<_> =
        sightings(app, run).await.into_iter().map(|row| (row.listing_id, row.price_cents, row.rung)).collect();
    whys.sort();
    whys
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
