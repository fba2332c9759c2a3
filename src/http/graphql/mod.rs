//! `GET` and `POST /graphql`, after the GraphQL-over-HTTP specification; `sse` and `socket` are its doors for answers
//! that flow.
//!
//! Not here: what a query may cost (`graphql/limits`) and what its errors are called (`graphql/error`). What a reader
//! would get wrong: the library's own glue runs changes sent by `GET` or as `text/plain`, which any page of any site can
//! make a browser send; here only `POST` with `application/json`, or with files and a header that says where they come
//! from (`multipart`), changes anything.

mod answer;
mod media;
mod multipart;
mod operation;
mod request;
mod shared;
mod socket;
mod sse;

use std::{any::TypeId, future::Future, time::Duration};

use async_graphql::{Request, Response as Answer, parser::types::OperationType};
use axum::{
    Extension, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;

pub use self::multipart::PREFLIGHT;
use self::{
    answer::{Shown, is_refused, refusal},
    media::Media,
    request::Asked,
    shared::Shared,
};

use super::{graphiql, incoming, problem::Problem, signed_in};
use crate::{
    app::App,
    auth::{Actor, Origin},
    error::Error,
    graphql::{self, Schema, Uploads, limits},
    imports,
};

/// Bytes a second at which the slowest store that we wait for takes a file.
const SLOWEST_STORAGE: u64 = 2 * 1024 * 1024;

#[derive(Clone)]
struct Endpoint {
    app: App,
    schema: Schema,
    shared: Shared,
}

/// `/graphql`, with a time-out of its own, and its socket.
pub fn routes(app: App, schema: Schema) -> Router {
    Router::new()
        .route("/graphql", get(by_get).post(by_post))
        .route("/graphql/ws", get(socket::upgrade))
        .with_state(Endpoint { app, schema, shared: Shared::default() })
}

async fn by_post(
    State(endpoint): State<Endpoint>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let media = match Media::accepted(&headers, Media::EventStream) {
        Ok(media) => media,
        Err(problem) => return problem.into_graphql(Media::Json.content_type()),
    };
    if media::is_form(&headers) {
        let answer = endpoint.post_form(media, origin, &headers, body).await;
        return answer.unwrap_or_else(|problem| problem.into_graphql(media.content_type()));
    }
    let limit = endpoint.app.config.request_timeout();
    in_time(&endpoint.app, limit, media, endpoint.post(media, origin, &headers, body)).await
}

async fn by_get(State(endpoint): State<Endpoint>, headers: HeaderMap, uri: Uri) -> Response {
    let media = match Media::accepted(&headers, Media::Html) {
        Ok(Media::Html) => return graphiql::page(),
        Ok(media) => media,
        Err(problem) => return problem.into_graphql(Media::Json.content_type()),
    };
    let limit = endpoint.app.config.request_timeout();
    in_time(&endpoint.app, limit, media, endpoint.get(media, &headers, &uri)).await
}

/// Waits for the answer so long and no longer; what was being done is dropped, and its transaction undone.
async fn in_time(
    app: &App,
    limit: Duration,
    media: Media,
    answer: impl Future<Output = Result<Response, Problem>>,
) -> Response {
    let answer = tokio::time::timeout(limit, answer).await;
    let answer = answer.unwrap_or_else(|_| Err(out_of_time(app, limit).into()));
    answer.unwrap_or_else(|problem| problem.into_graphql(media.content_type()))
}

/// Why an answer did not come in time.
fn out_of_time(app: &App, limit: Duration) -> Error {
    if app.db.is_held_up() {
        return Error::Unavailable { context: "waiting for a change of very many rows to end", source: None };
    }
    Error::TimedOut { seconds: limit.as_secs() }
}

impl Endpoint {
    async fn post(&self, media: Media, origin: Origin, headers: &HeaderMap, body: Body) -> Result<Response, Problem> {
        if let Err(problem) = media::require_json(headers) {
            return Err(incoming::refused(problem, headers, body).await);
        }
        let is_signed_in = async { Ok(signed_in::actor(&self.app, headers).await?.is_some()) };
        let body = request::read(headers, body, self.app.config.body_limit_bytes, is_signed_in).await?;
        let asked = request::of_body(&body)?;
        if media == Media::EventStream {
            return sse::post(self, origin, headers, asked).await;
        }
        let actor = signed_in::actor(&self.app, headers).await?.map(|actor| actor.asking_from(origin));
        match asked {
            Asked::One(request) => self.answer_one(media, *request, actor).await,
            Asked::Batch(requests) => {
                let mut answers = Vec::with_capacity(requests.len());
                // One after the other: a change comes before the query behind it.
                for request in requests {
                    answers.push(self.answer(request, actor.clone(), allow_changes).await?);
                }
                let shown: Vec<Shown<'_>> = answers.iter().map(Shown::of).collect();
                Ok(respond(StatusCode::OK, media, &HeaderMap::new(), &shown))
            }
        }
    }

    /// Whether files are taken at all: nothing of one is kept for who could do nothing with it.
    async fn admit_files(&self, headers: &HeaderMap) -> Result<(), Problem> {
        multipart::require_preflight(headers)?;
        let actor = signed_in::actor(&self.app, headers).await?.ok_or_else(Error::unauthenticated)?;
        Ok(imports::admit(&actor)?)
    }

    /// A request with files: it may come as slowly as it likes, and is then answered in its time.
    async fn post_form(
        &self,
        media: Media,
        origin: Origin,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Response, Problem> {
        if let Err(problem) = self.admit_files(headers).await {
            return Err(incoming::refused(problem, headers, body).await);
        }
        let request = multipart::read(&self.app, headers, body).await?;
        if media == Media::EventStream {
            return sse::post(self, origin, headers, Asked::One(Box::new(request))).await;
        }
        // While the files came, much may have changed.
        let actor = signed_in::actor(&self.app, headers).await?.map(|actor| actor.asking_from(origin));
        let limit = self.limit_of(&request);
        Ok(in_time(&self.app, limit, media, self.answer_one(media, request, actor)).await)
    }

    /// Longest that answering a request may take: more where files that came with it are to be stored.
    fn limit_of(&self, request: &Request) -> Duration {
        let uploads = request.data.get(&TypeId::of::<Uploads>()).and_then(|uploads| uploads.downcast_ref::<Uploads>());
        let bytes = uploads.map_or(0, Uploads::bytes);
        self.app.config.request_timeout() + Duration::from_secs(bytes / SLOWEST_STORAGE)
    }

    async fn answer_one(&self, media: Media, request: Request, actor: Option<Actor>) -> Result<Response, Problem> {
        let answer = self.answer(request, actor, allow_changes).await?;
        Ok(respond(media.status(is_refused(&answer)), media, &answer.http_headers, &Shown::of(&answer)))
    }

    async fn get(&self, media: Media, headers: &HeaderMap, uri: &Uri) -> Result<Response, Problem> {
        let request = request::of_uri(uri)?;
        let actor = signed_in::actor(&self.app, headers).await?;
        let answer = self.answer(request, actor, refuse_changes).await?;
        Ok(respond(media.status(is_refused(&answer)), media, &answer.http_headers, &Shown::of(&answer)))
    }

    /// Answers one operation, if its limits and `allow` let it run.
    async fn answer(
        &self,
        mut request: Request,
        actor: Option<Actor>,
        allow: fn(OperationType) -> Result<(), Problem>,
    ) -> Result<Answer, Problem> {
        let mut answer = match limits::admit(&mut request) {
            Ok(Some(OperationType::Subscription)) if allow(OperationType::Subscription).is_ok() => {
                refusal(subscription_refused())
            }
            Ok(kind) => {
                kind.map_or(Ok(()), allow)?;
                graphql::execute(&self.schema, request, &self.app, actor).await
            }
            Err(refused) => Answer::from_errors(vec![refused]),
        };
        answer::finish(&mut answer);
        Ok(answer)
    }
}

fn allow_changes(_: OperationType) -> Result<(), Problem> {
    Ok(())
}

/// A link, an image or a crawler must never change anything.
fn refuse_changes(kind: OperationType) -> Result<(), Problem> {
    if kind == OperationType::Query {
        return Ok(());
    }
    let detail = format!("a {kind} cannot be sent by GET; send it by POST");
    Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail)
        .with_header(header::ALLOW, HeaderValue::from_static("POST")))
}

fn subscription_refused() -> Error {
    let message = "a subscription cannot be answered with one response; send `Accept: text/event-stream`, or use the \
                   socket at /graphql/ws";
    Error::bad_input("SUBSCRIPTION_NOT_SUPPORTED", message)
}

fn respond(status: StatusCode, media: Media, more: &HeaderMap, body: &impl Serialize) -> Response {
    let body = match serde_json::to_vec(body) {
        Ok(body) => body,
        Err(error) => {
            return Problem::from(Error::caused("writing an answer", error)).into_graphql(media.content_type());
        }
    };
    let own =
        [(header::CONTENT_TYPE, media.content_type()), (header::CACHE_CONTROL, "no-store"), (header::VARY, "accept")];
    (status, more.clone(), own, body).into_response()
}
