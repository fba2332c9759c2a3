//! Changing schedules: making, changing, deleting.
//!
//! What a reader would get wrong: whoever changes a schedule last is who it acts as from then on. A change never fires for
//! times that are over, and never again for one that has its row.

use entity::schedule::{self, OverlapPolicy};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, ModelTrait, PaginatorTrait, QueryFilter,
};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{
    Cron,
    fire::{drop_waiting, reason},
    list::{Schedule, not_found, visible},
    retime::{next_after, set_times},
    target::{Target, check_target},
    time_zone,
    turn::{Turn, take},
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    error::{Context, Error, Result},
    id::{Id, IdKind},
    notifications::{check_email, check_webhook},
    text,
};

/// The first of each month, when nobody says.
pub const USUAL_CRON: &str = "0 0 1 * *";
/// An hour, when nobody says.
pub const USUAL_WINDOW: i32 = 3_600;
/// The longest catch-up window, in seconds: a week. After that, nobody expects what did not happen.
const LONGEST_WINDOW: i32 = 604_800;
/// Longest name of a schedule, in characters: a line of a list.
const LONGEST_NAME: usize = 200;

/// A schedule to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSchedule {
    /// Its name, unique in the organisation whatever its case.
    pub name: String,
    /// What it starts.
    pub target: Target,
    /// When: five fields, or `@monthly` and its kin.
    pub cron: String,
    /// Where the clock hangs, an IANA name.
    pub time_zone: String,
    /// Whether it fires by itself.
    pub is_enabled: bool,
    /// What a fire does when a run is active.
    pub overlap: OverlapPolicy,
    /// How late a fire may still start, in seconds: 0 to 604,800.
    pub catchup_window_seconds: i32,
    /// Whether who makes it is told by e-mail.
    pub notify_email: bool,
    /// Where it is told to a program.
    pub webhook_url: Option<String>,
}

/// What is to change of a schedule; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduleChange {
    /// Another name.
    pub name: Option<String>,
    /// Another target.
    pub target: Option<Target>,
    /// Other times.
    pub cron: Option<String>,
    /// Another time zone.
    pub time_zone: Option<String>,
    /// Whether it fires by itself.
    pub is_enabled: Option<bool>,
    /// What a fire does when a run is active.
    pub overlap: Option<OverlapPolicy>,
    /// How late a fire may still start, in seconds: 0 to 604,800.
    pub catchup_window_seconds: Option<i32>,
    /// Whether who changes it is told by e-mail.
    pub notify_email: Option<bool>,
    /// Where it is told to a program; `Some(None)` for nowhere.
    pub webhook_url: Option<Option<String>>,
}

/// Makes a schedule.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`, or what the export needs; `INVALID_TEXT`; `SCHEDULE_NAME_TAKEN`; `INVALID_CRON`;
/// `INVALID_TIME_ZONE`; `INVALID_CATCHUP_WINDOW`; `NOT_FOUND` for a preset that is not there; those of an export's columns,
/// format and filter; `EMAIL_NOT_CONFIGURED`, `WEBHOOKS_NOT_CONFIGURED`, `INVALID_WEBHOOK_URL`; `TOO_MANY_SCHEDULES`.
pub async fn create_schedule(app: &App, actor: &Actor, new: NewSchedule) -> Result<Schedule> {
    let scope = actor.require(Permission::Automation)?;
    let cron = Cron::parse(&new.cron, app.config.schedule_shortest_gap())?;
    let zone = time_zone(&new.time_zone)?;
    check_target(app, actor, &new.target).await?;
    if new.notify_email {
        check_email(app)?;
    }
    let (preset_id, export, latest_run_sellers) = new.target.stored()?;
    let row = schedule::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(scope.org_id()),
        name_key: Set(text::name_key(&new.name, LONGEST_NAME)?),
        name: Set(new.name),
        member_id: Set(actor.member()),
        preset_id: Set(preset_id),
        export: Set(export),
        latest_run_sellers: Set(latest_run_sellers),
        cron: Set(cron.as_str().to_owned()),
        time_zone: Set(zone.name().to_owned()),
        is_enabled: Set(new.is_enabled),
        overlap: Set(new.overlap),
        catchup_window_seconds: Set(checked_window(new.catchup_window_seconds)?),
        notify_email: Set(new.notify_email),
        webhook_url: Set(new.webhook_url.map(|url| check_webhook(app, &url)).transpose()?),
        ..Default::default()
    };
    let made = take(app, scope.org_id(), move |turn| {
        Box::pin(async move {
            check_room(turn, &scope).await?;
            let next = if new.is_enabled { Some(next_after(&cron, zone, turn.now)?) } else { None };
            let times = schedule::ActiveModel {
                next_run_at: Set(next),
                created_at: Set(turn.now),
                updated_at: Set(turn.now),
                ..row
            };
            let schedule = times.insert(turn.tx).await.map_err(taken)?;
            let entry = entry(Action::ScheduleCreated, &schedule).to(Json::Object(noted(&schedule)));
            audit::write(turn.tx, &scope, turn.now, entry).await?;
            Ok(schedule)
        })
    });
    Schedule::of(made.await?.0)
}

