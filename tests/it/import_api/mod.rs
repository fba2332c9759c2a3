//! Imports over the API: files come with a request or by PUT, are checked, carried out and undone.

mod broken_off;
mod changes;
mod command;
mod events;
mod forms;
mod large;
mod limits;
mod origins;
mod people;
mod round_trips;
mod uploads;
mod watching;

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt;
use sellerbook::id::IdKind;
use serde_json::{Value, json};

use crate::TestApp;

pub const FIELDS: &str = "id kind status phase fileName format encoding delimiter bytes rowsTotal rowsDone percent
    reading { money dates } columns { index header field money dateFormat suggestion { field score by } }
    sample { line cells { field value } } faultCount faultsUrl uploadUrl added changed unchanged note
    faults { totalCount nodes { line column code reason cell } }
    account { code } requestedBy { email } error { code message }
    createdAt checkedAt committedAt rollbackUntil rolledBackAt expiresAt";

/// Two records as an export writes them.
pub const RECORDS: &str = "ebay_order_id,sale_date,item_name,qty,sale_price_cents\r\n\
    007,2026-03-02,A lamp,1,1200\r\n\
    008,2026-03-01,\"A desk, oak\",2,9900\r\n";

/// Starts an import; the whole payload.
pub async fn payload(app: &TestApp, token: &str, input: Value) -> Value {
    let query = format!(
        "mutation ($input: StartImportInput!) {{
            startImport(input: $input) {{ import {{ {FIELDS} }} userErrors {{ code field message }} }}
        }}"
    );
    app.data(token, &query, json!({ "input": input })).await["startImport"].clone()
}

/// Starts an import of records into ALPHA that waits for its file.
pub async fn start(app: &TestApp, token: &str) -> Value {
    let account = IdKind::Account.show(app.seeded.accounts[0]);
    let input = json!({ "kind": "RECORDS", "accountId": account, "fileName": "records.csv" });
    let payload = payload(app, token, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["import"].clone()
}

/// Starts an import of records into ALPHA, sends its file and has it checked; its id.
pub async fn checked(app: &TestApp, token: &str, file: &str) -> String {
    let import = start(app, token).await;
    let (status, body) = put(app, import["uploadUrl"].as_str().unwrap(), file.to_owned()).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    app.run_jobs().await;
    text(&import["id"])
}

/// An import as the bearer of `token` sees it; null when they do not.
pub async fn import(app: &TestApp, token: &str, id: &str) -> Value {
    let query = format!("query ($id: ID!) {{ import(id: $id) {{ {FIELDS} }} }}");
    app.data(token, &query, json!({ "id": id })).await["import"].clone()
}

/// Calls a mutation on one import; its payload.
pub async fn change(app: &TestApp, token: &str, mutation: &str, input: Value) -> Value {
    let kind = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!(
        "mutation ($input: {kind}Input!) {{
            {mutation}(input: $input) {{ import {{ id status note }} userErrors {{ code field message }} }}
        }}"
    );
    app.data(token, &query, json!({ "input": input })).await[mutation].clone()
}

/// Sends a file by PUT, with nothing but the address: status and body.
pub async fn put(app: &TestApp, path: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    put_with(app, path, &[], body).await
}

/// The same with headers.
pub async fn put_with(
    app: &TestApp,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> (StatusCode, Value) {
    let request = headers.iter().fold(Request::put(path), |request, (name, value)| request.header(*name, *value));
    let (status, _, body) = answer(app, request.body(body.into()).unwrap()).await;
    (status, body)
}

/// What a request is answered.
pub async fn answer(app: &TestApp, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
    let (parts, body) = app.send(request).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// All files there are, by their keys.
pub async fn stored(app: &TestApp) -> Vec<String> {
    let far = app.now() + chrono::TimeDelta::days(36_500);
    app.app.files.leftovers(far).await.unwrap().into_iter().map(|leftover| leftover.key).collect()
}

/// Everything of an account but the ids, oldest sale last.
pub async fn exported(app: &TestApp, account: usize) -> String {
    let columns = "ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,amazon_price_cents,\
                   amazon_tax_cents,amazon_shipping_cents,amazon_order_id,status,return_label_cost_cents,\
                   order_remark,service_remark";
    let path = format!("/export/records/csv?columns={columns}&account_id={}", app.seeded.accounts[account]);
    app.file(&app.seeded.admin.token, &path).await
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
