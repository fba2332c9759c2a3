//! Limits on files that the configuration sets.

use sellerbook::{graphql, http};
use serde_json::json;

use super::{RECORDS, checked, import};
use crate::on_both;

on_both! {
    async fn a_file_of_more_rows_than_are_configured_is_refused(app: TestApp) {
        let mut app = app;
        let mut config = (*app.app.config).clone();
        config.import_max_rows = 1;
        app.app.config = config.into();
        app.router = http::router(&app.app, graphql::schema());
        let token = app.seeded.admin.token.clone();
        let id = checked(&app, &token, RECORDS).await;
        let refused = import(&app, &token, &id).await;
        assert_eq!((&refused["status"], &refused["faultCount"]), (&json!("INVALID"), &json!(1)), "{refused:#}");
        assert_eq!(refused["faults"]["nodes"][0]["code"], "FILE_TOO_LARGE");
        let fits = checked(&app, &token, &RECORDS.lines().take(2).map(|line| format!("{line}\n")).collect::<String>()).await;
        assert_eq!(import(&app, &token, &fits).await["status"], "READY");
    }
}
