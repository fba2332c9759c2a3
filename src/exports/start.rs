//! Starting an export job, once for each idempotency key.
//!
//! Not here: its work (`run.rs`). What a reader would get wrong: the columns are settled here and stored, so that the file
//! holds what was asked for even when the person's permissions change before it is made; then it is refused instead.

use chrono::{DateTime, Utc};
use entity::export_job::{self, ExportJobStatus};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{ExportJob, ExportKind, ExportRequest, format, log, rows};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::Actor,
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    jobs::{self, Job},
    notifications::{self, Recipients},
    progress::{self, Topic},
    text,
};

/// What somebody wants as a file to be made in the background.
#[derive(Clone, Debug)]
pub struct NewExport {
    /// The file.
    pub request: ExportRequest,
    /// The same key and request give the same job.
    pub idempotency_key: Option<String>,
    /// Whether who asks for it gets an e-mail at its end.
    pub notify: bool,
}

/// Who started an export in place of a person, and whom its end is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExportCause {
    /// The schedule.
    pub schedule_id: Option<Uuid>,
    /// Whom its end is told.
    pub notify: Recipients,
}

/// Starts an export job as the actor; answers the one there is when its idempotency key was used before.
///
/// # Errors
/// `FORBIDDEN`; those of a download's columns, format and filter; `INVALID_TEXT` for a key that is empty or too long;
/// `IDEMPOTENCY_KEY_REUSED` when the key came with another request; `EMAIL_NOT_CONFIGURED` when there can be no e-mail.
pub async fn start(app: &App, actor: &Actor, new: NewExport) -> Result<ExportJob> {
    actor.require(new.request.filter.kind().permission())?;
    if new.notify {
        notifications::check_email(app)?;
    }
    let row = row(app.db.read(), actor, new, ExportCause::default(), app.clock.now()).await?;
    let actor = actor.clone();
    let job = app.db.write(move |tx| Box::pin(async move { insert(tx, &actor, row).await })).await?;
    told(app, job.id);
    Ok(job)
}

/// The same as a step of a longer operation. Call [`told`] after the commit.
///
/// # Errors
/// As [`start`].
pub async fn start_in(
    tx: &Transaction,
    now: DateTime<Utc>,
    actor: &Actor,
    new: NewExport,
    cause: ExportCause,
) -> Result<ExportJob> {
    insert(tx, actor, row(tx, actor, new, cause, now).await?).await
}

/// After the commit: workers and watchers look.
pub fn told(app: &App, id: Uuid) {
    app.jobs.wake();
    app.progress.changed(Topic::Export, id);
}

/// The job as it will be, all of it settled.
async fn row(
    db: &impl ConnectionTrait,
    actor: &Actor,
    new: NewExport,
    mut cause: ExportCause,
    now: DateTime<Utc>,
) -> Result<export_job::ActiveModel> {
    let kind = new.request.filter.kind();
    let scope = actor.require(kind.permission())?;
    new.request.check()?;
    let plan = rows::plan(db, &scope, &new.request).await?;
    text::check_idempotency_key(new.idempotency_key.as_deref())?;
    let keys: Vec<&str> = plan.columns.iter().map(|column| column.key).collect();
    if new.notify {
        cause.notify.email = Some(actor.member_id);
    }
    Ok(export_job::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(scope.org_id()),
        member_id: Set(Some(actor.member_id)),
        kind: Set(format::stored_kind(kind).to_owned()),
        format: Set(new.request.format.stored().to_owned()),
        request: Set(stored(&new.request)?),
        columns: Set(keys.join(",")),
        status: Set(ExportJobStatus::Pending),
        idempotency_key: Set(new.idempotency_key),
        schedule_id: Set(cause.schedule_id),
        notify: Set((!cause.notify.is_empty()).then(|| stored(&cause.notify)).transpose()?),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    })
}

fn stored(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::caused("storing a request", error))
}

async fn insert(tx: &Transaction, actor: &Actor, row: export_job::ActiveModel) -> Result<ExportJob> {
    let wanted = row.clone();
    // Another request with this key may be under way: whoever comes second waits here, and inserts nothing.
    let unless_there = OnConflict::new().do_nothing().to_owned();
    let inserted = export_job::Entity::insert(row).on_conflict(unless_there).exec_with_returning_many(tx).await;
    let Some(job) = inserted.doing("starting an export")?.pop() else {
        return same(tx, wanted).await;
    };
    jobs::enqueue(tx, job.created_at, job.org_id, Job::Export(job.id)).await?;
    log::begin_job(tx, actor, &job).await?;
    progress::announce(tx, Topic::Export, job.id).await?;
    let scope = actor.require(ExportKind::of_stored(&job.kind).permission())?;
    let begun = noted(Action::ExportStarted, &job).to(json!({
        "kind": job.kind.to_uppercase(),
        "format": job.format.to_uppercase(),
        "columns": job.columns.split(',').collect::<Vec<_>>(),
        "scheduleId": job.schedule_id.map(|id| IdKind::Schedule.show(id)),
    }));
    audit::write(tx, &scope, job.created_at, begun).await?;
    Ok(job)
}

/// That this was done to a job. It has no name but that of its file.
pub(super) fn noted(action: Action, job: &ExportJob) -> Entry {
    let entry = Entry::of(action).on(Id(IdKind::Export, job.id));
    match &job.file_name {
        Some(name) => entry.named(name),
        None => entry,
    }
}

/// The job that the key of `wanted` stands for already.
async fn same(tx: &Transaction, wanted: export_job::ActiveModel) -> Result<ExportJob> {
    use export_job::Column as C;
    let job = export_job::Entity::find()
        .filter(C::OrgId.eq(wanted.org_id.unwrap()))
        .filter(C::MemberId.eq(wanted.member_id.unwrap()))
        .filter(C::IdempotencyKey.eq(wanted.idempotency_key.unwrap()))
        .one(tx)
        .await
        .doing("finding the export of an idempotency key")?
        .ok_or_else(|| Error::internal("what stood in the way of an insert is there"))?;
    if (&job.request, &job.format, &job.notify)
        == (wanted.request.as_ref(), wanted.format.as_ref(), wanted.notify.as_ref())
    {
        return Ok(job);
    }
    let message = "this idempotency key came with another request before; use a new one for each new request";
    Err(Error::Conflict { code: "IDEMPOTENCY_KEY_REUSED", message: message.to_owned() })
}
