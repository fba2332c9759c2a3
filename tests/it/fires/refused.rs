//! Fires that are refused, and who is told of what has not started; exports by schedule.

use entity::{export_job, member};
use sellerbook::{
    config::{Config, Secret},
    exports::{CsvStyle, ExportFilter, ExportFormat, ExportRequest},
    notifications::Recipients,
    schedules::{self, FireOutcome, NewSchedule, OverlapPolicy, ScheduledExport},
    sellers::SellerFilter,
};
use serde_json::json;

use super::*;
use crate::{on_both, seed, seed_runs};

const HOOK: &str = "https://hooks.example.com/sellerbook";

fn failed(reason: &str) -> (FireOutcome, Option<String>) {
    not(FireOutcome::Failed, reason)
}

/// What becomes of three days, after each of which something is done to what the schedule needs.
async fn day(app: &TestApp, day: u32) {
    tick_at(app, &format!("2026-11-{day}T09:00:00Z")).await;
    end_all(app).await;
}

on_both! {
    async fn a_schedule_whose_preset_is_gone_fails_each_time_and_goes_on(app: TestApp) {
        let preset_id = preset(&app, "Cooktops").await;
        let schedule = made(&app, daily("Mornings", preset_id)).await;
        collection::delete_preset(&app.app, &admin(&app).await, preset_id).await.unwrap();
        day(&app, 20).await;
        let target = Target::Collection { preset_id: preset(&app, "Another").await };
        let change = schedules::ScheduleChange { target: Some(target), ..Default::default() };
        day(&app, 21).await;
        schedules::update_schedule(&app.app, &admin(&app).await, schedule.id, change).await.unwrap();
        day(&app, 22).await;
        assert_eq!(outcomes(&app, schedule.id).await, [failed("PRESET_GONE"), failed("PRESET_GONE"), STARTED]);
    }
}

on_both! {
    async fn a_schedule_acts_as_who_changed_it_last_as_long_as_they_may(app: TestApp) {
        let preset_id = preset(&app, "Cooktops").await;
        let keys = "admin.automation seller_collection.read";
        let va = seed::person(&app.app, app.seeded.org, "robot@acme.example", member::Role::Va, keys).await;
        let actor = acting(&app, &va).await;
        let schedule = schedules::create_schedule(&app.app, &actor, daily("Mornings", preset_id)).await.unwrap();
        assert_eq!(schedule.member_id, Some(va.id));
        day(&app, 20).await;
        assert_eq!(runs(&app).await[0].member_id, Some(va.id));
        seed::suspend(&app.app, va.id).await;
        day(&app, 21).await;
        let id = va.id;
        app.app
            .db
            .write(move |tx| Box::pin(async move { member::Entity::delete_by_id(id).exec(tx).await.doing("testing") }))
            .await
            .unwrap();
        day(&app, 22).await;
        // Somebody else looks after it from now on.
        let change = schedules::ScheduleChange { name: Some("Ours".to_owned()), ..Default::default() };
        schedules::update_schedule(&app.app, &admin(&app).await, schedule.id, change).await.unwrap();
        day(&app, 23).await;
        let wanted = [STARTED, failed("MEMBER_SUSPENDED"), failed("MEMBER_GONE"), STARTED];
        assert_eq!(outcomes(&app, schedule.id).await, wanted);
        assert_eq!(runs(&app).await[1].member_id, Some(app.seeded.admin.id));
    }
}

on_both! {
    async fn what_waits_and_is_refused_makes_room_for_the_next(app: TestApp) {
        let preset_id = preset(&app, "Cooktops").await;
        let first = made(&app, daily("First", preset_id)).await;
        let second = made_daily(&app, OverlapPolicy::BufferOne).await;
        start(&app).await;
        tick_at(&app, "2026-11-20T09:00:00Z").await;
        collection::delete_preset(&app.app, &admin(&app).await, preset_id).await.unwrap();
        end_all(&app).await;
        assert_eq!(tick(&app.app).await, 2);
        assert_eq!(outcomes(&app, first.id).await, [failed("PRESET_GONE")]);
        assert_eq!(outcomes(&app, second.id).await, [STARTED]);
    }
}

/// The same application, with somewhere to send to.
fn with_couriers(app: &mut TestApp) {
    let config = Config {
        smtp_url: Some(Secret::new("smtp://127.0.0.1:1")),
        mail_from: Some("sellerbook@acme.example".to_owned()),
        public_url: Some("https://sellerbook.example".to_owned()),
        ..app.app.config.as_ref().clone()
    };
    app.app.couriers = sellerbook::notifications::Couriers::from_config(&config).unwrap();
    app.app.config = std::sync::Arc::new(config);
}

