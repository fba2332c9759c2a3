//! An import from its file to its undoing, as a client meets it.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{RECORDS, change, checked, exported, import, payload, put, start, stored, text};
use crate::on_both;

on_both! {
    async fn a_file_is_checked_carried_out_and_undone(app: TestApp) {
        let token = &app.seeded.admin.token;
        let before = exported(&app, 0).await;
        let id = checked(&app, token, RECORDS).await;
        let ready = import(&app, token, &id).await;
        assert_eq!(ready["status"], "READY", "{ready:#}");
        assert_eq!([&ready["kind"], &ready["format"], &ready["encoding"], &ready["delimiter"]],
            [&json!("RECORDS"), &json!("CSV"), &json!("UTF_8"), &json!("COMMA")]);
        assert_eq!([&ready["added"], &ready["changed"], &ready["unchanged"]], [&json!(2), &json!(0), &json!(0)]);
        assert_eq!([&ready["account"]["code"], &ready["requestedBy"]["email"]],
            [&json!("ALPHA"), &json!("admin@acme.example")]);
        assert_eq!(ready["columns"][4]["field"], "sale_price");
        assert_eq!((&ready["columns"][4]["money"], &ready["columns"][1]["dateFormat"]), (&json!("CENTS"), &json!("ISO")));
        assert_eq!(ready["sample"][0]["cells"][0], json!({ "field": "ebay_order_id", "value": "007" }));
        assert_eq!(exported(&app, 0).await, before);

        let committing = change(&app, token, "commitImport", json!({ "id": id, "note": "March" })).await;
        assert_eq!((&committing["import"]["status"], &committing["userErrors"]), (&json!("COMMITTING"), &json!([])));
        app.run_jobs().await;
        let done = import(&app, token, &id).await;
        assert_eq!((&done["status"], &done["note"]), (&json!("COMMITTED"), &json!("March")), "{done:#}");
        assert_eq!(done["rollbackUntil"], "2026-11-21T08:00:00Z");
        let after = exported(&app, 0).await;
        assert!(after.contains("007,2026-03-02,A lamp,1,1200,"), "{after}");
        let data = app.data(token, "{ imports(filter: { statuses: [COMMITTED], kind: RECORDS }) { totalCount nodes { id } } }",
            Value::Null).await;
        assert_eq!(data["imports"], json!({ "totalCount": 1, "nodes": [{ "id": id }] }));
        let node = app.data(token, &format!("{{ node(id: \"{id}\") {{ __typename }} }}"), Value::Null).await;
        assert_eq!(node["node"]["__typename"], "Import");

        let undoing = change(&app, token, "rollbackImport", json!({ "id": id })).await;
        assert_eq!((&undoing["import"]["status"], &undoing["userErrors"]), (&json!("ROLLING_BACK"), &json!([])));
        app.run_jobs().await;
        assert_eq!(import(&app, token, &id).await["status"], "ROLLED_BACK");
        assert_eq!(exported(&app, 0).await, before);
    }
}

on_both! {
    async fn every_fault_is_listed_and_can_be_downloaded(app: TestApp) {
        let token = &app.seeded.admin.token;
        let file = "ebay_order_id,sale_date,item_name,qty,sale_price_cents\n\
            1,2026-02-30,fine,1,1\n\
            2,2026-02-01,\"=1+1,\n\",0,-1\n";
        let id = checked(&app, token, file).await;
        let invalid = import(&app, token, &id).await;
        assert_eq!((&invalid["status"], &invalid["faultCount"]), (&json!("INVALID"), &json!(3)), "{invalid:#}");
        assert_eq!(invalid["faults"]["totalCount"], 3);
        let first = &invalid["faults"]["nodes"][0];
        assert_eq!([&first["line"], &first["column"], &first["code"], &first["cell"]],
            [&json!(2), &json!("sale_date"), &json!("INVALID_DATE"), &json!("2026-02-30")]);
        let csv = app.file("", invalid["faultsUrl"].as_str().unwrap()).await;
        let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(csv.as_bytes()).records().map(|row| row.unwrap()).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!((&rows[0][0], &rows[0][1], &rows[0][2]), ("2", "sale_date", "INVALID_DATE"));
        assert!(rows.iter().all(|row| !row[4].starts_with(['=', '-'])), "{csv}");
        let (_, headers, _) = app.get(token, &format!("/import/{id}/faults.csv")).await;
        assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
        assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"import_"));
        let refused = change(&app, token, "commitImport", json!({ "id": id })).await;
        assert_eq!(refused["userErrors"][0]["code"], "IMPORT_NOT_READY");
        // Page by page.
        let query = "query ($id: ID!, $after: String) { import(id: $id) { faults(first: 2, after: $after) {
            nodes { line } pageInfo { endCursor hasNextPage } } } }";
        let page = app.data(token, query, json!({ "id": id })).await["import"]["faults"].clone();
        assert_eq!(page["pageInfo"]["hasNextPage"], true);
        let rest = app.data(token, query, json!({ "id": id, "after": page["pageInfo"]["endCursor"] })).await;
        assert_eq!(rest["import"]["faults"]["nodes"].as_array().unwrap().len(), 1);
    }
}

