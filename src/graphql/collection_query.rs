//! What is asked about collection: what there is to collect, presets, runs, schedules. Each field calls one operation of the
//! domain and checks nothing itself.

use async_graphql::{Context, ID, Object, Result};

use super::{
    actor, app,
    collection_estimate::{CollectionEstimate, CollectionInput},
    collection_run::{CollectionRun, CollectionRunConnection, CollectionRunFilterInput},
    collection_settings::CollectionSettings,
    connection::page_request,
    cron_preview::CronPreview,
    department::Department,
    preset::PresetConnection,
    scalar::DateTime,
    schedule::{Schedule, ScheduleConnection},
};
use crate::{collection, id::IdKind, schedules};

/// What is asked about collection.
#[derive(Debug)]
pub struct CollectionQuery;

/// What is asked about collection.
#[Object]
impl CollectionQuery {
    /// What can be collected: departments and their categories. Needs `seller_collection.read`.
    async fn departments(&self, ctx: &Context<'_>) -> Result<Vec<Department>> {
        Ok(collection::departments(app(ctx)?, actor(ctx)?)?.iter().map(Into::into).collect())
    }

    /// The presets of your organisation by name, the one that is built in first. Needs `seller_collection.read`.
    async fn presets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<PresetConnection> {
        let request = page_request(first, after, last, before);
        let page = collection::list_presets(app(ctx)?, actor(ctx)?, &request).await?;
        Ok(PresetConnection::new(page, ()))
    }

    /// Within which limits your organisation collects. Needs `seller_collection.read`.
    async fn collection_settings(&self, ctx: &Context<'_>) -> Option<Result<CollectionSettings>> {
        let settings = async { Ok(collection::settings(app(ctx)?, actor(ctx)?).await?.into()) };
        Some(settings.await)
    }

    /// How much a run would take and cost, as far as is known beforehand. Needs `seller_collection.read`.
    async fn collection_estimate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to collect.")] input: CollectionInput,
    ) -> Result<CollectionEstimate> {
        let app = app(ctx)?;
        let estimate = collection::estimate(app, actor(ctx)?, &input.try_into()?).await?;
        Ok(CollectionEstimate::new(app, &estimate))
    }

    /// One collection run; null when there is none with this id in your organisation. Needs `seller_collection.read`.
    async fn collection_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run's id.")] id: ID,
    ) -> Option<Result<CollectionRun>> {
        let found = async {
            let runs = collection::find_many(app(ctx)?, actor(ctx)?, &[IdKind::Run.read(&id)?]).await?;
            Ok(runs.into_iter().next().map(Into::into))
        };
        found.await.transpose()
    }

    /// The collection runs of your organisation, the newest first. Needs `seller_collection.read`.
    async fn collection_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which runs; all when absent.")] filter: Option<CollectionRunFilterInput>,
    ) -> Result<CollectionRunConnection> {
        let filter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
        let request = page_request(first, after, last, before);
        let page = collection::list(app(ctx)?, actor(ctx)?, &filter, &request).await?;
        Ok(CollectionRunConnection::new(page, filter))
    }

    /// One schedule; null when there is none with this id in your organisation. Needs `seller_collection.read`.
    async fn schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The schedule's id.")] id: ID,
    ) -> Option<Result<Schedule>> {
        let found = async {
            let schedules = schedules::find_many(app(ctx)?, actor(ctx)?, &[IdKind::Schedule.read(&id)?]).await?;
            Ok(schedules.into_iter().next().map(Into::into))
        };
        found.await.transpose()
    }

    /// The schedules of your organisation by name. Needs `seller_collection.read`.
    async fn schedules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<ScheduleConnection> {
        let request = page_request(first, after, last, before);
        let page = schedules::list(app(ctx)?, actor(ctx)?, &request).await?;
        Ok(ScheduleConnection::new(page, ()))
    }

    /// What a cron expression would do: the next times, or what is wrong with it. Five fields (minute, hour, day of month,
    /// month, day of week) or a name such as `@monthly`. Needs `seller_collection.read`.
    async fn cron_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The expression, as `0 9 * * 1#1`.")] expression: String,
        #[graphql(desc = "A name of the IANA database, as `America/New_York`.", default = "UTC")] time_zone: String,
        #[graphql(desc = "How many of the next times: 1 to 50.", default = 5)] count: i32,
        #[graphql(desc = "Only times after this moment; after now when absent.")] after: Option<DateTime>,
    ) -> Result<CronPreview> {
        let (app, actor, after) = (app(ctx)?, actor(ctx)?, after.map(|after| after.0));
        Ok(schedules::preview(app, actor, &expression, &time_zone, count, after)?.into())
    }
}
