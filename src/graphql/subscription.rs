//! The root of every subscription. Each field calls one operation of the domain and checks nothing itself.
//!
//! What a reader would get wrong: a field's stream runs as whom it began with. When permissions change it is begun anew
//! or ended, as its [`Delivery`] says; a field that is not in [`DELIVERIES`] is ended.

use async_graphql::{Context, ID, Result, Subscription as Root};
use futures::{Stream, StreamExt, stream};

use super::{
    actor, app,
    collection_event::CollectionEvent,
    collection_run::CollectionRun,
    event::{Numbers, Resume},
    export_job::ExportJob,
    import::Import,
    schema::Delivery,
    seller::SellerFilterInput,
    seller_watch::SellersChanged,
    viewer::Viewer,
};
use crate::{collection, exports, id::IdKind, imports, sellers};

/// How the events of each field reach their client.
pub const DELIVERIES: &[(&str, Delivery)] = &[
    ("viewer", Delivery::Newest),
    ("exportJobProgress", Delivery::Newest),
    ("exportJobsProgress", Delivery::NewestOfEach),
    ("collectionRunProgress", Delivery::Newest),
    ("collectionRunsProgress", Delivery::NewestOfEach),
    ("collectionActivity", Delivery::Every),
    ("sellersChanged", Delivery::Every),
    ("importProgress", Delivery::Newest),
    ("importsProgress", Delivery::NewestOfEach),
];

/// Everything that can be watched.
#[derive(Debug)]
pub struct Subscription;

/// Everything that can be watched.
#[Root]
impl Subscription {
    /// Who you are and what you may do: now, and again whenever that changes.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Viewer> + use<>> {
        // A change begins the stream anew.
        let viewer = Viewer::from(actor(ctx)?);
        Ok(stream::iter([viewer]).chain(stream::pending()))
    }

    /// One export job: its present state at once, then every change, at most four a second; ends after its last state.
    async fn export_job_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The export job's id.")] id: ID,
    ) -> Result<impl Stream<Item = ExportJob> + use<>> {
        let states = exports::watch(app(ctx)?, actor(ctx)?, IdKind::Export.read(&id)?).await?;
        Ok(states.map(|live| live.as_ref().into()))
    }

    /// All export jobs you may see: those that have not ended at once, then every change of any. Does not end.
    async fn export_jobs_progress(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Result<ExportJob>> + use<>> {
        let states = exports::watch_all(app(ctx)?, actor(ctx)?).await?;
        Ok(states.map(|live| Ok(live?.as_ref().into())))
    }

    /// One import: its present state at once, then every change, at most four a second, also while it waits for you; ends
    /// after its last state. Watch it anew to see it undone.
    async fn import_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The import's id.")] id: ID,
    ) -> Result<impl Stream<Item = Import> + use<>> {
        let states = imports::watch(app(ctx)?, actor(ctx)?, IdKind::Import.read(&id)?).await?;
        Ok(states.map(|live| live.as_ref().into()))
    }

    /// All imports you may see: those at work at once, then every change of any. Does not end.
    async fn imports_progress(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Result<Import>> + use<>> {
        let states = imports::watch_all(app(ctx)?, actor(ctx)?).await?;
        Ok(states.map(|live| Ok(live?.as_ref().into())))
    }

    /// One collection run: its present state at once, then every change, at most four a second; ends after its last state.
    async fn collection_run_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run's id.")] id: ID,
    ) -> Result<impl Stream<Item = CollectionRun> + use<>> {
        let states = collection::watch(app(ctx)?, actor(ctx)?, IdKind::Run.read(&id)?).await?;
        Ok(states.map(Into::into))
    }

    /// All collection runs of your organisation: those that have not ended at once, then every change of any. Does not end.
    async fn collection_runs_progress(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<CollectionRun>> + use<>> {
        let states = collection::watch_all(app(ctx)?, actor(ctx)?).await?;
        Ok(states.map(|live| Ok(live?.into())))
    }

    /// What happened in a run, and then what happens, in order: no event is left out and none comes twice. Ends with the run.
    /// Over an event stream each has its `seq` for its `id:`, and a `Last-Event-ID` counts as `after`.
    async fn collection_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run's id.")] run_id: ID,
        #[graphql(desc = "Only events with a larger number; all when absent.")] after: Option<i32>,
    ) -> Result<impl Stream<Item = Result<CollectionEvent>> + use<>> {
        let (run_id, after) = (IdKind::Run.read(&run_id)?, Resume::after(ctx, after.map(Into::into)));
        let numbers = Numbers::of(ctx);
        let events = collection::activity(app(ctx)?, actor(ctx)?, run_id, after).await?;
        Ok(events.map(move |event| {
            let event = event?;
            numbers.say(event.seq);
            Ok(event.into())
        }))
    }

    /// What happens to the sellers of a filter, for a grid that fills while a run goes on: a message without sellers at once,
    /// then what was added, changed or removed, at most four messages a second with at most 500 sellers each. Who reads
    /// slowly is told less often, of sellers as they are by then, and misses none. Does not end. Needs
    /// `seller_collection.read`.
    async fn sellers_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which sellers, as they are now: without `asOf` and `addedSince`. All when absent.")]
        filter: Option<SellerFilterInput>,
    ) -> Result<impl Stream<Item = Result<SellersChanged>> + use<>> {
        let filter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
        let changes = sellers::watch(app(ctx)?, actor(ctx)?, filter).await?;
        Ok(changes.map(|change| Ok(change?.as_ref().into())))
    }
}
