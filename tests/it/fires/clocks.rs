//! Fires by the clock: on time, late, far too late, and when the clock itself is wrong.

use chrono::TimeDelta;
use sellerbook::schedules::{self, FireOutcome, NewSchedule, OverlapPolicy};

use super::*;
use crate::on_both;

on_both! {
    async fn a_time_fires_once_and_starts_the_run_it_is_for(app: TestApp) {
        let preset_id = preset(&app, "Cooktops").await;
        let schedule = made(&app, daily("Mornings", preset_id)).await;
        assert_eq!(schedule.next_run_at, Some(at("2026-11-20T09:00:00Z")));
        assert_eq!(tick_at(&app, "2026-11-20T08:59:59.999999Z").await, 0);
        assert_eq!(tick_at(&app, "2026-11-20T09:00:01Z").await, 1);
        assert_eq!(tick_at(&app, "2026-11-20T09:00:03Z").await, 0);
        let [fire] = fired(&app, schedule.id).await.try_into().unwrap();
        assert_eq!((fire.planned_at, fire.fired_at), (at("2026-11-20T09:00:00Z"), Some(at("2026-11-20T09:00:01Z"))));
        assert_eq!((fire.outcome, fire.is_manual, fire.export_job_id), (FireOutcome::Started, false, None));
        let run = run(&app, fire.run_id.unwrap()).await;
        assert_eq!((run.name.as_str(), run.schedule_id), ("Mornings 2026-11-20", Some(schedule.id)));
        assert_eq!((run.preset_id, run.member_id, run.notify), (Some(preset_id), Some(app.seeded.admin.id), None));
        assert_eq!(row(&app, schedule.id).await.next_run_at, Some(at("2026-11-21T09:00:00Z")));
        // It is a run like any other.
        app.run_jobs().await;
        assert_eq!(super::run(&app, run.id).await.status, CollectionRunStatus::Completed);
    }
}

on_both! {
    async fn a_process_that_slept_fires_the_latest_time_once_if_it_is_not_too_late(app: TestApp) {
        let preset_id = preset(&app, "Cooktops").await;
        let hourly = |name: &str, seconds| NewSchedule {
            cron: "30 * * * *".to_owned(),
            catchup_window_seconds: seconds,
            overlap: OverlapPolicy::AllowAll,
            ..daily(name, preset_id)
        };
        let (inside, outside) = (made(&app, hourly("Inside", 3_600)).await, made(&app, hourly("Outside", 60)).await);
        let wide = made(&app, hourly("Wide", 604_800)).await;
        // Three hours of sleep, from 08:00.
        assert_eq!(tick_at(&app, "2026-11-20T11:00:00Z").await, 9);
        let missed = |reason| not(FireOutcome::Missed, reason);
        assert_eq!(outcomes(&app, inside.id).await, [missed("TOO_LATE"), missed("TOO_LATE"), STARTED]);
        assert_eq!(outcomes(&app, outside.id).await, [missed("TOO_LATE"), missed("TOO_LATE"), missed("TOO_LATE")]);
        assert_eq!(outcomes(&app, wide.id).await, [missed("SUPERSEDED"), missed("SUPERSEDED"), STARTED]);
        for schedule in [&inside, &outside, &wide] {
            assert_eq!(row(&app, schedule.id).await.next_run_at, Some(at("2026-11-20T11:30:00Z")));
            check_whole(&app, schedule, at(crate::app::NOW)).await;
        }
        assert_eq!(tick(&app.app).await, 0);
    }
}

on_both! {
    async fn a_minute_late_is_on_time_whatever_the_window(app: TestApp) {
        let preset_id = preset(&app, "Cooktops").await;
        let new = |name| NewSchedule { catchup_window_seconds: 0, overlap: OverlapPolicy::AllowAll, ..daily(name, preset_id) };
        let schedule = made(&app, new("Strict")).await;
        tick_at(&app, "2026-11-20T09:01:00Z").await;
        tick_at(&app, "2026-11-21T09:01:00.000001Z").await;
        assert_eq!(outcomes(&app, schedule.id).await, [STARTED, not(FireOutcome::Missed, "TOO_LATE")]);
    }
}

