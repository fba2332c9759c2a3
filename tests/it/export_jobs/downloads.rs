//! The file over HTTP: whole, in parts, by token and by link.

use axum::{
    body::Body,
    http::{HeaderMap, Request},
};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use serde_json::Value;

use super::{job, records_csv, rows, start};
use crate::{TestApp, on_both};

async fn ask(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, Vec<u8>) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, body) = app.send(request.body(Body::empty()).unwrap()).await.into_parts();
    (parts.status.as_u16(), parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

async fn made(app: &TestApp) -> (String, String, Vec<u8>) {
    rows(app, 100).await;
    let id = start(app, &app.seeded.admin.token, records_csv()).await;
    app.run_jobs().await;
    let link = job(app, &app.seeded.admin.token, &id).await["downloadUrl"].as_str().unwrap().to_owned();
    let file = app.file(&app.seeded.admin.token, "/export/records/csv").await.into_bytes();
    (id, link, file)
}

on_both! {
    async fn a_download_that_broke_off_goes_on_where_it_was(app: TestApp) {
        let (id, link, file) = made(&app).await;
        let (status, head, body) = ask(&app, "HEAD", &link, &[]).await;
        assert_eq!((status, body.len()), (200, 0));
        assert_eq!(head["content-length"], file.len().to_string().as_str());
        assert_eq!(head["accept-ranges"], "bytes");
        let etag = head["etag"].to_str().unwrap();
        let range = [("range", "bytes=1000-"), ("if-range", etag)];
        let (status, part, rest) = ask(&app, "GET", &link, &range).await;
        assert_eq!(status, 206);
        assert_eq!(part["content-range"], format!("bytes 1000-{}/{}", file.len() - 1, file.len()).as_str());
        assert!(rest == file[1000..]);
        let (status, _, whole) = ask(&app, "GET", &link, &[("range", "bytes=1000-"), ("if-range", "\"another\"")]).await;
        assert!(status == 200 && whole == file);
        let beyond = format!("bytes={}-", file.len());
        let (status, refused, _) = ask(&app, "GET", &link, &[("range", &beyond)]).await;
        assert_eq!((status, refused["content-range"].to_str().unwrap()), (416, format!("bytes */{}", file.len()).as_str()));
        let (status, ..) = ask(&app, "GET", &link, &[("if-none-match", etag)]).await;
        assert_eq!(status, 304);
        // Never compressed on the way: the hash is of these bytes.
        let (_, plain, whole) = ask(&app, "GET", &link, &[("accept-encoding", "gzip, zstd")]).await;
        assert!(!plain.contains_key("content-encoding") && whole == file);
        // Two began at the first byte and were whole.
        assert_eq!(job(&app, &app.seeded.admin.token, &id).await["downloads"], 2);
    }
}

on_both! {
    async fn a_link_is_good_for_a_quarter_of_an_hour_and_for_nothing_else(app: TestApp) {
        let (id, link, _) = made(&app).await;
        let other = start(&app, &app.seeded.admin.token, records_csv()).await;
        app.run_jobs().await;
        let code = async |link: &str| {
            let (status, _, body) = ask(&app, "GET", link, &[]).await;
            (status, serde_json::from_slice::<Value>(&body).unwrap()["code"].as_str().unwrap().to_owned())
        };
        assert_eq!(code(&link.replace(&id, &other)).await, (401, "LINK_INVALID".to_owned()));
        assert_eq!(code(&format!("{link}x")).await, (401, "LINK_INVALID".to_owned()));
        assert_eq!(code(&format!("/export/jobs/{id}/download")).await, (401, "UNAUTHENTICATED".to_owned()));
        assert_eq!(code("/export/jobs/..%2f..%2fetc/download").await.0, 401);
        app.pass(TimeDelta::minutes(15));
        assert_eq!(code(&link).await, (401, "LINK_EXPIRED".to_owned()));
        let fresh = job(&app, &app.seeded.admin.token, &id).await["downloadUrl"].as_str().unwrap().to_owned();
        assert_eq!(ask(&app, "GET", &fresh, &[]).await.0, 200);
    }
}

on_both! {
    async fn ids_that_are_none_are_refused(app: TestApp) {
        let token = &app.seeded.admin.token;
        for (id, status) in [("..%2f..", 400), ("record_00000000000000000000000000000000", 400), ("%ff", 400)] {
            let (answer, ..) = app.get(token, &format!("/export/jobs/{id}/download")).await;
            assert_eq!(answer.as_u16(), status, "{id}");
        }
        let (answer, ..) = app.get(token, &format!("/export/jobs/{}/download", uuid::Uuid::now_v7())).await;
        assert_eq!(answer, 404);
        let (id, ..) = made(&app).await;
        let (answer, ..) = app.get(token, &format!("/export/jobs/{id}/download?columns=id")).await;
        assert_eq!(answer, 400);
    }
}
