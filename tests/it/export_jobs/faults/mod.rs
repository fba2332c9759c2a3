//! What goes wrong around a job: killed workers, storage and databases that fail, cancels and shutdowns at any moment. In
//! the end there is one file, whole and right, or a clear failure that can be tried again; and nothing is left behind.

mod cancelled;
mod killed;
mod outage;
mod severed;
mod shutdown;
mod storage;
mod together;

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    export_job,
    job::{self, JobState},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use sellerbook::{
    clock::Clock,
    files::Leftover,
    work::{Chore, chore},
};
use serde_json::{Value, json};

use super::{TestApp, job as seen, uuid};
use crate::{
    process::{self, PATIENCE, eventually},
    seed::{self, NewRecord},
};

/// So many records, each of about `bytes` in a file.
async fn many(app: &TestApp, count: usize, bytes: usize) {
    let remark: &'static str = "A remark, \"quoted\"; ".repeat(bytes / 20 + 1).leak();
    let accounts = app.seeded.accounts;
    for start in (0..count).step_by(1_000) {
        let numbers = start..count.min(start + 1_000);
        let record = |number: usize| NewRecord {
            remarks: Some((Some(remark), None)),
            ..NewRecord::new(&app.app, app.seeded.org, accounts[number % 3], format!("order {number}"))
        };
        seed::records(&app.app, numbers.map(record).collect()).await;
    }
}

/// An export of all columns, the long ones too, and the path of the same as a stream.
fn wide() -> Value {
    json!({ "kind": "RECORDS", "format": "CSV", "columns": ["all"] })
}

const WIDE: &str = "/export/records/csv?columns=all";

/// The row of an export.
async fn row(app: &TestApp, id: &str) -> export_job::Model {
    export_job::Entity::find_by_id(uuid(id)).one(app.app.db.read()).await.unwrap().unwrap()
}

/// The newest job of an export.
async fn queued(app: &TestApp, id: &str) -> job::Model {
    let jobs = job::Entity::find().filter(job::Column::SubjectId.eq(uuid(id)));
    jobs.order_by_desc(job::Column::CreatedAt).one(app.app.db.read()).await.unwrap().unwrap()
}

/// Sets when the job of an export may be claimed.
async fn schedule(app: &TestApp, id: &str, at: DateTime<Utc>) {
    let id = uuid(id);
    let set = job::Entity::update_many()
        .col_expr(job::Column::RunAt, Expr::value(at))
        .filter(job::Column::SubjectId.eq(id))
        .filter(job::Column::State.eq(JobState::Pending));
    app.app
        .db
        .write(|tx| {
            Box::pin(async move {
                set.exec(tx).await.unwrap();
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// Everything where the test keeps its files, unfinished ones too.
async fn lying(app: &TestApp) -> Vec<Leftover> {
    app.app.files.leftovers(DateTime::<Utc>::MAX_UTC).await.unwrap()
}

/// Every file below the folder of the test, past our own code.
fn on_disk(app: &TestApp) -> usize {
    fn count(folder: PathBuf) -> usize {
        let entries = std::fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().path()).collect());
        let entries: Vec<PathBuf> = entries.unwrap_or_default();
        entries.into_iter().map(|path| if path.is_dir() { count(path) } else { 1 }).sum()
    }
    count(app.app.config.storage_url.strip_prefix("file:").unwrap().into())
}

/// The sweep, an hour later: what is young is left alone, and files have the machine's times.
async fn sweep(app: &TestApp) {
    app.app.clock.set(Clock::system().now() + TimeDelta::hours(1));
    chore(&app.app, Chore::Sweep).await.unwrap();
    app.app.clock.set(Clock::system().now());
}

/// The bytes of the file of an export, by its link.
async fn bytes(app: &TestApp, id: &str) -> Vec<u8> {
    let job = seen(app, &app.seeded.admin.token, id).await;
    let link = job["downloadUrl"].as_str().unwrap_or_else(|| panic!("{job:#}"));
    let (status, _, bytes) = app.get("", link).await;
    assert_eq!(status, 200);
    bytes
}