on_both! {
    async fn what_was_missed_dropped_or_refused_is_told(app: TestApp) {
        let mut app = app;
        with_couriers(&mut app);
        let preset_id = preset(&app, "Cooktops").await;
        let new = NewSchedule { notify_email: true, webhook_url: Some(HOOK.to_owned()), ..daily("Mornings", preset_id) };
        let schedule = made(&app, new).await;
        let told = |events: Vec<(String, serde_json::Value)>| {
            let tell = |(event, body): (String, serde_json::Value)| {
                let data = &body["data"];
                (event, data["count"].as_u64().unwrap(), data["reason"].as_str().unwrap().to_owned())
            };
            events.into_iter().map(tell).collect::<Vec<_>>()
        };
        let event = |event: &str, count: u64, reason: &str| (event.to_owned(), count, reason.to_owned());
        // Two days asleep; the third fires in time, and is told when its run has ended, not before.
        tick_at(&app, "2026-11-22T09:00:00Z").await;
        let mut wanted = vec![event("fire.missed", 2, "TOO_LATE")];
        assert_eq!(told(posted(&app).await), wanted);
        let [.., fire] = &fired(&app, schedule.id).await[..] else { panic!("no fire") };
        let notify = run(&app, fire.run_id.unwrap()).await.notify.unwrap();
        let recipients: Recipients = serde_json::from_str(&notify).unwrap();
        assert_eq!(recipients.email, Some(app.seeded.admin.id));
        assert_eq!(recipients.webhook.map(|hook| (hook.url, hook.signed_for)), Some((HOOK.to_owned(), schedule.id)));
        tick_at(&app, "2026-11-23T09:00:00Z").await;
        assert_eq!(told(posted(&app).await), wanted, "who waits may yet start");
        tick_at(&app, "2026-11-24T09:00:00Z").await;
        wanted.push(event("fire.dropped", 1, "ONE_WAITS"));
        assert_eq!(told(posted(&app).await), wanted);
        collection::delete_preset(&app.app, &admin(&app).await, preset_id).await.unwrap();
        end_all(&app).await;
        tick(&app.app).await;
        wanted.push(event("fire.failed", 1, "PRESET_GONE"));
        assert_eq!(told(posted(&app).await), wanted);
        let (_, body) = posted(&app).await.pop().unwrap();
        assert_eq!(body["data"]["scheduleName"], json!("Mornings"));
        assert_eq!(body["data"]["firstPlannedAt"], json!("2026-11-23T09:00:00Z"));
    }
}

fn sellers(filter: SellerFilter) -> ExportRequest {
    ExportRequest {
        filter: ExportFilter::Sellers(filter),
        format: ExportFormat::Csv,
        columns: None,
        style: CsvStyle::default(),
    }
}

on_both! {
    async fn an_export_by_schedule_holds_the_new_sellers_of_the_run_that_is_the_latest_when_it_fires(app: TestApp) {
        let request = sellers(SellerFilter { flagged: Some(false), ..Default::default() });
        let target = Target::Export(ScheduledExport { request: request.clone(), latest_run_sellers: true });
        // No policy keeps it from starting: it is no run.
        let new = NewSchedule { target, overlap: OverlapPolicy::Skip, ..daily("What is new", Uuid::nil()) };
        let schedule = made(&app, new).await;
        tick_at(&app, "2026-11-20T09:00:00Z").await;
        let run = |name: &str| seed_runs::new_run(&app.app, app.seeded.org, name);
        let [_, latest] = seed_runs::runs(&app.app, vec![run("One"), run("Two")]).await.try_into().unwrap();
        start(&app).await;
        tick_at(&app, "2026-11-21T09:00:00Z").await;
        assert_eq!(outcomes(&app, schedule.id).await, [failed("NO_COMPLETED_RUN"), STARTED]);
        let job = fired(&app, schedule.id).await[1].export_job_id.unwrap();
        let job = export_job::Entity::find_by_id(job).one(app.app.db.read()).await.unwrap().unwrap();
        assert_eq!((job.schedule_id, job.member_id), (Some(schedule.id), Some(app.seeded.admin.id)));
        let stored: ExportRequest = serde_json::from_str(&job.request).unwrap();
        let wanted = SellerFilter { flagged: Some(false), first_seen_in_run: Some(latest), ..Default::default() };
        assert_eq!(stored, sellers(wanted));
        app.run_jobs().await;
        let job = export_job::Entity::find_by_id(job.id).one(app.app.db.read()).await.unwrap().unwrap();
        assert_eq!(job.status, export_job::ExportJobStatus::Completed);
        assert!(job.file_name.unwrap().contains("_run-"));
    }
}

on_both! {
    async fn nobody_has_a_schedule_export_what_they_may_not_see(app: TestApp) {
        let va = seed::person(&app.app, app.seeded.org, "robot@acme.example", member::Role::Va, "admin.automation");
        let actor = auth::of_member(&app.app, va.await.id).await.unwrap();
        let target = || Target::Export(ScheduledExport { request: sellers(SellerFilter::default()), latest_run_sellers: false });
        let new = || NewSchedule { target: target(), ..daily("Sellers", Uuid::nil()) };
        let refused = schedules::create_schedule(&app.app, &actor, new()).await.unwrap_err();
        assert_eq!(refused.code(), "FORBIDDEN");
        // Nor by changing what somebody else made: it would act as them from then on.
        let schedule = made(&app, new()).await;
        let change = schedules::ScheduleChange { name: Some("Mine".to_owned()), ..Default::default() };
        let refused = schedules::update_schedule(&app.app, &actor, schedule.id, change).await.unwrap_err();
        assert_eq!(refused.code(), "FORBIDDEN");
        // Who asks for a fire of it has it done as who made it.
        let fire = schedules::trigger(&app.app, &actor, schedule.id).await.unwrap();
        let job = export_job::Entity::find_by_id(fire.export_job_id.unwrap()).one(app.app.db.read()).await.unwrap();
        assert_eq!(job.unwrap().member_id, Some(app.seeded.admin.id));
    }
}