on_both! {
    async fn a_file_is_read_as_it_is_stated(app: TestApp) {
        let token = &app.seeded.admin.token;
        let file = "Bestellung;Datum;Artikel;Preis\n1;01.03.2026;Lampe;12,50\n";
        let id = checked(&app, token, file).await;
        assert_eq!(import(&app, token, &id).await["status"], "INVALID");
        let fields = ["ebay_order_id", "sale_date", "item_name", "sale_price"];
        let mapping: Vec<Value> =
            fields.iter().enumerate().map(|(column, field)| json!({ "column": column, "field": field })).collect();
        let reading = json!({ "money": "DECIMAL", "decimalSeparator": "COMMA", "dates": "EU_DOT", "mapping": mapping });
        let changed = change(&app, token, "updateImportReading", json!({ "id": id, "reading": reading })).await;
        assert_eq!((&changed["import"]["status"], &changed["userErrors"]), (&json!("PENDING"), &json!([])));
        app.run_jobs().await;
        let ready = import(&app, token, &id).await;
        assert_eq!((&ready["status"], &ready["reading"]["dates"]), (&json!("READY"), &json!("EU_DOT")), "{ready:#}");
        assert!(ready["sample"][0]["cells"].as_array().unwrap().contains(&json!({ "field": "sale_price", "value": "1250" })));
        for (reading, code) in [
            (json!({ "mapping": [{ "column": 0, "field": "nothing" }] }), "INVALID_MAPPING"),
            (json!({ "mapping": [{ "column": -1, "field": null }] }), "INVALID_MAPPING"),
            (json!({ "mapping": [{ "column": 0, "field": "flagged" }] }), "INVALID_MAPPING"),
            (json!({ "sheet": "x".repeat(2_000) }), "INVALID_TEXT"),
        ] {
            let refused = change(&app, token, "updateImportReading", json!({ "id": id, "reading": reading })).await;
            assert_eq!(refused["userErrors"][0]["code"], code);
        }
    }
}

