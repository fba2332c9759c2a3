//! Schedules in the schema: the object and its list. What changes them is in `schedule_change.rs`, what became of their
//! times in `schedule_fire.rs`.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject, dataloader::DataLoader};

use super::{
    actor, app,
    collection_loader::PresetKey,
    connection::{connection, page_request, total},
    loader::{Loader, MemberKey, unanswered},
    member::Member,
    notification::NotificationConnection,
    preset::Preset,
    scalar::DateTime,
    schedule_fire::{ScheduleFire, ScheduleFireConnection},
    schedule_loader::{FiresKey, NotificationsKey},
    scheduled_export::ScheduledExport,
};
use crate::{
    id::IdKind,
    page::{Page, PageRequest},
    schedules::{self, Target},
};

/// What a time of a schedule does while a run of the organisation is active.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "schedules::OverlapPolicy")]
pub enum OverlapPolicy {
    /// It waits until no run is active; while one waits, another is dropped.
    BufferOne,
    /// It is skipped.
    Skip,
    /// It waits until no run is active, and so do others after it: at most 10.
    BufferAll,
    /// It has all active runs cancelled, and waits for their end.
    CancelOther,
    /// It starts all the same.
    AllowAll,
}

/// What happens by the clock: a collection run, or an export. Seen by the whole organisation.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Schedule {
    /// Its global id.
    pub(super) id: ID,
    /// Its name, unique whatever its case.
    name: String,
    /// When: a cron expression of five fields, or `@monthly` and its kin.
    cron: String,
    /// Where its clock hangs: an IANA name, `Europe/Berlin`.
    time_zone: String,
    /// Whether it fires by itself. One that does not can be triggered.
    is_enabled: bool,
    /// What a time does while a run is active. An export starts in any case.
    overlap: OverlapPolicy,
    /// How many seconds late it may still start what it missed; a minute late is always on time.
    catchup_window_seconds: i32,
    /// Whether who changed it last is told by e-mail how it went.
    notify_email: bool,
    /// When it fires next; null while it is disabled.
    next_run_at: Option<DateTime>,
    /// When it was made.
    created_at: DateTime,
    /// When a person last changed it.
    updated_at: DateTime,
    #[graphql(skip)]
    row: Arc<schedules::Schedule>,
}

impl From<schedules::Schedule> for Schedule {
    fn from(row: schedules::Schedule) -> Self {
        Self {
            id: IdKind::Schedule.show(row.id).into(),
            name: row.name.clone(),
            cron: row.cron.clone(),
            time_zone: row.time_zone.clone(),
            is_enabled: row.is_enabled,
            overlap: row.overlap.into(),
            catchup_window_seconds: row.catchup_window_seconds,
            notify_email: row.notify_email,
            next_run_at: row.next_run_at.map(DateTime),
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
            row: Arc::new(row),
        }
    }
}

#[ComplexObject]
impl Schedule {
    /// The preset it collects; one that has been deleted since is shown as `(deleted)`, and that of a schedule that makes an
    /// export as `(none)`, without categories. `collects` is null there.
    async fn preset(&self, ctx: &Context<'_>) -> Result<Preset> {
        let Target::Collection { preset_id } = self.row.target else { return Ok(Preset::none()) };
        Ok(self.collects(ctx).await?.unwrap_or_else(|| Preset::deleted(preset_id)))
    }

    /// The preset it collects; null when it makes an export or the preset has been deleted.
    async fn collects(&self, ctx: &Context<'_>) -> Result<Option<Preset>> {
        let Target::Collection { preset_id } = self.row.target else { return Ok(None) };
        let preset = ctx.data::<DataLoader<Loader>>()?.load_one(PresetKey(preset_id)).await?;
        Ok(preset.map(Into::into))
    }

    /// The file it makes; null when it starts collection runs.
    async fn export(&self) -> Option<ScheduledExport> {
        match &self.row.target {
            Target::Export(export) => Some(export.clone().into()),
            Target::Collection { .. } => None,
        }
    }

    /// What its cron expression means, in plain English.
    async fn description(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let described = async { Ok(schedules::describe(app(ctx)?, &self.row)?) };
        Some(described.await)
    }

    /// Where a signed request says how it went; null when nowhere, and for who may not change it.
    async fn webhook_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(schedules::webhook_url(actor(ctx)?, &self.row).map(str::to_owned))
    }

    /// What its webhook's requests are signed with, as in Standard Webhooks: `whsec_…`. Null without a webhook. Needs
    /// `admin.automation`.
    async fn webhook_secret(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let secret = async { Ok(schedules::webhook_secret(app(ctx)?, actor(ctx)?, &self.row)?) };
        secret.await.transpose()
    }

    /// The next times it fires by itself; none while it is disabled.
    async fn next_fire_times(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many: 1 to 50.", default_with = "Some(5)")] count: Option<i32>,
    ) -> Result<Vec<DateTime>> {
        let count = schedules::checked_count(count.unwrap_or(5))?;
        let times = schedules::next_times(app(ctx)?, &self.row, count)?;
        Ok(times.into_iter().map(DateTime).collect())
    }

    /// Who changed it last, and as whom it fires: yourself, or anybody for an admin. Null when they are no longer a member;
    /// then it fires no more until somebody changes it.
    async fn changed_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let Some(member_id) = self.row.member_id else { return Ok(None) };
        let member = ctx.data::<DataLoader<Loader>>()?.load_one(MemberKey(member_id)).await?;
        Ok(member.map(Into::into))
    }

    /// What became of its latest time; null before its first.
    async fn last_fire(&self, ctx: &Context<'_>) -> Result<Option<ScheduleFire>> {
        let page = self.page_of_fires(ctx, page_request(Some(1), None, None, None)).await?;
        Ok(page.rows.into_iter().next().map(|(_, fire)| fire.into()))
    }

    /// What became of its times so far, the latest first.
    async fn fires(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<ScheduleFireConnection> {
        let page = self.page_of_fires(ctx, page_request(first, after, last, before)).await?;
        Ok(ScheduleFireConnection::new(page, self.row.id))
    }

    /// What was told about it, the newest first. Null when it cannot be read. Needs `admin.automation`.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Option<Result<NotificationConnection>> {
        let key = NotificationsKey(self.row.id, page_request(first, after, last, before));
        let page = async {
            let page = ctx.data::<DataLoader<Loader>>()?.load_one(key).await?.ok_or_else(unanswered)??;
            Ok(NotificationConnection::new(page, self.row.id))
        };
        Some(page.await)
    }
}

impl Schedule {
    async fn page_of_fires(&self, ctx: &Context<'_>, request: PageRequest) -> Result<Page<schedules::ScheduleFire>> {
        let key = FiresKey(self.row.id, request);
        Ok(ctx.data::<DataLoader<Loader>>()?.load_one(key).await?.ok_or_else(unanswered)??)
    }
}

connection!(ScheduleConnection, ScheduleEdge, Schedule, (), "A page of schedules by name.");

#[ComplexObject]
impl ScheduleConnection {
    /// The schedules of this page, without their cursors.
    async fn nodes(&self) -> Vec<&Schedule> {
        self.rows()
    }

    /// How many schedules there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let () = self.source;
        let count = async {
            let count = schedules::count(app(ctx)?, actor(ctx)?).await?;
            Ok(total(count))
        };
        Some(count.await)
    }
}
