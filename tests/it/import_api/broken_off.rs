//! Uploads that break off, dawdle, lie or meet: nothing half stored, a clear answer, and the file can be sent again.

use std::{io, net::SocketAddr};

use axum::{body::Body, http::StatusCode};
use entity::{import, member::Role};
use futures::{StreamExt, channel::mpsc, stream};
use sea_orm::EntityTrait;
use sellerbook::{graphql, http};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{RECORDS, change, import as seen, put, put_with, start, stored, text};
use crate::{
    Backend, TestApp, on_both,
    process::{PATIENCE, eventually},
    seed,
    storage::disk::SmallDisk,
    wire::Server,
};

/// Whether an upload of it has begun.
async fn has_begun(app: &TestApp) -> bool {
    let imports = import::Entity::find().all(app.app.db.read()).await.unwrap();
    imports.iter().any(|import| import.receiving_key.is_some())
}

/// What came of it is an import like any other.
async fn is_sent_again(app: &TestApp, id: &str, url: &str) {
    let token = &app.seeded.admin.token;
    assert_eq!(seen(app, token, id).await["status"], "AWAITING_FILE");
    assert_eq!(put(app, url, RECORDS).await.0, StatusCode::CREATED);
    assert_eq!(stored(app).await.len(), 1);
    app.run_jobs().await;
    let checked = seen(app, token, id).await;
    assert_eq!((&checked["status"], &checked["rowsTotal"]), (&json!("READY"), &json!(2)), "{checked:#}");
}

