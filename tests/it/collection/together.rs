//! Two processes on one PostgreSQL: what one collects the other shows, and takes over when the first dies.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use entity::job;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use sellerbook::{app::App, config::Config, id::IdKind, work};
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use super::{categories, check_sums, row, setting, start};
use crate::{
    Backend, TestApp,
    marketplace::{Marketplace, goods::Goods},
    process::eventually,
    wire::{Server, subscribe},
};

/// All that a subscription says, as it comes.
struct Follower {
    told: Arc<Mutex<Vec<(Instant, Value)>>>,
    task: AbortOnDropHandle<()>,
}

impl Follower {
    async fn new(server: &Server, token: &str, field: &'static str, query: &str) -> Self {
        let mut socket = server.signed_in(token).await;
        socket.say(subscribe("1", query)).await;
        let told: Arc<Mutex<Vec<_>>> = Arc::default();
        let own = Arc::clone(&told);
        let task = tokio::spawn(async move {
            loop {
                let message = socket.hear().await;
                if message["type"] == "complete" {
                    return;
                }
                let said = message["payload"]["data"][field].clone();
                assert!(said.is_object(), "{message}");
                own.lock().unwrap().push((Instant::now(), said));
            }
        });
        Self { told, task: AbortOnDropHandle::new(task) }
    }

    fn told(&self) -> Vec<(Instant, Value)> {
        self.told.lock().unwrap().clone()
    }

    fn numbers(&self, pointer: &str) -> Vec<i64> {
        self.told().iter().map(|(_, said)| said.pointer(pointer).unwrap().as_i64().unwrap()).collect()
    }
}

async fn fence(app: &TestApp, run: Uuid) -> i64 {
    let found = job::Entity::find().filter(job::Column::SubjectId.eq(run)).one(app.app.db.read()).await;
    found.unwrap().unwrap().fence
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_collects_another_shows_and_takes_over_when_it_dies() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    let market = Marketplace::open(Goods::generated(10, 4, 200)).await;
    market.latency(Duration::from_millis(60));
    let setting = setting(&app, &market);
    let config = market.config(Config::clone(&app.app.config));
    let here = App::connect(Config { job_lease_seconds: 1, ..config }).await.unwrap();
    let _ears = AbortOnDropHandle::new(tokio::spawn(work::listen(here.clone())));
    let server = Server::start(&here).await;
    let id = start(&app, &categories(20)).await;
    let (shown, token) = (IdKind::Run.show(id), &app.seeded.va.token);
    let states = format!(
        "subscription {{ collectionRunProgress(id: \"{shown}\") {{ status reason workers {{ state }}
            progress {{ productsDone sellersFound calls revision }} }} }}"
    );
    let states = Follower::new(&server, token, "collectionRunProgress", &states).await;
    let events = format!("subscription {{ collectionActivity(runId: \"{shown}\") {{ seq kind }} }}");
    let events = Follower::new(&server, token, "collectionActivity", &events).await;
    let mut there = setting.start("work");
    // What is done over there is seen here.
    let done = || states.numbers("/progress/productsDone").last().copied().unwrap_or_default();
    eventually("progress is seen", || async { done() >= 20 && events.told().len() > 40 }).await;
    there.kill();
    assert_eq!(fence(&app, id).await, 1, "nobody else has had it");
    let seen = done();
    let crew = work::crew(here.clone(), 1, CancellationToken::new());
    let _crew = AbortOnDropHandle::new(tokio::spawn(crew));
    eventually("taken over", || async { fence(&app, id).await == 2 }).await;
    eventually("the end", || async { states.task.is_finished() && events.task.is_finished() }).await;
    let run = row(&app, id).await;
    assert_eq!((run.reason.as_deref(), run.failed_items), (Some("DONE"), 0));
    assert!(i64::from(run.products_done) > seen, "there was something left to do");
    check_sums(&app, id).await;
    assert_eq!(events.numbers("/seq"), (1..=run.last_seq).collect::<Vec<_>>());
    check_states(&states, &run);
    let spare: usize = market.bought().values().map(|times| times - 1).sum();
    assert!(spare <= 2 * 5, "only what was in hand is bought again: {spare}");
}

/// They go forward and come to the end, four a second.
fn check_states(states: &Follower, run: &super::CollectionRun) {
    let told = states.told();
    assert!(
        told.iter().any(|(_, state)| state["workers"]
            .as_array()
            .unwrap()
            .iter()
            .any(|worker| worker["state"] == "WORKING"))
    );
    for pointer in ["/progress/productsDone", "/progress/sellersFound", "/progress/calls", "/progress/revision"] {
        assert!(states.numbers(pointer).is_sorted(), "{pointer} goes back");
    }
    let (_, last) = told.last().unwrap();
    assert_eq!((&last["status"], last["progress"]["revision"].as_i64()), (&"COMPLETED".into(), Some(run.revision)));
    let seconds = (told[told.len() - 1].0 - told[0].0).as_secs_f64();
    // Beginning, dying, being taken over and ending are told at once.
    assert!(told.len() as f64 <= 4.0 * seconds + 8.0, "{} states in {seconds} s", told.len());
}
