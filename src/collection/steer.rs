//! Steering runs: pause, resume, cancel, run again, and another try at what failed.
//!
//! Not here: what the run makes of it (`run`). What a reader would get wrong: the row of the queue is locked before the run,
//! everywhere; of two who steer at the same moment, the second sees what the first did, and is told.

use chrono::{DateTime, Utc};
use entity::{
    collection_event::CollectionEventKind as Kind,
    collection_item::{self, ItemKind, ItemState},
    collection_run::{self, CollectionRunStatus as Status},
};
use futures::future::BoxFuture;
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

use super::{
    CollectionRun, category_ids,
    choice::check_categories,
    entry::{Entry, Telling},
    list::{get, not_found, visible},
    run::finish,
    settings,
    start::{Plan, RunCause, begin, noted, room, told},
};
use crate::{
    app::App,
    audit::{self, Action},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    jobs::{self, Cancelling, Job},
};

/// Pauses a run after the products in hand; one that waits, at once. One that rests by itself stays paused from then on.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `RUN_FINISHED`; `RUN_CANCELLING`; `RUN_PAUSED` when somebody paused
/// it already.
pub async fn pause(app: &App, actor: &Actor, id: Uuid) -> Result<CollectionRun> {
    steer(app, actor, id, Action::RunPaused, move |tx, mut entry| {
        Box::pin(async move {
            unless_cancelling(&entry)?;
            let (org_id, now) = (entry.run.org_id, entry.now());
            let is_at_rest = jobs::withdraw(tx, now, org_id, Job::Collection(id)).await?;
            let is_paused = entry.run.status == Status::Paused && entry.run.resumes_at.is_none();
            if is_paused || entry.run.pause_asked_at.is_some() {
                return Err(Error::conflict("RUN_PAUSED", "the run is paused already, or about to be"));
            }
            if !is_at_rest {
                entry.run.pause_asked_at = Some(now);
                return Ok(entry);
            }
            entry.run.status = Status::Paused;
            (entry.run.reason, entry.run.resumes_at) = (Some("REQUESTED".to_owned()), None);
            entry.tell(Kind::Paused, Telling::words("somebody asked for it"));
            Ok(entry)
        })
    })
    .await
}

/// Goes on with a paused run. Also takes back the wish to pause.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `RUN_FINISHED`; `RUN_CANCELLING`; `RUN_NOT_PAUSED`.
pub async fn resume(app: &App, actor: &Actor, id: Uuid) -> Result<CollectionRun> {
    steer(app, actor, id, Action::RunResumed, move |tx, mut entry| {
        Box::pin(async move {
            unless_cancelling(&entry)?;
            let is_asked = entry.run.pause_asked_at.take().is_some();
            if !is_asked && entry.run.status != Status::Paused {
                return Err(Error::conflict("RUN_NOT_PAUSED", "the run is not paused"));
            }
            let is_running = jobs::hurry(tx, entry.now(), entry.run.org_id, Job::Collection(id)).await?;
            if !is_running && entry.run.status == Status::Paused {
                entry.run.status = Status::Pending;
                (entry.run.reason, entry.run.resumes_at) = (None, None);
            }
            Ok(entry)
        })
    })
    .await
}

/// Ends a run after the products in hand; one that does not run, at once.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `RUN_FINISHED`; `RUN_CANCELLING` when somebody has asked already.
pub async fn cancel(app: &App, actor: &Actor, id: Uuid) -> Result<CollectionRun> {
    steer(app, actor, id, Action::RunCancelled, move |tx, entry| {
        Box::pin(async move {
            unless_cancelling(&entry)?;
            cancelling(tx, entry).await
        })
    })
    .await
}

/// The run is being cancelled, or has been.
async fn cancelling(tx: &Transaction, mut entry: Entry) -> Result<Entry> {
    let now = entry.now();
    match jobs::cancel(tx, now, entry.run.org_id, Job::Collection(entry.run.id)).await? {
        Cancelling::Asked => entry.run.cancel_asked_at = Some(now),
        Cancelling::Cancelled | Cancelling::Nothing => {
            finish(tx, &mut entry, Status::Cancelled, "REQUESTED", None).await?;
        }
    }
    Ok(entry)
}

/// The same as a step of a longer operation, for a run that may have ended or be about to. Call [`told`] after the commit.
pub(super) async fn cancel_in(tx: &Transaction, scope: &Scope, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    jobs::lock(tx, scope.org_id(), Job::Collection(id)).await?;
    let run = locked(tx, scope, id).await?;
    if run.completed_at.is_some() || run.cancel_asked_at.is_some() {
        return Ok(());
    }
    audit::write(tx, scope, now, noted(Action::RunCancelled, &run)).await?;
    cancelling(tx, Entry::of(run, now)).await?.announce(tx).await.map(drop)
}