/// Begins a PUT with a head and the beginning of a body.
async fn begin(address: SocketAddr, path: &str, more: &str, beginning: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("PUT {path} HTTP/1.1\r\nhost: x\r\n{more}\r\n\r\n{beginning}");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// All that is said until the connection ends.
async fn rest(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    // A reset is an end as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.unwrap();
    String::from_utf8_lossy(&said).into_owned()
}

on_both! {
    async fn a_connection_that_ends_in_the_middle_leaves_nothing(app: TestApp) {
        let server = Server::start(&app.app).await;
        let waiting = start(&app, &app.seeded.admin.token).await;
        let (id, url) = (text(&waiting["id"]), text(&waiting["uploadUrl"]));
        for announced in ["content-length: 1000".to_owned(), "transfer-encoding: chunked".to_owned()] {
            let stream = begin(server.address, &url, &announced, "10\r\nebay_order_id,sa").await;
            eventually("begun", || has_begun(&app)).await;
            eventually("written", || async { !stored(&app).await.is_empty() }).await;
            drop(stream);
            eventually("gone", || async { stored(&app).await.is_empty() }).await;
        }
        is_sent_again(&app, &id, &url).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_announces_more_than_comes_is_told_after_a_while_and_nothing_is_kept() {
    let mut app = TestApp::new(Backend::Sqlite).await.unwrap();
    let mut config = (*app.app.config).clone();
    config.request_timeout_seconds = 1;
    app.app.config = config.into();
    app.router = http::router(&app.app, graphql::schema());
    let server = Server::start(&app.app).await;
    let waiting = start(&app, &app.seeded.admin.token).await;
    let (id, url) = (text(&waiting["id"]), text(&waiting["uploadUrl"]));
    let stream = begin(server.address, &url, "content-length: 1000\r\nconnection: close", &RECORDS[..50]).await;
    let said = rest(stream).await;
    assert!(said.starts_with("HTTP/1.1 400") && said.contains("UPLOAD_STALLED"), "{said}");
    // Neither a length that is none nor two of them.
    for lie in ["content-length: -1", "content-length: 10\r\ncontent-length: 20", "content-length: ten"] {
        let said = rest(begin(server.address, &url, lie, RECORDS).await).await;
        assert!(said.starts_with("HTTP/1.1 400"), "{lie}: {said}");
    }
    let said =
        rest(begin(server.address, &url, "transfer-encoding: chunked\r\nconnection: close", "zz\r\nx").await).await;
    assert!(said.starts_with("HTTP/1.1 400") && said.contains("BODY_INCOMPLETE"), "{said}");
    assert!(stored(&app).await.is_empty());
    is_sent_again(&app, &id, &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_after_the_announced_bytes_is_not_of_the_file() {
    let app = TestApp::new(Backend::Sqlite).await.unwrap();
    let server = Server::start(&app.app).await;
    let waiting = start(&app, &app.seeded.admin.token).await;
    let (first, _) = RECORDS.split_once("008").unwrap();
    let announced = format!("content-length: {}", first.len());
    let said = rest(begin(server.address, &text(&waiting["uploadUrl"]), &announced, RECORDS).await).await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    app.run_jobs().await;
    let checked = seen(&app, &app.seeded.admin.token, &text(&waiting["id"])).await;
    assert_eq!((&checked["bytes"], &checked["rowsTotal"]), (&json!(first.len()), &json!(1)), "{checked:#}");
}

on_both! {
    async fn of_two_uploads_at_once_the_later_counts(app: TestApp) {
        let token = &app.seeded.admin.token;
        let waiting = start(&app, token).await;
        let (id, url) = (text(&waiting["id"]), text(&waiting["uploadUrl"]));
        let (send, receive) = mpsc::unbounded::<io::Result<&'static str>>();
        send.unbounded_send(Ok("ebay_order_id\n")).unwrap();
        let first = async {
            let (status, problem) = put(&app, &url, Body::from_stream(receive)).await;
            (status.as_u16(), text(&problem["code"]))
        };
        let second = async {
            eventually("begun", || has_begun(&app)).await;
            assert_eq!(put(&app, &url, RECORDS).await.0, StatusCode::CREATED);
            send.unbounded_send(Ok("the rest of the first\n")).unwrap();
            drop(send);
        };
        let (refused, ()) = tokio::join!(first, second);
        assert_eq!(refused, (409, "IMPORT_HAS_FILE".to_owned()));
        assert_eq!(stored(&app).await.len(), 1);
        app.run_jobs().await;
        let checked = seen(&app, token, &id).await;
        assert_eq!((&checked["status"], &checked["bytes"]), (&json!("READY"), &json!(RECORDS.len())));
    }
}

on_both! {
    async fn an_import_that_is_given_up_while_its_file_comes_keeps_nothing_of_it(app: TestApp) {
        let token = &app.seeded.admin.token;
        let waiting = start(&app, token).await;
        let (id, url) = (text(&waiting["id"]), text(&waiting["uploadUrl"]));
        let (send, receive) = mpsc::unbounded::<io::Result<&'static str>>();
        send.unbounded_send(Ok(RECORDS)).unwrap();
        let given_up = async {
            eventually("begun", || has_begun(&app)).await;
            change(&app, token, "discardImport", json!({ "id": id })).await;
            drop(send);
        };
        let ((status, problem), ()) = tokio::join!(put(&app, &url, Body::from_stream(receive)), given_up);
        assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("IMPORT_ENDED")));
        assert!(stored(&app).await.is_empty());
        assert_eq!(app.run_jobs().await, 0);
    }
}

on_both! {
    async fn nobody_sends_a_file_for_somebody_else(app: TestApp) {
        let (org, keys) = (app.seeded.org, "order_tracking.import");
        let owner = seed::person(&app.app, org, "owner@acme.example", Role::Va, keys).await;
        let colleague = seed::person(&app.app, org, "colleague@acme.example", Role::Va, keys).await;
        let sourcer = seed::person(&app.app, org, "source@acme.example", Role::Va, "seller_collection.write").await;
        for person in [&owner, &colleague] {
            seed::assign(&app.app, org, person.id, app.seeded.accounts[0]).await;
        }
        let waiting = start(&app, &owner.token).await;
        let path = format!("/import/{}", text(&waiting["id"]));
        for (who, status, code) in [
            (&app.seeded.other_admin, 404, "NOT_FOUND"),
            (&colleague, 404, "NOT_FOUND"),
            (&sourcer, 404, "NOT_FOUND"),
            (&app.seeded.va, 403, "FORBIDDEN"),
            (&app.seeded.client, 403, "FORBIDDEN"),
            (&app.seeded.suspended, 403, "MEMBER_SUSPENDED"),
        ] {
            // Not a byte of it is asked for.
            let never = Body::from_stream(stream::pending::<io::Result<Vec<u8>>>());
            let bearer = format!("Bearer {}", who.token);
            let headers = [("authorization", bearer.as_str()), ("expect", "100-continue")];
            let (found, problem) = timeout(PATIENCE, put_with(&app, &path, &headers, never)).await.unwrap();
            assert_eq!((found.as_u16(), problem["code"].as_str()), (status, Some(code)));
        }
        assert!(!has_begun(&app).await && stored(&app).await.is_empty());
        // An admin may, for everybody.
        let bearer = format!("Bearer {}", app.seeded.admin.token);
        assert_eq!(put_with(&app, &path, &[("authorization", &bearer)], RECORDS).await.0, StatusCode::CREATED);
        app.run_jobs().await;
    }
}

on_both! {
    async fn a_full_disk_is_said_clearly_and_leaves_nothing(app: TestApp) {
        let folder = app.app.config.storage_url.strip_prefix("file:").unwrap().to_owned();
        let Some(disk) = SmallDisk::at(&folder, "1m") else { return };
        let waiting = start(&app, &app.seeded.admin.token).await;
        let (id, url) = (text(&waiting["id"]), text(&waiting["uploadUrl"]));
        let filler = disk.fill();
        let long = stream::iter(0..64).map(|_| Ok::<_, io::Error>(vec![b'x'; 64 * 1024]));
        let (status, problem) = put(&app, &url, Body::from_stream(long)).await;
        assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("STORAGE_FULL")), "{problem:#}");
        assert!(problem["detail"].as_str().unwrap().contains("no room"), "{problem:#}");
        assert!(stored(&app).await.is_empty());
        std::fs::remove_file(filler).unwrap();
        is_sent_again(&app, &id, &url).await;
    }
}
