//! Every overlap policy against a run that somebody started by hand and against its own, with restarts between.

use sellerbook::schedules::{self, FireOutcome, NewSchedule, OverlapPolicy};

use super::*;
use crate::on_both;

const ALL: [OverlapPolicy; 5] = [
    OverlapPolicy::BufferOne,
    OverlapPolicy::Skip,
    OverlapPolicy::BufferAll,
    OverlapPolicy::CancelOther,
    OverlapPolicy::AllowAll,
];

/// Three days: nine o'clock passes on each while what was active before still is; then it ends, then what followed ends.
/// The outcomes after the three, and after all is over.
async fn three_days(app: &TestApp, overlap: OverlapPolicy) -> [Vec<(FireOutcome, Option<String>)>; 2] {
    let schedule = made_daily(app, overlap).await;
    for day in 20..23 {
        app.app.clock.set(at(&format!("2026-11-{day}T09:00:00Z")));
        // Each tick is that of a process which has just begun, and twice.
        let other = restarted(app).await;
        assert_eq!(tick(&other).await, 1, "{overlap:?}");
        assert_eq!(tick(&app.app).await, 0, "{overlap:?}");
    }
    let before = outcomes(app, schedule.id).await;
    for _ in 0..4 {
        end_all(app).await;
        let other = restarted(app).await;
        tick(&other).await;
        assert_eq!(tick(&app.app).await, 0, "{overlap:?}");
    }
    check_whole(app, &schedule, at(crate::app::NOW)).await;
    [before, outcomes(app, schedule.id).await]
}

on_both! {
    async fn every_policy_against_a_run_started_by_hand(app: TestApp) {
        let (waits, dropped) = (not(FireOutcome::Buffered, "RUN_ACTIVE"), not(FireOutcome::Dropped, "ONE_WAITS"));
        let skipped = not(FireOutcome::Skipped, "RUN_ACTIVE");
        for overlap in ALL {
            end_all(&app).await;
            app.app.clock.set(at(crate::app::NOW));
            let by_hand = start(&app).await;
            let [before, after] = three_days(&app, overlap).await;
            let (wanted_before, wanted_after) = match overlap {
                OverlapPolicy::BufferOne => {
                    ([waits.clone(), dropped.clone(), dropped.clone()], [STARTED, dropped.clone(), dropped.clone()])
                }
                OverlapPolicy::Skip => ([skipped.clone(), skipped.clone(), skipped.clone()], [skipped.clone(), skipped.clone(), skipped.clone()]),
                OverlapPolicy::BufferAll => ([waits.clone(), waits.clone(), waits.clone()], [STARTED, STARTED, STARTED]),
                // Nobody works on any of them: they end as soon as they are cancelled.
                OverlapPolicy::CancelOther | OverlapPolicy::AllowAll => ([STARTED, STARTED, STARTED], [STARTED, STARTED, STARTED]),
            };
            // Three may be active at a time, and the one by hand is one.
            let refused = not(FireOutcome::Failed, "TOO_MANY_RUNS");
            if overlap == OverlapPolicy::AllowAll {
                assert_eq!(before, [STARTED, STARTED, refused.clone()]);
                assert_eq!(after, before);
            } else {
                assert_eq!((before, after), (wanted_before.to_vec(), wanted_after.to_vec()), "{overlap:?}");
            }
            let is_cancelled = run(&app, by_hand).await.status == CollectionRunStatus::Cancelled;
            assert_eq!(is_cancelled, overlap == OverlapPolicy::CancelOther);
            disable(&app, overlap).await;
        }
    }
}

on_both! {
    async fn every_policy_against_itself(app: TestApp) {
        let (waits, dropped) = (not(FireOutcome::Buffered, "RUN_ACTIVE"), not(FireOutcome::Dropped, "ONE_WAITS"));
        let skipped = not(FireOutcome::Skipped, "RUN_ACTIVE");
        for overlap in ALL {
            end_all(&app).await;
            app.app.clock.set(at(crate::app::NOW));
            let [before, after] = three_days(&app, overlap).await;
            let (wanted_before, wanted_after) = match overlap {
                OverlapPolicy::BufferOne => ([STARTED, waits.clone(), dropped.clone()], [STARTED, STARTED, dropped.clone()]),
                OverlapPolicy::Skip => ([STARTED, skipped.clone(), skipped.clone()], [STARTED, skipped.clone(), skipped.clone()]),
                OverlapPolicy::BufferAll => ([STARTED, waits.clone(), waits.clone()], [STARTED, STARTED, STARTED]),
                OverlapPolicy::CancelOther | OverlapPolicy::AllowAll => ([STARTED, STARTED, STARTED], [STARTED, STARTED, STARTED]),
            };
            assert_eq!((before, after), (wanted_before.to_vec(), wanted_after.to_vec()), "{overlap:?}");
            disable(&app, overlap).await;
        }
    }
}

/// The schedule of a policy fires no more.
async fn disable(app: &TestApp, overlap: OverlapPolicy) {
    let found = schedule::Entity::find().filter(schedule::Column::Overlap.eq(overlap)).one(app.app.db.read()).await;
    let (id, actor) = (found.unwrap().unwrap().id, admin(app).await);
    schedules::delete_schedule(&app.app, &actor, id).await.unwrap();
    let preset = collection::list_presets(&app.app, &actor, &Default::default()).await.unwrap().rows;
    let preset = preset.into_iter().find(|(_, preset)| preset.name == format!("{overlap:?}")).unwrap().1;
    collection::delete_preset(&app.app, &actor, preset.id).await.unwrap();
}

