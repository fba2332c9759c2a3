//! The product behind a real listener, and clients that speak to it byte by byte.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_graphql::{Context, EmptyMutation, Object, SimpleObject, Subscription};
use axum::Router;
use futures::{SinkExt, Stream, StreamExt, stream};
use sellerbook::{
    app::App,
    error::Result,
    graphql::{self, Delivery},
    http, serve,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        http::{HeaderValue, Request},
    },
};
use tokio_util::sync::CancellationToken;

/// The product, listening.
pub struct Server {
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    pub task: JoinHandle<()>,
}

/// What the subscriptions of [`Server::of_numbers`] tell, and how often they were asked to.
#[derive(Clone)]
pub struct Numbers {
    pub now: watch::Sender<i32>,
    pub told: Arc<AtomicU64>,
}

impl Server {
    /// With its own schema.
    pub async fn start(app: &App) -> Self {
        Self::of(app, http::router(app, graphql::schema())).await
    }

    /// With a small schema whose events the test makes.
    pub async fn of_numbers(app: &App) -> (Self, Numbers) {
        let numbers = Numbers { now: watch::Sender::new(0), told: Arc::default() };
        let schema = async_graphql::Schema::build(Query, EmptyMutation, Events).data(numbers.clone()).finish();
        let schema = graphql::Schema::new(schema, &[("number", Delivery::Newest)]);
        (Self::of(app, http::router(app, schema)).await, numbers)
    }

    async fn of(app: &App, router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(serve::serve_router(app.clone(), router, listener, shutdown.clone()));
        Self { address, shutdown, task }
    }

    pub fn upgrade(&self) -> Request<()> {
        let mut request = format!("ws://{}/graphql/ws", self.address).into_client_request().unwrap();
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        request
    }

    /// A socket on which nothing has been said.
    pub async fn socket(&self) -> Socket {
        self.connect(self.upgrade()).await.unwrap()
    }

    pub async fn connect(&self, request: Request<()>) -> Result<Socket, tungstenite::Error> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        client_async(request, stream).await.map(|(stream, _)| Socket(stream))
    }

    /// A socket that is signed in.
    pub async fn signed_in(&self, token: &str) -> Socket {
        let mut socket = self.socket().await;
        socket.say(init(token)).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// The answer to a POST that accepts an event stream, as it comes.
    pub async fn events(&self, token: &str, body: &Value) -> EventStream {
        self.events_after(token, body, "").await
    }

    /// The same for a client that had an event already, unless its id is empty.
    pub async fn events_after(&self, token: &str, body: &Value, last_event_id: &str) -> EventStream {
        let body = body.to_string();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\nlast-event-id: {last_event_id}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut events = EventStream { stream, read: String::new() };
        events.until("\r\n\r\n").await.unwrap();
        events
    }
}

pub fn init(token: &str) -> Value {
    json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })
}

pub fn subscribe(id: &str, query: &str) -> Value {
    json!({ "type": "subscribe", "id": id, "payload": { "query": query } })
}

/// A client's end of a socket.
pub struct Socket(pub WebSocketStream<TcpStream>);

impl Socket {
    pub async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn send(&mut self, message: Message) {
        // The server may have closed already, which the test then sees.
        let _ = self.0.send(message).await;
    }

    /// The next message.
    pub async fn hear(&mut self) -> Value {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no message but {other:?}"),
            }
        }
    }

    /// The data of the next answer to `id`.
    pub async fn data(&mut self, id: &str) -> Value {
        let message = self.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message}");
        message["payload"]["data"].clone()
    }

    /// The same, when no answer comes before it.
    pub async fn closed_without_data(&mut self) -> (u16, String) {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => assert!(!text.contains("\"next\""), "{text}"),
                Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Ok(_)) => {}
                other => panic!("no close frame but {other:?}"),
            }
        }
    }

    /// The code and reason the server closes with, whatever it says before.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return (0, "no close frame".to_owned()),
                Some(Ok(_)) => {}
            }
        }
    }
}

/// A client's end of an event stream.
pub struct EventStream {
    stream: TcpStream,
    read: String,
}

impl EventStream {
    /// What comes up to `end`, this included; none when the stream ends before.
    pub async fn until(&mut self, end: &str) -> Option<String> {
        loop {
            if let Some(at) = self.read.find(end) {
                return Some(self.read.drain(..at + end.len()).collect());
            }
            let mut more = [0; 4096];
            let length = self.stream.read(&mut more).await.unwrap();
            if length == 0 {
                return None;
            }
            self.read.push_str(std::str::from_utf8(&more[..length]).unwrap());
        }
    }

    /// The next event, or comment: its name and its data.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        let text = self.until("\n\n").await?;
        // Each comes in a chunk of its own, whose length stands before it.
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
        let data = serde_json::from_str(field("data:")).unwrap_or_default();
        Some((field("event:").to_owned(), data))
    }
}

struct Query;

#[Object]
impl Query {
    async fn hello(&self) -> &str {
        "world"
    }

    async fn never(&self) -> bool {
        std::future::pending().await
    }
}

struct Events;

#[derive(SimpleObject)]
struct Number {
    value: i32,
    padding: String,
}

#[Subscription]
impl Events {
    /// The number there is, then each that it becomes, until it is negative.
    async fn number(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] padding: usize,
    ) -> async_graphql::Result<impl Stream<Item = Number> + use<>> {
        let numbers = ctx.data::<Numbers>()?.clone();
        let told = Arc::clone(&numbers.told);
        let mut now = numbers.now.subscribe();
        now.mark_changed();
        Ok(stream::unfold(Some(now), async |now| {
            let mut now = now?;
            now.changed().await.ok()?;
            let value = *now.borrow_and_update();
            Some((value, (value >= 0).then_some(now)))
        })
        .map(move |value| {
            told.fetch_add(1, Ordering::SeqCst);
            Number { value, padding: "x".repeat(padding) }
        }))
    }

    /// All numbers up to this one, as they are asked for.
    async fn count(
        &self,
        ctx: &Context<'_>,
        to: i32,
        #[graphql(default)] padding: usize,
    ) -> async_graphql::Result<impl Stream<Item = Number> + use<>> {
        let told = Arc::clone(&ctx.data::<Numbers>()?.told);
        Ok(stream::iter(1..=to).map(move |value| {
            told.fetch_add(1, Ordering::SeqCst);
            Number { value, padding: "x".repeat(padding) }
        }))
    }

    /// Never anything.
    async fn silence(&self) -> impl Stream<Item = bool> {
        stream::pending()
    }

    async fn broken(&self) -> async_graphql::Result<stream::Empty<bool>> {
        Err(sellerbook::error::Error::NotFound { what: "thing" }.into())
    }
}
