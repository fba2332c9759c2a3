//! A year of 50 schedules: every planned time has its row, whatever ran, slept or died meanwhile.

use std::{collections::HashMap, time::Duration};

use chrono::TimeDelta;
use futures::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sellerbook::schedules::{FireOutcome, NewSchedule, OverlapPolicy};

use super::*;
use crate::Backend;

/// Where clocks change at other moments, and one where they never do.
const ZONES: [&str; 5] = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"];
const POLICIES: [OverlapPolicy; 5] = [
    OverlapPolicy::BufferOne,
    OverlapPolicy::Skip,
    OverlapPolicy::BufferAll,
    OverlapPolicy::CancelOther,
    OverlapPolicy::AllowAll,
];
/// Some of each: daily, weekly, monthly, at the end of the month, at times that some days leave out or repeat.
const CRONS: [&str; 10] = [
    "30 2 * * *",
    "15 9 * * mon",
    "0 0 1 * *",
    "0 0 L * *",
    "0 9 * * 1#1",
    "30 1 * * sun",
    "@weekly",
    "45 23 15 * 5",
    "0 12 29 2 *",
    "0 6 */10 * *",
];

async fn fifty(app: &TestApp) -> Vec<Schedule> {
    let preset_id = preset(app, "Cooktops").await;
    let mut made_schedules = Vec::new();
    for number in 0..50 {
        let new = NewSchedule {
            cron: CRONS[number % 10].to_owned(),
            time_zone: ZONES[number / 10].to_owned(),
            overlap: POLICIES[(number + number / 10) % 5],
            catchup_window_seconds: [0, 3_600, 604_800][number % 3],
            ..daily(&format!("Schedule {number}"), preset_id)
        };
        made_schedules.push(made(app, new).await);
    }
    made_schedules
}

/// All processes tick. Every few times one of them is killed on the way; another may begin in its place.
async fn tick_and_kill(apps: &mut [App], app: &TestApp, random: &mut StdRng) {
    let ticking: Vec<_> = apps.iter().cloned().map(|app| tokio::spawn(async move { tick(&app).await })).collect();
    let victim = random.random_range(0..apps.len());
    let is_killed = random.random_bool(0.4);
    if is_killed {
        tokio::time::sleep(Duration::from_micros(random.random_range(0..15_000))).await;
        ticking[victim].abort();
    }
    for (number, ticked) in join_all(ticking).await.into_iter().enumerate() {
        assert!(ticked.is_ok() || (is_killed && number == victim), "{ticked:?}");
    }
    if is_killed && random.random_bool(0.2) {
        apps[victim] = restarted(app).await;
    }
}

/// Steps through a year: mostly to the next time that is due, sometimes past many.
async fn a_year(app: &TestApp, processes: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut apps = join_all((0..processes).map(|_| restarted(app))).await;
    let schedules = fifty(app).await;
    let end = app.now() + TimeDelta::days(365);
    while app.now() < end {
        let next = schedule::Entity::find().order_by_asc(schedule::Column::NextRunAt).one(app.app.db.read()).await;
        let next = next.unwrap().unwrap().next_run_at.unwrap().max(app.now());
        let sleep = match random.random_range(0..10) {
            0..=5 => TimeDelta::seconds(random.random_range(0..60)),
            6..=8 => TimeDelta::hours(random.random_range(0..48)),
            _ => TimeDelta::days(random.random_range(2..9)),
        };
        app.app.clock.set(next + sleep);
        tick_and_kill(&mut apps, app, &mut random).await;
        if random.random_bool(0.2) {
            let (actor, id) = (admin(app).await, schedules[random.random_range(0..schedules.len())].id);
            sellerbook::schedules::trigger(&apps[0], &actor, id).await.unwrap();
        }
        if random.random_bool(0.5) {
            end_all(app).await;
        }
    }
    for _ in 0..50 {
        end_all(app).await;
        tick(&app.app).await;
    }
    let mut seen: HashMap<FireOutcome, usize> = HashMap::new();
    for schedule in &schedules {
        check_whole(app, schedule, at(crate::app::NOW)).await;
        for (outcome, _) in outcomes(app, schedule.id).await {
            *seen.entry(outcome).or_default() += 1;
        }
    }
    // Of the common kinds many; and nothing waits for ever.
    for outcome in [FireOutcome::Started, FireOutcome::Skipped, FireOutcome::Missed] {
        assert!(seen.get(&outcome).is_some_and(|count| *count > 30), "{seen:?}");
    }
    assert_eq!(seen.get(&FireOutcome::Buffered), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_four_processes_on_one_postgres() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    a_year(&app, 4, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_one_process_on_sqlite() {
    let app = TestApp::new(Backend::Sqlite).await.unwrap();
    a_year(&app, 1, 1).await;
}
