//! The sellers of a run as files: those it added, those it saw; streamed, by link, and made in the background.

use axum::http::header;
use calamine::{Data, Reader, Xlsx};
use chrono::TimeDelta;
use sellerbook::{exports::ExportRequest, id::IdKind};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    TestApp,
    export_jobs::{job, start},
    on_both,
    seed::{self, NewSeller},
};

/// Two runs: the first added `old` and `again`; the second added `new` and saw `again` and `gone`, which is deleted. Nobody
/// saw `by hand`. A run of the other organisation saw `theirs`.
struct Runs {
    first: Uuid,
    second: Uuid,
    theirs: Uuid,
}

async fn fill(app: &TestApp) -> Runs {
    let (org, other_org) = (app.seeded.org, app.seeded.other_org);
    let seller = |name: &str, hours| NewSeller {
        created_at: app.now() - TimeDelta::hours(hours),
        ..NewSeller::new(&app.app, org, name)
    };
    let gone = NewSeller { deleted_at: Some(app.now()), ..seller("gone", 1) };
    let new = vec![seller("new", 1), seller("by hand", 2), seller("again", 3), seller("old", 4), gone];
    let [new, _, again, old, gone]: [Uuid; 5] = seed::sellers(&app.app, new).await.try_into().unwrap();
    let theirs = seed::sellers(&app.app, vec![NewSeller::new(&app.app, other_org, "theirs")]).await;
    let runs = Runs {
        first: seed::bare_run(&app.app, org).await,
        second: seed::bare_run(&app.app, org).await,
        theirs: seed::bare_run(&app.app, other_org).await,
    };
    seed::seen_in_run(&app.app, org, runs.first, vec![(old, true), (again, true)]).await;
    seed::seen_in_run(&app.app, org, runs.second, vec![(new, true), (again, false), (gone, false)]).await;
    seed::seen_in_run(&app.app, other_org, runs.theirs, vec![(theirs[0], true)]).await;
    runs
}

fn show(run: Uuid) -> String {
    IdKind::Run.show(run)
}

async fn names(app: &TestApp, query: &str) -> Vec<String> {
    let file = app.file(&app.seeded.admin.token, &format!("/export/sellers/text?{query}")).await;
    file.lines().map(str::to_owned).collect()
}

async fn file_name(app: &TestApp, path: &str) -> String {
    let (status, headers, _) = app.get(&app.seeded.admin.token, path).await;
    assert_eq!(status, 200, "{path}");
    let disposition = headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    disposition.split('"').nth(1).unwrap().to_owned()
}

on_both! {
    async fn the_sellers_of_a_run_are_those_it_added_or_all_it_saw(app: TestApp) {
        let runs = fill(&app).await;
        let (first, second) = (show(runs.first), show(runs.second));
        assert_eq!(names(&app, &format!("run_id={first}")).await, ["again", "old"]);
        assert_eq!(names(&app, &format!("run_id={second}")).await, ["new"]);
        assert_eq!(names(&app, &format!("run_id={}&run_scope=new", runs.second)).await, ["new"]);
        assert_eq!(names(&app, &format!("run_id={second}&run_scope=seen")).await, ["new", "again"]);
        assert_eq!(names(&app, &format!("run_id={first}&seen_in_run={second}")).await, ["again"]);
        assert_eq!(names(&app, &format!("run_id={second}&run_scope=seen&search=new")).await, ["new"]);
    }
}

on_both! {
    async fn the_run_of_another_organisation_has_no_sellers(app: TestApp) {
        let runs = fill(&app).await;
        let theirs = show(runs.theirs);
        // What cannot be: a run of others that saw a seller of ours.
        let ours = seed::sellers(&app.app, vec![NewSeller::new(&app.app, app.seeded.org, "strayed")]).await;
        seed::seen_in_run(&app.app, app.seeded.other_org, runs.theirs, vec![(ours[0], true)]).await;
        for run in [theirs.clone(), show(Uuid::now_v7())] {
            for scope in ["new", "seen"] {
                assert!(names(&app, &format!("run_id={run}&run_scope={scope}")).await.is_empty());
            }
            for condition in ["firstSeenInRun", "seenInRun"] {
                let query = "query ($filter: SellerFilter) { sellers(filter: $filter) { totalCount nodes { id } } }";
                let found = app.data(&app.seeded.admin.token, query, json!({ "filter": { condition: run } })).await;
                assert_eq!(found["sellers"], json!({ "totalCount": 0, "nodes": [] }), "{condition}");
            }
        }
        let own = app.file(&app.seeded.other_admin.token, &format!("/export/sellers/text?run_id={theirs}")).await;
        assert_eq!(own, "theirs\n");
    }
}