/// Starts a run like another one: the same categories, settings and limits.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `UNKNOWN_CATEGORY` when the file of categories has lost one;
/// `TOO_MANY_RUNS`.
pub async fn rerun(app: &App, actor: &Actor, id: Uuid) -> Result<CollectionRun> {
    let scope = actor.require(Permission::Automation)?;
    let run = get(app, actor, id).await?;
    let category_ids = category_ids(&run);
    check_categories(&app.sources.categories, &category_ids)?;
    let search = serde_json::from_str(&run.search).map_err(|error| Error::caused("reading a stored run", error))?;
    let plan = Plan {
        name: run.name,
        preset_id: run.preset_id,
        category_ids,
        search,
        max_calls: run.max_calls,
        max_cost_micros: run.max_cost_micros,
        idempotency_key: None,
        rerun_of: Some(id),
        cause: RunCause::default(),
    };
    begin(app, actor, scope, plan).await
}

/// Tries again what failed in a run, and what it had not come to; one that has ended is active again.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`; `NOTHING_FAILED`; `TOO_MANY_RUNS`.
pub async fn retry_failures(app: &App, actor: &Actor, id: Uuid) -> Result<CollectionRun> {
    let (scope, now) = (actor.require(Permission::Automation)?, app.clock.now());
    let run = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                // Whoever locks the settings and a run locks the settings first.
                settings::lock(tx, scope.org_id(), now).await?;
                jobs::lock(tx, scope.org_id(), Job::Collection(id)).await?;
                let mut entry = Entry::of(locked(tx, &scope, id).await?, now);
                let count = put_failures_back(tx, &mut entry).await?;
                audit::write(tx, &scope, now, noted(Action::RunFailuresRetried, &entry.run).times(count)).await?;
                if entry.run.completed_at.is_some() {
                    room(tx, scope.org_id(), now).await?;
                    jobs::enqueue(tx, now, scope.org_id(), Job::Collection(id)).await?;
                    entry.run.status = Status::Pending;
                    (entry.run.reason, entry.run.completed_at) = (None, None);
                }
                entry.announce(tx).await
            })
        })
        .await?;
    told(app, run.id);
    Ok(run)
}

/// Answers how many there are.
async fn put_failures_back(tx: &Transaction, entry: &mut Entry) -> Result<usize> {
    use collection_item::Column as C;
    let failed = collection_item::Entity::update_many()
        .col_expr(C::State, Expr::value(ItemState::Pending.to_value()))
        .col_expr(C::ErrorCode, Expr::value(Option::<String>::None))
        .col_expr(C::ErrorMessage, Expr::value(Option::<String>::None))
        .col_expr(C::FinishedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(C::OrgId.eq(entry.run.org_id))
        .filter(C::RunId.eq(entry.run.id))
        .filter(C::State.eq(ItemState::Failed))
        .exec_with_returning(tx)
        .await
        .doing("putting back what failed in a run")?;
    if failed.is_empty() {
        return Err(Error::conflict("NOTHING_FAILED", "nothing failed in this run"));
    }
    let products = failed.iter().filter(|item| item.kind == ItemKind::Product).count();
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    entry.run.products_done -= count(products);
    entry.run.failed_items = 0;
    let categories: std::collections::HashSet<_> =
        failed.iter().filter(|item| item.kind == ItemKind::Page).map(|item| &item.category_id).collect();
    entry.run.categories_done -= count(categories.len());
    entry.tell(Kind::Resumed, Telling::words(format!("{} failed items are tried again", failed.len())));
    Ok(failed.len())
}

/// Locks the job and the run, in this order, and writes what `change` makes of it.
async fn steer<F>(app: &App, actor: &Actor, id: Uuid, action: Action, change: F) -> Result<CollectionRun>
where
    F: for<'tx> FnOnce(&'tx Transaction, Entry) -> BoxFuture<'tx, Result<Entry>> + Send + 'static,
{
    let (scope, now) = (actor.require(Permission::Automation)?, app.clock.now());
    let run = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                jobs::lock(tx, scope.org_id(), Job::Collection(id)).await?;
                let run = locked(tx, &scope, id).await?;
                if run.completed_at.is_some() {
                    return Err(Error::conflict("RUN_FINISHED", "the run has ended"));
                }
                audit::write(tx, &scope, now, noted(action, &run)).await?;
                change(tx, Entry::of(run, now)).await?.announce(tx).await
            })
        })
        .await?;
    told(app, run.id);
    Ok(run)
}

async fn locked(tx: &Transaction, scope: &Scope, id: Uuid) -> Result<CollectionRun> {
    let found = visible(scope).filter(collection_run::Column::Id.eq(id)).lock(LockType::NoKeyUpdate).one(tx).await;
    found.doing("finding a run to change")?.ok_or_else(not_found)
}

/// Whoever comes after somebody who cancelled is told: nothing else will become of the run.
fn unless_cancelling(entry: &Entry) -> Result<()> {
    match entry.run.cancel_asked_at {
        Some(_) => Err(Error::conflict("RUN_CANCELLING", "the run is being cancelled already")),
        None => Ok(()),
    }
}
