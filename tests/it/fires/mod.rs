//! Schedules at work: each planned time once, whatever runs or dies.

mod changes;
mod clocks;
mod overlap;
mod refused;
mod together;
mod year;

use chrono::{DateTime, Utc};
use entity::{
    collection_run::{self, CollectionRunStatus},
    job, notification, schedule, schedule_fire,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use sellerbook::{
    app::App,
    auth::{self, Actor},
    collection::{self, NewPreset, NewRun},
    error::Context,
    schedules::{self, FireOutcome, NewSchedule, OverlapPolicy, Schedule, ScheduleFire, Target},
    sources::SearchSettings,
    work::{self, Chore},
};
use uuid::Uuid;

use crate::{TestApp, seed::Person};

/// A small category of the built-in marketplace.
const CATEGORY: &str = "appliances-cooktops";

/// A person, as operations know them.
async fn acting(app: &TestApp, person: &Person) -> Actor {
    auth::of_member(&app.app, person.id).await.unwrap()
}

async fn admin(app: &TestApp) -> Actor {
    acting(app, &app.seeded.admin).await
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn preset(app: &TestApp, name: &str) -> Uuid {
    let new =
        NewPreset { name: name.to_owned(), category_ids: vec![CATEGORY.to_owned()], search: SearchSettings::default() };
    collection::create_preset(&app.app, &admin(app).await, new).await.unwrap().id
}

/// A schedule as most tests want it: of a preset, daily at nine, in UTC.
fn daily(name: &str, preset_id: Uuid) -> NewSchedule {
    NewSchedule {
        name: name.to_owned(),
        target: Target::Collection { preset_id },
        cron: "0 9 * * *".to_owned(),
        time_zone: "UTC".to_owned(),
        is_enabled: true,
        overlap: OverlapPolicy::BufferOne,
        catchup_window_seconds: 3_600,
        notify_email: false,
        webhook_url: None,
    }
}

async fn made(app: &TestApp, new: NewSchedule) -> Schedule {
    schedules::create_schedule(&app.app, &admin(app).await, new).await.unwrap()
}

/// A daily schedule of a preset of its own.
async fn made_daily(app: &TestApp, overlap: OverlapPolicy) -> Schedule {
    let name = format!("{overlap:?}");
    let preset_id = preset(app, &name).await;
    made(app, NewSchedule { overlap, ..daily(&name, preset_id) }).await
}

async fn tick(app: &App) -> u64 {
    work::chore(app, Chore::Fire).await.unwrap()
}

/// The clock shows this, and ticks.
async fn tick_at(app: &TestApp, time: &str) -> u64 {
    app.app.clock.set(at(time));
    tick(&app.app).await
}

async fn fired(app: &TestApp, id: Uuid) -> Vec<ScheduleFire> {
    let rows = schedule_fire::Entity::find().filter(schedule_fire::Column::ScheduleId.eq(id));
    rows.order_by_asc(schedule_fire::Column::PlannedAt).all(app.app.db.read()).await.unwrap()
}

/// Outcome and reason of each fire of a schedule, the oldest first.
async fn outcomes(app: &TestApp, id: Uuid) -> Vec<(FireOutcome, Option<String>)> {
    fired(app, id).await.into_iter().map(|fire| (fire.outcome, fire.reason)).collect()
}

fn not(outcome: FireOutcome, reason: &str) -> (FireOutcome, Option<String>) {
    (outcome, Some(reason.to_owned()))
}

const STARTED: (FireOutcome, Option<String>) = (FireOutcome::Started, None);

async fn row(app: &TestApp, id: Uuid) -> schedule::Model {
    schedule::Entity::find_by_id(id).one(app.app.db.read()).await.unwrap().unwrap()
}

async fn runs(app: &TestApp) -> Vec<collection_run::Model> {
    let rows = collection_run::Entity::find().filter(collection_run::Column::OrgId.eq(app.seeded.org));
    rows.order_by_asc(collection_run::Column::CreatedAt).all(app.app.db.read()).await.unwrap()
}

async fn run(app: &TestApp, id: Uuid) -> collection_run::Model {
    collection_run::Entity::find_by_id(id).one(app.app.db.read()).await.unwrap().unwrap()
}

/// A run that somebody starts by hand.
async fn start(app: &TestApp) -> Uuid {
    let new = NewRun { category_ids: Some(vec![CATEGORY.to_owned()]), max_calls: Some(1), ..NewRun::default() };
    collection::start(&app.app, &admin(app).await, new).await.unwrap().id
}

/// A run comes to its end without anybody having worked on it.
async fn end(app: &TestApp, id: Uuid) {
    let now = app.now();
    app.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let jobs = job::Entity::delete_many().filter(job::Column::SubjectId.eq(id));
                jobs.exec(tx).await.doing("testing")?;
                let run = collection_run::Entity::find_by_id(id).one(tx).await.doing("testing")?.unwrap();
                let mut run = run.into_active_model();
                run.status = Set(CollectionRunStatus::Completed);
                (run.reason, run.resumes_at, run.completed_at) =
                    (Set(Some("DONE".to_owned())), Set(None), Set(Some(now)));
                run.update(tx).await.doing("testing")
            })
        })
        .await
        .unwrap();
}

