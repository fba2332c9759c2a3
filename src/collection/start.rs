//! Starting a run, once for each idempotency key.
//!
//! Not here: its work (`run`). What a reader would get wrong: the row of the organisation's settings is locked before the
//! active runs are counted; two who start at the same moment do not both take the last place.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    collection_item::{self, ItemKind, ItemState},
    collection_run::{self, CollectionRunStatus},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
};
use serde_json::json;
use uuid::Uuid;

use super::{CollectionRun, CollectionSettings, choice, overlap::active, pace::MICROS_OF_A_CENT, settings};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    jobs::{self, Job},
    notifications::Recipients,
    progress::{self, Topic},
    sources::{SearchSettings, Sources},
    text,
};

/// Items a statement writes.
const BATCH: usize = 500;

/// What somebody wants to collect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewRun {
    /// A preset, for its categories and search settings.
    pub preset_id: Option<Uuid>,
    /// Ids of categories, in place of those of the preset.
    pub category_ids: Option<Vec<String>>,
    /// Search settings, in place of those of the preset.
    pub search: Option<SearchSettings>,
    /// What people call it; made up from the preset and the day by default.
    pub name: Option<String>,
    /// Most it may cost, US cents. What the settings allow is never passed.
    pub max_cost_cents: Option<i64>,
    /// Most calls it may make.
    pub max_calls: Option<i32>,
    /// The same key and input give the same run.
    pub idempotency_key: Option<String>,
}

/// Who started a run in place of a person, and whom its end is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunCause {
    /// The schedule.
    pub schedule_id: Option<Uuid>,
    /// Whom its end is told.
    pub notify: Recipients,
}

/// Starts a run; answers the one there is when its idempotency key was used before.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `INVALID_TEXT`; `NOTHING_TO_COLLECT`; `UNKNOWN_CATEGORY`; `DUPLICATE_CATEGORY`;
/// `INVALID_SEARCH`; `INVALID_LIMIT`; `NOT_FOUND` for a preset that is not there; `TOO_MANY_RUNS`; `IDEMPOTENCY_KEY_REUSED`.
pub async fn start(app: &App, actor: &Actor, new: NewRun) -> Result<CollectionRun> {
    let scope = actor.require(Permission::Automation)?;
    let plan = plan(app.db.read(), app, &scope, new, RunCause::default()).await?;
    begin(app, actor, scope, plan).await
}

/// The same as a step of a longer operation. Call [`told`] after the commit.
///
/// # Errors
/// As [`start`].
pub async fn start_in(
    tx: &Transaction,
    app: &App,
    actor: &Actor,
    new: NewRun,
    cause: RunCause,
) -> Result<CollectionRun> {
    let scope = actor.require(Permission::Automation)?;
    let plan = plan(tx, app, &scope, new, cause).await?;
    insert(tx, &scope, &app.sources, actor.member(), plan, app.clock.now()).await
}

/// Settles what somebody wants to collect.
async fn plan(db: &impl ConnectionTrait, app: &App, scope: &Scope, new: NewRun, cause: RunCause) -> Result<Plan> {
    text::check_idempotency_key(new.idempotency_key.as_deref())?;
    let today = app.clock.now().date_naive();
    let chosen = choice::resolve(db, &app.sources.categories, scope.org_id(), &new, today).await?;
    Ok(Plan {
        name: chosen.name,
        preset_id: chosen.preset_id,
        category_ids: chosen.category_ids,
        search: chosen.search,
        max_calls: new.max_calls,
        max_cost_micros: new.max_cost_cents.map(|cents| cents.saturating_mul(MICROS_OF_A_CENT)),
        idempotency_key: new.idempotency_key,
        rerun_of: None,
        cause,
    })
}

/// What is to be collected, all of it settled.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub name: String,
    pub preset_id: Option<Uuid>,
    pub category_ids: Vec<String>,
    pub search: SearchSettings,
    pub max_calls: Option<i32>,
    pub max_cost_micros: Option<i64>,
    pub idempotency_key: Option<String>,
    pub rerun_of: Option<Uuid>,
    pub cause: RunCause,
}

/// Makes the run and its first items, and has it worked on.
pub(super) async fn begin(app: &App, actor: &Actor, scope: Scope, plan: Plan) -> Result<CollectionRun> {
    let (now, sources, member_id) = (app.clock.now(), app.sources.clone(), actor.member());
    let run = app
        .db
        .write(move |tx| Box::pin(async move { insert(tx, &scope, &sources, member_id, plan, now).await }))
        .await?;
    told(app, run.id);
    Ok(run)
}

/// After the commit: workers and watchers look.
pub fn told(app: &App, id: Uuid) {
    app.jobs.wake();
    app.progress.changed(Topic::Run, id);
}

/// The settings, locked until the transaction ends, when there is room for another active run.
///
/// # Errors
/// `TOO_MANY_RUNS`.
pub(super) async fn room(tx: &Transaction, org_id: Uuid, now: DateTime<Utc>) -> Result<CollectionSettings> {
    let settings = settings::lock(tx, org_id, now).await?;
    let active = active(tx, org_id).await?.len();
    let most = settings.max_active_runs;
    if i64::try_from(active).unwrap_or(i64::MAX) < i64::from(most) {
        return Ok(settings);
    }
    let message = format!("{active} runs are active already, of at most {most}; wait for one to end, or cancel one");
    Err(Error::Conflict { code: "TOO_MANY_RUNS", message })
}

