//! Files sent by PUT, whole or not at all.

use std::{io, time::Duration};

use axum::{body::Body, http::StatusCode};
use futures::{StreamExt, stream};
use sellerbook::{graphql, http};
use serde_json::json;

use super::{RECORDS, change, import, put, put_with, start, stored, text};
use crate::{Backend, TestApp, on_both};

fn chunks(text: &str) -> Body {
    let pieces: Vec<io::Result<Vec<u8>>> = text.as_bytes().chunks(10).map(|piece| Ok(piece.to_vec())).collect();
    Body::from_stream(stream::iter(pieces))
}

on_both! {
    async fn a_link_takes_the_file_and_so_does_a_token(app: TestApp) {
        let token = &app.seeded.admin.token;
        let waiting = start(&app, token).await;
        assert_eq!((&waiting["status"], &waiting["bytes"]), (&json!("AWAITING_FILE"), &json!(null)));
        let (status, body) = put(&app, waiting["uploadUrl"].as_str().unwrap(), chunks(RECORDS)).await;
        assert_eq!((status, body), (StatusCode::CREATED, json!({ "id": waiting["id"], "bytes": RECORDS.len() })));
        let came = import(&app, token, &text(&waiting["id"])).await;
        assert_eq!((&came["status"], &came["uploadUrl"]), (&json!("PENDING"), &json!(null)));
        let id = text(&start(&app, token).await["id"]);
        let bearer = format!("Bearer {token}");
        let path = format!("/import/{id}");
        let signed = [("authorization", bearer.as_str())];
        assert_eq!(put_with(&app, &path, &signed, RECORDS).await.0, StatusCode::CREATED);
        let (status, problem) = put_with(&app, &path, &signed, RECORDS).await;
        assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("IMPORT_HAS_FILE")));
        app.run_jobs().await;
        assert_eq!(import(&app, token, &id).await["status"], "READY");
    }
}

on_both! {
    async fn an_upload_that_breaks_off_leaves_nothing_and_is_repeated(app: TestApp) {
        let token = &app.seeded.admin.token;
        let waiting = start(&app, token).await;
        let (id, url) = (text(&waiting["id"]), text(&waiting["uploadUrl"]));
        let cut = stream::iter([Ok(RECORDS[..50].to_owned()), Err(io::Error::other("gone"))]);
        let (status, problem) = put(&app, &url, Body::from_stream(cut)).await;
        assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("BODY_INCOMPLETE")));
        let (status, problem) = put_with(&app, &url, &[("content-length", "1000")], chunks(RECORDS)).await;
        assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("IMPORT_INCOMPLETE")));
        assert!(stored(&app).await.is_empty());
        assert_eq!(import(&app, token, &id).await["status"], "AWAITING_FILE");
        assert_eq!(put(&app, &url, RECORDS).await.0, StatusCode::CREATED);
        assert_eq!(stored(&app).await.len(), 1);
        app.run_jobs().await;
    }
}

#[tokio::test]
async fn what_is_no_upload_is_told_why() {
    let app = TestApp::new(Backend::Sqlite).await.unwrap();
    let token = &app.seeded.admin.token;
    let waiting = start(&app, token).await;
    let (id, url) = (text(&waiting["id"]), text(&waiting["uploadUrl"]));
    let path = format!("/import/{id}");
    let bearer = |token: &str| format!("Bearer {token}");
    let (ours, theirs, nobody) =
        (bearer(token), bearer(&app.seeded.other_admin.token), bearer(&app.seeded.va_nothing.token));
    let as_us = [("authorization", ours.as_str())];
    for (path, headers, status, code) in [
        (path.as_str(), vec![], 401, "UNAUTHENTICATED"),
        (&path, vec![("authorization", theirs.as_str())], 404, "NOT_FOUND"),
        (&path, vec![("authorization", nobody.as_str())], 403, "FORBIDDEN"),
        (&url.replace("member=", "member=0"), vec![], 401, "LINK_INVALID"),
        (&format!("{url}&x=1"), vec![], 401, "LINK_INVALID"),
        (&format!("{path}?x=1"), as_us.to_vec(), 400, "UNKNOWN_PARAMETER"),
        ("/import/import_0", as_us.to_vec(), 400, "INVALID_ID"),
        ("/import/%ff", as_us.to_vec(), 400, "INVALID_ID"),
        ("/import/import_01970000000070008000000000000000", as_us.to_vec(), 404, "NOT_FOUND"),
        (&path, [&as_us[..], &[("content-encoding", "gzip")]].concat(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (&path, [&as_us[..], &[("content-range", "bytes 0-9/100")]].concat(), 400, "FILE_NOT_WHOLE"),
    ] {
        let (found, problem) = put_with(&app, path, &headers, RECORDS).await;
        assert_eq!((found.as_u16(), problem["code"].as_str()), (status, Some(code)), "{path} {headers:?}");
    }
    assert!(stored(&app).await.is_empty());
    change(&app, token, "discardImport", json!({ "id": id })).await;
    let (status, problem) = put_with(&app, &path, &as_us, RECORDS).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("IMPORT_ENDED")));
}

#[tokio::test]
async fn what_is_too_large_or_falls_silent_is_refused() {
    let mut app = TestApp::new(Backend::Sqlite).await.unwrap();
    let mut config = (*app.app.config).clone();
    (config.import_max_bytes, config.request_timeout_seconds) = (1_000, 1);
    app.app.config = config.into();
    app.router = http::router(&app.app, graphql::schema());
    let url = text(&start(&app, &app.seeded.admin.token).await["uploadUrl"]);
    let announced = [("content-length", "1001"), ("expect", "100-continue")];
    let never = Body::from_stream(stream::pending::<io::Result<Vec<u8>>>());
    let (status, problem) = put_with(&app, &url, &announced, never).await;
    assert_eq!((status.as_u16(), &problem["code"]), (413, &json!("IMPORT_TOO_LARGE")));
    let (status, problem) = put(&app, &url, chunks(&"x".repeat(1_001))).await;
    assert_eq!((status.as_u16(), &problem["code"]), (413, &json!("IMPORT_TOO_LARGE")));
    let silent = stream::iter([Ok::<_, io::Error>("x")]).chain(stream::pending());
    let (status, problem) = put(&app, &url, Body::from_stream(silent)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("UPLOAD_STALLED")));
    assert!(stored(&app).await.is_empty());
    // Slow is fine, as long as it goes on.
    let slow = stream::iter(RECORDS.lines().map(|line| format!("{line}\n"))).then(async |line| {
        tokio::time::sleep(Duration::from_millis(400)).await;
        Ok::<_, io::Error>(line)
    });
    assert_eq!(put(&app, &url, Body::from_stream(slow)).await.0, StatusCode::CREATED);
}
