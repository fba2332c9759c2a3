//! The root of every subscription. Each field calls one operation of the domain and checks nothing itself.
//!
//! What a reader would get wrong: a field's stream runs as whom it began with. When permissions change it is begun anew
//! or ended, as its [`Delivery`] says; a field that is not in [`DELIVERIES`] is ended.

use async_graphql::{Context, ID, Result, Subscription as Root};
use futures::{Stream, StreamExt, stream};

use super::{actor, app, export_job::ExportJob, schema::Delivery, viewer::Viewer};
use crate::{exports, id::IdKind};

/// How the events of each field reach their client.
pub const DELIVERIES: &[(&str, Delivery)] = &[
    ("viewer", Delivery::Newest),
    ("exportJobProgress", Delivery::Newest),
    ("exportJobsProgress", Delivery::NewestOfEach),
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
}
