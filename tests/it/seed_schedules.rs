//! Schedules and fires as rows, without a clock that goes.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    notification::{self, Channel, NotificationState},
    schedule::{self, OverlapPolicy},
    schedule_fire::{self, FireOutcome},
};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use sellerbook::app::App;
use uuid::Uuid;

use crate::seed::insert;

/// The preset that is built in.
pub const BUILT_IN: Uuid = Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0001);

/// A monthly schedule of everything; set what the test is about.
pub fn new_schedule(app: &App, org: Uuid, name: &str) -> schedule::Model {
    let now = app.clock.now();
    schedule::Model {
        id: Uuid::now_v7(),
        org_id: org,
        name: name.to_owned(),
        name_key: name.to_lowercase(),
        member_id: None,
        preset_id: Some(BUILT_IN),
        export: None,
        latest_run_sellers: false,
        cron: "0 0 1 * *".to_owned(),
        time_zone: "UTC".to_owned(),
        is_enabled: true,
        overlap: OverlapPolicy::BufferOne,
        catchup_window_seconds: 3_600,
        notify_email: false,
        webhook_url: None,
        next_run_at: Some("2026-12-01T00:00:00Z".parse().unwrap()),
        revision: 1,
        created_at: now,
        updated_at: now,
    }
}

/// A time of a schedule that nobody was there for.
pub fn new_fire(schedule: &schedule::Model, planned_at: DateTime<Utc>) -> schedule_fire::Model {
    schedule_fire::Model {
        id: Uuid::now_v7(),
        org_id: schedule.org_id,
        schedule_id: schedule.id,
        planned_at,
        fired_at: None,
        outcome: FireOutcome::Missed,
        reason: Some("TOO_LATE".to_owned()),
        is_manual: false,
        run_id: None,
        export_job_id: None,
        created_at: planned_at,
    }
}

/// Stores schedules.
pub async fn schedules(app: &App, new: Vec<schedule::Model>) {
    let rows = new.into_iter().map(|row| row.into_active_model().reset_all()).collect();
    insert::<schedule::Entity>(app, rows).await;
}

/// Stores fires.
pub async fn fires(app: &App, new: Vec<schedule_fire::Model>) {
    let rows = new.into_iter().map(|row| row.into_active_model().reset_all()).collect();
    insert::<schedule_fire::Entity>(app, rows).await;
}

/// So many requests to the webhook of a schedule, a second after each other, all delivered but the first.
pub async fn notifications(app: &App, schedule: &schedule::Model, count: i64) {
    let row = |number: i64| {
        let at = app.clock.now() + TimeDelta::seconds(number);
        let row = notification::Model {
            id: Uuid::now_v7(),
            org_id: schedule.org_id,
            schedule_id: Some(schedule.id),
            event: "run.completed".to_owned(),
            channel: Channel::Webhook,
            member_id: None,
            signed_for: Some(schedule.id),
            destination: "https://hooks.example/1".to_owned(),
            payload: "{}".to_owned(),
            state: if number == 0 { NotificationState::GaveUp } else { NotificationState::Delivered },
            attempts: 1,
            last_error: (number == 0).then(|| "TIMEOUT".to_owned()),
            created_at: at,
            finished_at: Some(at),
        };
        row.into_active_model().reset_all()
    };
    insert::<notification::Entity>(app, (0..count).map(row).collect()).await;
}