on_both! {
    async fn what_was_edited_since_is_listed_and_asked_about(app: TestApp) {
        let token = &app.seeded.admin.token;
        let started = payload(&app, token, json!({ "kind": "SELLERS", "fileName": "names.txt" })).await;
        let (id, url) = (text(&started["import"]["id"]), text(&started["import"]["uploadUrl"]));
        assert_eq!(put(&app, &url, "display_name\nLumen\nVolt\n").await.0, StatusCode::CREATED);
        app.run_jobs().await;
        change(&app, token, "commitImport", json!({ "id": id })).await;
        app.run_jobs().await;
        let sellers = app.data(token, "{ sellers(filter: { search: \"lumen\" }) { nodes { id } } }", Value::Null).await;
        let flag = "mutation ($id: ID!) { flagSellers(input: { ids: [$id], flagged: true }) { userErrors { code } } }";
        app.pass(TimeDelta::seconds(1));
        app.data(token, flag, json!({ "id": sellers["sellers"]["nodes"][0]["id"] })).await;
        let query = "query ($id: ID!) { import(id: $id) { editedSince { totalCount nodes {
            __typename ... on Seller { displayName flagged } ... on Record { ebayOrderId } } } } }";
        let edited = app.data(token, query, json!({ "id": id })).await["import"]["editedSince"].clone();
        assert_eq!(edited, json!({ "totalCount": 1, "nodes": [
            { "__typename": "Seller", "displayName": "Lumen", "flagged": true }] }));
        let roll_back = "mutation ($input: RollbackImportInput!) { rollbackImport(input: $input) {
            import { status } edited userErrors { code field } } }";
        let refused = app.data(token, roll_back, json!({ "input": { "id": id } })).await["rollbackImport"].clone();
        assert_eq!(refused, json!({ "import": null, "edited": 1,
            "userErrors": [{ "code": "EDITED_SINCE", "field": ["includeEdited"] }] }));
        let input = json!({ "input": { "id": id, "includeEdited": true } });
        let undone = app.data(token, roll_back, input).await["rollbackImport"].clone();
        assert_eq!((&undone["import"]["status"], &undone["edited"]), (&json!("ROLLING_BACK"), &Value::Null));
        app.run_jobs().await;
        assert_eq!(import(&app, token, &id).await["status"], "ROLLED_BACK");
    }
}

on_both! {
    async fn nothing_is_undone_after_a_day(app: TestApp) {
        let token = &app.seeded.admin.token;
        let id = checked(&app, token, RECORDS).await;
        let early = change(&app, token, "rollbackImport", json!({ "id": id })).await;
        assert_eq!(early["userErrors"][0]["code"], "IMPORT_NOT_COMMITTED");
        change(&app, token, "commitImport", json!({ "id": id })).await;
        app.run_jobs().await;
        let twice = change(&app, token, "commitImport", json!({ "id": id })).await;
        assert_eq!(twice["userErrors"][0]["code"], "IMPORT_ENDED");
        app.pass(TimeDelta::hours(24) + TimeDelta::seconds(1));
        let late = change(&app, token, "rollbackImport", json!({ "id": id })).await;
        assert_eq!(late["userErrors"][0]["code"], "ROLLBACK_TOO_LATE");
    }
}

on_both! {
    async fn the_same_request_gives_the_same_import(app: TestApp) {
        let token = &app.seeded.admin.token;
        let input = |name: &str| json!({ "kind": "SELLERS", "fileName": name, "idempotencyKey": "one" });
        let first = payload(&app, token, input("a.csv")).await;
        assert_eq!(payload(&app, token, input("a.csv")).await["import"]["id"], first["import"]["id"]);
        assert_eq!(payload(&app, token, input("b.csv")).await["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
        let of_sellers = json!({ "kind": "SELLERS", "accountId": app.seeded.accounts[0] });
        assert_eq!(payload(&app, token, of_sellers).await["userErrors"][0]["code"], "INVALID_ACCOUNT");
        let refused = json!({ "kind": "SELLERS", "reading": { "mapping": [{ "column": 0, "field": "qty" }] } });
        assert_eq!(payload(&app, token, refused).await["userErrors"][0]["code"], "INVALID_MAPPING");
    }
}

on_both! {
    async fn what_is_given_up_leaves_no_file(app: TestApp) {
        let token = &app.seeded.admin.token;
        let id = checked(&app, token, RECORDS).await;
        assert_eq!(stored(&app).await.len(), 1);
        let given_up = change(&app, token, "discardImport", json!({ "id": id })).await;
        assert_eq!((&given_up["import"]["status"], &given_up["userErrors"]), (&json!("CANCELLED"), &json!([])));
        for mutation in ["discardImport", "commitImport"] {
            let again = change(&app, token, mutation, json!({ "id": id })).await;
            assert_eq!(again["userErrors"][0]["code"], "IMPORT_ENDED", "{mutation}");
        }
        app.pass(TimeDelta::seconds(1));
        sellerbook::imports::expire(&app.app).await.unwrap();
        assert!(stored(&app).await.is_empty());
        let waiting = start(&app, token).await;
        change(&app, token, "discardImport", json!({ "id": waiting["id"] })).await;
    }
}
