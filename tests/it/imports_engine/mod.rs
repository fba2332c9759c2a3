//! Imports as operations: checked, carried out, undone; whatever comes between.

mod disturbed;
mod ends;
mod faults;
mod people;
mod records;
mod sellers;
mod undoing;

use std::io;

use bytes::Bytes;
use futures::stream;
use sea_orm::{EntityTrait, PaginatorTrait};
use sellerbook::{
    auth::{self, Actor},
    error::{Error, Result},
    imports::{self, Import, ImportStatus, NewImport},
    page::PageRequest,
    sheet::{Reading, SheetKind},
};
use uuid::Uuid;

use crate::TestApp;

/// Records as an export has them, with the columns that a file can fill.
const RECORDS: &str = "/export/records/csv?columns=ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,\
    amazon_price_cents,amazon_tax_cents,amazon_shipping_cents,amazon_order_id,status,return_label_cost_cents,order_remark,\
    service_remark";
const SELLERS: &str =
    "/export/sellers/csv?columns=display_name,platform_id,times_seen,feedback_percent,feedback_count,flagged";

async fn admin(app: &TestApp) -> Actor {
    auth::of_member(&app.app, app.seeded.admin.id).await.unwrap()
}

fn new(kind: SheetKind, account_id: Option<Uuid>) -> NewImport {
    let file_name = "rows.csv".to_owned();
    NewImport { kind, account_id, file_name, reading: Reading::default(), idempotency_key: None }
}

/// Records for ALPHA.
fn of_alpha(app: &TestApp) -> NewImport {
    new(SheetKind::Records, Some(app.seeded.accounts[0]))
}

fn chunks(text: &str) -> impl futures::Stream<Item = io::Result<Bytes>> + Send + use<> {
    let pieces: Vec<_> = text.as_bytes().chunks(1_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

/// Starts an import with its file.
async fn begin(app: &TestApp, actor: &Actor, new: NewImport, text: &str) -> Result<Import> {
    imports::start_with_file(&app.app, actor, new, chunks(text), Some(text.len() as u64)).await
}

/// The import after everything that waits was done.
async fn after_jobs(app: &TestApp, id: Uuid) -> Import {
    app.run_jobs().await;
    imports::get(&app.app, &admin(app).await, id).await.unwrap()
}

/// An import that was checked.
async fn checked(app: &TestApp, new: NewImport, text: &str) -> Import {
    let import = begin(app, &admin(app).await, new, text).await.unwrap();
    after_jobs(app, import.id).await
}

/// The same, carried out.
async fn committed(app: &TestApp, new: NewImport, text: &str) -> Import {
    let import = checked(app, new, text).await;
    assert_eq!(import.status, ImportStatus::Ready, "{:?}", faults_of(app, &import).await);
    commit(app, import.id).await
}

async fn commit(app: &TestApp, id: Uuid) -> Import {
    imports::commit(&app.app, &admin(app).await, id, None).await.unwrap();
    after_jobs(app, id).await
}

async fn rollback(app: &TestApp, id: Uuid, include_edited: bool) -> Result<Import> {
    imports::rollback(&app.app, &admin(app).await, id, include_edited).await?;
    Ok(after_jobs(app, id).await)
}

/// What it comes to: added, changed, unchanged.
fn counts(import: &Import) -> (i64, i64, i64) {
    (import.added.unwrap(), import.changed.unwrap(), import.unchanged.unwrap())
}

/// Every fault: line, column, code, reason.
async fn faults_of(app: &TestApp, import: &Import) -> Vec<String> {
    let page = PageRequest { first: Some(100), ..PageRequest::default() };
    let found = imports::faults(&app.app, &admin(app).await, import.id, &page).await.unwrap();
    let rows = found.rows.into_iter().map(|(_, fault)| fault);
    rows.map(|fault| format!("{} {:?} {} {}", fault.line, fault.column_name, fault.code, fault.reason)).collect()
}

/// Rows that lie beside the real ones.
async fn staged(app: &TestApp) -> u64 {
    let db = app.app.db.read();
    entity::import_record::Entity::find().count(db).await.unwrap()
        + entity::import_seller::Entity::find().count(db).await.unwrap()
}

async fn exported(app: &TestApp, path: &str) -> String {
    app.file(&app.seeded.admin.token, path).await
}

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    refused.unwrap_err().code()
}

/// So many records, from the newest to the oldest.
fn many(count: usize) -> String {
    let rows =
        (0..count).map(|row| format!("order-{row:06},2026-01-{:02},thing {row},{}\n", 28 - row % 28, 1000 + row));
    format!("ebay_order_id,sale_date,item_name,sale_price_cents\n{}", rows.collect::<String>())
}