on_both! {
    async fn a_clock_that_steps_back_fires_nothing_twice(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::AllowAll).await;
        tick_at(&app, "2026-11-20T09:00:00Z").await;
        // Back over the time that fired, and over it again.
        assert_eq!(tick_at(&app, "2026-11-20T08:30:00Z").await, 0);
        assert_eq!(tick_at(&app, "2026-11-20T09:00:00Z").await, 0);
        // An edit asks for the time that is next by the clock; it has fired.
        tick_at(&app, "2026-11-20T08:30:00Z").await;
        let change = schedules::ScheduleChange { cron: Some("0 9,12 * * *".to_owned()), ..Default::default() };
        let changed = schedules::update_schedule(&app.app, &admin(&app).await, schedule.id, change).await.unwrap();
        assert_eq!(changed.next_run_at, Some(at("2026-11-20T12:00:00Z")));
        assert_eq!(tick_at(&app, "2026-11-20T12:00:00Z").await, 1);
        assert_eq!(outcomes(&app, schedule.id).await, [STARTED, STARTED]);
    }
}

on_both! {
    async fn a_clock_that_steps_far_forward_and_back_leaves_one_row_for_each_time(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::AllowAll).await;
        tick_at(&app, "2026-12-01T09:00:01Z").await;
        for day in 20..=30 {
            assert_eq!(tick_at(&app, &format!("2026-11-{day}T09:00:00Z")).await, 0);
        }
        tick_at(&app, "2026-12-02T09:00:00Z").await;
        check_whole(&app, &schedule, at(crate::app::NOW)).await;
        let started = outcomes(&app, schedule.id).await.into_iter().filter(|outcome| *outcome == STARTED);
        assert_eq!(started.count(), 2);
    }
}

on_both! {
    async fn more_missed_times_than_a_transaction_takes_are_all_written_and_one_fires(app: TestApp) {
        let preset_id = preset(&app, "Cooktops").await;
        let new = NewSchedule { cron: "*/5 * * * *".to_owned(), notify_email: false, ..daily("Often", preset_id) };
        let schedule = made(&app, new).await;
        app.pass(TimeDelta::days(5));
        assert_eq!(tick(&app.app).await, 5 * 24 * 12);
        check_whole(&app, &schedule, at(crate::app::NOW)).await;
        let outcomes = outcomes(&app, schedule.id).await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == STARTED).count(), 1);
        assert_eq!(outcomes.last(), Some(&STARTED));
        // Within the hour of the window, a later time took their place.
        assert_eq!(outcomes.iter().filter(|(_, reason)| reason.as_deref() == Some("SUPERSEDED")).count(), 12);
    }
}

on_both! {
    async fn times_are_those_of_the_schedules_own_clock(app: TestApp) {
        let preset_id = preset(&app, "Cooktops").await;
        let zone = |name: &str, zone: &str| NewSchedule {
            time_zone: zone.to_owned(),
            overlap: OverlapPolicy::AllowAll,
            ..daily(name, preset_id)
        };
        let (east, west) = (made(&app, zone("East", "Asia/Kathmandu")).await, made(&app, zone("West", "America/New_York")).await);
        assert_eq!(east.next_run_at, Some(at("2026-11-21T03:15:00Z")));
        assert_eq!(west.next_run_at, Some(at("2026-11-20T14:00:00Z")));
        assert_eq!(schedules::next_times(&app.app, &west, 3).unwrap(), [
            at("2026-11-20T14:00:00Z"),
            at("2026-11-21T14:00:00Z"),
            at("2026-11-22T14:00:00Z"),
        ]);
        let late = NewSchedule { cron: "0 23 * * *".to_owned(), ..zone("Night", "America/New_York") };
        let night = made(&app, late).await;
        tick_at(&app, "2026-11-21T04:00:00Z").await;
        let [fire] = fired(&app, night.id).await.try_into().unwrap();
        assert_eq!(run(&app, fire.run_id.unwrap()).await.name, "Night 2026-11-20", "the day on its own wall");
    }
}
