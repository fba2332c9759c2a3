//! Making, changing and deleting schedules: what that does to times that are due, to fires that wait, and to what runs.

use entity::organisation;
use sellerbook::{
    auth,
    page::PageRequest,
    schedules::{self, FireOutcome, NewSchedule, OverlapPolicy, ScheduleChange},
};

use super::*;
use crate::on_both;

async fn change(app: &TestApp, id: Uuid, change: ScheduleChange) -> Schedule {
    schedules::update_schedule(&app.app, &admin(app).await, id, change).await.unwrap()
}

/// As `Schedule.lastFire` reads them.
async fn last_fires(app: &App, actor: &Actor, ids: &[Uuid]) -> sellerbook::error::Result<Vec<ScheduleFire>> {
    let request = PageRequest { first: Some(1), ..PageRequest::default() };
    let pages = schedules::fires(app, actor, ids, &request).await?.into_values();
    let pages = pages.collect::<sellerbook::error::Result<Vec<_>>>()?;
    Ok(pages.into_iter().flat_map(|page| page.rows).map(|(_, fire)| fire).collect())
}

async fn enable(app: &TestApp, id: Uuid, is_enabled: bool) -> Schedule {
    change(app, id, ScheduleChange { is_enabled: Some(is_enabled), ..Default::default() }).await
}

on_both! {
    async fn a_change_of_times_never_fires_for_times_that_are_over(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::AllowAll).await;
        app.app.clock.set(at("2026-11-20T12:00:00Z"));
        // Nobody ticked at nine.
        let cron = ScheduleChange { cron: Some("0 8,13 * * *".to_owned()), ..Default::default() };
        let changed = change(&app, schedule.id, cron).await;
        assert_eq!(changed.next_run_at, Some(at("2026-11-20T13:00:00Z")));
        assert_eq!(outcomes(&app, schedule.id).await, [not(FireOutcome::Missed, "SCHEDULE_CHANGED")]);
        assert_eq!(tick(&app.app).await, 0);
        assert_eq!(tick_at(&app, "2026-11-20T13:00:00Z").await, 1);
        assert_eq!(runs(&app).await.len(), 1);
    }
}

on_both! {
    async fn a_change_of_something_else_leaves_the_times_as_they_are(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::AllowAll).await;
        app.app.clock.set(at("2026-11-20T09:00:30Z"));
        let other = ScheduleChange {
            name: Some("Another".to_owned()),
            cron: Some(" 0  9 * * * ".to_owned()),
            time_zone: Some("UTC".to_owned()),
            is_enabled: Some(true),
            ..Default::default()
        };
        let changed = change(&app, schedule.id, other).await;
        assert_eq!((changed.next_run_at, changed.name.as_str()), (schedule.next_run_at, "Another"));
        assert_eq!(tick(&app.app).await, 1);
        assert_eq!(outcomes(&app, schedule.id).await, [STARTED]);
    }
}

on_both! {
    async fn a_disabled_schedule_fires_only_when_it_is_asked(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::AllowAll).await;
        let disabled = enable(&app, schedule.id, false).await;
        assert_eq!((disabled.next_run_at, disabled.is_enabled), (None, false));
        assert!(schedules::next_times(&app.app, &disabled, 5).unwrap().is_empty());
        assert_eq!(tick_at(&app, "2026-11-22T12:00:00Z").await, 0);
        let fire = schedules::trigger(&app.app, &admin(&app).await, schedule.id).await.unwrap();
        assert_eq!((fire.outcome, fire.is_manual), (FireOutcome::Started, true));
        // What passed meanwhile was not planned.
        let enabled = enable(&app, schedule.id, true).await;
        assert_eq!(enabled.next_run_at, Some(at("2026-11-23T09:00:00Z")));
        assert_eq!(tick(&app.app).await, 0);
        assert_eq!(fired(&app, schedule.id).await.len(), 1);
    }
}

on_both! {
    async fn disabling_drops_what_waits_and_leaves_what_runs(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::BufferOne).await;
        tick_at(&app, "2026-11-20T09:00:00Z").await;
        tick_at(&app, "2026-11-21T09:00:00Z").await;
        enable(&app, schedule.id, false).await;
        assert_eq!(outcomes(&app, schedule.id).await, [STARTED, not(FireOutcome::Dropped, "SCHEDULE_DISABLED")]);
        end_all(&app).await;
        assert_eq!(tick(&app.app).await, 0);
        assert_eq!(runs(&app).await.len(), 1);
    }
}

