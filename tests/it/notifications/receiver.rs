//! A receiver of webhooks on this machine that answers as it is told, and writes down what it gets.
//!
//! What a reader would get wrong: it is written by hand because a library would not break off, stall or lie.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

/// How one request is answered.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    /// Sends whoever asks elsewhere.
    Redirect(String),
    /// Takes the request and says nothing until the other side is gone, and then `200`.
    Late,
    /// Takes the request and ends the connection.
    Close,
    /// Ends the connection in the middle of the request.
    Reset,
    /// Says something that is no HTTP.
    Nonsense,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

#[derive(Default)]
struct State {
    replies: VecDeque<Reply>,
    always: Option<Reply>,
    received: Vec<Received>,
    connections: usize,
}

/// The receiver. Gone when dropped.
pub struct Receiver {
    pub url: String,
    state: Arc<Mutex<State>>,
    _server: AbortOnDropHandle<()>,
}

impl Receiver {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?a=b", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let server = AbortOnDropHandle::new(tokio::spawn(serve(listener, Arc::clone(&state))));
        Self { url, state, _server: server }
    }

    /// The next requests are answered so; then by `200`.
    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.lock().unwrap().replies.extend(replies);
    }

    /// All requests are answered so, but for those that [`reply`](Self::reply) names.
    pub fn always(&self, reply: Reply) {
        self.state.lock().unwrap().always = Some(reply);
    }

    /// What has come so far, whole.
    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    /// How many have connected.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        &self.headers[name]
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether it is signed with this secret, as a receiver would look.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body);
        let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(signed).finalize().into_bytes();
        self.header("webhook-signature") == format!("v1,{}", STANDARD.encode(mac))
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut open = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        state.lock().unwrap().connections += 1;
        let state = Arc::clone(&state);
        open.spawn(async move {
            // Whoever goes away goes away.
            let _ = attend(stream, &state).await;
        });
    }
}

async fn attend(mut stream: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let reply = {
        let mut state = state.lock().unwrap();
        state.replies.pop_front().or_else(|| state.always.clone()).unwrap_or(Reply::Status(200))
    };
    if matches!(reply, Reply::Reset) {
        // What was not read makes the end of the connection a reset.
        stream.read_u8().await?;
        return Ok(());
    }
    let request = read(&mut stream).await?;
    state.lock().unwrap().received.push(request);
    let answer = |status: &str, more: &str| format!("HTTP/1.1 {status} X\r\n{more}content-length: 2\r\n\r\nok");
    let text = match reply {
        Reply::Status(status) => answer(&status.to_string(), ""),
        Reply::Redirect(to) => answer("307", &format!("location: {to}\r\n")),
        Reply::Nonsense => "I have no idea what you mean\u{1b}[2J\r\n".to_owned(),
        Reply::Late => {
            while stream.read(&mut [0; 64]).await? > 0 {}
            answer("200", "")
        }
        Reply::Close | Reply::Reset => return Ok(()),
    };
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

async fn read(stream: &mut TcpStream) -> io::Result<Received> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{head}");
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: BTreeMap<String, String> = head.lines().filter_map(header).collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).await?;
    Ok(Received { headers, body: String::from_utf8(body).unwrap() })
}
