//! GraphQL over SSE, in distinct connections mode: each operation on a request of its own.
//!
//! `event: next` for every answer, `event: complete` after the last. An event with a number has it for its `id:`; a client
//! that comes back with it as `Last-Event-ID` gets what came after. What a reader would get wrong: when the process
//! stops there is no `complete`; the operation was not done, and the client comes back for the rest.

use std::{fmt::Write, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
};
use futures::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use tokio::time::Instant;
use tokio_util::sync::WaitForCancellationFutureOwned;
use tracing::Span;

use super::{Endpoint, answer::Payload, request::Asked};
use crate::{
    auth::{Origin, Session},
    error::Error,
    graphql::Resume,
    http::{LAST_EVENT_ID, problem::Problem, signed_in},
    streams::OpenStream,
};

/// A comment after so long a silence, for proxies that close what is silent; many do after 15 seconds and more.
const KEEP_ALIVE: Duration = Duration::from_secs(12);
/// A proxy must pass events on as they come.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers an operation as events.
pub async fn post(endpoint: &Endpoint, origin: Origin, headers: &HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let Asked::One(request) = asked else {
        let message = "an event stream answers one operation; send each of a batch by itself";
        return Err(Error::bad_input("BATCH_NOT_SUPPORTED", message).into());
    };
    let session = signed_in::session(&endpoint.app, headers).await?;
    let resume = resume(headers)?;
    let events = Events::of(endpoint, endpoint.answers(*request, session.clone(), origin, resume), session);
    let body = stream::unfold(events, async |mut events| {
        let text = events.next().await?;
        Some((Ok::<_, std::convert::Infallible>(text), events))
    });
    let own = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
        (X_ACCEL_BUFFERING, "no"),
    ];
    Ok((own, Body::from_stream(body)).into_response())
}

/// The event that the client had last, when it says so.
fn resume(headers: &HeaderMap) -> Result<Option<Resume>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok()).filter(|number| *number >= 0);
    let message = "`Last-Event-ID` must be the `id` of an event of this stream: a whole number";
    number.map(|number| Some(Resume(number))).ok_or_else(|| Error::bad_input("INVALID_EVENT_ID", message).into())
}

/// The events of one operation, as they are written.
struct Events {
    payloads: BoxStream<'static, Payload>,
    is_complete: bool,
    closing: std::pin::Pin<Box<WaitForCancellationFutureOwned>>,
    /// Ready when the session ends.
    ended: BoxFuture<'static, Error>,
    log: Log,
}

impl Events {
    fn of(endpoint: &Endpoint, payloads: BoxStream<'static, Payload>, session: Option<Session>) -> Self {
        let open = endpoint.app.streams.open();
        let ended = match session {
            Some(session) => session.ended().boxed(),
            None => std::future::pending().boxed(),
        };
        let closing = Box::pin(open.closing());
        let log = Log { span: Span::current(), started: Instant::now(), events: 0, end: "left", _open: open };
        Self { payloads, is_complete: false, closing, ended, log }
    }

    /// What is sent next; none at the end.
    async fn next(&mut self) -> Option<String> {
        if self.is_complete {
            return None;
        }
        tokio::select! {
            biased;
            () = &mut self.closing => {
                self.log.end = "stopping";
                None
            }
            error = &mut self.ended => Some(self.last("session ended", Some(Payload::refused(error)))),
            payload = self.payloads.next() => Some(match payload {
                Some(refused) if refused.is_last() => self.last("refused", Some(refused)),
                Some(payload) => self.event(&payload),
                None => self.last("complete", None),
            }),
            () = tokio::time::sleep(KEEP_ALIVE) => Some(":\n\n".to_owned()),
        }
    }

    fn event(&mut self, payload: &Payload) -> String {
        self.log.events += 1;
        match payload {
            Payload::Result(text) => format!("event: next\ndata: {text}\n\n"),
            Payload::Numbered(text, number) => format!("id: {number}\nevent: next\ndata: {text}\n\n"),
            Payload::Refused(errors) => format!("event: next\ndata: {{\"errors\":{errors}}}\n\n"),
        }
    }

    fn last(&mut self, end: &'static str, payload: Option<Payload>) -> String {
        self.is_complete = true;
        self.log.end = end;
        let mut text = payload.map(|payload| self.event(&payload)).unwrap_or_default();
        // Writing to a text does not fail.
        let _ = text.write_str("event: complete\ndata:\n\n");
        text
    }
}

/// One line when the stream ends, however it ends.
struct Log {
    span: Span,
    started: Instant,
    events: u64,
    end: &'static str,
    _open: OpenStream,
}

impl Drop for Log {
    fn drop(&mut self) {
        let (events, end, seconds) = (self.events, self.end, self.started.elapsed().as_secs_f64());
        self.span.in_scope(|| tracing::info!(end, events, seconds, "event stream ended"));
    }
}
