//! One socket, from its first message to its last.
//!
//! One task does everything: it reads, asks the operations for answers, writes, and looks at the clock. What a reader
//! would get wrong: while a message is being written no other is made, so a client that reads slowly makes its operations
//! wait, and what they have next is then the newest.

use std::{pin::Pin, sync::LazyLock, time::Duration};

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use serde_json::{Map, Value as Json};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{
    close::End,
    message::{self, Said},
    operations::{MAX_OPERATIONS, Operations},
};
use crate::{
    auth::{self, Origin, Session},
    error::Error,
    http::{
        X_ORGANISATION,
        graphql::{Endpoint, answer::Payload, request},
        signed_in,
    },
    streams::OpenStream,
};

/// How long a client may take to sign in.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a client is asked whether it is still there; it is gone when it says nothing until the next time. Proxies
/// let go of a connection that is silent for a minute.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long a client may take to read one message of ordinary size.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// For a larger one it has a second more for each of these.
const WRITE_BYTES_PER_SECOND: usize = 16 * 1024;
/// How long the client may take to close its side.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A socket and what is under way on it.
pub struct Connection {
    endpoint: Endpoint,
    socket: WebSocket,
    origin: Origin,
    message_limit: usize,
    session: Option<Session>,
    operations: Operations,
    /// Ready when the process stops.
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Ready when the session ends.
    ended: BoxFuture<'static, Error>,
    ping: Interval,
    /// Whether the client has said anything since the last ping.
    is_alive: bool,
    started: Instant,
    _open: OpenStream,
}

impl Connection {
    /// A socket on which nothing has been said.
    pub fn new(endpoint: Endpoint, socket: WebSocket, origin: Origin, open: OpenStream, message_limit: usize) -> Self {
        let started = Instant::now();
        let mut ping = interval_at(first_ping(started), PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            endpoint,
            socket,
            origin,
            message_limit,
            session: None,
            operations: Operations::default(),
            closing: Box::pin(open.closing()),
            ended: std::future::pending().boxed(),
            ping,
            is_alive: true,
            started,
            _open: open,
        }
    }

    /// Serves the client until one side has enough.
    pub async fn run(mut self) {
        let Err(end) = self.serve().await;
        self.log(&end);
        // What was computed for this client is let go before it has closed its side.
        let Self { socket, operations, session, .. } = &mut self;
        (*operations, *session) = (Operations::default(), None);
        let _ = timeout(CLOSE_TIMEOUT, close(socket, &end)).await;
    }

    async fn serve(&mut self) -> Result<std::convert::Infallible, End> {
        let init_until = self.started + INIT_TIMEOUT;
        loop {
            let is_signed_in = self.session.is_some();
            tokio::select! {
                biased;
                () = &mut self.closing => return Err(End::stopping()),
                error = &mut self.ended => return Err(End::refused(&error)),
                () = tokio::time::sleep_until(init_until), if !is_signed_in => return Err(End::late()),
                _ = self.ping.tick() => self.ask_whether_alive().await?,
                received = self.socket.recv() => self.receive(received).await?,
                (id, payload) = self.operations.next() => self.answer(&id, payload).await?,
            }
        }
    }

    async fn ask_whether_alive(&mut self) -> Result<(), End> {
        if !std::mem::replace(&mut self.is_alive, false) {
            return Err(End::Gone("no answer to a ping"));
        }
        self.send(Message::Ping(Bytes::new())).await
    }

    async fn receive(&mut self, received: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.is_alive = true;
        match received {
            Some(Ok(Message::Text(text))) => self.hear(Said::read(&text)?).await,
            Some(Ok(Message::Binary(_))) => Err(End::malformed("messages are text")),
            // The library has answered the ping.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(frame))) => Err(End::Closed(frame.map(|frame| frame.code))),
            Some(Err(error)) => Err(self.broken(&error)),
            None => Err(End::Gone("the connection broke")),
        }
    }

    async fn hear(&mut self, said: Said) -> Result<(), End> {
        match said {
            Said::Init(payload) => self.sign_in(&payload).await,
            Said::Ping(payload) => self.send_text(message::pong(payload)).await,
            Said::Pong => Ok(()),
            Said::Subscribe(id, payload) => self.begin(id, payload).await,
            Said::Complete(id) => {
                self.operations.end(&id);
                Ok(())
            }
        }
    }

