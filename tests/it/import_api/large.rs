//! A large file comes in by either door, and the process that takes it stays small.
//!
//! What a reader would get wrong: what is measured is the taking. The check refuses the file for its rows after the first
//! thousand; that checking a million of them stays within bounds too, `benches/` measures.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use serde_json::{Value, json};

use super::{import, start, text};
use crate::{
    Backend, TestApp,
    process::{Process, Setting, eventually},
};

/// Bytes of the file.
const LONG: usize = 200_000_000;
/// Bytes by which the process may grow meanwhile: 10 to 14 MiB have been seen.
const GROWTH: u64 = 32 * 1024 * 1024;
const BOUNDARY: &str = "a-boundary-that-no-row-has";

/// Records, of which there are too many.
fn block() -> Vec<u8> {
    let mut block = b"ebay_order_id,sale_date,item_name,sale_price_cents\n".to_vec();
    for row in 0.. {
        if block.len() > 64 * 1024 {
            break;
        }
        block.extend_from_slice(
            format!("{row:012},2026-03-02,\"{}\",1200\n", "A lamp, of brass; ".repeat(20)).as_bytes(),
        );
    }
    block
}

/// Sends a request whose body is a file of so many bytes between `before` and `after`; the whole answer.
fn exchange(address: SocketAddr, head: &str, before: &str, bytes: usize, after: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = before.len() + bytes + after.len();
    let head = format!("{head}host: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{before}");
    stream.write_all(head.as_bytes()).unwrap();
    let (block, mut left) = (block(), bytes);
    while left > 0 {
        let piece = &block[..left.min(block.len())];
        stream.write_all(piece).unwrap();
        left -= piece.len();
    }
    stream.write_all(after.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// By PUT; the import.
async fn put(app: &TestApp, address: SocketAddr, bytes: usize) -> String {
    let token = app.seeded.admin.token.clone();
    let id = text(&start(app, &token).await["id"]);
    let head = format!("PUT /import/{id} HTTP/1.1\r\nauthorization: Bearer {token}\r\n");
    let answer = tokio::task::spawn_blocking(move || exchange(address, &head, "", bytes, "")).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    id
}

/// With a request of its own; the import.
async fn post(app: &TestApp, address: SocketAddr, bytes: usize) -> String {
    let query = "mutation ($file: Upload!) { startImport(input: { kind: RECORDS, file: $file }) { import { id } } }";
    let operations = json!({ "query": query, "variables": { "file": null } });
    let part = |name: &str, content: &str| {
        format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{content}")
    };
    let [operations, map] =
        [("operations", operations.to_string()), ("map", json!({ "0": ["variables.file"] }).to_string())]
            .map(|(name, content)| part(name, &content));
    let file = part("0\"; filename=\"records.csv", "");
    let (before, after) = (format!("{operations}\r\n{map}\r\n{file}"), format!("\r\n--{BOUNDARY}--\r\n"));
    let head = format!(
        "POST /graphql HTTP/1.1\r\nauthorization: Bearer {}\r\ngraphql-preflight: 1\r\n\
         content-type: multipart/form-data; boundary={BOUNDARY}\r\n",
        app.seeded.admin.token
    );
    let answer = tokio::task::spawn_blocking(move || exchange(address, &head, &before, bytes, &after)).await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"));
    text(&body["data"]["startImport"]["import"]["id"])
}

/// Waits for the end of the check, which is always the same.
async fn is_refused_for_its_rows(app: &TestApp, id: &str, bytes: usize) {
    let token = &app.seeded.admin.token;
    eventually("checked", || async { import(app, token, id).await["status"] == "INVALID" }).await;
    let found = import(app, token, id).await;
    assert_eq!((&found["bytes"], &found["faultCount"]), (&json!(bytes), &json!(1)), "{found:#}");
    assert_eq!(found["faults"]["nodes"][0]["code"], "FILE_TOO_LARGE", "{found:#}");
}

/// By how much the peak rises while a file is taken and checked.
async fn growth(process: &Process, taken: impl Future<Output = ()>) -> u64 {
    let before = process.peak();
    taken.await;
    process.peak() - before
}

/// The database has no part in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_megabytes_are_taken_in_bounded_memory() {
    let app = TestApp::new(Backend::Sqlite).await.unwrap();
    let setting = Setting::of(&app).with("SELLERBOOK_IMPORT_MAX_ROWS", "100");
    let process = setting.start("serve");
    let address = process.address().await;
    // What every process needs once.
    for id in [put(&app, address, 1_000_000).await, post(&app, address, 1_000_000).await] {
        is_refused_for_its_rows(&app, &id, 1_000_000).await;
    }
    let by_put = growth(&process, async {
        let id = put(&app, address, LONG).await;
        is_refused_for_its_rows(&app, &id, LONG).await;
    });
    let by_put = by_put.await;
    let by_post = growth(&process, async {
        let id = post(&app, address, LONG).await;
        is_refused_for_its_rows(&app, &id, LONG).await;
    });
    let by_post = by_post.await;
    assert!(by_put < GROWTH && by_post < GROWTH, "by PUT {by_put}, with a request {by_post}");
}
