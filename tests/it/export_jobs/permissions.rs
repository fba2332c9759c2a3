//! Who sees which export job, and what its file may hold: asked at the start, when it runs, and at every download.

use entity::{access_profile, account_assignment, member};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{change, job, records_csv, rows, start};
use crate::{TestApp, on_both, seed};

async fn download(app: &TestApp, token: &str, id: &str) -> (u16, String) {
    let (status, _, body) = app.get(token, &format!("/export/jobs/{id}/download")).await;
    let code = serde_json::from_slice::<Value>(&body).map(|body| body["code"].as_str().unwrap_or_default().to_owned());
    (status.as_u16(), code.unwrap_or_default())
}

/// Takes every permission from the profiles of a member.
async fn strip(app: &TestApp, keys: &str) {
    let profiles = access_profile::Entity::find().all(app.app.db.read()).await.unwrap();
    for profile in profiles {
        let mut profile = profile.into_active_model();
        profile.permissions = Set(keys.to_owned());
        let stripped = async |profile: access_profile::ActiveModel| {
            app.app
                .db
                .write(move |tx| {
                    Box::pin(async move {
                        profile.update(tx).await.unwrap();
                        Ok(())
                    })
                })
                .await
        };
        stripped(profile).await.unwrap();
    }
}

async fn unassign(app: &TestApp, member_id: Uuid) {
    app.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let rows = account_assignment::Entity::delete_many();
                rows.filter(account_assignment::Column::MemberId.eq(member_id)).exec(tx).await.unwrap();
                Ok(())
            })
        })
        .await
        .unwrap();
}

async fn set_role(app: &TestApp, id: Uuid, role: member::Role) {
    let row = member::Entity::find_by_id(id).one(app.app.db.read()).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    row.role = Set(role);
    app.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                row.update(tx).await.unwrap();
                Ok(())
            })
        })
        .await
        .unwrap();
}

on_both! {
    async fn one_sees_ones_own_and_an_admin_all(app: TestApp) {
        rows(&app, 9).await;
        let seeded = &app.seeded;
        let (admin, va, remarks, other) =
            (&seeded.admin.token, &seeded.va.token, &seeded.va_remarks.token, &seeded.other_admin.token);
        let of_va = start(&app, va, records_csv()).await;
        let of_admin = start(&app, admin, records_csv()).await;
        app.run_jobs().await;
        for (token, id, sees) in [
            (admin, &of_va, true),
            (admin, &of_admin, true),
            (va, &of_va, true),
            (va, &of_admin, false),
            (remarks, &of_va, false),
            (other, &of_va, false),
            (other, &of_admin, false),
        ] {
            assert_eq!(job(&app, token, id).await != Value::Null, sees);
            let expected = if sees { (200, String::new()) } else { (404, "NOT_FOUND".to_owned()) };
            assert_eq!(download(&app, token, id).await, expected);
            if !sees {
                for mutation in ["cancelExport", "retryExport", "deleteExport"] {
                    let kind = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
                    let query = format!("mutation ($i: {kind}Input!) {{ {mutation}(input: $i) {{ userErrors {{ code }} }} }}");
                    assert_eq!(app.refusal(token, &query, json!({ "i": { "id": id } })).await, "NOT_FOUND");
                }
            }
        }
        // What the va's holds is what the va sees: one account of three.
        let link = job(&app, admin, &of_va).await["downloadUrl"].as_str().unwrap().to_owned();
        assert_eq!(app.file("", &link).await.lines().count(), 1 + 3);
        assert_eq!(job(&app, admin, &of_va).await["requestedBy"]["email"], "va@acme.example");
        assert_eq!(change(&app, admin, "deleteExport", &of_va).await["userErrors"], json!([]));
    }
}

on_both! {
    async fn a_job_runs_as_who_asked_for_it(app: TestApp) {
        rows(&app, 9).await;
        let (va, remarks) = (&app.seeded.va.token, &app.seeded.va_remarks.token);
        let all = json!({ "kind": "RECORDS", "format": "CSV", "columns": ["all"] });
        let (plain, full) = (start(&app, va, all.clone()).await, start(&app, remarks, all.clone()).await);
        app.run_jobs().await;
        let header = async |token: &String, id: &String| {
            let link = job(&app, token, id).await["downloadUrl"].as_str().unwrap().to_owned();
            app.file("", &link).await.lines().next().unwrap().to_owned()
        };
        assert!(!header(va, &plain).await.contains("remark"));
        assert!(header(remarks, &full).await.ends_with("order_remark,service_remark"));
        // Taken away between the asking and the making: refused, not left out.
        let late = start(&app, remarks, all).await;
        strip(&app, "order_tracking.read seller_collection.read").await;
        app.run_jobs().await;
        let failed = job(&app, remarks, &late).await;
        assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("FAILED"), &json!("FORBIDDEN")));
        // And a file that was made before is refused too.
        assert_eq!(download(&app, remarks, &full).await, (403, "FORBIDDEN".to_owned()));
        assert_eq!(download(&app, va, &plain).await.0, 200);
    }
}

on_both! {
    async fn who_is_suspended_gets_no_file(app: TestApp) {
        rows(&app, 9).await;
        let (id, token) = (app.seeded.va.id, &app.seeded.va.token);
        let made = start(&app, token, records_csv()).await;
        app.run_jobs().await;
        let link = job(&app, token, &made).await["downloadUrl"].as_str().unwrap().to_owned();
        let waiting = start(&app, token, records_csv()).await;
        seed::suspend(&app.app, id).await;
        app.run_jobs().await;
        let failed = job(&app, &app.seeded.admin.token, &waiting).await;
        assert_eq!(failed["error"]["code"], "MEMBER_SUSPENDED");
        let (status, ..) = app.get("", &link).await;
        assert_eq!(status, 403);
    }
}

on_both! {
    async fn a_file_with_accounts_one_no_longer_sees_is_refused(app: TestApp) {
        rows(&app, 9).await;
        let (id, token) = (app.seeded.va.id, &app.seeded.va.token);
        let made = start(&app, token, records_csv()).await;
        let sellers = start(&app, token, json!({ "kind": "SELLERS", "format": "CSV" })).await;
        app.run_jobs().await;
        unassign(&app, id).await;
        assert_eq!(download(&app, token, &made).await, (409, "EXPORT_ACCESS_CHANGED".to_owned()));
        assert_eq!(download(&app, token, &sellers).await.0, 200);
        assert_eq!(download(&app, &app.seeded.admin.token, &made).await.0, 200);
        // An admin's file is nothing for whom is no admin any more.
        let of_admin = start(&app, &app.seeded.admin.token, records_csv()).await;
        app.run_jobs().await;
        set_role(&app, app.seeded.admin.id, member::Role::Client).await;
        assert_eq!(download(&app, &app.seeded.admin.token, &of_admin).await, (409, "EXPORT_ACCESS_CHANGED".to_owned()));
    }
}
