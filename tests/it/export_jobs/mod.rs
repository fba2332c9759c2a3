//! Export jobs: asked for over GraphQL, made by a worker, watched, downloaded.

mod changes;
mod downloads;
mod faults;
mod log;
mod permissions;
mod watching;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    TestApp, on_both,
    seed::{self, NewRecord, NewSeller},
};

const FIELDS: &str = "id kind format status columns rowsDone rowsTotal percent rowsPerSecond etaSeconds bytes fileName \
    downloadUrl sha256 expiresAt downloads error { code message } requestedBy { id email role } queuePosition createdAt \
    startedAt completedAt";

/// Records in all three accounts of the organisation, and some sellers.
pub async fn rows(app: &TestApp, count: usize) {
    let (org, accounts) = (app.seeded.org, app.seeded.accounts);
    let record = |number: usize| NewRecord {
        remarks: Some((Some("an order remark"), Some("a service remark"))),
        ..NewRecord::new(&app.app, org, accounts[number % 3], format!("order {number}"))
    };
    seed::records(&app.app, (0..count).map(record).collect()).await;
    let names: Vec<String> = (0..count).map(|number| format!("seller {number}")).collect();
    seed::sellers(&app.app, names.iter().map(|name| NewSeller::new(&app.app, org, name)).collect()).await;
}

/// Starts an export; the whole payload.
pub async fn payload(app: &TestApp, token: &str, export: Value, key: Option<&str>) -> Value {
    let query = format!(
        "mutation ($input: StartExportInput!) {{
            startExport(input: $input) {{ exportJob {{ {FIELDS} }} userErrors {{ code field message }} }}
        }}"
    );
    let input = json!({ "input": { "export": export, "idempotencyKey": key } });
    app.data(token, &query, input).await["startExport"].clone()
}

/// Starts an export that must not be refused; its id.
pub async fn start(app: &TestApp, token: &str, export: Value) -> String {
    let payload = payload(app, token, export, None).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["exportJob"]["id"].as_str().unwrap().to_owned()
}

/// An export job as the bearer of `token` sees it; null when they do not.
pub async fn job(app: &TestApp, token: &str, id: &str) -> Value {
    let query = format!("query ($id: ID!) {{ exportJob(id: $id) {{ {FIELDS} }} }}");
    app.data(token, &query, json!({ "id": id })).await["exportJob"].clone()
}

/// Calls a mutation that names one export; its payload.
pub async fn change(app: &TestApp, token: &str, mutation: &str, id: &str) -> Value {
    let kind = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!(
        "mutation ($input: {kind}Input!) {{
            {mutation}(input: $input) {{ exportJob {{ id status rowsDone }} userErrors {{ code field message }} }}
        }}"
    );
    app.data(token, &query, json!({ "input": { "id": id } })).await[mutation].clone()
}

pub fn records_csv() -> Value {
    json!({ "kind": "RECORDS", "format": "CSV" })
}

fn uuid(id: &str) -> Uuid {
    sellerbook::id::IdKind::Export.read(id).unwrap()
}

on_both! {
    async fn a_job_makes_the_file_that_a_download_streams(app: TestApp) {
        rows(&app, 250).await;
        let token = &app.seeded.admin.token;
        for (kind, format, path) in [
            ("RECORDS", "CSV", "records/csv"),
            ("RECORDS", "JSON", "records/json"),
            ("RECORDS", "NDJSON", "records/ndjson"),
            ("SELLERS", "CSV", "sellers/csv"),
            ("SELLERS", "TEXT", "sellers/text"),
        ] {
            let id = start(&app, token, json!({ "kind": kind, "format": format })).await;
            let waiting = job(&app, token, &id).await;
            assert_eq!(waiting["status"], "PENDING");
            assert_eq!(waiting["queuePosition"], 1);
            assert_eq!(waiting["downloadUrl"], Value::Null);
            assert_eq!(app.run_jobs().await, 1);
            let done = job(&app, token, &id).await;
            assert_eq!(done["status"], "COMPLETED", "{done:#}");
            assert_eq!((&done["rowsDone"], &done["rowsTotal"]), (&json!(250), &json!(250)));
            assert_eq!(done["percent"], 100.0);
            assert_eq!(done["queuePosition"], Value::Null);
            assert_eq!(done["requestedBy"]["email"], "admin@acme.example");
            assert_eq!(done["expiresAt"], "2026-11-27T08:00:00Z");
            let streamed = app.file(token, &format!("/export/{path}")).await;
            let downloaded = app.file("", done["downloadUrl"].as_str().unwrap()).await;
            assert!(downloaded == streamed, "{kind} {format}");
            assert_eq!(done["bytes"], streamed.len());
            let sha256 = <sha2::Sha256 as sha2::Digest>::digest(streamed.as_bytes());
            assert_eq!(done["sha256"], format!("{sha256:x}"));
        }
    }
}

