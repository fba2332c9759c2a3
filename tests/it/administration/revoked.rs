//! What is taken away is gone at once: downloads by links that are still good, and by tokens.

use sellerbook::id::IdKind;
use serde_json::{Value, json};

use super::change;
use crate::{
    TestApp,
    export_jobs::{job, records_csv, rows, start},
    on_both,
};

/// The ways in which the va has its records: links of a finished file and of a stream, and the same with its token.
struct Ways {
    job: String,
    stream: String,
    bearer: [String; 2],
    token: String,
}

impl Ways {
    async fn of_va(app: &TestApp) -> Self {
        rows(app, 9).await;
        let token = app.seeded.va.token.clone();
        let id = start(app, &token, records_csv()).await;
        app.run_jobs().await;
        let file = job(app, &token, &id).await["downloadUrl"].as_str().unwrap().to_owned();
        let estimate = "query ($input: ExportInput!) { exportEstimate(input: $input) { streamUrl } }";
        let estimate = app.data(&token, estimate, json!({ "input": records_csv() })).await;
        let stream = estimate["exportEstimate"]["streamUrl"].as_str().unwrap().to_owned();
        let bearer = [format!("/export/jobs/{id}/download"), "/export/records/csv".to_owned()];
        let ways = Self { job: file, stream, bearer, token };
        for (way, answer) in ways.try_all(app).await {
            assert_eq!(answer, (200, String::new()), "{way}");
        }
        ways
    }

    /// Status and code of the refusal of each: the two links, and the same with the token.
    async fn try_all(&self, app: &TestApp) -> Vec<(String, (u16, String))> {
        let links = [&self.job, &self.stream].map(|link| ("", link));
        let bearer = self.bearer.each_ref().map(|path| (self.token.as_str(), path));
        let mut answers = Vec::new();
        for (token, path) in links.into_iter().chain(bearer) {
            let (status, _, body) = app.get(token, path).await;
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            answers.push((path.clone(), (status.as_u16(), body["code"].as_str().unwrap_or_default().to_owned())));
        }
        answers
    }

    async fn are_refused(&self, app: &TestApp, status: u16, code: &str) {
        for (way, answer) in self.try_all(app).await {
            assert_eq!(answer, (status, code.to_owned()), "{way}");
        }
    }
}

async fn update(app: &TestApp, what: Value) {
    let mut input = json!({ "id": IdKind::Member.show(app.seeded.va.id) });
    input.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    let payload = change(app, "updateMember", input, "member { id }").await;
    assert_eq!(payload["userErrors"], json!([]));
}

on_both! {
    async fn who_is_suspended_downloads_nothing_more(app: TestApp) {
        let ways = Ways::of_va(&app).await;
        update(&app, json!({ "status": "SUSPENDED" })).await;
        ways.are_refused(&app, 403, "MEMBER_SUSPENDED").await;
        update(&app, json!({ "status": "ACTIVE" })).await;
        assert!(ways.try_all(&app).await.iter().all(|(_, (status, _))| *status == 200));
    }
}

on_both! {
    async fn who_has_lost_the_permission_downloads_nothing_more(app: TestApp) {
        let ways = Ways::of_va(&app).await;
        update(&app, json!({ "accessProfileIds": [] })).await;
        ways.are_refused(&app, 403, "FORBIDDEN").await;
    }
}

on_both! {
    async fn who_has_another_role_has_none_of_the_files_of_the_old_one(app: TestApp) {
        let ways = Ways::of_va(&app).await;
        update(&app, json!({ "role": "CLIENT" })).await;
        for (way, (status, code)) in ways.try_all(&app).await {
            // A client may stream what it owns, which is nothing; the file was made of what it does not see any more.
            match way.starts_with("/export/jobs/") {
                true => assert_eq!((status, code.as_str()), (409, "EXPORT_ACCESS_CHANGED"), "{way}"),
                false => assert_eq!(app.get(&ways.token, "/export/records/csv").await.2.split(|byte| *byte == b'\n').count(), 2),
            }
        }
    }
}

on_both! {
    async fn a_file_of_an_account_that_was_taken_away_is_not_given_out(app: TestApp) {
        let ways = Ways::of_va(&app).await;
        update(&app, json!({ "accountIds": [] })).await;
        for (way, (status, code)) in ways.try_all(&app).await {
            match way.starts_with("/export/jobs/") {
                true => assert_eq!((status, code.as_str()), (409, "EXPORT_ACCESS_CHANGED"), "{way}"),
                // What is streamed is what there is to see now.
                false => assert_eq!(status, 200, "{way}"),
            }
        }
        let (_, _, body) = app.get("", &ways.stream).await;
        assert_eq!(String::from_utf8(body).unwrap().lines().count(), 1);
    }
}

on_both! {
    async fn a_token_that_is_revoked_downloads_nothing_more(app: TestApp) {
        let mut ways = Ways::of_va(&app).await;
        let new = json!({ "memberId": IdKind::Member.show(app.seeded.va.id), "name": "Nightly" });
        let made = change(&app, "createApiToken", new, "token apiToken { id }").await;
        ways.token = made["token"].as_str().unwrap().to_owned();
        assert!(ways.try_all(&app).await.iter().all(|(_, (status, _))| *status == 200));
        change(&app, "revokeApiToken", json!({ "id": made["apiToken"]["id"] }), "apiToken { id }").await;
        let after = ways.try_all(&app).await;
        for (way, answer) in &after[2..] {
            assert_eq!(*answer, (401, "TOKEN_INVALID".to_owned()), "{way}");
        }
        // Links are the member's, who is still there.
        assert!(after[..2].iter().all(|(_, (status, _))| *status == 200));
    }
}
