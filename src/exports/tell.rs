//! Telling whoever wanted to know that an export has ended by itself.
//!
//! Not here: how they are told (`notifications`). What a reader would get wrong: who cancels an export knows it, and is not
//! told.

use chrono::{DateTime, Utc};
use entity::export_job::ExportJobStatus;

use super::ExportJob;
use crate::{
    db::Transaction,
    error::{Error, Result},
    notifications::{self, Event, ExportEnd},
};

/// Tells of a job that is completed or has failed, in the transaction of its end.
pub(super) async fn tell(tx: &Transaction, job: &ExportJob, now: DateTime<Utc>) -> Result<()> {
    let event: fn(ExportEnd) -> Event = match job.status {
        ExportJobStatus::Completed => Event::ExportCompleted,
        ExportJobStatus::Failed => Event::ExportFailed,
        _ => return Ok(()),
    };
    let Some(recipients) = &job.notify else { return Ok(()) };
    let recipients = serde_json::from_str(recipients).map_err(|error| Error::caused("reading whom to tell", error))?;
    let end = ExportEnd {
        export_job_id: job.id,
        schedule_id: job.schedule_id,
        kind: job.kind.clone(),
        format: job.format.clone(),
        file_name: job.file_name.clone(),
        rows: job.rows_done,
        bytes: job.bytes,
        error_code: job.error_code.clone(),
        completed_at: job.completed_at.unwrap_or(now),
        expires_at: job.expires_at,
    };
    notifications::post(tx, now, job.org_id, &recipients, event(end)).await
}
