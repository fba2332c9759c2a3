//! Who is told of the end of runs and exports, and of which ends.

use entity::{collection_run, export_job};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use sellerbook::{
    auth::of_member,
    exports::{self, ExportFormat, ExportKind, ExportRequest, NewExport},
    id::IdKind,
    notifications::Recipients,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Receiver, SmtpServer, TestApp, let_private, mail_by, told, webhook};
use crate::{collection_api::change, export_jobs, on_both};

/// Starts a run of two small categories.
pub async fn start_run(app: &TestApp, more: Value) -> Uuid {
    let mut collection = json!({ "categoryIds": ["appliances-cooktops", "appliances-freezers"] });
    collection.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let input = json!({ "collection": collection });
    let selection = "collectionRun { id }";
    let started = change(app, &app.seeded.admin.token, "startCollectionRun", input, selection).await;
    IdKind::Run.read(started["collectionRun"]["id"].as_str().unwrap()).unwrap()
}

/// As a schedule would have started it.
async fn notified_run(app: &TestApp, recipients: &Recipients, more: Value) -> Uuid {
    let id = start_run(app, more).await;
    let notify = serde_json::to_string(recipients).unwrap();
    let change = collection_run::Entity::update_many()
        .col_expr(collection_run::Column::Notify, Expr::value(notify))
        .filter(collection_run::Column::Id.eq(id));
    let changed = app.app.db.write(|tx| {
        Box::pin(async move {
            change.exec(tx).await.unwrap();
            Ok(())
        })
    });
    changed.await.unwrap();
    id
}

async fn export(app: &TestApp, notify: bool) -> Result<export_job::Model, String> {
    let va = of_member(&app.app, app.seeded.va.id).await.unwrap();
    let request = ExportRequest::from_parameters(ExportKind::Records, ExportFormat::Csv, &[]).unwrap();
    let new = NewExport { request, idempotency_key: None, notify };
    exports::start(&app.app, &va, new).await.map_err(|error| error.code().to_owned())
}

on_both! {
    async fn the_end_of_a_run_is_told_with_what_came_of_it(app: TestApp) {
        let mut app = app;
        let_private(&mut app);
        let (receiver, schedule) = (Receiver::open().await, Uuid::now_v7());
        let id = notified_run(&app, &webhook(&receiver.url, schedule), json!({ "name": "Both" })).await;
        assert_eq!(app.run_jobs().await, 2);
        let run = collection_run::Entity::find_by_id(id).one(app.app.db.read()).await.unwrap().unwrap();
        let got = receiver.received();
        assert_eq!(got.len(), 1);
        let told = got[0].json();
        assert_eq!(told["type"], "run.completed");
        assert_eq!(told["data"]["runId"], IdKind::Run.show(id));
        assert_eq!(told["data"]["name"], "Both");
        assert_eq!(told["data"]["reason"], run.reason.unwrap());
        assert!(run.sellers_new > 0);
        assert_eq!(told["data"]["sellersNew"], run.sellers_new);
        assert_eq!(told["data"]["productsDone"], run.products_done);
        assert_eq!(told["data"]["completedAt"], "2026-11-20T08:00:00Z");
    }
}

on_both! {
    async fn a_run_that_fails_is_told_and_one_that_is_cancelled_or_wants_nothing_is_not(app: TestApp) {
        let mut app = app;
        let_private(&mut app);
        let receiver = Receiver::open().await;
        let recipients = webhook(&receiver.url, Uuid::now_v7());
        notified_run(&app, &recipients, json!({ "maxCalls": 1 })).await;
        app.run_jobs().await;
        let got = receiver.received();
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].json()["type"], "run.failed");
        assert_eq!(got[0].json()["data"]["reason"], "CALL_CAP_REACHED");

        let cancelled = notified_run(&app, &recipients, json!({})).await;
        let input = json!({ "id": IdKind::Run.show(cancelled) });
        change(&app, &app.seeded.admin.token, "cancelCollectionRun", input, "collectionRun { id }").await;
        start_run(&app, json!({})).await;
        app.run_jobs().await;
        assert_eq!(told(&app).await.len(), 1);
    }
}

on_both! {
    async fn whoever_asked_for_it_gets_an_email_when_the_file_is_there(app: TestApp) {
        let mut app = app;
        export_jobs::rows(&app, 9).await;
        assert_eq!(export(&app, true).await.unwrap_err(), "EMAIL_NOT_CONFIGURED");
        let server = SmtpServer::open().await;
        mail_by(&mut app, &server);
        let job = export(&app, true).await.unwrap();
        export(&app, false).await.unwrap();
        assert_eq!(app.run_jobs().await, 3);
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, ["va@acme.example"]);
        assert_eq!(mails[0].header("Subject"), "Export completed: records_all_20261120.csv");
        assert!(mails[0].plain_text().contains("\nRows: 3\n"), "{}", mails[0].plain_text());
        let row = export_job::Entity::find_by_id(job.id).one(app.app.db.read()).await.unwrap().unwrap();
        assert!(mails[0].plain_text().contains(&format!("\nBytes: {}\n", row.bytes.unwrap())), "{}", mails[0].plain_text());
    }
}

on_both! {
    async fn whoever_asked_for_it_gets_an_email_when_the_file_cannot_be_made(app: TestApp) {
        let mut app = app;
        let server = SmtpServer::open().await;
        mail_by(&mut app, &server);
        let job = export(&app, true).await.unwrap();
        // A stored request that no version reads: the job is given up at once, or after its tries.
        let spoil = export_job::Entity::update_many()
            .col_expr(export_job::Column::Request, Expr::value("{}"))
            .filter(export_job::Column::Id.eq(job.id));
        let spoilt = app.app.db.write(|tx| {
            Box::pin(async move {
                spoil.exec(tx).await.unwrap();
                Ok(())
            })
        });
        spoilt.await.unwrap();
        for _ in 0..6 {
            app.run_jobs().await;
            app.pass(chrono::TimeDelta::minutes(10));
        }
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].header("Subject"), "Export failed: records as CSV");
        assert!(mails[0].plain_text().starts_with("The file records as CSV could not be made.\n\nReason: "), "{}", mails[0].plain_text());
    }
}
