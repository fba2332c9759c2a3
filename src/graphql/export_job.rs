//! Export jobs in the schema: the object and its list. What changes them is in `export_change.rs`.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    actor, app,
    connection::{connection, total},
    export::{ExportFormat, ExportKind},
    loader::{Loader, MemberKey, PositionKey},
    member::Member,
    scalar::{BigInt, DateTime, small},
    schedule::Schedule,
    schedule_loader::ScheduleKey,
};
use crate::{
    auth,
    exports::{self, ExportJobFilter, LiveExport},
    id::IdKind,
};

/// How far an export job is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "exports::ExportJobStatus")]
pub enum ExportJobStatus {
    /// Waits for its turn.
    Pending,
    /// Its file is being written.
    Processing,
    /// Its file is whole and can be downloaded.
    Completed,
    /// Its file could not be made; `error` says why. It can be tried again.
    Failed,
    /// Somebody stopped it. It can be tried again.
    Cancelled,
    /// It was whole; the file has been removed. It can be made again.
    Expired,
}

/// Why a job failed.
#[derive(Clone, Debug, SimpleObject)]
pub struct JobFailure {
    /// For programs.
    code: String,
    /// For people.
    message: String,
}

/// A file that somebody asked for, made in the background. Seen by who asked for it and by admins.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct ExportJob {
    /// Its global id.
    pub(super) id: ID,
    /// What the file is of.
    kind: ExportKind,
    /// What the file is.
    format: ExportFormat,
    /// How far it is.
    status: ExportJobStatus,
    /// The keys of the file's columns, in their order.
    columns: Vec<String>,
    /// Rows written so far. Never goes back while the job runs.
    rows_done: i32,
    /// Rows there are to write, as counted at the beginning; null before.
    rows_total: Option<i32>,
    /// Share of the rows that is done, 0 to 100; null before they are counted.
    percent: Option<f64>,
    /// Rows a second since the beginning; null before there is anything to tell.
    rows_per_second: Option<f64>,
    /// Seconds to the end at this pace; null when it does not run.
    eta_seconds: Option<i32>,
    /// Size of the file in bytes; null before it is whole.
    bytes: Option<BigInt>,
    /// What the file is called; null before it is whole.
    file_name: Option<String>,
    /// SHA-256 of the file, 64 hex digits; null before it is whole.
    sha256: Option<String>,
    /// When the file is removed; null before it is whole.
    expires_at: Option<DateTime>,
    /// Times the file was downloaded.
    downloads: i32,
    /// Why it failed; null when it did not.
    error: Option<JobFailure>,
    /// When it was asked for.
    created_at: DateTime,
    /// When it was begun; null before.
    started_at: Option<DateTime>,
    /// When it ended, however it ended; null before.
    completed_at: Option<DateTime>,
    #[graphql(skip)]
    key: Uuid,
    #[graphql(skip)]
    member_id: Option<Uuid>,
    #[graphql(skip)]
    schedule_id: Option<Uuid>,
    #[graphql(skip)]
    is_there: bool,
    #[graphql(skip)]
    place: Place,
}

/// What is known of a job's place in the line.
#[derive(Clone, Copy, Debug)]
enum Place {
    Known(Option<u64>),
    ToAsk,
}

impl JobFailure {
    /// The failure that a row tells of.
    pub(super) fn new(code: String, message: String) -> Self {
        Self { code, message }
    }
}

impl From<exports::ExportJob> for ExportJob {
    fn from(row: exports::ExportJob) -> Self {
        let progress = exports::Progress::of(&row);
        let waits = row.status == exports::ExportJobStatus::Pending;
        Self {
            id: IdKind::Export.show(row.id).into(),
            kind: exports::ExportKind::of_stored(&row.kind).into(),
            format: exports::ExportFormat::of_stored(&row.format).into(),
            status: row.status.into(),
            columns: row.columns.split(',').map(str::to_owned).collect(),
            rows_done: small(row.rows_done),
            rows_total: row.rows_total.map(small),
            percent: progress.percent,
            rows_per_second: progress.rows_per_second,
            eta_seconds: progress.eta_seconds.map(small),
            bytes: row.bytes.map(BigInt),
            file_name: row.file_name,
            sha256: row.sha256,
            expires_at: row.expires_at.map(DateTime),
            downloads: row.downloads,
            error: row.error_code.zip(row.error_message).map(|(code, message)| JobFailure::new(code, message)),
            created_at: DateTime(row.created_at),
            started_at: row.started_at.map(DateTime),
            completed_at: row.completed_at.map(DateTime),
            key: row.id,
            member_id: row.member_id,
            schedule_id: row.schedule_id,
            is_there: row.file_key.is_some(),
            place: if waits { Place::ToAsk } else { Place::Known(None) },
        }
    }
}

impl From<&LiveExport> for ExportJob {
    fn from(live: &LiveExport) -> Self {
        Self { place: Place::Known(live.position), ..live.job.clone().into() }
    }
}

#[ComplexObject]
impl ExportJob {
    /// Where to download the file: a signed link of yours, good for a quarter of an hour unless configured otherwise, a
    /// fresh one each time you ask. Null when there is no file.
    async fn download_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if !self.is_there {
            return Ok(None);
        }
        let path = format!("/export/jobs/{}/download", self.id.as_str());
        Ok(Some(auth::signed_link(app(ctx)?, actor(ctx)?, &path)))
    }

    /// Who asked for it; null when they are no longer a member.
    async fn requested_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let Some(member_id) = self.member_id else { return Ok(None) };
        let member = ctx.data::<DataLoader<Loader>>()?.load_one(MemberKey(member_id)).await?;
        Ok(member.map(Into::into))
    }

    /// The schedule that started it; null when a person did, or the schedule has been deleted. Needs
    /// `seller_collection.read`.
    async fn schedule(&self, ctx: &Context<'_>) -> Result<Option<Schedule>> {
        let Some(id) = self.schedule_id else { return Ok(None) };
        let schedule = ctx.data::<DataLoader<Loader>>()?.load_one(ScheduleKey(id)).await?;
        Ok(schedule.map(Into::into))
    }

    /// Its place among all jobs that wait; 1 is the next. Null when it does not wait.
    async fn queue_position(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        let place = match self.place {
            Place::Known(place) => place,
            Place::ToAsk => ctx.data::<DataLoader<Loader>>()?.load_one(PositionKey(self.key)).await?,
        };
        Ok(place.map(small))
    }
}

/// Which export jobs; what is absent is no condition.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "ExportJobFilter")]
pub struct ExportJobFilterInput {
    /// Of one of these statuses.
    statuses: Option<Vec<ExportJobStatus>>,
    /// Of this kind.
    kind: Option<ExportKind>,
    /// Only your own; an admin sees everybody's otherwise.
    mine: Option<bool>,
}

impl From<ExportJobFilterInput> for ExportJobFilter {
    fn from(input: ExportJobFilterInput) -> Self {
        Self {
            statuses: input.statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            kind: input.kind.map(Into::into),
            mine: input.mine.unwrap_or_default(),
        }
    }
}

connection!(ExportJobConnection, ExportJobEdge, ExportJob, ExportJobFilter, "A page of export jobs, the newest first.");

#[ComplexObject]
impl ExportJobConnection {
    /// The export jobs of this page, without their cursors.
    async fn nodes(&self) -> Vec<&ExportJob> {
        self.rows()
    }

    /// How many export jobs there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async {
            let count = exports::count(app(ctx)?, actor(ctx)?, &self.source).await?;
            Ok(total(count))
        };
        Some(count.await)
    }
}