/// All active runs of the organisation come to their ends.
async fn end_all(app: &TestApp) {
    for id in collection::active(app.app.db.read(), app.seeded.org).await.unwrap() {
        end(app, id).await;
    }
}

/// The same database seen by a process that has just begun.
async fn restarted(app: &TestApp) -> App {
    let mut other = App::connect(app.app.config.as_ref().clone()).await.unwrap();
    other.clock = app.app.clock.clone();
    other
}

/// The webhooks that were posted, the oldest first; each went by e-mail too.
async fn posted(app: &TestApp) -> Vec<(String, serde_json::Value)> {
    use notification::Channel;
    let rows =
        notification::Entity::find().order_by_asc(notification::Column::Id).all(app.app.db.read()).await.unwrap();
    let events = |channel: Channel| -> Vec<&str> {
        rows.iter().filter(|row| row.channel == channel).map(|row| row.event.as_str()).collect()
    };
    assert_eq!(events(Channel::Email), events(Channel::Webhook));
    let hooks = rows.iter().filter(|row| row.channel == Channel::Webhook);
    hooks.map(|row| (row.event.clone(), serde_json::from_str(&row.payload).unwrap())).collect()
}

/// Every planned time of a schedule has its row, none has two, and what was started belongs to one fire.
async fn check_whole(app: &TestApp, schedule: &Schedule, from: DateTime<Utc>) {
    let cron = schedules::Cron::parse(&schedule.cron, chrono::TimeDelta::minutes(5)).unwrap();
    let zone = schedules::time_zone(&schedule.time_zone).unwrap();
    let planned: Vec<_> = cron.upcoming(zone, from).take_while(|at| *at <= app.now()).collect();
    let fires = fired(app, schedule.id).await;
    let by_clock: Vec<_> = fires.iter().filter(|fire| !fire.is_manual).map(|fire| fire.planned_at).collect();
    assert_eq!(by_clock, planned, "{} {}", schedule.cron, schedule.time_zone);
    let mut started: Vec<_> = fires.iter().filter_map(|fire| fire.run_id).collect();
    started.sort_unstable();
    let of_schedule = collection_run::Entity::find().filter(collection_run::Column::ScheduleId.eq(schedule.id));
    let of_schedule = of_schedule.all(app.app.db.read()).await.unwrap();
    let mut ids: Vec<_> = of_schedule.into_iter().map(|run| run.id).collect();
    ids.sort_unstable();
    assert_eq!(started, ids, "every run has its fire, and every start its run");
    for fire in &fires {
        assert_eq!(fire.outcome == FireOutcome::Started, fire.run_id.is_some() || fire.export_job_id.is_some());
    }
}