on_both! {
    async fn a_deleted_schedule_takes_its_fires_along_and_leaves_its_runs(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::BufferOne).await;
        tick_at(&app, "2026-11-20T09:00:00Z").await;
        tick_at(&app, "2026-11-21T09:00:00Z").await;
        let deleted = schedules::delete_schedule(&app.app, &admin(&app).await, schedule.id).await.unwrap();
        assert_eq!(deleted.id, schedule.id);
        assert!(fired(&app, schedule.id).await.is_empty());
        let [run] = runs(&app).await.try_into().unwrap();
        assert_eq!((run.status, run.schedule_id), (CollectionRunStatus::Pending, None));
        app.run_jobs().await;
        assert_eq!(super::run(&app, run.id).await.status, CollectionRunStatus::Completed);
        assert_eq!(tick_at(&app, "2026-11-22T09:00:00Z").await, 0);
        let gone = schedules::trigger(&app.app, &admin(&app).await, schedule.id).await.unwrap_err();
        assert_eq!(gone.code(), "NOT_FOUND");
    }
}

on_both! {
    async fn a_run_that_is_at_work_while_its_schedule_is_deleted_goes_on(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::BufferOne).await;
        let fire = schedules::trigger(&app.app, &admin(&app).await, schedule.id).await.unwrap();
        let (there, actor) = (app.app.clone(), admin(&app).await);
        let deleting = tokio::spawn(async move { schedules::delete_schedule(&there, &actor, schedule.id).await });
        app.run_jobs().await;
        deleting.await.unwrap().unwrap();
        let run = run(&app, fire.run_id.unwrap()).await;
        assert_eq!((run.status, run.schedule_id), (CollectionRunStatus::Completed, None));
    }
}

on_both! {
    async fn what_cannot_be_kept_is_refused(app: TestApp) {
        let preset_id = preset(&app, "Cooktops").await;
        made(&app, daily("Taken", preset_id)).await;
        let (new, actor) = (|| daily("New", preset_id), admin(&app).await);
        let export = |latest_run_sellers| Target::Export(schedules::ScheduledExport { request: records(), latest_run_sellers });
        for (new, code) in [
            (NewSchedule { name: " tAKEN ".to_owned(), ..new() }, "SCHEDULE_NAME_TAKEN"),
            (NewSchedule { name: " ".to_owned(), ..new() }, "INVALID_TEXT"),
            (NewSchedule { name: "ﷺ".repeat(20), ..new() }, "INVALID_TEXT"),
            (NewSchedule { cron: "* * * * *".to_owned(), ..new() }, "INVALID_CRON"),
            (NewSchedule { cron: "0 0 31 2 *".to_owned(), ..new() }, "INVALID_CRON"),
            (NewSchedule { time_zone: "Mars".to_owned(), ..new() }, "INVALID_TIME_ZONE"),
            (NewSchedule { catchup_window_seconds: -1, ..new() }, "INVALID_CATCHUP_WINDOW"),
            (NewSchedule { catchup_window_seconds: 604_801, ..new() }, "INVALID_CATCHUP_WINDOW"),
            (NewSchedule { target: Target::Collection { preset_id: Uuid::now_v7() }, ..new() }, "NOT_FOUND"),
            (NewSchedule { target: export(true), ..new() }, "INVALID_FILTER"),
            (NewSchedule { notify_email: true, ..new() }, "EMAIL_NOT_CONFIGURED"),
            (NewSchedule { webhook_url: Some("https://127.0.0.1/".to_owned()), ..new() }, "INVALID_WEBHOOK_URL"),
        ] {
            let refused = schedules::create_schedule(&app.app, &actor, new.clone()).await.unwrap_err();
            assert_eq!(refused.code(), code, "{new:?}");
        }
        assert_eq!(schedules::count(&app.app, &actor).await.unwrap(), 1);
    }
}

fn records() -> sellerbook::exports::ExportRequest {
    use sellerbook::exports::{CsvStyle, ExportFilter, ExportFormat, ExportRequest};
    ExportRequest {
        filter: ExportFilter::Records(Default::default()),
        format: ExportFormat::Csv,
        columns: None,
        style: CsvStyle::default(),
    }
}

