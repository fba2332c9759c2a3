//! What is told: events, their names and their data as receivers of webhooks see them.
//!
//! Not here: what an e-mail says of them. What a reader would get wrong: names and data are a contract with
//! programs of others; what is there stays, and new things are added. Ids are those of the API.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::id::IdKind;

/// Something that is worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A collection run has tried everything.
    RunCompleted(RunEnd),
    /// A collection run could not go on.
    RunFailed(RunEnd),
    /// Planned times of a schedule passed without a start, because nobody was there to start anything.
    FireMissed(Fires),
    /// Planned times of a schedule were left out by its overlap policy.
    FireDropped(Fires),
    /// Planned times of a schedule came, and the start was refused.
    FireFailed(Fires),
    /// The file of an export job is there.
    ExportCompleted(ExportEnd),
    /// The file of an export job could not be made.
    ExportFailed(ExportEnd),
}

/// A collection run that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// The run.
    pub run_id: Uuid,
    /// The schedule that started it.
    pub schedule_id: Option<Uuid>,
    /// What people call the run.
    pub name: String,
    /// Why it ended, a stable code.
    pub reason: String,
    /// Products searched.
    pub products_done: i32,
    /// Different sellers seen.
    pub sellers_found: i32,
    /// Of these, sellers that were not known.
    pub sellers_new: i32,
    /// Items whose last try failed.
    pub failed_items: i32,
    /// What its calls cost, millionths of a US dollar.
    pub cost_micros: i64,
    /// When it first began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: DateTime<Utc>,
}

/// Planned times of a schedule, one or more, with the same outcome and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fires {
    /// The schedule.
    pub schedule_id: Uuid,
    /// What people call it.
    pub schedule_name: String,
    /// How many planned times.
    pub count: u32,
    /// The first of them.
    pub first_planned_at: DateTime<Utc>,
    /// The last of them, the same when there is one.
    pub last_planned_at: DateTime<Utc>,
    /// Why, a stable code or a sentence of ours.
    pub reason: String,
}

/// An export job that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportEnd {
    /// The job.
    pub export_job_id: Uuid,
    /// The schedule that started it.
    pub schedule_id: Option<Uuid>,
    /// What it is of, as in the schema: `RECORDS`.
    pub kind: String,
    /// What it is, as in the schema: `CSV`.
    pub format: String,
    /// What the file is called; none when there is none.
    pub file_name: Option<String>,
    /// Rows in it.
    pub rows: i64,
    /// Its size; none when there is no file.
    pub bytes: Option<i64>,
    /// Why it could not be made, a stable code.
    pub error_code: Option<String>,
    /// When it ended.
    pub completed_at: DateTime<Utc>,
    /// When the file will be removed; none when there is none.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Event {
    /// Its stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RunCompleted(_) => "run.completed",
            Self::RunFailed(_) => "run.failed",
            Self::FireMissed(_) => "fire.missed",
            Self::FireDropped(_) => "fire.dropped",
            Self::FireFailed(_) => "fire.failed",
            Self::ExportCompleted(_) => "export.completed",
            Self::ExportFailed(_) => "export.failed",
        }
    }

    /// The schedule it is about, if any.
    #[must_use]
    pub fn schedule_id(&self) -> Option<Uuid> {
        match self {
            Self::RunCompleted(run) | Self::RunFailed(run) => run.schedule_id,
            Self::FireMissed(fires) | Self::FireDropped(fires) | Self::FireFailed(fires) => Some(fires.schedule_id),
            Self::ExportCompleted(export) | Self::ExportFailed(export) => export.schedule_id,
        }
    }

    /// The body of a webhook.
    pub(super) fn body(&self, now: DateTime<Utc>) -> Value {
        json!({ "type": self.name(), "timestamp": shown(now), "data": self.data() })
    }

    fn data(&self) -> Value {
        match self {
            Self::RunCompleted(run) | Self::RunFailed(run) => run.data(),
            Self::FireMissed(fires) | Self::FireDropped(fires) | Self::FireFailed(fires) => fires.data(),
            Self::ExportCompleted(export) | Self::ExportFailed(export) => export.data(),
        }
    }
}

impl RunEnd {
    fn data(&self) -> Value {
        json!({
            "runId": IdKind::Run.show(self.run_id),
            "scheduleId": self.schedule_id.map(schedule),
            "name": self.name,
            "reason": self.reason,
            "productsDone": self.products_done,
            "sellersFound": self.sellers_found,
            "sellersNew": self.sellers_new,
            "failedItems": self.failed_items,
            "costMicros": self.cost_micros,
            "startedAt": self.started_at.map(shown),
            "completedAt": shown(self.completed_at),
        })
    }
}

impl Fires {
    fn data(&self) -> Value {
        json!({
            "scheduleId": schedule(self.schedule_id),
            "scheduleName": self.schedule_name,
            "count": self.count,
            "firstPlannedAt": shown(self.first_planned_at),
            "lastPlannedAt": shown(self.last_planned_at),
            "reason": self.reason,
        })
    }
}

impl ExportEnd {
    fn data(&self) -> Value {
        json!({
            "exportJobId": IdKind::Export.show(self.export_job_id),
            "scheduleId": self.schedule_id.map(schedule),
            "kind": self.kind,
            "format": self.format,
            "fileName": self.file_name,
            "rows": self.rows,
            "bytes": self.bytes,
            "errorCode": self.error_code,
            "completedAt": shown(self.completed_at),
            "expiresAt": self.expires_at.map(shown),
        })
    }
}

fn schedule(id: Uuid) -> String {
    IdKind::Schedule.show(id)
}

/// As everywhere in the API.
pub(super) fn shown(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
