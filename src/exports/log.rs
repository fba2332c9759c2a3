//! The log of exports: every file that left or was to leave, streams and jobs alike.
//!
//! Not here: what the process says on standard error. What a reader would get wrong: a stream's line is written beside it,
//! never before it, so that no download waits for whoever writes the database; a process that is killed leaves the lines
//! of its streams unfinished, which is the truth.

use chrono::{DateTime, Utc};
use entity::export_log::{self, ExportOutcome};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Select, sea_query::Expr,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    ExportFilter, ExportJob, ExportKind, ExportRequest, artifact::request_of, columns::Column, format::stored_kind,
};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    db::{Transaction, stored},
    error::{Context, Error, Result},
    page::{self, Fingerprint, Newest, Page, PageRequest},
    sellers,
};

/// One line of the log.
pub type ExportLogEntry = export_log::Model;

/// How a file ended.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// What became of it.
    pub outcome: ExportOutcome,
    /// Rows in it, where it is whole.
    pub rows: Option<i64>,
    /// Its size, where it is whole.
    pub bytes: Option<i64>,
}

/// The only order of the log.
const NEWEST: Newest<export_log::Entity> =
    Newest { at: export_log::Column::CreatedAt, id: export_log::Column::Id, of: |row| (row.created_at, row.id) };

impl End {
    /// The end of what is not whole.
    pub(super) fn without(outcome: ExportOutcome) -> Self {
        Self { outcome, rows: None, bytes: None }
    }

    /// The end of a whole file.
    pub(super) fn whole(rows: u64, bytes: u64) -> Self {
        Self { outcome: ExportOutcome::Completed, rows: Some(stored(rows)), bytes: Some(stored(bytes)) }
    }
}

/// A page of the log of the organisation, the newest first.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`, the key of whoever answers for what people do; a page that cannot be answered.
pub async fn list_log(app: &App, actor: &Actor, request: &PageRequest) -> Result<Page<ExportLogEntry>> {
    let scope = actor.require(Permission::Members)?;
    let fingerprint = Fingerprint::of("export_log", scope.org_id(), &(), &())?;
    page::read(app.db.read(), visible(&scope), NEWEST, request, fingerprint).await
}

/// How many lines the log has.
///
/// # Errors
/// As [`list_log`].
pub async fn count_log(app: &App, actor: &Actor) -> Result<u64> {
    let scope = actor.require(Permission::Members)?;
    visible(&scope).count(app.db.read()).await.doing("counting the log of exports")
}

fn visible(scope: &Scope) -> Select<export_log::Entity> {
    export_log::Entity::find().filter(export_log::Column::OrgId.eq(scope.org_id()))
}

/// The line of a stream.
#[derive(Clone, Debug)]
pub(super) struct StreamLine {
    row: export_log::ActiveModel,
    begun_at: DateTime<Utc>,
}

impl StreamLine {
    /// The line of a stream that begins.
    pub(super) fn of(
        actor: &Actor,
        request: &ExportRequest,
        columns: &[Column],
        begun_at: DateTime<Utc>,
    ) -> Result<Self> {
        let keys: Vec<&str> = columns.iter().map(|column| column.key).collect();
        let row = export_log::ActiveModel {
            kind: Set(stored_kind(request.filter.kind()).to_owned()),
            format: Set(request.format.stored().to_owned()),
            columns: Set(keys.join(",")),
            filter: Set(given(&request.filter)?),
            ..unfinished(actor, begun_at)
        };
        Ok(Self { row, begun_at })
    }

    /// Writes the line while the stream flows, and how it ended. What goes wrong is logged and no more: the file leaves.
    pub(super) async fn write(mut self, app: App, flowing: impl Future<Output = End>) {
        let row = self.row.clone();
        let begun = app.db.write(move |tx| Box::pin(insert(tx, row)));
        let (begun, end) = tokio::join!(begun, flowing);
        if let Err(error) = &begun {
            error.log();
        }
        let now = app.clock.now();
        self.row.outcome = Set(end.outcome);
        (self.row.row_count, self.row.bytes) = (Set(end.rows), Set(end.bytes));
        self.row.duration_ms = Set(Some(milliseconds(self.begun_at, now)));
        self.row.finished_at = Set(Some(now));
        let (row, is_there) = (self.row, begun.is_ok());
        let ended = app.db.write(move |tx| {
            Box::pin(async move {
                let row = if is_there {
                    row.update(tx).await.doing("ending a line of the log of exports")?
                } else {
                    insert(tx, row).await?
                };
                note(tx, &row.kind, row.org_id, row.member_id, now, end).await
            })
        });
        if let Err(error) = ended.await {
            error.log();
        }
    }
}

