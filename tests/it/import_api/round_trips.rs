//! What an export writes, an import reads: the same rows again, and exactly the cells that were changed.

use axum::body::Body;
use serde_json::{Value, json};

use super::{change, exported, import, payload, put, text};
use crate::{
    TestApp, on_both,
    seed::{self, NewRecord, NewSeller},
};
use sellerbook::id::IdKind;

/// Every way records are exported that an import reads, and what has to be stated of it.
const RECORD_FILES: &[(&str, &str)] = &[
    ("csv?columns=all", "{}"),
    ("csv?columns=all&bom=true&money=decimal", "{}"),
    ("csv?columns=all&formulas=raw", r#"{"formulas":"RAW"}"#),
    ("json?columns=all", "{}"),
    ("ndjson?columns=all", "{}"),
    ("ndjson?columns=all&money=decimal", "{}"),
    ("excel?columns=all", "{}"),
];

const SELLER_FILES: &[&str] = &["csv", "json", "ndjson", "excel", "text"];

async fn seed_records(app: &TestApp) {
    let (org, alpha) = (app.seeded.org, app.seeded.accounts[0]);
    let record = |number: usize| NewRecord {
        remarks: number.is_multiple_of(2).then_some((Some("=SUM(A1)"), Some("two\r\nlines, \"quoted\""))),
        ..NewRecord::new(&app.app, org, alpha, format!("{number:05}"))
    };
    seed::records(&app.app, (0..30).map(record).collect()).await;
}

/// Imports a file as `token`, all of it; the import when it is done.
async fn imported(app: &TestApp, token: &str, input: Value, file: Vec<u8>) -> Value {
    let started = payload(app, token, input).await;
    let (id, url) = (text(&started["import"]["id"]), text(&started["import"]["uploadUrl"]));
    put(app, &url, Body::from(file)).await;
    app.run_jobs().await;
    let checked = import(app, token, &id).await;
    assert_eq!(checked["status"], "READY", "{checked:#}");
    change(app, token, "commitImport", json!({ "id": id })).await;
    app.run_jobs().await;
    let done = import(app, token, &id).await;
    assert_eq!(done["status"], "COMMITTED", "{done:#}");
    done
}

/// The records of the other organisation but their ids.
async fn of_others(app: &TestApp) -> String {
    let columns = "ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,amazon_price_cents,\
                   amazon_tax_cents,amazon_shipping_cents,amazon_order_id,status,return_label_cost_cents,\
                   order_remark,service_remark";
    app.file(&app.seeded.other_admin.token, &format!("/export/records/csv?columns={columns}")).await
}

on_both! {
    async fn records_come_back_from_every_format(app: TestApp) {
        seed_records(&app).await;
        let (ours, theirs) = (&app.seeded.admin.token, &app.seeded.other_admin.token);
        let whole = exported(&app, 0).await;
        assert_eq!(whole.matches("\r\n").count(), 31 + 15, "each remark has a line break");
        let nothing = of_others(&app).await;
        for (path, reading) in RECORD_FILES {
            let (_, _, file) = app.get(ours, &format!("/export/records/{path}")).await;
            let reading: Value = serde_json::from_str(reading).unwrap();
            let account = IdKind::Account.show(app.seeded.other_account);
            let input = json!({ "kind": "RECORDS", "accountId": account, "fileName": path, "reading": reading });
            let done = imported(&app, theirs, input, file).await;
            assert_eq!(done["added"], 30, "{path}");
            // Excel knows no other line break, and our workbooks none either.
            let expected = if path.starts_with("excel") { whole.replace("two\r\n", "two\n") } else { whole.clone() };
            assert_eq!(of_others(&app).await, expected, "{path}");
            change(&app, theirs, "rollbackImport", json!({ "id": done["id"] })).await;
            app.run_jobs().await;
            assert_eq!(of_others(&app).await, nothing, "{path}");
        }
    }
}

on_both! {
    async fn three_changed_cells_are_three_changes_and_an_undoing_brings_the_bytes_back(app: TestApp) {
        seed_records(&app).await;
        let token = &app.seeded.admin.token;
        let before = exported(&app, 0).await;
        let mut lines: Vec<String> = before.split("\r\n").map(str::to_owned).collect();
        let mut left = 3;
        for line in &mut lines {
            if left > 0 && line.contains("Garden hose") {
                *line = line.replacen("Garden hose", "Garden gnome", 1);
                left -= 1;
            }
        }
        assert_eq!(left, 0, "{before}");
        let account = IdKind::Account.show(app.seeded.accounts[0]);
        let input = json!({ "kind": "RECORDS", "accountId": account, "fileName": "changed.csv" });
        let done = imported(&app, token, input, lines.join("\r\n").into_bytes()).await;
        assert_eq!([&done["added"], &done["changed"], &done["unchanged"]], [&json!(0), &json!(3), &json!(27)]);
        assert_ne!(exported(&app, 0).await, before);
        change(&app, token, "rollbackImport", json!({ "id": done["id"] })).await;
        app.run_jobs().await;
        assert_eq!(exported(&app, 0).await, before);
    }
}

on_both! {
    async fn sellers_come_back_from_every_format(app: TestApp) {
        let (ours, theirs) = (&app.seeded.admin.token, &app.seeded.other_admin.token);
        let names = ["Lumen", "=deals=", "Störe \"x\"", "日本 🎧", "0012"];
        let sellers = names.iter().map(|name| NewSeller::new(&app.app, app.seeded.org, *name)).collect();
        seed::sellers(&app.app, sellers).await;
        let names_of = async |token: &str| {
            let mut lines: Vec<String> = app.file(token, "/export/sellers/text").await.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        for format in SELLER_FILES {
            let (_, _, file) = app.get(ours, &format!("/export/sellers/{format}")).await;
            let done = imported(&app, theirs, json!({ "kind": "SELLERS", "fileName": format }), file).await;
            assert_eq!(done["added"], names.len(), "{format}");
            assert_eq!(names_of(theirs).await, names_of(ours).await, "{format}");
            change(&app, theirs, "rollbackImport", json!({ "id": done["id"] })).await;
            app.run_jobs().await;
            assert!(names_of(theirs).await.is_empty(), "{format}");
        }
    }
}
