//! The root of every change. Each field calls one operation of the domain and checks nothing itself.

use async_graphql::{Context, Object, Result};

use super::{
    actor, app,
    export_change::{
        CancelExportInput, CancelExportPayload, DeleteExportInput, DeleteExportPayload, RetryExportInput,
        RetryExportPayload, StartExportInput, StartExportPayload,
    },
};
use crate::exports;

/// Everything that can be changed.
#[derive(Debug)]
pub struct Mutation;

/// Everything that can be changed.
#[Object]
impl Mutation {
    /// Starts to make a file in the background, as you: what you may not read is not in it. Needs `order_tracking.read` or
    /// `seller_collection.read`, by its kind.
    async fn start_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: StartExportInput,
    ) -> Result<StartExportPayload> {
        let started = async { exports::start(app(ctx)?, actor(ctx)?, input.try_into()?).await };
        Ok(StartExportPayload::of(started.await)?)
    }

    /// Stops an export that waits or runs, and leaves nothing of it. Your own; an admin, everybody's.
    async fn cancel_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: CancelExportInput,
    ) -> Result<CancelExportPayload> {
        Ok(CancelExportPayload::of(exports::cancel(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Makes an export again that failed, was cancelled or has expired, as who asked for it. Your own; an admin, everybody's.
    async fn retry_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RetryExportInput,
    ) -> Result<RetryExportPayload> {
        Ok(RetryExportPayload::of(exports::retry(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Deletes an export that has ended, and its file. Your own; an admin, everybody's. The log of exports keeps its line.
    async fn delete_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteExportInput,
    ) -> Result<DeleteExportPayload> {
        Ok(DeleteExportPayload::of(exports::delete(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }
}