    async fn sign_in(&mut self, payload: &Map<String, Json>) -> Result<(), End> {
        if self.session.is_some() {
            return Err(End::initialised());
        }
        let (token, organisation) = credentials(payload)?;
        let signing_in = auth::open_session(&self.endpoint.app, token, organisation);
        let session = timeout(INIT_TIMEOUT, signing_in).await.map_err(|_| End::late())?;
        let session = session.map_err(|error| End::refused(&error))?;
        self.ended = session.clone().ended().boxed();
        self.session = Some(session);
        self.send_text(message::ack()).await
    }

    async fn begin(&mut self, id: String, payload: Json) -> Result<(), End> {
        let session = self.session.clone().ok_or_else(End::unauthorized)?;
        if self.operations.contains(&id) {
            return Err(End::duplicate(&id));
        }
        let request = request::of_json(payload).map_err(|problem| End::unreadable(&problem))?;
        if self.operations.is_full() {
            let message = format!("this socket has {MAX_OPERATIONS} operations under way; complete one first");
            let refused = Payload::refused(Error::too_large("TOO_MANY_OPERATIONS", message));
            return self.send_text(message::answer(&id, &refused)).await;
        }
        let payloads = self.endpoint.answers(request, Some(session), self.origin.clone(), None);
        self.operations.begin(id, payloads);
        Ok(())
    }

    async fn answer(&mut self, id: &str, payload: Option<Payload>) -> Result<(), End> {
        let text = match payload {
            Some(payload) => message::answer(id, &payload),
            None => message::complete(id),
        };
        self.send_text(text).await
    }

    async fn send_text(&mut self, text: Utf8Bytes) -> Result<(), End> {
        self.send(Message::Text(text)).await
    }

    /// Writes a message whole, as long as somebody reads it and may.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        let more = message.to_text().map_or(0, str::len) / WRITE_BYTES_PER_SECOND;
        let patience = WRITE_TIMEOUT + Duration::from_secs(more as u64);
        tokio::select! {
            biased;
            sent = self.socket.send(message) => sent.map_err(|error| self.broken(&error)),
            () = &mut self.closing => Err(End::stopping()),
            error = &mut self.ended => Err(End::refused(&error)),
            () = sleep(patience) => Err(End::Gone("the client reads nothing")),
        }
    }

    fn broken(&self, error: &axum::Error) -> End {
        // The library's error has no type we can name.
        if error.to_string().contains("too long") {
            End::too_big(self.message_limit)
        } else {
            End::Gone("the connection broke")
        }
    }

    /// One line when a socket ends; that it began says the answer to its request.
    fn log(&self, end: &End) {
        let (code, reason) = end.told();
        let (operations, seconds) = (self.operations.begun(), self.started.elapsed().as_secs_f64());
        let member = self.session.as_ref().map(|session| session.member_id().to_string());
        tracing::info!(code, reason, member, operations, seconds, "socket closed");
    }
}

/// The token and the organisation of `connection_init`; the names of both in any case, as headers are.
fn credentials(payload: &Map<String, Json>) -> Result<(&str, Option<&str>), End> {
    let value =
        |wanted: &str| payload.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
    let authorization = value("authorization").filter(|value| !value.is_null()).ok_or_else(End::unauthorized)?;
    let token = authorization.as_str().and_then(signed_in::bearer).ok_or_else(|| {
        End::refused(&Error::Unauthenticated {
            code: "TOKEN_INVALID",
            message: "`authorization` must be `Bearer <token>`",
        })
    })?;
    let organisation = value(X_ORGANISATION.as_str()).and_then(Json::as_str).map(str::trim);
    Ok((token, organisation))
}

/// When a socket opened now is asked first: at one moment of each second all sockets that are due are asked together, for
/// that the process wakes up costs more than a ping.
fn first_ping(now: Instant) -> Instant {
    static SECONDS: LazyLock<Instant> = LazyLock::new(Instant::now);
    let due = now + PING_EVERY;
    due - Duration::from_nanos(due.duration_since(*SECONDS).subsec_nanos().into())
}

/// Says why, then waits for the client to close its side: what it has sent meanwhile would otherwise reset the
/// connection, and with it what we said.
async fn close(socket: &mut WebSocket, end: &End) {
    if matches!(end, End::Gone(_)) {
        return;
    }
    if let Some(frame) = end.frame()
        && socket.send(Message::Close(Some(frame))).await.is_err()
    {
        return;
    }
    while let Some(Ok(_)) = socket.recv().await {}
    // The library reads nothing more after a message that was too big.
    if let End::Close(1009, _) = end {
        sleep(CLOSE_TIMEOUT).await;
    }
}