on_both! {
    async fn an_organisation_has_so_many_schedules_however_many_are_made_at_once(app: TestApp) {
        let mut app = app;
        let config = sellerbook::config::Config { schedules_max: 3, ..app.app.config.as_ref().clone() };
        app.app.config = std::sync::Arc::new(config);
        let (preset_id, actor) = (preset(&app, "Cooktops").await, admin(&app).await);
        let made = (0..6).map(|number| {
            schedules::create_schedule(&app.app, &actor, daily(&format!("Schedule {number}"), preset_id))
        });
        let made = futures::future::join_all(made).await;
        let refused: Vec<_> = made.into_iter().filter_map(Result::err).map(|error| error.code()).collect();
        assert_eq!(refused, ["TOO_MANY_SCHEDULES"; 3]);
        // Another organisation has its own.
        let other = auth::of_member(&app.app, app.seeded.other_admin.id).await.unwrap();
        let own = NewSchedule { target: Target::Collection { preset_id: built_in(&app).await }, ..daily("Own", preset_id) };
        schedules::create_schedule(&app.app, &other, own).await.unwrap();
    }
}

/// The preset that every organisation has.
async fn built_in(app: &TestApp) -> Uuid {
    let presets = collection::list_presets(&app.app, &admin(app).await, &Default::default()).await.unwrap();
    presets.rows[0].1.id
}

on_both! {
    async fn a_schedule_of_another_organisation_is_not_there(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::AllowAll).await;
        let other = auth::of_member(&app.app, app.seeded.other_admin.id).await.unwrap();
        let code = |error: sellerbook::error::Error| error.code();
        let id = schedule.id;
        assert_eq!(schedules::get(&app.app, &other, id).await.map_err(code), Err("NOT_FOUND"));
        assert_eq!(schedules::trigger(&app.app, &other, id).await.map_err(code), Err("NOT_FOUND"));
        assert_eq!(schedules::delete_schedule(&app.app, &other, id).await.map_err(code), Err("NOT_FOUND"));
        let change = ScheduleChange { is_enabled: Some(false), ..Default::default() };
        assert_eq!(schedules::update_schedule(&app.app, &other, id, change).await.map_err(code), Err("NOT_FOUND"));
        let foreign = NewSchedule { ..daily("Foreign", preset(&app, "Ours").await) };
        assert_eq!(schedules::create_schedule(&app.app, &other, foreign).await.map_err(code), Err("NOT_FOUND"));
        schedules::trigger(&app.app, &admin(&app).await, id).await.unwrap();
        assert_eq!(last_fires(&app.app, &other, &[id]).await.unwrap(), []);
        assert_eq!(last_fires(&app.app, &admin(&app).await, &[id]).await.unwrap().len(), 1);
        let pages = schedules::fires(&app.app, &other, &[id], &Default::default()).await.unwrap();
        assert!(pages.into_values().all(|page| page.unwrap().rows.is_empty()));
    }
}

on_both! {
    async fn the_latest_fire_of_each_schedule_is_found_in_one_statement(app: TestApp) {
        let (one, two) = (made_daily(&app, OverlapPolicy::Skip).await, made_daily(&app, OverlapPolicy::BufferAll).await);
        let never = made_daily(&app, OverlapPolicy::AllowAll).await;
        enable(&app, never.id, false).await;
        for day in 20..23 {
            tick_at(&app, &format!("2026-11-{day}T09:00:00Z")).await;
        }
        let actor = admin(&app).await;
        let before = app.statements();
        let latest = last_fires(&app.app, &actor, &[one.id, two.id, never.id]).await.unwrap();
        assert_eq!(app.statements() - before, 1);
        let mut latest: Vec<_> = latest.into_iter().map(|fire| (fire.schedule_id, fire.planned_at)).collect();
        latest.sort_unstable();
        let mut wanted = [(one.id, at("2026-11-22T09:00:00Z")), (two.id, at("2026-11-22T09:00:00Z"))];
        wanted.sort_unstable();
        assert_eq!(latest, wanted);
    }
}

on_both! {
    async fn an_organisation_goes_with_its_schedules(app: TestApp) {
        let schedule = made_daily(&app, OverlapPolicy::AllowAll).await;
        tick_at(&app, "2026-11-20T09:00:00Z").await;
        let org = app.seeded.org;
        app.app
            .db
            .write(move |tx| {
                Box::pin(async move { organisation::Entity::delete_by_id(org).exec(tx).await.doing("testing") })
            })
            .await
            .unwrap();
        assert!(fired(&app, schedule.id).await.is_empty());
        assert_eq!(tick_at(&app, "2026-11-21T09:00:00Z").await, 0);
    }
}