on_both! {
    async fn a_file_of_a_run_says_which(app: TestApp) {
        let runs = fill(&app).await;
        let (run, first_8) = (show(runs.second), &runs.second.simple().to_string()[..8]);
        for (query, name) in [
            (format!("csv?run_id={run}"), format!("sellers_2026-11-20_run-{first_8}.csv")),
            (format!("excel?run_id={run}&run_scope=seen"), format!("sellers_2026-11-20_run-{first_8}.xlsx")),
            (format!("text?run_id={run}&seen_in_run={run}"), format!("sellers_2026-11-20_run-{first_8}.txt")),
            (format!("csv?run_id={run}&seen_in_run={}", show(runs.first)), "sellers_20261120.csv".to_owned()),
            ("json?run_id=".to_owned(), "sellers_20261120.json".to_owned()),
        ] {
            assert_eq!(file_name(&app, &format!("/export/sellers/{query}")).await, name, "{query}");
        }
        let path = format!("/export/sellers/json?run_id={run}&columns=display_name");
        let said = format!(
            "{{\"exported_at\":\"2026-11-20T08:00:00Z\",\"run_id\":\"{run}\",\"sellers\":[\n{{\"display_name\":\"new\"}}\n]}}\n"
        );
        assert_eq!(app.file(&app.seeded.admin.token, &path).await, said);
        let all = app.file(&app.seeded.admin.token, "/export/sellers/json?search=old&columns=display_name").await;
        assert!(all.starts_with("{\"exported_at\":\"2026-11-20T08:00:00Z\",\"sellers\":["), "{all}");
    }
}

on_both! {
    async fn a_job_and_a_link_of_a_run_give_the_file_that_a_download_streams(app: TestApp) {
        let runs = fill(&app).await;
        let (first, second, token) = (show(runs.first), show(runs.second), &app.seeded.admin.token);
        for (filter, query, rows) in [
            (json!({ "firstSeenInRun": second }), format!("run_id={second}"), 1),
            (json!({ "seenInRun": second }), format!("run_id={second}&run_scope=seen"), 2),
            (json!({ "firstSeenInRun": first, "seenInRun": second }), format!("run_id={first}&seen_in_run={second}"), 1),
        ] {
            let export = json!({ "kind": "SELLERS", "format": "JSON", "sellerFilter": filter });
            let path = format!("/export/sellers/json?{query}");
            let streamed = app.file(token, &path).await;
            let estimate = "query ($input: ExportInput!) { exportEstimate(input: $input) { rows streamUrl } }";
            let estimate = app.data(token, estimate, json!({ "input": export })).await["exportEstimate"].clone();
            assert_eq!(estimate["rows"], rows, "{query}");
            assert_eq!(app.file("", estimate["streamUrl"].as_str().unwrap()).await, streamed);
            let id = start(&app, token, export).await;
            app.run_jobs().await;
            let done = job(&app, token, &id).await;
            assert_eq!((&done["status"], &done["rowsDone"]), (&json!("COMPLETED"), &json!(rows)), "{query}");
            assert_eq!(done["fileName"], file_name(&app, &path).await);
            assert_eq!(app.file("", done["downloadUrl"].as_str().unwrap()).await, streamed);
        }
    }
}

/// Columns that are there on request.
const COLUMNS: &str = "columns=source_product,first_seen_run_id,display_name,last_seen_run_id";

