//! A schema as the doors see it: something that executes requests, and knows how its subscriptions are delivered.
//!
//! What a reader would get wrong: this is not the library's `Schema`, which names its roots in its type; here the roots
//! are behind it, so that tests of the doors bring small ones of their own.

use std::sync::Arc;

use async_graphql::{Executor, Request, Response};
use futures::{future::BoxFuture, stream::BoxStream};

/// What happens when a subscription has more to say than its client takes, or its member's permissions change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Every event is the whole newest state of one thing: only the last one counts. One execution serves all who
    /// asked the same in one session. Begun anew with new permissions.
    Newest,
    /// Every event is the newest state of one of many things; the resolver's stream keeps what has not been taken, at
    /// most one state of each thing. Begun anew with new permissions.
    NewestOfEach,
    /// No event may be lost, and the stream waits for its reader. Ends with an error when permissions change.
    Every,
}

/// What executes requests. Cheap to clone.
#[derive(Clone)]
pub struct Schema {
    executor: Arc<dyn Execute>,
    deliveries: &'static [(&'static str, Delivery)],
}

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schema").finish_non_exhaustive()
    }
}

impl Schema {
    /// The schema that `executor` executes; `deliveries` are those of its subscription fields, [`Delivery::Every`] of
    /// what is not among them.
    pub fn new(executor: impl Executor, deliveries: &'static [(&'static str, Delivery)]) -> Self {
        Self { executor: Arc::new(executor), deliveries }
    }

    /// How events of a field of the subscription root reach their client.
    #[must_use]
    pub fn delivery(&self, field: &str) -> Delivery {
        self.deliveries.iter().find(|(name, _)| *name == field).map_or(Delivery::Every, |(_, delivery)| *delivery)
    }

    /// Executes a query or mutation.
    pub async fn execute(&self, request: impl Into<Request>) -> Response {
        self.executor.execute(request.into()).await
    }

    /// Executes a subscription.
    pub fn execute_stream(&self, request: impl Into<Request>) -> BoxStream<'static, Response> {
        self.executor.execute_stream(request.into())
    }
}

/// The library's `Executor`, in a form that can be pointed to.
trait Execute: Send + Sync {
    fn execute(&self, request: Request) -> BoxFuture<'_, Response>;
    fn execute_stream(&self, request: Request) -> BoxStream<'static, Response>;
}

impl<E: Executor> Execute for E {
    fn execute(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(Executor::execute(self, request))
    }

    fn execute_stream(&self, request: Request) -> BoxStream<'static, Response> {
        Executor::execute_stream(self, request, None)
    }
}