async fn insert(
    tx: &Transaction,
    scope: &Scope,
    sources: &Sources,
    member_id: Option<Uuid>,
    plan: Plan,
    now: DateTime<Utc>,
) -> Result<CollectionRun> {
    // Whoever comes second with a key waits for the lock, and finds the run.
    let settings = settings::lock(tx, scope.org_id(), now).await?;
    if let Some(run) = same(tx, scope, &plan).await? {
        return Ok(run);
    }
    room(tx, scope.org_id(), now).await?;
    let categories = plan.category_ids.iter().filter_map(|id| sources.categories.find(id));
    let departments: HashSet<&str> = categories.map(|category| category.department_id.as_str()).collect();
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let cap = settings.max_cost_cents.map(|cents| cents.saturating_mul(MICROS_OF_A_CENT));
    let row = collection_run::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(scope.org_id()),
        name: Set(plan.name.clone()),
        status: Set(CollectionRunStatus::Pending),
        preset_id: Set(plan.preset_id),
        category_ids: Set(stored(&plan.category_ids)?),
        search: Set(stored(&plan.search)?),
        member_id: Set(member_id),
        rerun_of: Set(plan.rerun_of),
        idempotency_key: Set(plan.idempotency_key.clone()),
        best_sellers_provider: Set(sources.best_sellers.provider().name().to_owned()),
        listings_provider: Set(sources.listings.provider().name().to_owned()),
        prices: Set(stored(&settings.prices)?),
        workers: Set(settings.workers),
        schedule_id: Set(plan.cause.schedule_id),
        notify: Set((!plan.cause.notify.is_empty()).then(|| stored(&plan.cause.notify)).transpose()?),
        max_calls: Set(plan.max_calls),
        max_cost_micros: Set([plan.max_cost_micros, cap].into_iter().flatten().min()),
        departments_total: Set(count(departments.len())),
        categories_total: Set(count(plan.category_ids.len())),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let run = collection_run::Entity::insert(row).exec_with_returning(tx).await.doing("starting a run")?;
    insert_pages(tx, &run, &plan.category_ids, now).await?;
    jobs::enqueue(tx, now, run.org_id, Job::Collection(run.id)).await?;
    progress::announce(tx, Topic::Run, run.id).await?;
    audit::write(tx, scope, now, begun(&run, &plan)).await?;
    Ok(run)
}

/// What is noted of a start.
fn begun(run: &CollectionRun, plan: &Plan) -> Entry {
    noted(Action::RunStarted, run).to(json!({
        "presetId": plan.preset_id.map(|id| IdKind::Preset.show(id)),
        "categoryIds": plan.category_ids,
        "maxCalls": run.max_calls,
        "maxCostCents": run.max_cost_micros.map(|micros| micros / MICROS_OF_A_CENT),
        "rerunOf": plan.rerun_of.map(|id| IdKind::Run.show(id)),
        "scheduleId": plan.cause.schedule_id.map(|id| IdKind::Schedule.show(id)),
    }))
}

/// That this was done to a run.
pub(super) fn noted(action: Action, run: &CollectionRun) -> Entry {
    Entry::of(action).on(Id(IdKind::Run, run.id)).named(&run.name)
}

/// The first page of every category.
async fn insert_pages(tx: &Transaction, run: &CollectionRun, ids: &[String], now: DateTime<Utc>) -> Result<()> {
    let page = |(place, id): (usize, &String)| collection_item::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(run.org_id),
        run_id: Set(run.id),
        kind: Set(ItemKind::Page),
        category_id: Set(id.clone()),
        page: Set(Some(1)),
        // Between them there is room for further pages.
        position: Set(i32::try_from(place * 10).unwrap_or(i32::MAX)),
        state: Set(ItemState::Pending),
        created_at: Set(now),
        finished_at: NotSet,
        ..Default::default()
    };
    let rows: Vec<_> = ids.iter().enumerate().map(page).collect();
    for rows in rows.chunks(BATCH) {
        let written = collection_item::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await;
        written.doing("adding the first items of a run")?;
    }
    Ok(())
}

/// The run that the key of `plan` stands for already.
async fn same(tx: &Transaction, scope: &Scope, plan: &Plan) -> Result<Option<CollectionRun>> {
    let Some(key) = &plan.idempotency_key else { return Ok(None) };
    let found = super::list::visible(scope).filter(collection_run::Column::IdempotencyKey.eq(key)).one(tx).await;
    let Some(run) = found.doing("finding the run of an idempotency key")? else { return Ok(None) };
    let wanted = (stored(&plan.category_ids)?, stored(&plan.search)?, plan.preset_id, plan.max_calls);
    if (&run.category_ids, &run.search, run.preset_id, run.max_calls) == (&wanted.0, &wanted.1, wanted.2, wanted.3) {
        return Ok(Some(run));
    }
    let message = "this idempotency key came with another request before; use a new one for each new request";
    Err(Error::Conflict { code: "IDEMPOTENCY_KEY_REUSED", message: message.to_owned() })
}

fn stored(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::caused("storing a run", error))
}