/// The line of a job that was asked for.
pub(super) async fn begin_job(tx: &Transaction, actor: &Actor, job: &ExportJob) -> Result<()> {
    let request = request_of(job)?;
    let row = export_log::ActiveModel {
        export_job_id: Set(Some(job.id)),
        kind: Set(job.kind.clone()),
        format: Set(job.format.clone()),
        columns: Set(job.columns.clone()),
        filter: Set(given(&request.filter)?),
        ..unfinished(actor, job.created_at)
    };
    insert(tx, row).await.map(drop)
}

/// The job's line is open again.
pub(super) async fn reopen_job(tx: &Transaction, job: &ExportJob) -> Result<()> {
    let row = export_log::ActiveModel {
        outcome: Set(ExportOutcome::Unfinished),
        finished_at: Set(None),
        row_count: Set(None),
        bytes: Set(None),
        duration_ms: Set(None),
        ..Default::default()
    };
    update(tx, job, row).await
}

/// The job's line is closed.
pub(super) async fn end_job(tx: &Transaction, job: &ExportJob, now: DateTime<Utc>, end: End) -> Result<()> {
    let row = export_log::ActiveModel {
        outcome: Set(end.outcome),
        finished_at: Set(Some(now)),
        row_count: Set(end.rows),
        bytes: Set(end.bytes),
        duration_ms: Set(job.started_at.map(|from| milliseconds(from, now))),
        ..Default::default()
    };
    update(tx, job, row).await?;
    note(tx, &job.kind, job.org_id, job.member_id, now, end).await
}

/// A whole file of sellers is a part of their history.
async fn note(
    tx: &Transaction,
    kind: &str,
    org_id: Uuid,
    member_id: Option<Uuid>,
    now: DateTime<Utc>,
    end: End,
) -> Result<()> {
    match (ExportKind::of_stored(kind), end.rows) {
        (ExportKind::Sellers, Some(rows)) => {
            sellers::note_export(tx, org_id, member_id, now, usize::try_from(rows).unwrap_or_default()).await
        }
        _ => Ok(()),
    }
}

/// The job's file was downloaded once more.
pub(super) async fn downloaded(tx: &Transaction, org_id: Uuid, job_id: Uuid) -> Result<()> {
    use sea_orm::sea_query::ExprTrait;
    export_log::Entity::update_many()
        .col_expr(export_log::Column::Downloads, Expr::col(export_log::Column::Downloads).add(1))
        .filter(export_log::Column::OrgId.eq(org_id))
        .filter(export_log::Column::ExportJobId.eq(job_id))
        .exec(tx)
        .await
        .doing("counting a download in the log")?;
    Ok(())
}

async fn update(tx: &Transaction, job: &ExportJob, row: export_log::ActiveModel) -> Result<()> {
    export_log::Entity::update_many()
        .set(row)
        .filter(export_log::Column::OrgId.eq(job.org_id))
        .filter(export_log::Column::ExportJobId.eq(job.id))
        .exec(tx)
        .await
        .doing("writing the log of exports")?;
    Ok(())
}

async fn insert(tx: &Transaction, row: export_log::ActiveModel) -> Result<ExportLogEntry> {
    export_log::Entity::insert(row).exec_with_returning(tx).await.doing("writing the log of exports")
}

/// Whose file it is; the operator of the process is no member.
fn unfinished(actor: &Actor, now: DateTime<Utc>) -> export_log::ActiveModel {
    export_log::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(actor.organisation.id),
        member_id: Set(actor.member()),
        email: Set(actor.email.clone()),
        outcome: Set(ExportOutcome::Unfinished),
        downloads: Set(0),
        created_at: Set(now),
        ..Default::default()
    }
}

/// The conditions of a filter that are given, as JSON.
fn given(filter: &ExportFilter) -> Result<String> {
    let value = match filter {
        ExportFilter::Records(filter) => serde_json::to_value(filter),
        ExportFilter::Sellers(filter) => serde_json::to_value(filter),
    };
    let mut value = value.map_err(|error| Error::caused("writing down a filter", error))?;
    if let Value::Object(conditions) = &mut value {
        conditions.retain(|_, condition| !condition.is_null());
    }
    Ok(value.to_string())
}

fn milliseconds(from: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
    (until - from).num_milliseconds().max(0)
}