/// Changes a schedule. What it started stays as it is; disabling drops what waits.
///
/// # Errors
/// As [`create_schedule`]; `NOT_FOUND`.
pub async fn update_schedule(app: &App, actor: &Actor, id: Uuid, change: ScheduleChange) -> Result<Schedule> {
    let scope = actor.require(Permission::Automation)?;
    let (changed, actor) = (checked(app, actor, change).await?, actor.clone());
    let row = take(app, scope.org_id(), move |turn| {
        Box::pin(async move {
            let before = found(turn, &scope, id).await?;
            if !changed.preset_id.is_set() {
                // From now on it acts as somebody else.
                Target::of(&before)?.check_allowed(&actor)?;
            }
            let mut after = schedule::ActiveModel {
                id: Set(before.id),
                revision: Set(before.revision + 1),
                updated_at: Set(turn.now),
                ..changed
            };
            set_times(turn, &before, &mut after).await?;
            let schedule = after.update(turn.tx).await.map_err(taken)?;
            let entry = entry(Action::ScheduleUpdated, &schedule).changed(noted(&before), noted(&schedule));
            audit::write(turn.tx, &scope, turn.now, entry).await?;
            Ok(schedule)
        })
    });
    Schedule::of(row.await?.0)
}

/// Deletes a schedule and its fires. What it started stays as it is.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`.
pub async fn delete_schedule(app: &App, actor: &Actor, id: Uuid) -> Result<Schedule> {
    let scope = actor.require(Permission::Automation)?;
    let row = take(app, scope.org_id(), move |turn| {
        Box::pin(async move {
            let schedule = found(turn, &scope, id).await?;
            drop_waiting(turn, &schedule, reason::SCHEDULE_DELETED).await?;
            schedule.clone().delete(turn.tx).await.doing("deleting a schedule")?;
            let entry = entry(Action::ScheduleDeleted, &schedule).from(Json::Object(noted(&schedule)));
            audit::write(turn.tx, &scope, turn.now, entry).await?;
            Ok(schedule)
        })
    });
    Schedule::of(row.await?.0)
}

/// That this was done to a schedule.
pub(super) fn entry(action: Action, schedule: &schedule::Model) -> Entry {
    Entry::of(action).on(Id(IdKind::Schedule, schedule.id)).named(&schedule.name)
}

/// A schedule as the audit shows one. Of where it is told, it says whether: the address may hold a secret.
fn noted(schedule: &schedule::Model) -> Map<String, Json> {
    Map::from_iter([
        ("name".to_owned(), json!(schedule.name)),
        ("presetId".to_owned(), json!(schedule.preset_id.map(|id| IdKind::Preset.show(id)))),
        ("export".to_owned(), json!(schedule.export)),
        ("cron".to_owned(), json!(schedule.cron)),
        ("timeZone".to_owned(), json!(schedule.time_zone)),
        ("isEnabled".to_owned(), json!(schedule.is_enabled)),
        ("overlap".to_owned(), json!(schedule.overlap.to_value())),
        ("catchupWindowSeconds".to_owned(), json!(schedule.catchup_window_seconds)),
        ("notifyEmail".to_owned(), json!(schedule.notify_email)),
        ("webhook".to_owned(), json!(schedule.webhook_url.is_some())),
    ])
}

/// What is to change, checked.
async fn checked(app: &App, actor: &Actor, change: ScheduleChange) -> Result<schedule::ActiveModel> {
    let mut row = schedule::ActiveModel { member_id: Set(actor.member()), ..Default::default() };
    if let Some(name) = change.name {
        row.name_key = Set(text::name_key(&name, LONGEST_NAME)?);
        row.name = Set(name);
    }
    if let Some(target) = change.target {
        check_target(app, actor, &target).await?;
        let (preset_id, export, latest_run_sellers) = target.stored()?;
        (row.preset_id, row.export) = (Set(preset_id), Set(export));
        row.latest_run_sellers = Set(latest_run_sellers);
    }
    if let Some(cron) = change.cron {
        row.cron = Set(Cron::parse(&cron, app.config.schedule_shortest_gap())?.as_str().to_owned());
    }
    if let Some(zone) = change.time_zone {
        row.time_zone = Set(time_zone(&zone)?.name().to_owned());
    }
    if let Some(is_enabled) = change.is_enabled {
        row.is_enabled = Set(is_enabled);
    }
    if let Some(overlap) = change.overlap {
        row.overlap = Set(overlap);
    }
    if let Some(seconds) = change.catchup_window_seconds {
        row.catchup_window_seconds = Set(checked_window(seconds)?);
    }
    if let Some(is_wanted) = change.notify_email {
        if is_wanted {
            check_email(app)?;
        }
        row.notify_email = Set(is_wanted);
    }
    if let Some(url) = change.webhook_url {
        row.webhook_url = Set(url.map(|url| check_webhook(app, &url)).transpose()?);
    }
    Ok(row)
}

/// Refuses a schedule more than there may be.
async fn check_room(turn: &Turn<'_>, scope: &Scope) -> Result<()> {
    let most = turn.app.config.schedules_max;
    let count = visible(scope).count(turn.tx).await.doing("counting schedules")?;
    if count < most.into() {
        return Ok(());
    }
    let message = format!("there are {count} schedules already, of at most {most}; delete one first");
    Err(Error::Conflict { code: "TOO_MANY_SCHEDULES", message })
}

async fn found(turn: &Turn<'_>, scope: &Scope, id: Uuid) -> Result<schedule::Model> {
    let found = visible(scope).filter(schedule::Column::Id.eq(id)).one(turn.tx).await;
    found.doing("finding a schedule to change")?.ok_or_else(not_found)
}

fn checked_window(seconds: i32) -> Result<i32> {
    if (0..=LONGEST_WINDOW).contains(&seconds) {
        return Ok(seconds);
    }
    let message = format!("`catchupWindowSeconds` must be 0 to {LONGEST_WINDOW}");
    Err(Error::bad_input("INVALID_CATCHUP_WINDOW", message))
}

fn taken(error: DbErr) -> Error {
    let message = "there is a schedule of that name already; upper and lower case make no difference";
    Error::of_write("writing a schedule", error, || Error::conflict("SCHEDULE_NAME_TAKEN", message))
}
