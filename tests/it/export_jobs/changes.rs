//! Cancelling, trying again, deleting, expiring, sweeping.

use chrono::TimeDelta;
use entity::export_job;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use sellerbook::work::{Chore, chore};
use serde_json::{Value, json};

use super::{change, job, records_csv, rows, start, uuid};
use crate::{TestApp, on_both};

async fn code(app: &TestApp, token: &str, mutation: &str, id: &str) -> String {
    change(app, token, mutation, id).await["userErrors"][0]["code"].as_str().unwrap_or("none").to_owned()
}

async fn files(app: &TestApp) -> usize {
    let after = app.now() + TimeDelta::days(10_000);
    app.app.files.leftovers(after).await.unwrap().len()
}

on_both! {
    async fn a_waiting_export_is_cancelled_at_once_and_tried_again(app: TestApp) {
        rows(&app, 10).await;
        let token = &app.seeded.admin.token;
        let id = start(&app, token, records_csv()).await;
        assert_eq!(code(&app, token, "retryExport", &id).await, "EXPORT_NOT_RETRYABLE");
        assert_eq!(code(&app, token, "deleteExport", &id).await, "EXPORT_RUNNING");
        let cancelled = change(&app, token, "cancelExport", &id).await;
        assert_eq!(cancelled["exportJob"]["status"], "CANCELLED");
        assert_eq!(app.run_jobs().await, 0);
        assert_eq!(code(&app, token, "cancelExport", &id).await, "EXPORT_FINISHED");
        let waiting = change(&app, token, "retryExport", &id).await;
        assert_eq!(waiting["exportJob"]["status"], "PENDING");
        assert_eq!(app.run_jobs().await, 1);
        assert_eq!(job(&app, token, &id).await["status"], "COMPLETED");
        assert_eq!(code(&app, token, "cancelExport", &id).await, "EXPORT_FINISHED");
        assert_eq!(code(&app, token, "retryExport", &id).await, "EXPORT_NOT_RETRYABLE");
    }
}

on_both! {
    async fn a_deleted_export_leaves_nothing(app: TestApp) {
        rows(&app, 10).await;
        let token = &app.seeded.admin.token;
        let id = start(&app, token, records_csv()).await;
        app.run_jobs().await;
        assert_eq!(files(&app).await, 1);
        let deleted = change(&app, token, "deleteExport", &id).await;
        assert_eq!(deleted["exportJob"]["id"], id);
        assert_eq!(files(&app).await, 0);
        assert_eq!(job(&app, token, &id).await, Value::Null);
        let (status, ..) = app.get(token, &format!("/export/jobs/{id}/download")).await;
        assert_eq!(status, 404);
    }
}

on_both! {
    async fn a_file_goes_when_its_time_is_over(app: TestApp) {
        rows(&app, 10).await;
        let token = &app.seeded.admin.token;
        let id = start(&app, token, records_csv()).await;
        app.run_jobs().await;
        app.pass(TimeDelta::days(7) - TimeDelta::seconds(1));
        assert_eq!(chore(&app.app, Chore::Expire).await.unwrap(), 0);
        app.pass(TimeDelta::seconds(1));
        assert_eq!(chore(&app.app, Chore::Expire).await.unwrap(), 1);
        let expired = job(&app, token, &id).await;
        assert_eq!((&expired["status"], &expired["downloadUrl"]), (&json!("EXPIRED"), &Value::Null));
        assert_eq!(files(&app).await, 0);
        let (status, _, body) = app.get(token, &format!("/export/jobs/{id}/download")).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status.as_u16(), &body["code"]), (409, &json!("EXPORT_EXPIRED")));
        let again = change(&app, token, "retryExport", &id).await;
        assert_eq!(again["exportJob"]["status"], "PENDING");
        app.run_jobs().await;
        assert_eq!(job(&app, token, &id).await["status"], "COMPLETED");
    }
}

on_both! {
    async fn the_sweep_takes_what_no_job_names_and_nothing_else(app: TestApp) {
        rows(&app, 10).await;
        let token = &app.seeded.admin.token;
        let id = start(&app, token, records_csv()).await;
        app.run_jobs().await;
        let org = app.seeded.org.simple();
        let stale = [
            format!("{org}/{}-7.csv", uuid(&id).simple()),
            format!("{org}/{}-1.csv", uuid::Uuid::now_v7().simple()),
        ];
        let of_others = ["thesis.doc".to_owned(), "photos/2026-1.jpg".to_owned(), format!("{org}/notes.txt")];
        for key in stale.iter().chain(&of_others) {
            let chunks = futures::stream::iter([Ok(bytes::Bytes::from_static(b"left behind"))]);
            app.app.files.write(key, chunks, |_| {}).await.unwrap();
        }
        assert_eq!(files(&app).await, 6);
        // Files have the machine's times, whatever the clock of the test says.
        app.app.clock.set(sellerbook::clock::Clock::system().now() + TimeDelta::hours(1));
        assert_eq!(chore(&app.app, Chore::Sweep).await.unwrap(), 2);
        assert_eq!(files(&app).await, 4);
        assert_eq!(chore(&app.app, Chore::Sweep).await.unwrap(), 0);
        assert_eq!(job(&app, token, &id).await["status"], "COMPLETED");
    }
}

on_both! {
    async fn a_request_nobody_can_read_any_more_fails_and_says_so(app: TestApp) {
        let token = &app.seeded.admin.token;
        let id = start(&app, token, records_csv()).await;
        let row = export_job::Entity::find_by_id(uuid(&id)).one(app.app.db.read()).await.unwrap().unwrap();
        let mut row = row.into_active_model();
        row.columns = Set("a_column_of_yesterday".to_owned());
        app.app.db.write(move |tx| Box::pin(async move { row.update(tx).await.unwrap();
Ok(()) })).await.unwrap();
        app.run_jobs().await;
        let failed = job(&app, token, &id).await;
        assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("FAILED"), &json!("UNKNOWN_COLUMN")));
        assert_eq!(files(&app).await, 0);
    }
}
