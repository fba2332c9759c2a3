//! Several processes on one PostgreSQL, at the same moment and cut off in the middle.

use std::time::Duration;

use futures::future::join_all;
use rand::Rng;
use sellerbook::schedules::{self, NewSchedule, OverlapPolicy};

use super::*;
use crate::{
    Backend, on_both,
    process::{Setting, eventually},
};

on_both! {
    async fn ticks_that_are_cut_off_anywhere_leave_nothing_half_done(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::BufferAll).await;
        for day in 0..40 {
            app.app.clock.set(at("2026-11-20T09:00:00Z") + chrono::TimeDelta::days(day));
            for _ in 0..3 {
                let there = app.app.clone();
                let ticking = tokio::spawn(async move { tick(&there).await });
                tokio::time::sleep(Duration::from_micros(rand::rng().random_range(0..8_000))).await;
                ticking.abort();
                let _ = ticking.await;
            }
            tick(&app.app).await;
            check_whole(&app, &schedule, at(crate::app::NOW)).await;
            end_all(&app).await;
        }
        tick(&app.app).await;
        let outcomes = outcomes(&app, schedule.id).await;
        assert!(outcomes.iter().all(|outcome| *outcome == STARTED), "{outcomes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_start_what_waits_once() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    let apps = join_all((0..4).map(|_| restarted(&app))).await;
    let schedule = made_daily(&app, OverlapPolicy::BufferAll).await;
    start(&app).await;
    for day in 20..25 {
        tick_at(&app, &format!("2026-11-{day}T09:00:00Z")).await;
    }
    for started in 1..=5 {
        end_all(&app).await;
        let ended: u64 = join_all(apps.iter().map(tick)).await.into_iter().sum();
        assert_eq!(ended, 1);
        let outcomes = outcomes(&app, schedule.id).await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == STARTED).count(), started);
    }
    check_whole(&app, &schedule, at(crate::app::NOW)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_the_clock_do_not_stand_in_each_others_way() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    let apps = join_all((0..2).map(|_| restarted(&app))).await;
    let schedule = made_daily(&app, OverlapPolicy::CancelOther).await;
    let actor = admin(&app).await;
    for day in 0..15 {
        app.app.clock.set(at("2026-11-20T09:00:00Z") + chrono::TimeDelta::days(day));
        let by_hand = start(&app).await;
        let change = schedules::ScheduleChange { cron: Some(format!("{day} 9 * * *")), ..Default::default() };
        let (ticks, triggered, changed, cancelled) = tokio::join!(
            join_all(apps.iter().map(tick)),
            schedules::trigger(&app.app, &actor, schedule.id),
            schedules::update_schedule(&apps[0], &actor, schedule.id, change),
            collection::cancel(&apps[1], &actor, by_hand),
        );
        // Whoever came first: none of them was told that the database could not.
        assert!(ticks.into_iter().sum::<u64>() <= 3);
        triggered.unwrap();
        changed.unwrap();
        let refused = cancelled.err().map(|error| error.code());
        assert!([None, Some("RUN_FINISHED"), Some("RUN_CANCELLING")].contains(&refused), "{refused:?}");
    }
    let retried = NewSchedule { overlap: OverlapPolicy::CancelOther, ..daily("Other", preset(&app, "Other").await) };
    made(&app, retried).await;
    end_all(&app).await;
    let fires = fired(&app, schedule.id).await;
    assert!(fires.iter().filter(|fire| fire.is_manual).count() == 15);
}

/// Schedules that are due now, by the machine's clock.
async fn due_now(app: &TestApp, count: usize) -> Vec<Uuid> {
    let (preset_id, now) = (preset(app, "Cooktops").await, app.now());
    let mut ids = Vec::new();
    for number in 0..count {
        let new = NewSchedule {
            // Not again while the test goes on.
            cron: "0 9 29 2 *".to_owned(),
            overlap: OverlapPolicy::BufferAll,
            ..daily(&format!("Schedule {number}"), preset_id)
        };
        ids.push(made(app, new).await.id);
    }
    app.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let due = schedule::ActiveModel { next_run_at: Set(Some(now)), ..Default::default() };
                schedule::Entity::update_many().set(due).exec(tx).await.doing("testing")
            })
        })
        .await
        .unwrap();
    ids
}

async fn count(app: &TestApp, outcome: schedules::FireOutcome) -> usize {
    let rows = schedule_fire::Entity::find().filter(schedule_fire::Column::Outcome.eq(outcome));
    rows.all(app.app.db.read()).await.unwrap().len()
}

on_both! {
    async fn the_clockwork_of_a_process_fires_and_starts_what_waits(app: TestApp) {
        let setting = Setting::of(&app).with("SELLERBOOK_CATALOGUE_LATENCY_MS", "0");
        let ids = due_now(&app, 2).await;
        let _process = setting.start("work");
        let ended = || async { runs(&app).await.iter().filter(|run| run.completed_at.is_some()).count() };
        eventually("both have run", || async { ended().await == 2 }).await;
        for id in ids {
            assert_eq!(outcomes(&app, id).await, [STARTED]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_killed_neither_lose_nor_double_a_fire() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    let setting = Setting::of(&app);
    // A run that nobody works on: everything waits for it.
    let by_hand = start(&app).await;
    collection::pause(&app.app, &admin(&app).await, by_hand).await.unwrap();
    let ids = due_now(&app, 12).await;
    let (mut one, mut two) = (setting.start("work"), setting.start("work"));
    let buffered = || async { count(&app, schedules::FireOutcome::Buffered).await };
    eventually("the first fires", || async { buffered().await > 0 }).await;
    one.kill();
    two.kill();
    let _three = setting.start("work");
    eventually("all fires", || async { buffered().await == 12 }).await;
    for id in &ids {
        assert_eq!(fired(&app, *id).await.len(), 1);
    }
    collection::cancel(&app.app, &admin(&app).await, by_hand).await.unwrap();
    eventually("what waits starts", || async { buffered().await < 12 }).await;
    assert!(collection::active(app.app.db.read(), app.seeded.org).await.unwrap().len() <= 1);
}
