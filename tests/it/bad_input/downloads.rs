//! Bad downloads: columns, parameters, formats, addresses and methods.

use axum::{
    body::Body,
    http::{Method, Request},
};
use sellerbook::id::IdKind;

use super::{authorized, check, fill, get};
use crate::on_both;

on_both! {
    async fn downloads_that_cannot_be_are_refused(app: TestApp) {
        fill(&app).await;
        let token = app.seeded.admin.token.as_str();
        let many = |kind: IdKind| vec![kind.show(uuid::Uuid::now_v7()); 1_001].join(",");
        let seller = IdKind::Seller.show(uuid::Uuid::now_v7());
        let mut cases = Vec::new();
        for (path, status, code) in [
            ("records/csv?columns=nothing", 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=id,nothing", 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=display_name", 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=,", 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=id,%00", 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=id;drop", 400, "UNKNOWN_COLUMN"),
            (&format!("records/csv?columns={}", "x".repeat(60_000)), 400, "UNKNOWN_COLUMN"),
            ("records/csv?columns=id,id", 400, "DUPLICATE_COLUMN"),
            ("records/csv?columns=id,all", 400, "DUPLICATE_COLUMN"),
            ("sellers/text?columns=display_name", 400, "INVALID_PARAMETER"),
            ("records/csv?date_from=2026-13-01", 400, "INVALID_PARAMETER"),
            ("records/csv?date_from=2026-02-30", 400, "INVALID_PARAMETER"),
            ("records/csv?date_from=20261120", 400, "INVALID_PARAMETER"),
            ("records/csv?date_to=today", 400, "INVALID_PARAMETER"),
            ("records/csv?date_from=%00", 400, "INVALID_PARAMETER"),
            ("records/csv?date_from=2026-11-21&date_to=2026-11-20", 400, "INVALID_FILTER"),
            ("records/csv?updated_since=2026-11-20", 400, "INVALID_PARAMETER"),
            ("records/csv?search=a%00b", 400, "INVALID_TEXT"),
            ("records/csv?search=%00", 400, "INVALID_TEXT"),
            ("records/csv?search=%FF", 400, "QUERY_STRING_INVALID"),
            ("records/csv?search=%C3%28", 400, "QUERY_STRING_INVALID"),
            ("records/csv?se%FFarch=a", 400, "QUERY_STRING_INVALID"),
            (&format!("records/csv?search={}", "x".repeat(201)), 400, "INVALID_TEXT"),
            ("records/csv?status=LOST", 400, "INVALID_PARAMETER"),
            ("records/csv?status=successful", 400, "INVALID_PARAMETER"),
            ("records/csv?money=euros", 400, "INVALID_PARAMETER"),
            ("records/csv?money=cents&money=decimal", 400, "INVALID_PARAMETER"),
            ("records/csv?search=a&search=b", 400, "INVALID_PARAMETER"),
            ("records/csv?bom=yes", 400, "INVALID_PARAMETER"),
            ("records/csv?formulas=on", 400, "INVALID_PARAMETER"),
            ("records/csv?min_profit_cents=1.5", 400, "INVALID_PARAMETER"),
            ("records/csv?min_profit_cents=99999999999999999999", 400, "INVALID_PARAMETER"),
            ("records/csv?min_profit_cents=2&max_profit_cents=1", 400, "INVALID_FILTER"),
            (&format!("records/csv?account_id={seller}"), 400, "INVALID_ID"),
            ("records/csv?account_id=ALPHA", 400, "INVALID_ID"),
            ("records/csv?account_id=%00", 400, "INVALID_ID"),
            (&format!("records/csv?ids={}", many(IdKind::Record)), 400, "INVALID_FILTER"),
            (&format!("records/csv?account_id={}", many(IdKind::Account)), 400, "INVALID_FILTER"),
            (&format!("sellers/csv?ids={}", many(IdKind::Seller)), 400, "INVALID_FILTER"),
            ("sellers/csv?flagged=maybe", 400, "INVALID_PARAMETER"),
            ("sellers/csv?min_times_seen=99999999999", 400, "INVALID_PARAMETER"),
            ("sellers/csv?min_feedback_percent=NaN", 400, "INVALID_FILTER"),
            ("sellers/csv?min_feedback_percent=inf", 400, "INVALID_FILTER"),
            ("sellers/csv?min_feedback_percent=-1", 400, "INVALID_FILTER"),
            ("sellers/csv?min_feedback_count=many", 400, "INVALID_PARAMETER"),
            ("sellers/csv?created_from=2026-11-21T00:00:00Z&created_to=2026-11-20T00:00:00Z", 400, "INVALID_FILTER"),
            ("sellers/csv?account_id=x", 400, "UNKNOWN_PARAMETER"),
            ("records/csv?flagged=true", 400, "UNKNOWN_PARAMETER"),
            ("records/csv?token=x", 400, "UNKNOWN_PARAMETER"),
            ("records/csv?%00=x", 400, "UNKNOWN_PARAMETER"),
            ("records/csv?Search=x", 400, "UNKNOWN_PARAMETER"),
            (&format!("records/csv?{}=1", "x".repeat(60_000)), 400, "UNKNOWN_PARAMETER"),
            ("records/pdf", 400, "UNKNOWN_FORMAT"),
            ("records/CSV", 400, "UNKNOWN_FORMAT"),
            ("records/text", 400, "UNKNOWN_FORMAT"),
            ("records/%00", 400, "UNKNOWN_FORMAT"),
            ("records/..%2f..%2fetc%2fpasswd", 400, "UNKNOWN_FORMAT"),
            (&format!("records/{}", "x".repeat(60_000)), 400, "UNKNOWN_FORMAT"),
            ("records/%FF", 400, "UNKNOWN_FORMAT"),
            ("unicorns/csv", 404, "NOT_FOUND"),
            ("records", 404, "NOT_FOUND"),
            ("records/csv/", 404, "NOT_FOUND"),
            ("", 404, "NOT_FOUND"),
        ] {
            cases.push((path.to_owned(), get(token, &format!("/export/{path}")), status, code));
        }
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            let request = authorized(Request::builder().method(method.clone()).uri("/export/records/csv"), token);
            cases.push((method.to_string(), request.body(Body::empty()).unwrap(), 405, "METHOD_NOT_ALLOWED"));
        }
        check(&app, cases).await;
    }
}
