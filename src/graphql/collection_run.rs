//! Collection runs in the schema: the object and its list. What changes them is in `collection_change.rs`, what belongs to
//! one in `collection_part.rs` and `collection_event.rs`.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject, dataloader::DataLoader};

use super::{
    actor, app,
    collection_event::{CollectionEventConnection, CollectionFailureConnection},
    collection_loader::{EventsKey, FailuresKey, PresetKey, ResultsKey, RunKey, WorkersKey},
    collection_part::{CategoryResult, CollectionProgress, CollectionWorker, ProviderCalls},
    collection_settings::CollectionProvider,
    connection::{connection, page_request, total},
    department::Category,
    loader::{Loader, MemberKey, unanswered},
    member::Member,
    preset::{Preset, SearchSettings},
    scalar::{Cents, DateTime, small},
    schedule::Schedule,
    schedule_loader::ScheduleKey,
    seller::SellerConnection,
};
use crate::{
    collection::{self, CollectionRunFilter, LiveRun, Pace},
    error::Error,
    id::IdKind,
    sellers::{self, SellerFilter, SellerOrder},
    sources,
};

/// How far a run is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "collection::CollectionRunStatus")]
pub enum CollectionRunStatus {
    /// Waits for a worker.
    Pending,
    /// Is being worked on.
    Running,
    /// Rests, because somebody paused it or it cannot go on just now; `reason` says which.
    Paused,
    /// Has tried everything; what failed is among its `failures`.
    Completed,
    /// Could not go on; `reason` says why.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

/// What a run is at.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "collection::CollectionPhase")]
pub enum CollectionPhase {
    /// Reads the best sellers of its categories.
    BestSellers,
    /// Searches who sells its products.
    Listings,
}

/// Which of the sellers of a run.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "collection::RunScope")]
pub enum RunScope {
    /// Those the run added.
    New,
    /// All it saw, those it added among them.
    Seen,
}

/// One reading of the best sellers of some categories, and of who sells them elsewhere. Seen by the whole organisation.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct CollectionRun {
    /// Its global id.
    pub(super) id: ID,
    /// What people call it.
    name: String,
    /// How far it is.
    status: CollectionRunStatus,
    /// Why it rests or has ended, for programs: `PROVIDER_FAILING`, for example. Null while it waits or runs.
    reason: Option<String>,
    /// What it is at, or was at last; null before it began.
    phase: Option<CollectionPhase>,
    /// How far it is, in numbers.
    progress: CollectionProgress,
    /// What listings it searches for; null when that can no longer be read.
    search: Option<SearchSettings>,
    /// Where best sellers are read; null when that provider is no longer known.
    best_sellers_provider: Option<CollectionProvider>,
    /// Where listings are searched; null when that provider is no longer known.
    listings_provider: Option<CollectionProvider>,
    /// Its calls, by provider.
    calls_by_provider: Vec<ProviderCalls>,
    /// Most calls it may make; null for no limit.
    max_calls: Option<i32>,
    /// Most it may cost; null for no limit.
    max_cost_cents: Option<Cents>,
    /// When it was asked for.
    created_at: DateTime,
    /// When it first began; null before.
    started_at: Option<DateTime>,
    /// When somebody asked it to pause and it has not yet done so; null otherwise.
    pause_asked_at: Option<DateTime>,
    /// When somebody asked it to end and it has not yet done so; null otherwise.
    cancel_asked_at: Option<DateTime>,
    /// When it goes on by itself; null when it does not rest, or waits for a person.
    resumes_at: Option<DateTime>,
    /// When it ended, however it ended; null before.
    completed_at: Option<DateTime>,
    /// Seconds since it first began, to its end or its latest change; null before it began.
    duration_seconds: Option<i32>,
    #[graphql(skip)]
    row: Arc<collection::CollectionRun>,
    /// Its workers, where they are known already.
    #[graphql(skip)]
    live: Option<Arc<LiveRun>>,
}

impl From<collection::CollectionRun> for CollectionRun {
    fn from(row: collection::CollectionRun) -> Self {
        let pace = Pace::of(&row);
        let provider = |name: &str| collection::provider(name).map(Into::into);
        Self {
            id: IdKind::Run.show(row.id).into(),
            name: row.name.clone(),
            status: row.status.into(),
            reason: row.reason.clone(),
            phase: row.phase.map(Into::into),
            progress: CollectionProgress::of(&row, &pace),
            search: serde_json::from_str::<sources::SearchSettings>(&row.search).ok().map(Into::into),
            best_sellers_provider: provider(&row.best_sellers_provider),
            listings_provider: provider(&row.listings_provider),
            calls_by_provider: collection::ProviderCalls::of(&row).into_iter().map(Into::into).collect(),
            max_calls: row.max_calls,
            max_cost_cents: row.max_cost_micros.map(|micros| Cents(collection::cents(micros))),
            created_at: DateTime(row.created_at),
            started_at: row.started_at.map(DateTime),
            pause_asked_at: row.pause_asked_at.map(DateTime),
            cancel_asked_at: row.cancel_asked_at.map(DateTime),
            resumes_at: row.resumes_at.map(DateTime),
            completed_at: row.completed_at.map(DateTime),
            duration_seconds: pace.duration_seconds.map(small),
            row: Arc::new(row),
            live: None,
        }
    }
}

impl From<Arc<LiveRun>> for CollectionRun {
    fn from(live: Arc<LiveRun>) -> Self {
        Self { live: Some(Arc::clone(&live)), ..live.run.clone().into() }
    }
}

