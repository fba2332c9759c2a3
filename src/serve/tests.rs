use std::{net::SocketAddr, time::Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::config::Config;

struct Server {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: tokio::task::JoinHandle<Result<()>>,
    _directory: tempfile::TempDir,
}

async fn start() -> Server {
    let directory = tempfile::tempdir().unwrap();
    let config = Config {
        database_url: format!("sqlite://{}", directory.path().join("test.db").display()),
        shutdown_grace_seconds: 1,
        ..Config::default()
    };
    let app = App::connect(config).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(serve(app, listener, shutdown.clone()));
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
    let server = start().await;
    let answer = exchange(server.address, "GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let idle = TcpStream::connect(server.address).await.unwrap();
    let started = Instant::now();
    server.shutdown.cancel();
    server.task.await.unwrap().unwrap();
    assert!(started.elapsed() < Duration::from_millis(500), "an idle connection held it up");
    drop(idle);
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_request_under_way_is_finished_and_a_stuck_one_broken_off() {
    let server = start().await;
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
    assert!((900..3_000).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_connection_that_never_finishes_its_headers_is_closed() {
    let server = start().await;
    let started = Instant::now();
    let unfinished = ["", "P", "PRI * HTT", "GET / HTTP/1.1\r\nhost: x\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"];
    let exchanges = unfinished.map(|sent| exchange(server.address, sent));
    tokio::time::timeout(HEADERS_TIMEOUT + Duration::from_secs(5), futures::future::join_all(exchanges)).await.unwrap();
    assert!(started.elapsed() >= HEADERS_TIMEOUT - Duration::from_secs(1));
}
