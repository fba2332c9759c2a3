//! Files of what sellers were.

use axum::http::StatusCode;
use sellerbook::clock::rfc3339;
use serde_json::{Value, json};

use super::{add, at, does, ended_run, later, running};
use crate::{TestApp, collection_api::change, on_both};

/// One was renamed since the answer, one deleted, one added.
async fn story(app: &TestApp) -> String {
    let ids = add(app, &["anna", "bert"]).await;
    let then = later(app);
    does(app, "renameSeller", json!({ "id": ids[0], "displayName": "zoe" })).await;
    does(app, "deleteSellers", json!({ "ids": [ids[1]] })).await;
    later(app);
    add(app, &["dora"]).await;
    rfc3339(then)
}

on_both! {
    async fn a_file_as_of_a_moment_holds_what_the_list_shows(app: TestApp) {
        let then = story(&app).await;
        let file = async |query: &str| app.file(&app.seeded.va.token, &format!("/export/sellers/text?{query}")).await;
        assert_eq!(file(&format!("as_of={then}")).await, "anna\nbert\n");
        assert_eq!(file(&format!("as_of={then}&search=ber")).await, "bert\n");
        assert_eq!(file(&format!("added_since={then}")).await, "dora\n");
        assert_eq!(file(&format!("as_of={then}&added_since=now")).await, "bert\n");
        assert_eq!(file("as_of=now").await, "dora\nzoe\n");
        let csv = app.file(&app.seeded.va.token, &format!("/export/sellers/csv?as_of={then}&columns=display_name,flagged")).await;
        assert_eq!(csv, "display_name,flagged\r\nanna,false\r\nbert,false\r\n");
    }
}

on_both! {
    async fn a_link_and_a_job_ask_for_the_same_moment(app: TestApp) {
        let then = story(&app).await;
        let export = json!({ "kind": "SELLERS", "format": "TEXT", "sellerFilter": { "asOf": { "at": then } } });
        let query = "query ($export: ExportInput!) { exportEstimate(input: $export) { rows streamUrl } }";
        let estimate = app.data(&app.seeded.va.token, query, json!({ "export": export })).await["exportEstimate"].clone();
        assert_eq!(estimate["rows"], 2);
        let path = estimate["streamUrl"].as_str().unwrap();
        let path = &path[path.find("/export").unwrap()..];
        assert_eq!(app.file("", path).await, "anna\nbert\n");
        let started = change(&app, &app.seeded.va.token, "startExport", json!({ "export": export }), "exportJob { id }").await;
        app.run_jobs().await;
        let query = "query ($id: ID!) { exportJob(id: $id) { rowsDone downloadUrl } }";
        let job = app.data(&app.seeded.va.token, query, json!({ "id": started["exportJob"]["id"] })).await["exportJob"].clone();
        assert_eq!(job["rowsDone"], 2);
        let path = job["downloadUrl"].as_str().unwrap();
        assert_eq!(app.file("", &path[path.find("/export").unwrap()..]).await, "anna\nbert\n");
        let query = "{ exportLog(first: 1) { nodes { filter } } }";
        let filter = app.data(&app.seeded.admin.token, query, json!({})).await["exportLog"]["nodes"][0]["filter"].clone();
        let filter: Value = serde_json::from_str(filter.as_str().unwrap()).unwrap();
        assert_eq!(filter, json!({ "as_of": { "at": then } }));
    }
}

on_both! {
    async fn a_file_as_of_the_end_of_a_run_is_made_when_it_has_ended(app: TestApp) {
        add(&app, &["anna"]).await;
        let run = ended_run(&app, app.seeded.org).await;
        later(&app);
        add(&app, &["bert"]).await;
        let path = |run: &str| format!("/export/sellers/text?as_of={run}");
        assert_eq!(app.file(&app.seeded.va.token, &path(&run)).await, "anna\n");
        let (status, _, body) = app.get(&app.seeded.va.token, &path(&running(&app).await)).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "RUN_NOT_ENDED"));
        let (status, _, body) = app.get(&app.seeded.va.token, &path(&ended_run(&app, app.seeded.other_org).await)).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::NOT_FOUND, "NOT_FOUND"));
        let (status, _, body) = app.get(&app.seeded.va.token, &path("yesterday")).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::BAD_REQUEST, "INVALID_PARAMETER"));
        let export = json!({ "kind": "SELLERS", "format": "TEXT", "sellerFilter": { "asOf": { "runId": running(&app).await } } });
        let query = "mutation ($input: StartExportInput!) { startExport(input: $input) { exportJob { id } userErrors { code } } }";
        let answer = app.query(&app.seeded.va.token, query, json!({ "input": { "export": export } })).await.body;
        assert!(answer.to_string().contains("RUN_NOT_ENDED"), "{answer:#}");
    }
}

on_both! {
    async fn a_schedule_makes_files_of_what_was_added_since_a_moment(app: TestApp) {
        add(&app, &["anna"]).await;
        let then = later(&app);
        let export = json!({ "kind": "SELLERS", "format": "TEXT", "sellerFilter": { "addedSince": at(then) } });
        let input = json!({ "name": "New ones", "export": export, "cron": "@monthly" });
        let made = change(&app, &app.seeded.admin.token, "createSchedule", input, "schedule { id export { path } }").await;
        assert_eq!(made["schedule"]["export"]["path"], format!("/export/sellers/text?added_since={}", rfc3339(then).replace(':', "%3A")), "{made:#}");
        add(&app, &["bert"]).await;
        let trigger = json!({ "id": made["schedule"]["id"] });
        let fired = change(&app, &app.seeded.admin.token, "triggerSchedule", trigger, "fire { exportJob { id } }").await;
        app.run_jobs().await;
        let query = "query ($id: ID!) { exportJob(id: $id) { downloadUrl } }";
        let job = app.data(&app.seeded.admin.token, query, json!({ "id": fired["fire"]["exportJob"]["id"] })).await;
        let path = job["exportJob"]["downloadUrl"].as_str().unwrap();
        assert_eq!(app.file("", &path[path.find("/export").unwrap()..]).await, "bert\n");
    }
}

fn code(body: &[u8]) -> String {
    serde_json::from_slice::<Value>(body).unwrap()["code"].as_str().unwrap().to_owned()
}