on_both! {
    async fn workbooks_and_parquet_are_made_too(app: TestApp) {
        rows(&app, 30).await;
        let token = &app.seeded.admin.token;
        let id = start(&app, token, json!({ "kind": "RECORDS", "format": "XLSX", "columns": ["financial"] })).await;
        app.run_jobs().await;
        let done = job(&app, token, &id).await;
        assert_eq!(done["fileName"], "records_all_20261120.xlsx");
        let (status, headers, bytes) = app.get(token, &format!("/export/jobs/{id}/download")).await;
        assert_eq!(status, 200);
        assert_eq!(headers["content-disposition"].to_str().unwrap().split(';').next(), Some("attachment"));
        assert!(bytes.starts_with(b"PK"));
        let id = start(&app, token, json!({ "kind": "SELLERS", "format": "PARQUET" })).await;
        app.run_jobs().await;
        let (_, _, bytes) = app.get(token, &format!("/export/jobs/{id}/download")).await;
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    }
}

on_both! {
    async fn filters_and_columns_are_those_of_the_request(app: TestApp) {
        rows(&app, 60).await;
        let token = &app.seeded.admin.token;
        let account = sellerbook::id::IdKind::Account.show(app.seeded.accounts[1]);
        let export = json!({
            "kind": "RECORDS", "format": "CSV", "money": "DECIMAL", "columns": ["ebay_order_id", "sale_price_cents"],
            "recordFilter": { "accountIds": [account], "search": "ORDER 1" },
        });
        let id = start(&app, token, export).await;
        app.run_jobs().await;
        let link = job(&app, token, &id).await;
        let file = app.file("", link["downloadUrl"].as_str().unwrap()).await;
        let path = format!(
            "/export/records/csv?account_id={account}&search=order+1&columns=ebay_order_id,sale_price_cents&money=decimal"
        );
        assert_eq!(file, app.file(token, &path).await);
        assert!(file.starts_with("ebay_order_id,sale_price\r\n") && file.lines().count() > 1);
    }
}

on_both! {
    async fn what_cannot_be_made_is_refused_where_it_is_asked_for(app: TestApp) {
        let token = &app.seeded.admin.token;
        for (export, code, field) in [
            (json!({ "kind": "RECORDS", "format": "CSV", "columns": ["nope"] }), "UNKNOWN_COLUMN", json!(["export", "columns"])),
            (json!({ "kind": "RECORDS", "format": "CSV", "columns": ["id", "id"] }), "DUPLICATE_COLUMN", json!(["export", "columns"])),
            (json!({ "kind": "RECORDS", "format": "TEXT" }), "INVALID_PARAMETER", json!(["export", "format"])),
            (json!({ "kind": "RECORDS", "format": "CSV", "sellerFilter": {} }), "INVALID_FILTER", json!(["export"])),
            (
                json!({ "kind": "RECORDS", "format": "CSV", "recordFilter": { "saleDateFrom": "2026-02-01", "saleDateTo": "2026-01-01" } }),
                "INVALID_FILTER",
                json!(["export"]),
            ),
        ] {
            let refused = payload(&app, token, export, None).await;
            assert_eq!(refused["exportJob"], Value::Null);
            assert_eq!(refused["userErrors"][0]["code"], code, "{refused:#}");
            assert_eq!(refused["userErrors"][0]["field"], field);
        }
        let refused = payload(&app, token, records_csv(), Some("")).await;
        assert_eq!(refused["userErrors"][0]["code"], "INVALID_TEXT");
        assert_eq!(app.run_jobs().await, 0);
    }
}

