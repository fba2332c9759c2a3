//! An S3 that fails one request in three, in every way there is: what is written is right, or fails and leaves nothing.

use std::{
    convert::Infallible,
    io::{self, Read, Write as _},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{Method, Request, Response, body::Frame, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::{LONG, chunks, content, place::Place, read};

type Answer = Response<BoxBody<Bytes, io::Error>>;

/// Stands in front of an S3, and fails.
pub struct Flaky {
    pub address: String,
    pub state: Arc<State>,
}

pub struct State {
    behind: SocketAddr,
    seen: AtomicU64,
    /// Of so many requests one fails; none when 0.
    one_in: u64,
    failed: [AtomicUsize; 4],
    pub is_down: AtomicBool,
    /// Nothing more can be written.
    pub is_full: AtomicBool,
    /// What is to be written is never answered.
    pub is_stuck: AtomicBool,
    /// How often that came to pass.
    pub stuck: AtomicUsize,
}

impl Flaky {
    pub async fn before(place: &Place, one_in: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            behind: place.endpoint().strip_prefix("http://").unwrap().parse().unwrap(),
            seen: AtomicU64::new(0),
            one_in,
            failed: Default::default(),
            is_down: AtomicBool::new(false),
            is_full: AtomicBool::new(false),
            is_stuck: AtomicBool::new(false),
            stuck: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                let service = service_fn(move |request| answer(Arc::clone(&state), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, state }
    }

    fn ways_it_failed(&self) -> usize {
        self.state.failed.iter().filter(|count| count.load(Ordering::SeqCst) > 0).count()
    }
}

/// Forwards a request, or fails: refused, cut before it is done, done and cut before the answer or within it.
async fn answer(state: Arc<State>, request: Request<Incoming>) -> io::Result<Answer> {
    if state.is_down.load(Ordering::SeqCst) {
        return Err(io::Error::other("down"));
    }
    if request.method() == Method::PUT && state.is_stuck.load(Ordering::SeqCst) {
        state.stuck.fetch_add(1, Ordering::SeqCst);
        return std::future::pending().await;
    }
    if request.method() == Method::PUT && state.is_full.load(Ordering::SeqCst) {
        let body = Full::from("<Error><Code>InsufficientStorage</Code></Error>").map_err(impossible).boxed();
        return Ok(Response::builder().status(507).body(body).unwrap());
    }
    let (seen, one_in) = (state.seen.fetch_add(1, Ordering::SeqCst), state.one_in);
    let way = (one_in > 0 && seen % one_in == one_in - 1).then_some(((seen / one_in.max(1)) % 4) as usize);
    if let Some(way) = way {
        state.failed[way].fetch_add(1, Ordering::SeqCst);
    }
    let cut = || io::Error::other("cut");
    match way {
        Some(0) => {
            let body = Full::from("<Error><Code>ServiceUnavailable</Code></Error>").map_err(impossible).boxed();
            Ok(Response::builder().status(503).body(body).unwrap())
        }
        Some(1) => Err(cut()),
        Some(2) => forward(state.behind, request).await.and_then(|_| Err(cut())),
        Some(_) => {
            let (parts, body) = forward(state.behind, request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            let half = Ok(Frame::data(body.slice(..body.len() / 2)));
            let broken = BodyExt::boxed(StreamBody::new(stream::iter([half, Err(cut())])));
            Ok(Response::from_parts(parts, broken))
        }
        None => forward(state.behind, request).await,
    }
}

async fn forward(behind: SocketAddr, request: Request<Incoming>) -> io::Result<Answer> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let mut head =
        format!("{} {} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", parts.method, parts.uri, body.len());
    for (name, value) in &parts.headers {
        if !["connection", "content-length", "transfer-encoding"].contains(&name.as_str()) {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
    }
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(behind)?;
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        stream.write_all(&body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        io::Result::Ok(answer)
    });
    Ok(parsed(&answer.await.unwrap()?))
}

fn parsed(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.lines();
    let mut response = Response::builder().status(lines.next().unwrap().split(' ').nth(1).unwrap());
    for (name, value) in lines.map(|line| line.split_once(": ").unwrap()) {
        assert!(!name.eq_ignore_ascii_case("transfer-encoding"), "the proxy of the test reads no chunks");
        if !name.eq_ignore_ascii_case("connection") {
            response = response.header(name, value);
        }
    }
    response.body(Full::from(answer[end + 4..].to_vec()).map_err(impossible).boxed()).unwrap()
}

fn impossible(never: Infallible) -> io::Error {
    match never {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_s3_that_fails_one_request_in_three_is_written_to_and_read_right() {
    let Some(place) = Place::on_s3() else { return };
    let flaky = Flaky::before(&place, 3).await;
    let files = place.through(&flaky.address);
    for (turn, length) in [0, 1000, LONG, 10, LONG, 17 * 1024 * 1024].into_iter().enumerate() {
        let (key, content) = (format!("{turn}.csv"), content(length));
        let written = files.write(&key, chunks(&content), |_| ()).await.unwrap();
        assert_eq!(written, length);
        assert!(read(&place.files, &key, 0..length).await.unwrap() == content, "{turn}");
        assert!(read(&files, &key, 0..length).await.unwrap() == content, "{turn}");
        files.delete(&key).await.unwrap();
    }
    assert_eq!(flaky.ways_it_failed(), 4);
    place.becomes_empty().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_s3_that_stops_answering_half_way_fails_clearly_and_leaves_nothing_once_it_is_back() {
    let Some(place) = Place::on_s3() else { return };
    let flaky = Flaky::before(&place, 0).await;
    let files = place.through(&flaky.address);
    let bytes = content(LONG);
    let stops = chunks(&bytes).enumerate().map(|(at, chunk)| {
        if at == 200 {
            flaky.state.is_down.store(true, Ordering::SeqCst);
        }
        chunk
    });
    let started = Instant::now();
    let error = files.write("a.csv", stops, |_| ()).await.unwrap_err();
    assert_eq!(error.code(), "STORAGE_UNAVAILABLE", "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    assert_eq!(read(&place.files, "a.csv", 0..1).await.unwrap_err().code(), "NOT_FOUND");
    // What could not be taken back then is found by the sweep.
    flaky.state.is_down.store(false, Ordering::SeqCst);
    for leftover in place.everything().await {
        files.remove(&leftover).await.unwrap();
    }
    place.becomes_empty().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_s3_that_is_not_there_is_given_up_soon_and_said_clearly() {
    let Some(place) = Place::on_s3() else { return };
    // Nobody listens there any more.
    let address = format!("http://{}", TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap());
    let files = place.through(&address);
    let started = Instant::now();
    let error = files.write("a.csv", chunks(&content(10)), |_| ()).await.unwrap_err();
    assert_eq!(error.code(), "STORAGE_UNAVAILABLE", "{error:?}");
    assert_eq!(read(&files, "a.csv", 0..1).await.unwrap_err().code(), "STORAGE_UNAVAILABLE");
    assert!(started.elapsed() < Duration::from_secs(90), "{:?}", started.elapsed());
}