on_both! {
    async fn the_runs_and_the_product_of_a_seller_are_columns_of_every_format(app: TestApp) {
        let runs = fill(&app).await;
        let (first, second, token) = (show(runs.first), show(runs.second), &app.seeded.admin.token);
        let csv = app.file(token, &format!("/export/sellers/csv?{COLUMNS}")).await;
        let expected = format!(
            "source_product,first_seen_run_id,display_name,last_seen_run_id\r\n\
             \"'=Garden hose, 30 m\",{second},new,{second}\r\n\
             ,,by hand,\r\n\
             \"'=Garden hose, 30 m\",{first},again,{second}\r\n\
             \"'=Garden hose, 30 m\",{first},old,{first}\r\n"
        );
        assert_eq!(csv, expected);
        let ndjson = app.file(token, &format!("/export/sellers/ndjson?{COLUMNS}&run_id={first}&search=again")).await;
        let row: Value = serde_json::from_str(&ndjson).unwrap();
        let hose = "=Garden hose, 30 m";
        assert_eq!(
            row,
            json!({ "source_product": hose, "first_seen_run_id": first, "display_name": "again", "last_seen_run_id": second })
        );
        let (_, _, workbook) = app.get(token, &format!("/export/sellers/excel?{COLUMNS}")).await;
        let mut workbook: Xlsx<_> = Xlsx::new(std::io::Cursor::new(workbook)).unwrap();
        let sheet = workbook.worksheet_range("Sellers").unwrap();
        let text = |text: &str| Data::String(text.to_owned());
        assert_eq!(sheet.rows().nth(2).unwrap(), [Data::Empty, Data::Empty, text("by hand"), Data::Empty]);
        assert_eq!(sheet.rows().nth(3).unwrap(), [text(hose), text(&first), text("again"), text(&second)]);
        let columns = app.data(token, "{ exportColumns(kind: SELLERS) { key label isDefault } }", json!({})).await;
        let columns = columns["exportColumns"].as_array().unwrap();
        assert_eq!(
            columns[columns.len() - 3..],
            [
                json!({ "key": "first_seen_run_id", "label": "First seen in run", "isDefault": false }),
                json!({ "key": "last_seen_run_id", "label": "Last seen in run", "isDefault": false }),
                json!({ "key": "source_product", "label": "Source product", "isDefault": false }),
            ]
        );
    }
}

on_both! {
    async fn a_run_that_cannot_be_meant_is_refused(app: TestApp) {
        let (token, run) = (&app.seeded.admin.token, show(Uuid::now_v7()));
        for (query, code) in [
            ("run_scope=seen".to_owned(), "INVALID_PARAMETER"),
            (format!("run_id={run}&run_scope=all"), "INVALID_PARAMETER"),
            (format!("run_id={run}&run_id={run}"), "INVALID_PARAMETER"),
            (format!("run_id={run}&run_scope=seen&seen_in_run={run}"), "INVALID_PARAMETER"),
            ("run_id=seller_00000000000000000000000000000000".to_owned(), "INVALID_ID"),
        ] {
            let (status, _, body) = app.get(token, &format!("/export/sellers/csv?{query}")).await;
            let problem: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((status.as_u16(), problem["code"].as_str()), (400, Some(code)), "{query}");
        }
        let (_, _, body) = app.get(token, &format!("/export/records/csv?run_id={run}")).await;
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["code"], "UNKNOWN_PARAMETER");
        let list = "query ($run: ID) { sellers(filter: { seenInRun: $run }) { nodes { id } } }";
        assert_eq!(app.refusal(token, list, json!({ "run": "export_0" })).await, "INVALID_ID");
    }
}

#[test]
fn a_request_that_was_stored_before_there_were_runs_is_still_the_same() {
    let stored = r#"{"filter":{"sellers":{"search":null,"flagged":true,"min_times_seen":null,"min_feedback_percent":null,"min_feedback_count":null,"created_from":null,"created_to":null,"ids":null}},"format":"CSV","columns":null,"style":{"money":"CENTS","bom":false,"raw_formulas":false}}"#;
    let request: ExportRequest = serde_json::from_str(stored).unwrap();
    assert_eq!(serde_json::to_string(&request).unwrap(), stored);
}
