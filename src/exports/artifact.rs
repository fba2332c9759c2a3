//! The file of an export job: whether the actor may have it today, and where it lies.
//!
//! Not here: how it is sent (`http/artifact.rs`). What a reader would get wrong: what is in the file is checked against
//! what the person may read now, at every download; what they may have lost since it was made, they lose here too.

use entity::export_job::{self, ExportJobStatus};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{ExportFormat, ExportJob, ExportRequest, list::get, log, reach, sight::Sight};
use crate::{
    app::App,
    auth::Actor,
    error::{Context, Error, Result},
};

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The job it is of.
    pub job_id: Uuid,
    /// Where it lies.
    pub key: String,
    /// What to call it.
    pub file_name: String,
    /// What it is.
    pub format: ExportFormat,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256, 64 hex digits.
    pub sha256: String,
}

/// The file of an export job, for the actor to download.
///
/// # Errors
/// `FORBIDDEN` for who may export nothing, or not all that is in it; `NOT_FOUND`; `EXPORT_NOT_READY`, `EXPORT_EXPIRED`;
/// `EXPORT_ACCESS_CHANGED` when it holds records of accounts the actor no longer sees.
pub async fn open(app: &App, actor: &Actor, id: Uuid) -> Result<Artifact> {
    let job = get(app, actor, id).await?;
    let (Some(key), Some(file_name), Some(bytes), Some(sha256)) =
        (job.file_key.clone(), job.file_name.clone(), job.bytes, job.sha256.clone())
    else {
        return Err(match job.status {
            ExportJobStatus::Expired => {
                Error::conflict("EXPORT_EXPIRED", "the file has been removed; start the export again")
            }
            _ => Error::conflict("EXPORT_NOT_READY", "the export is not complete; there is no file to download"),
        });
    };
    let request = request_of(&job)?;
    let scope = actor.require(request.filter.kind().permission())?;
    request.filter.kind().chosen(&scope, request.columns.as_deref())?;
    reach::check(app, &scope, &request.filter, &job).await?;
    let bytes = u64::try_from(bytes).map_err(|error| Error::caused("reading the size of a file", error))?;
    Ok(Artifact { job_id: job.id, key, file_name, format: request.format, bytes, sha256 })
}

/// Counts a download that has begun.
///
/// # Errors
/// The database's own failure.
pub async fn downloaded(app: &App, actor: &Actor, artifact: &Artifact) -> Result<()> {
    let (sight, id) = (Sight::of(actor)?, artifact.job_id);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                export_job::Entity::update_many()
                    .col_expr(export_job::Column::Downloads, Expr::col(export_job::Column::Downloads).add(1))
                    .filter(export_job::Column::OrgId.eq(sight.org_id()))
                    .filter(export_job::Column::Id.eq(id))
                    .exec(tx)
                    .await
                    .doing("counting a download")?;
                log::downloaded(tx, sight.org_id(), id).await
            })
        })
        .await
}

/// The request of a job, its columns as they were settled at its start.
pub(super) fn request_of(job: &ExportJob) -> Result<ExportRequest> {
    let mut request: ExportRequest =
        serde_json::from_str(&job.request).map_err(|error| Error::caused("reading a stored request", error))?;
    if request.format != ExportFormat::Text {
        request.columns = Some(job.columns.split(',').map(str::to_owned).collect());
    }
    Ok(request)
}