on_both! {
    async fn an_idempotency_key_stands_for_one_job(app: TestApp) {
        let token = &app.seeded.admin.token;
        let first = payload(&app, token, records_csv(), Some("once")).await;
        let again = payload(&app, token, records_csv(), Some("once")).await;
        assert_eq!(first["exportJob"]["id"], again["exportJob"]["id"]);
        let other = payload(&app, token, json!({ "kind": "SELLERS", "format": "CSV" }), Some("once")).await;
        assert_eq!(other["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(other["userErrors"][0]["field"], json!(["idempotencyKey"]));
        // The key is the person's own.
        let theirs = payload(&app, &app.seeded.va.token, records_csv(), Some("once")).await;
        assert_ne!(first["exportJob"]["id"], theirs["exportJob"]["id"]);
        assert_eq!(app.run_jobs().await, 2);
        let done = payload(&app, token, records_csv(), Some("once")).await;
        assert_eq!(done["exportJob"]["status"], "COMPLETED");
    }
}

on_both! {
    async fn many_requests_with_one_key_at_once_start_one_job(app: TestApp) {
        let token = &app.seeded.admin.token;
        let payloads = (0..12).map(|_| payload(&app, token, records_csv(), Some("at once")));
        let payloads = futures::future::join_all(payloads).await;
        let ids: std::collections::BTreeSet<String> =
            payloads.iter().map(|payload| payload["exportJob"]["id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        assert_eq!(app.run_jobs().await, 1);
    }
}

on_both! {
    async fn an_estimate_says_how_many_and_where(app: TestApp) {
        rows(&app, 20).await;
        let token = &app.seeded.admin.token;
        let query = "query ($input: ExportInput!) { exportEstimate(input: $input) { rows mode streamUrl } }";
        let input = json!({ "kind": "RECORDS", "format": "CSV", "recordFilter": { "search": "a & b=c" }, "columns": ["id"] });
        let none = app.data(token, query, json!({ "input": input })).await["exportEstimate"].clone();
        assert_eq!((&none["rows"], &none["mode"]), (&json!(0), &json!("STREAM")));
        assert_eq!(app.file("", none["streamUrl"].as_str().unwrap()).await, "id\r\n");
        let all = app.data(token, query, json!({ "input": records_csv() })).await["exportEstimate"].clone();
        assert_eq!(all["rows"], 20);
        let streamed = app.file("", all["streamUrl"].as_str().unwrap()).await;
        assert_eq!(streamed, app.file(token, "/export/records/csv").await);
        // A link is its person's: the va's shows what the va sees.
        let theirs = app.data(&app.seeded.va.token, query, json!({ "input": records_csv() })).await;
        let streamed = app.file("", theirs["exportEstimate"]["streamUrl"].as_str().unwrap()).await;
        assert_eq!(streamed, app.file(&app.seeded.va.token, "/export/records/csv").await);
        assert!(streamed.lines().count() < 20);
    }
}

on_both! {
    async fn jobs_are_listed_the_newest_first(app: TestApp) {
        let token = &app.seeded.admin.token;
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(start(&app, token, records_csv()).await);
            app.pass(chrono::TimeDelta::seconds(1));
        }
        let sellers = start(&app, &app.seeded.va.token, json!({ "kind": "SELLERS", "format": "CSV" })).await;
        let query = "query ($filter: ExportJobFilter, $after: String) {
            exportJobs(first: 4, filter: $filter, after: $after) { totalCount nodes { id queuePosition } pageInfo { hasNextPage endCursor } }
        }";
        let statements = app.statements();
        let page = app.data(token, query, json!({})).await["exportJobs"].clone();
        // Who asks, the page, the count, the places in the line.
        assert_eq!(app.statements() - statements, 4);
        assert_eq!(page["totalCount"], 6);
        assert_eq!(page["nodes"][0]["id"], sellers);
        assert_eq!(page["nodes"][1]["id"], ids[4]);
        let next = app.data(token, query, json!({ "after": page["pageInfo"]["endCursor"] })).await["exportJobs"].clone();
        assert_eq!(next["nodes"].as_array().unwrap().len(), 2);
        for (filter, count) in [
            (json!({ "mine": true }), 5),
            (json!({ "kind": "SELLERS" }), 1),
            (json!({ "statuses": ["COMPLETED"] }), 0),
            (json!({ "statuses": ["PENDING"], "kind": "RECORDS" }), 5),
        ] {
            let page = app.data(token, query, json!({ "filter": filter })).await;
            assert_eq!(page["exportJobs"]["totalCount"], count, "{filter}");
        }
        let node = app.data(token, "query ($id: ID!) { node(id: $id) { __typename id } }", json!({ "id": sellers })).await;
        assert_eq!(node["node"], json!({ "__typename": "ExportJob", "id": sellers }));
    }
}