on_both! {
    async fn what_waits_starts_as_soon_as_the_run_ends_that_it_waited_for(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::BufferOne).await;
        let by_hand = start(&app).await;
        tick_at(&app, "2026-11-20T09:00:00Z").await;
        assert_eq!(outcomes(&app, schedule.id).await, [not(FireOutcome::Buffered, "RUN_ACTIVE")]);
        app.pass(chrono::TimeDelta::minutes(7));
        // No tick: the end of the first run starts the second, and the same worker goes on with it.
        app.run_jobs().await;
        assert!(run(&app, by_hand).await.completed_at.is_some());
        let [fire] = fired(&app, schedule.id).await.try_into().unwrap();
        assert_eq!((fire.outcome, fire.fired_at), (FireOutcome::Started, Some(at("2026-11-20T09:07:00Z"))));
        let run = run(&app, fire.run_id.unwrap()).await;
        assert_eq!((run.status, run.schedule_id), (CollectionRunStatus::Completed, Some(schedule.id)));
        assert_eq!(runs(&app).await.len(), 2);
    }
}

on_both! {
    async fn no_more_than_ten_wait_and_they_start_one_after_the_other(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::BufferAll).await;
        start(&app).await;
        for day in 0..12 {
            app.app.clock.set(at("2026-11-20T09:00:00Z") + chrono::TimeDelta::days(day));
            tick(&app.app).await;
        }
        let (waits, dropped) = (not(FireOutcome::Buffered, "RUN_ACTIVE"), not(FireOutcome::Dropped, "TOO_MANY_WAIT"));
        let wanted: Vec<_> = (0..12).map(|day| if day < 10 { waits.clone() } else { dropped.clone() }).collect();
        assert_eq!(outcomes(&app, schedule.id).await, wanted);
        for started in 1..=10 {
            end_all(&app).await;
            assert_eq!(tick(&restarted(&app).await).await, 1);
            assert_eq!(tick(&app.app).await, 0);
            let outcomes = outcomes(&app, schedule.id).await;
            assert!(outcomes[..started].iter().all(|outcome| *outcome == STARTED), "the oldest first: {outcomes:?}");
            assert_eq!(outcomes.iter().filter(|outcome| **outcome == STARTED).count(), started);
        }
    }
}

on_both! {
    async fn whoever_cancels_others_waits_for_those_that_have_a_product_in_hand(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::CancelOther).await;
        let by_hand = start(&app).await;
        // Somebody works on it.
        let id = by_hand;
        set_running(&app, id).await;
        tick_at(&app, "2026-11-20T09:00:00Z").await;
        assert_eq!(outcomes(&app, schedule.id).await, [not(FireOutcome::Buffered, "RUN_ACTIVE")]);
        assert_eq!(run(&app, by_hand).await.cancel_asked_at, Some(at("2026-11-20T09:00:00Z")));
        tick_at(&app, "2026-11-21T09:00:00Z").await;
        let dropped = not(FireOutcome::Dropped, "ONE_WAITS");
        assert_eq!(outcomes(&app, schedule.id).await, [not(FireOutcome::Buffered, "RUN_ACTIVE"), dropped.clone()]);
        end(&app, by_hand).await;
        tick(&restarted(&app).await).await;
        assert_eq!(outcomes(&app, schedule.id).await, [STARTED, dropped]);
    }
}

/// The job of a run is in a worker's hands.
async fn set_running(app: &TestApp, run: Uuid) {
    let until = app.now() + chrono::TimeDelta::days(30);
    app.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let found =
                    job::Entity::find().filter(job::Column::SubjectId.eq(run)).one(tx).await.doing("testing")?;
                let mut row = found.unwrap().into_active_model();
                (row.state, row.attempts, row.slot) = (Set(job::JobState::Running), Set(1), Set(Some(1_001)));
                (row.lease_until, row.claimed_at) = (Set(Some(until)), Set(Some(until)));
                row.update(tx).await.doing("testing")
            })
        })
        .await
        .unwrap();
}

on_both! {
    async fn what_waits_is_not_overtaken(app: TestApp) {
        let first = made_daily(&app, OverlapPolicy::BufferOne).await;
        let preset_id = preset(&app, "Second").await;
        let second = NewSchedule { cron: "0 10 * * *".to_owned(), overlap: OverlapPolicy::Skip, ..daily("Second", preset_id) };
        let second = made(&app, second).await;
        start(&app).await;
        tick_at(&app, "2026-11-20T09:00:00Z").await;
        end_all(&app).await;
        // Both could start now.
        let triggered = schedules::trigger(&app.app, &admin(&app).await, second.id).await.unwrap();
        assert_eq!((triggered.outcome, triggered.reason.as_deref()), (FireOutcome::Skipped, Some("RUN_ACTIVE")));
        assert_eq!(outcomes(&app, first.id).await, [STARTED]);
    }
}

on_both! {
    async fn a_fire_by_hand_obeys_the_policy_and_never_takes_a_planned_time(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::BufferOne).await;
        let actor = admin(&app).await;
        app.app.clock.set(at("2026-11-20T09:00:00Z"));
        let mut fires = Vec::new();
        for _ in 0..3 {
            fires.push(schedules::trigger(&app.app, &actor, schedule.id).await.unwrap());
        }
        assert!(fires.iter().all(|fire| fire.is_manual));
        let outcomes: Vec<_> = fires.iter().map(|fire| fire.outcome).collect();
        assert_eq!(outcomes, [FireOutcome::Started, FireOutcome::Buffered, FireOutcome::Dropped]);
        // The clock's own time is still to come, at the same moment.
        assert_eq!(tick(&app.app).await, 1);
        check_whole(&app, &schedule, at(crate::app::NOW)).await;
        assert_eq!(fired(&app, schedule.id).await.len(), 4);
        // What a person asked for moves nothing.
        assert_eq!(row(&app, schedule.id).await.next_run_at, Some(at("2026-11-21T09:00:00Z")));
    }
}
