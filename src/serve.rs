//! Start and stop of a process that serves: connections, their time-outs, and the way out; workers beside them.
//!
//! Not here: what is answered (`http`), what is worked on (`work`). What a reader would get wrong: the time-out for headers
//! is kept twice. hyper starts its own once it knows the protocol, and a client that sends nothing never tells.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tower::ServiceExt;

use crate::{
    app::App,
    error::{Context, Result},
    graphql, http,
    streams::Streams,
    work,
};

/// How long a client may take to send the headers of a request, and a connection to stay idle between two.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(10);
/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to answer.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// Requests at a time on one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;
/// What a connection buffers of an answer that its client reads slowly; the spool has the rest.
const MAX_BUFFER: usize = 64 * 1024;
/// How long to wait when the system has no connection left to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves on `listener` until `shutdown`, then lets requests finish for as long as the configuration allows. Beside
/// that it works with so many workers; with none it leaves jobs and chores to other processes.
///
/// # Errors
/// When the clockwork does not start; what goes wrong with a connection ends that connection.
pub async fn serve(app: App, listener: TcpListener, workers: u32, shutdown: CancellationToken) -> Result<()> {
    let _ears = AbortOnDropHandle::new(tokio::spawn(work::listen(app.clone())));
    let working = async {
        match workers {
            0 => Ok(()),
            workers => work::crew(app.clone(), workers, shutdown.clone()).await,
        }
    };
    let ((), worked) = tokio::join!(answer_all(app.clone(), listener, shutdown.clone()), working);
    app.settle().await;
    worked
}

/// The server itself.
async fn answer_all(app: App, listener: TcpListener, shutdown: CancellationToken) {
    let router = http::router(&app, graphql::schema());
    serve_router(app, router, listener, shutdown).await;
}

/// The same with routes of one's own, and no workers.
pub async fn serve_router(app: App, router: Router, listener: TcpListener, shutdown: CancellationToken) {
    let server = Arc::new(server());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => {
                    connections.spawn(connection(accepted, router.clone(), Arc::clone(&server), shutdown.clone()));
                }
                Err(error) => pause_after(&error).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    // These end only when they are told.
    app.streams.close();
    drain(connections, &app.streams, app.config.shutdown_grace()).await;
}

/// A token that is cancelled by the first SIGTERM or SIGINT.
///
/// # Errors
/// When the system refuses to tell of signals.
pub fn stop_signal() -> Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate()).doing("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).doing("listening for SIGINT")?;
    let token = CancellationToken::new();
    let stop = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: no new connections or jobs; what is under way may finish");
        stop.cancel();
    });
    Ok(token)
}

fn server() -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS_TIMEOUT).max_buf_size(MAX_BUFFER);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL)
        .max_concurrent_streams(MAX_STREAMS);
    server
}

/// One connection from its first byte to its last. What goes wrong here is the client's leaving.
async fn connection(
    (stream, peer): (TcpStream, SocketAddr),
    router: Router,
    server: Arc<Builder<TokioExecutor>>,
    shutdown: CancellationToken,
) {
    // Answers are written whole; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let has_asked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&has_asked);
    let service = service_fn(move |request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        let router = router.clone();
        async move { Ok::<_, Infallible>(answer(router, peer, request).await) }
    });
    let mut connection = pin!(server.serve_connection_with_upgrades(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = unasked(&has_asked) => return,
        () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn answer(router: Router, peer: SocketAddr, request: Request<Incoming>) -> axum::response::Response {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Ready when the time for the first request is over and none has come.
async fn unasked(has_asked: &AtomicBool) {
    tokio::time::sleep(HEADERS_TIMEOUT).await;
    if has_asked.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

/// A connection that was gone before it was accepted is nothing; anything else lasts a while (no descriptors left).
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(error = %error, "accepting a connection");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

/// Waits for the connections and sockets to end by themselves, then ends the connections; what is left of a socket is
/// its last second.
async fn drain(mut connections: JoinSet<()>, streams: &Streams, grace: Duration) {
    let all_ended = async {
        while connections.join_next().await.is_some() {}
        streams.closed().await;
    };
    if tokio::time::timeout(grace, all_ended).await.is_err() {
        let streams = streams.count();
        tracing::warn!(
            connections = connections.len(),
            streams,
            "the time to finish is over; breaking off what is left"
        );
        connections.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::config::Config;

    struct Server {
        address: SocketAddr,
        shutdown: CancellationToken,
        task: tokio::task::JoinHandle<Result<()>>,
        _directory: tempfile::TempDir,
    }

    async fn start(grace_seconds: u64) -> Server {
        let directory = tempfile::tempdir().unwrap();
        let config = Config {
            database_url: format!("sqlite://{}", directory.path().join("test.db").display()),
            shutdown_grace_seconds: grace_seconds,
            ..Config::default()
        };
        let app = App::connect(config).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(serve(app, listener, 0, shutdown.clone()));
        Server { address, shutdown, task, _directory: directory }
    }

    /// What the server says until it closes the connection, after `sent`.
    async fn exchange(address: SocketAddr, sent: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A reset is a close as well.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn it_answers_and_stops_when_told() {
        let server = start(20).await;
        let answer =
            exchange(server.address, "GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let idle = TcpStream::connect(server.address).await.unwrap();
        let started = Instant::now();
        server.shutdown.cancel();
        server.task.await.unwrap().unwrap();
        assert!(started.elapsed() < Duration::from_secs(10), "an idle connection held it up");
        drop(idle);
        assert!(TcpStream::connect(server.address).await.is_err());
    }

    #[tokio::test]
    async fn a_request_under_way_is_finished_and_a_stuck_one_broken_off() {
        let server = start(1).await;
        let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 26\r\n\r\n";
        let mut slow = TcpStream::connect(server.address).await.unwrap();
        slow.write_all(head.as_bytes()).await.unwrap();
        let mut stuck = TcpStream::connect(server.address).await.unwrap();
        stuck.write_all(head.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let started = Instant::now();
        server.shutdown.cancel();
        tokio::time::sleep(Duration::from_millis(100)).await;
        slow.write_all(br#"{"query":"{ __typename }"}"#).await.unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        server.task.await.unwrap().unwrap();
        assert!((900..15_000).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn a_connection_that_never_finishes_its_headers_is_closed() {
        let server = start(20).await;
        let started = Instant::now();
        let unfinished = ["", "P", "PRI * HTT", "GET / HTTP/1.1\r\nhost: x\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"];
        let exchanges = unfinished.map(|sent| exchange(server.address, sent));
        tokio::time::timeout(HEADERS_TIMEOUT + Duration::from_secs(5), futures::future::join_all(exchanges))
            .await
            .unwrap();
        assert!(started.elapsed() >= HEADERS_TIMEOUT - Duration::from_secs(1));
    }
}
