//! From a schedule made over GraphQL to what its receiver gets, and what the schedule shows of it.

use serde_json::{Value, json};

use super::{Receiver, SmtpServer, TestApp, let_private, mail_by, receiver::Reply};
use crate::{collection_api::change, on_both, schedule_api::create};

/// A schedule that tells the admin and this receiver.
async fn telling(app: &TestApp, receiver: &Receiver, target: Value) -> String {
    let mut input = json!({ "name": "Mondays", "cron": "0 6 * * 1", "notifyEmail": true, "webhookUrl": receiver.url });
    input.as_object_mut().unwrap().extend(target.as_object().unwrap().clone());
    create(app, input).await["id"].as_str().unwrap().to_owned()
}

async fn trigger(app: &TestApp, id: &str) {
    let payload =
        change(app, &app.seeded.admin.token, "triggerSchedule", json!({ "id": id }), "fire { outcome reason }").await;
    assert_eq!(payload["fire"]["outcome"], "STARTED", "{payload:#}");
}

async fn shown(app: &TestApp, id: &str) -> Value {
    let query = "query ($id: ID!) { schedule(id: $id) {
        webhookSecret notifications(first: 10) { totalCount nodes { event channel state attempts lastError destination } }
    } }";
    app.data(&app.seeded.admin.token, query, json!({ "id": id })).await["schedule"].clone()
}

on_both! {
    async fn a_schedule_tells_how_its_run_and_its_file_ended(app: TestApp) {
        let mut app = app;
        let (receiver, server) = (Receiver::open().await, SmtpServer::open().await);
        let_private(&mut app);
        mail_by(&mut app, &server);
        let preset = json!({ "name": "Few", "categoryIds": ["appliances-cooktops"] });
        let preset = change(&app, &app.seeded.admin.token, "createPreset", preset, "preset { id }").await;
        let collects = telling(&app, &receiver, json!({ "presetId": preset["preset"]["id"] })).await;
        trigger(&app, &collects).await;
        app.run_jobs().await;
        let export = json!({ "export": { "kind": "SELLERS", "format": "CSV" }, "name": "Files" });
        let exports = telling(&app, &receiver, export).await;
        trigger(&app, &exports).await;
        app.run_jobs().await;

        let got = receiver.received();
        let types: Vec<Value> = got.iter().map(|one| one.json()["type"].clone()).collect();
        assert_eq!(types, ["run.completed", "export.completed"]);
        for (one, id) in got.iter().zip([&collects, &exports]) {
            assert_eq!(one.json()["data"]["scheduleId"], **id);
            let shown = shown(&app, id).await;
            assert!(one.is_signed_with(shown["webhookSecret"].as_str().unwrap()));
            assert_eq!(shown["notifications"]["totalCount"], 2, "{shown:#}");
            for told in shown["notifications"]["nodes"].as_array().unwrap() {
                assert_eq!((&told["state"], &told["attempts"]), (&json!("DELIVERED"), &json!(1)), "{shown:#}");
            }
        }
        let subjects: Vec<String> = server.mails().iter().map(|mail| mail.header("Subject")).collect();
        assert_eq!(subjects.len(), 2);
        assert!(subjects[0].starts_with("Run completed: Mondays"), "{subjects:?}");
        assert!(subjects[1].starts_with("Export completed: sellers_20261120"), "{subjects:?}");
    }
}

on_both! {
    async fn a_schedule_shows_what_could_not_be_delivered(app: TestApp) {
        let mut app = app;
        let (receiver, server) = (Receiver::open().await, SmtpServer::open().await);
        let_private(&mut app);
        mail_by(&mut app, &server);
        receiver.reply([Reply::Status(410)]);
        let export = json!({ "export": { "kind": "SELLERS", "format": "CSV" } });
        let id = telling(&app, &receiver, export).await;
        trigger(&app, &id).await;
        app.run_jobs().await;
        let shown = shown(&app, &id).await;
        let lost: Vec<&Value> = shown["notifications"]["nodes"].as_array().unwrap().iter().collect();
        let lost: Vec<&&Value> = lost.iter().filter(|told| told["channel"] == "WEBHOOK").collect();
        assert_eq!(lost.len(), 1, "{shown:#}");
        assert_eq!((&lost[0]["state"], &lost[0]["lastError"]), (&json!("GAVE_UP"), &json!("HTTP_410")), "{shown:#}");
    }
}

on_both! {
    async fn start_export_tells_who_asked_for_it(app: TestApp) {
        let mut app = app;
        let input = json!({ "export": { "kind": "SELLERS", "format": "CSV" }, "notify": true });
        let token = app.seeded.va.token.clone();
        let refused = change(&app, &token, "startExport", input.clone(), "exportJob { id }").await;
        assert_eq!(refused["userErrors"][0]["code"], "EMAIL_NOT_CONFIGURED", "{refused:#}");
        let server = SmtpServer::open().await;
        mail_by(&mut app, &server);
        let started = change(&app, &token, "startExport", input, "exportJob { id }").await;
        assert_eq!(started["userErrors"], json!([]));
        assert_eq!(app.run_jobs().await, 2);
        assert_eq!(server.mails().len(), 1);
        assert_eq!(server.mails()[0].to, ["va@acme.example"]);
    }
}
