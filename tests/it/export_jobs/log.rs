//! The log of exports: streams and jobs, what became of each, and who may read it.

use axum::{body::Body, http::Request};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{change, job, records_csv, rows, start};
use crate::{TestApp, on_both};

const LOG: &str = "{ exportLog(first: 50) { totalCount nodes { at email mode exportJobId kind format columns filter outcome \
    rows bytes durationMs downloads } } }";

/// The log, once everything beside the requests is written.
async fn log(app: &TestApp) -> Vec<Value> {
    app.app.settle().await;
    app.app.aside.reopen();
    let log = app.data(&app.seeded.admin.token, LOG, Value::Null).await["exportLog"].clone();
    let lines = log["nodes"].as_array().unwrap().clone();
    assert_eq!(log["totalCount"], lines.len());
    lines
}

on_both! {
    async fn a_stream_leaves_a_line(app: TestApp) {
        rows(&app, 30).await;
        let account = sellerbook::id::IdKind::Account.show(app.seeded.accounts[0]);
        let path = format!("/export/records/csv?columns=id,qty&account_id={account}");
        let file = app.file(&app.seeded.va.token, &path).await;
        let lines = log(&app).await;
        assert_eq!(lines.len(), 1);
        let expected = json!({
            "at": "2026-11-20T08:00:00Z", "email": "va@acme.example", "mode": "STREAM", "exportJobId": null,
            "kind": "RECORDS", "format": "CSV", "columns": ["id", "qty"],
            "filter": format!("{{\"account_ids\":[\"{}\"]}}", app.seeded.accounts[0]),
            "outcome": "COMPLETED", "rows": 10, "bytes": file.len(), "durationMs": 0, "downloads": 0,
        });
        assert_eq!(lines[0], expected);
        // What was refused is no export.
        app.get(&app.seeded.va.token, "/export/records/csv?columns=nothing").await;
        assert_eq!(log(&app).await.len(), 1);
    }
}

on_both! {
    async fn a_client_that_leaves_is_told_of(app: TestApp) {
        rows(&app, 3_000).await;
        let request = Request::get("/export/records/json")
            .header("authorization", format!("Bearer {}", app.seeded.admin.token))
            .body(Body::empty())
            .unwrap();
        let mut body = app.send(request).await.into_body();
        body.frame().await.unwrap().unwrap();
        drop(body);
        let lines = log(&app).await;
        // It may have been read to its end before the client left.
        assert!(["ABANDONED", "COMPLETED"].contains(&lines[0]["outcome"].as_str().unwrap()), "{lines:?}");
    }
}

on_both! {
    async fn a_job_has_one_line_from_its_start_to_its_last_download(app: TestApp) {
        rows(&app, 30).await;
        let token = &app.seeded.admin.token;
        let id = start(&app, token, records_csv()).await;
        let line = log(&app).await.remove(0);
        assert_eq!((&line["mode"], &line["outcome"], &line["exportJobId"]), (&json!("JOB"), &json!("UNFINISHED"), &json!(id)));
        change(&app, token, "cancelExport", &id).await;
        assert_eq!(log(&app).await[0]["outcome"], "CANCELLED");
        change(&app, token, "retryExport", &id).await;
        assert_eq!(log(&app).await[0]["outcome"], "UNFINISHED");
        app.run_jobs().await;
        let link = job(&app, token, &id).await["downloadUrl"].as_str().unwrap().to_owned();
        let file = app.file("", &link).await;
        app.file("", &link).await;
        change(&app, token, "deleteExport", &id).await;
        let lines = log(&app).await;
        assert_eq!(lines.len(), 1);
        assert_eq!((&lines[0]["outcome"], &lines[0]["rows"]), (&json!("COMPLETED"), &json!(30)));
        assert_eq!((&lines[0]["bytes"], &lines[0]["downloads"]), (&json!(file.len()), &json!(2)));
    }
}

on_both! {
    async fn the_log_is_read_in_pages(app: TestApp) {
        for _ in 0..5 {
            start(&app, &app.seeded.va.token, records_csv()).await;
            app.pass(TimeDelta::seconds(1));
        }
        let query = "query ($after: String) {
            exportLog(first: 2, after: $after) { nodes { id at } pageInfo { hasNextPage endCursor } } }";
        let (mut after, mut times) = (Value::Null, Vec::new());
        loop {
            let page = app.data(&app.seeded.admin.token, query, json!({ "after": after })).await["exportLog"].clone();
            times.extend(page["nodes"].as_array().unwrap().iter().map(|line| line["at"].as_str().unwrap().to_owned()));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert!(times.len() == 5 && times.is_sorted_by(|left, right| left > right), "{times:?}");
        assert_eq!(app.refusal(&app.seeded.va.token, "{ exportLog { nodes { id } } }", Value::Null).await, "FORBIDDEN");
    }
}