#[ComplexObject]
impl CollectionRun {
    /// What each of its workers is doing, by their numbers; empty before it began.
    async fn workers(&self, ctx: &Context<'_>) -> Result<Vec<CollectionWorker>> {
        let app = app(ctx)?;
        if let Some(live) = &self.live {
            return Ok(live.workers.iter().map(|worker| CollectionWorker::of(app, worker)).collect());
        }
        let workers = ctx.data::<DataLoader<Loader>>()?.load_one(WorkersKey(self.row.id)).await?;
        Ok(workers.iter().flatten().map(|worker| CollectionWorker::of(app, worker)).collect())
    }

    /// The categories it reads, in the order they were chosen in.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let app = app(ctx)?;
        Ok(collection::category_ids(&self.row).iter().map(|id| Category::of(app, id)).collect())
    }

    /// What each of its categories has brought so far, in the same order. Added up when asked for.
    async fn category_results(&self, ctx: &Context<'_>) -> Option<Result<Vec<CategoryResult>>> {
        let results = async {
            let app = app(ctx)?;
            let found = ctx.data::<DataLoader<Loader>>()?.load_one(ResultsKey(self.row.id)).await?.unwrap_or_default();
            let result = |id: &String| CategoryResult::of(app, id, found.get(id).copied().unwrap_or_default());
            Ok(collection::category_ids(&self.row).iter().map(result).collect())
        };
        Some(results.await)
    }

    /// The preset it was started with; null when there was none or it has been deleted.
    async fn preset(&self, ctx: &Context<'_>) -> Result<Option<Preset>> {
        let Some(id) = self.row.preset_id else { return Ok(None) };
        let preset = ctx.data::<DataLoader<Loader>>()?.load_one(PresetKey(id)).await?;
        Ok(preset.map(Into::into))
    }

    /// The schedule that started it; null when a person did, or the schedule has been deleted.
    async fn schedule(&self, ctx: &Context<'_>) -> Result<Option<Schedule>> {
        let Some(id) = self.row.schedule_id else { return Ok(None) };
        let schedule = ctx.data::<DataLoader<Loader>>()?.load_one(ScheduleKey(id)).await?;
        Ok(schedule.map(Into::into))
    }

    /// The run it repeats; null when it repeats none.
    async fn rerun_of(&self, ctx: &Context<'_>) -> Result<Option<CollectionRun>> {
        let Some(id) = self.row.rerun_of else { return Ok(None) };
        let run = ctx.data::<DataLoader<Loader>>()?.load_one(RunKey(id)).await?;
        Ok(run.map(Into::into))
    }

    /// Who started it: yourself, or anybody for an admin. Null when they are no longer a member.
    async fn started_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let Some(member_id) = self.row.member_id else { return Ok(None) };
        let member = ctx.data::<DataLoader<Loader>>()?.load_one(MemberKey(member_id)).await?;
        Ok(member.map(Into::into))
    }

    /// Its sellers so far, the newest first. Those who have been deleted since are left out.
    async fn sellers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them.", default_with = "Some(RunScope::New)")] scope: Option<RunScope>,
    ) -> Result<SellerConnection> {
        let run = Some(self.row.id);
        let filter = match scope.unwrap_or(RunScope::New) {
            RunScope::New => SellerFilter { first_seen_in_run: run, ..SellerFilter::default() },
            RunScope::Seen => SellerFilter { seen_in_run: run, ..SellerFilter::default() },
        };
        let request = page_request(first, after, last, before);
        let page = sellers::list(app(ctx)?, actor(ctx)?, &filter, SellerOrder::default(), &request).await?;
        Ok(SellerConnection::new(page, filter.into()))
    }

    /// What failed in it and has not succeeded since, in the order in which it did.
    async fn failures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<CollectionFailureConnection> {
        let key = FailuresKey(self.row.id, page_request(first, after, last, before));
        let page = ctx.data::<DataLoader<Loader>>()?.load_one(key).await?.ok_or_else(unanswered)??;
        Ok(CollectionFailureConnection::new(page, self.row.failed_items.into()))
    }

    /// What happened in it, in order.
    async fn activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<CollectionEventConnection> {
        let key = EventsKey(self.row.id, page_request(first, after, last, before));
        let page = ctx.data::<DataLoader<Loader>>()?.load_one(key).await?.ok_or_else(unanswered)??;
        Ok(CollectionEventConnection::new(page, self.row.last_seq))
    }
}

/// Which runs. All conditions must hold; what is absent is no condition.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CollectionRunFilter")]
pub struct CollectionRunFilterInput {
    /// Of one of these statuses.
    statuses: Option<Vec<CollectionRunStatus>>,
    /// Asked for at this moment or later.
    created_from: Option<DateTime>,
    /// Asked for at this moment or earlier.
    created_to: Option<DateTime>,
    /// Started by this member.
    started_by: Option<ID>,
    /// Only your own.
    mine: Option<bool>,
}

impl TryFrom<CollectionRunFilterInput> for CollectionRunFilter {
    type Error = Error;

    fn try_from(input: CollectionRunFilterInput) -> Result<Self, Error> {
        Ok(Self {
            statuses: input.statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            created_from: input.created_from.map(|time| time.0),
            created_to: input.created_to.map(|time| time.0),
            started_by: input.started_by.map(|id| IdKind::Member.read(&id)).transpose()?,
            mine: input.mine.unwrap_or_default(),
        })
    }
}

connection!(
    CollectionRunConnection,
    CollectionRunEdge,
    CollectionRun,
    CollectionRunFilter,
    "A page of collection runs, the newest first."
);

#[ComplexObject]
impl CollectionRunConnection {
    /// The runs of this page, without their cursors.
    async fn nodes(&self) -> Vec<&CollectionRun> {
        self.rows()
    }

    /// How many runs there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async {
            let count = collection::count(app(ctx)?, actor(ctx)?, &self.source).await?;
            Ok(total(count))
        };
        Some(count.await)
    }
}
