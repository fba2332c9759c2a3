//! An operation whose answers flow: over a socket or an event stream.
//!
//! A query and a mutation have one answer, a subscription as many as it likes. Not here: sign-in and its end, which cut
//! an operation off wherever it stands (`socket`, `sse`). What a reader would get wrong: an operation is executed only as
//! fast as its answers are taken; nothing waits in a queue.

use std::sync::Arc;

use async_graphql::{Request, Variables, parser::types::OperationType};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use sha2::{Digest, Sha256};

use super::{Endpoint, answer::Payload, out_of_time};
use crate::{
    auth::{Actor, Origin, Session},
    error::Error,
    graphql::{self, Delivery, Resume, limits},
};

impl Endpoint {
    /// The answers to one operation, as whoever `session` is; one that was not signed in may read the schema. A session may
    /// have several origins: what this operation changes comes from `origin`. `resume` is the event that the client had last.
    pub fn answers(
        &self,
        mut request: Request,
        session: Option<Session>,
        origin: Origin,
        resume: Option<Resume>,
    ) -> BoxStream<'static, Payload> {
        let watched = Watched::of(&request, resume);
        match limits::admit(&mut request) {
            Ok(Some(OperationType::Subscription)) => self.events(request, watched, session),
            Ok(_) => stream::once(self.clone().one(request, session, origin)).boxed(),
            Err(refused) => once(Payload::of(async_graphql::Response::from_errors(vec![refused]))),
        }
    }

    /// The answer to a query or mutation.
    async fn one(self, request: Request, session: Option<Session>, origin: Origin) -> Payload {
        let limit = self.limit_of(&request);
        let answer = async {
            let actor = match &session {
                Some(session) => Some(Arc::unwrap_or_clone(session.look(&self.app).await?).asking_from(origin)),
                None => None,
            };
            Ok(graphql::execute(&self.schema, request, &self.app, actor).await)
        };
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(answer)) => Payload::of(answer),
            Ok(Err(error)) => Payload::refused(error),
            Err(_) => Payload::refused(out_of_time(&self.app, limit)),
        }
    }

    fn events(&self, mut request: Request, watched: Watched, session: Option<Session>) -> BoxStream<'static, Payload> {
        let field = match graphql::root_field(&mut request) {
            Ok(field) => field,
            Err(refused) => return once(Payload::of(async_graphql::Response::from_errors(vec![refused]))),
        };
        let Some(session) = session else {
            return graphql::subscribe(&self.schema, request, &self.app, None, None).map(Payload::of_event).boxed();
        };
        let delivery = self.schema.delivery(&field);
        let key = (session.id(), watched.hash());
        let endpoint = self.clone();
        let start = move || Events::begin(endpoint, watched, session, delivery);
        match delivery {
            Delivery::Newest => self.shared.join(key, start),
            Delivery::NewestOfEach | Delivery::Every => start(),
        }
    }
}

fn once(payload: Payload) -> BoxStream<'static, Payload> {
    stream::iter([payload]).boxed()
}

/// What is watched, to be asked for again when permissions change.
struct Watched {
    query: String,
    variables: Variables,
    operation: Option<String>,
    resume: Option<Resume>,
}

impl Watched {
    fn of(request: &Request, resume: Option<Resume>) -> Self {
        Self {
            query: request.query.clone(),
            variables: request.variables.clone(),
            operation: request.operation_name.clone(),
            resume,
        }
    }

    /// What tells it from all others. Of those that are shared no event has a number to go on after.
    fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let operation = self.operation.as_deref().unwrap_or_default();
        for text in [&self.query, operation] {
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        }
        // What cannot be written was never read.
        hash.update(serde_json::to_vec(&self.variables).unwrap_or_default());
        hash.finalize().into()
    }

    fn request(&self) -> Request {
        let request = Request::new(&self.query).variables(self.variables.clone());
        let request = match &self.operation {
            Some(operation) => request.operation_name(operation),
            None => request,
        };
        match self.resume {
            Some(resume) => request.data(resume),
            None => request,
        }
    }
}

/// A subscription under way, and as whom.
struct Events {
    endpoint: Endpoint,
    watched: Watched,
    session: Session,
    delivery: Delivery,
    actor: Arc<Actor>,
    payloads: BoxStream<'static, Payload>,
}

impl Events {
    /// Begins it as whoever they are now.
    fn begin(
        endpoint: Endpoint,
        watched: Watched,
        session: Session,
        delivery: Delivery,
    ) -> BoxStream<'static, Payload> {
        let actor = match session.actor() {
            Ok(actor) => actor,
            Err(ended) => return once(Payload::refused(ended)),
        };
        let mut events = Self { endpoint, watched, session, delivery, actor, payloads: stream::empty().boxed() };
        events.restart();
        stream::unfold(events, async |mut events| events.next().await.map(|payload| (payload, events))).boxed()
    }

    async fn next(&mut self) -> Option<Payload> {
        loop {
            tokio::select! {
                biased;
                actor = self.session.replaced(&self.actor) => {
                    self.actor = actor;
                    if self.delivery == Delivery::Every {
                        self.payloads = stream::empty().boxed();
                        return Some(permissions_changed());
                    }
                    self.restart();
                }
                payload = self.payloads.next() => return payload,
            }
        }
    }

    fn restart(&mut self) {
        let mut request = self.watched.request();
        let admitted = limits::admit(&mut request).and_then(|_| graphql::root_field(&mut request));
        self.payloads = match admitted {
            Ok(_) => {
                let (actor, session) = (Arc::clone(&self.actor), self.session.clone());
                let Endpoint { schema, app, .. } = &self.endpoint;
                graphql::subscribe(schema, request, app, Some(actor), Some(session)).map(Payload::of_event).boxed()
            }
            Err(refused) => once(Payload::of(async_graphql::Response::from_errors(vec![refused]))),
        };
    }
}

fn permissions_changed() -> Payload {
    let message = "your permissions have changed; subscribe again";
    Payload::refused(Error::Conflict { code: "PERMISSIONS_CHANGED", message: message.to_owned() })
}
