//! Storage that fails now and then, and storage that is full: a whole file in the end, or a clear failure to try again.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use chrono::TimeDelta;
use entity::export_job::{self, ExportJobStatus};
use futures::TryStreamExt;
use sellerbook::{app::App, config::Config, work};
use serde_json::{Value, json};

use super::{lying, many, on_disk, queued, row, seen, wide};
use crate::{
    TestApp,
    export_jobs::{change, records_csv, start},
    on_both,
    storage::{disk::SmallDisk, flaky::Flaky, place::Place},
};

/// The file of an export as it lies there.
pub async fn stored(place: &Place, job: &export_job::Model) -> Vec<u8> {
    let bytes = u64::try_from(job.bytes.unwrap()).unwrap();
    let chunks = place.files.read(job.file_key.as_ref().unwrap(), 0..bytes).await.unwrap();
    chunks.try_collect::<Vec<_>>().await.unwrap().concat()
}

/// Works until nothing waits for its time any more. Answers how many tries that took.
async fn work_off(app: &TestApp) -> usize {
    let mut tries = 0;
    for _ in 0..8 {
        tries += work::run_jobs(&app.app).await.unwrap();
        app.pass(TimeDelta::minutes(7));
    }
    tries
}

/// Fails for lack of room each time, says so, and is made once there is room.
async fn lacks_room_and_is_made_later(app: &TestApp, export: Value, make_room: impl FnOnce()) -> String {
    let token = &app.seeded.admin.token;
    let id = start(app, token, export).await;
    let tries = work_off(app).await;
    let failed = seen(app, token, &id).await;
    assert_eq!(tries, 5, "{failed:#}");
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("FAILED"), &json!("STORAGE_FULL")), "{failed:#}");
    assert!(failed["error"]["message"].as_str().unwrap().contains("no room"), "{failed:#}");
    assert!(lying(app).await.is_empty());
    // Everything else goes on.
    assert!(!app.file(token, "/export/records/csv?columns=id").await.is_empty());
    make_room();
    assert_eq!(change(app, token, "retryExport", &id).await["exportJob"]["status"], "PENDING");
    assert_eq!(work_off(app).await, 1);
    assert_eq!(row(app, &id).await.status, ExportJobStatus::Completed);
    assert_eq!(queued(app, &id).await.attempts, 1, "it begins anew");
    id
}

on_both! {
    async fn an_s3_that_fails_one_request_in_three_gets_whole_files(app: TestApp) {
        let (mut app, Some(place)) = (app, Place::on_s3()) else { return };
        let flaky = Flaky::before(&place, 3).await;
        app.app.files = place.through(&flaky.address);
        // Parts of 8 MiB.
        many(&app, 3_000, 4_000).await;
        let token = &app.seeded.admin.token;
        let small = json!({ "kind": "RECORDS", "format": "CSV", "columns": ["id"] });
        let mut exports = Vec::new();
        for (export, path) in [(wide(), "csv?columns=all"), (small, "csv?columns=id"), (wide(), "csv?columns=all")] {
            exports.push((start(&app, token, export).await, format!("/export/records/{path}")));
        }
        work_off(&app).await;
        for (id, path) in &exports {
            let job = row(&app, id).await;
            assert_eq!(job.status, ExportJobStatus::Completed, "{job:?}");
            assert!(stored(&place, &job).await == app.file(token, path).await.as_bytes());
        }
        assert_eq!(place.everything().await.len(), exports.len());
    }
}

on_both! {
    async fn an_s3_without_room_is_said_clearly_and_tried_again_by_hand(app: TestApp) {
        let (mut app, Some(place)) = (app, Place::on_s3()) else { return };
        let flaky = Flaky::before(&place, 0).await;
        app.app.files = place.through(&flaky.address);
        many(&app, 100, 100).await;
        flaky.state.is_full.store(true, Ordering::SeqCst);
        let make_room = || flaky.state.is_full.store(false, Ordering::SeqCst);
        let id = lacks_room_and_is_made_later(&app, records_csv(), make_room).await;
        let made = stored(&place, &row(&app, &id).await).await;
        assert!(made == app.file(&app.seeded.admin.token, "/export/records/csv").await.as_bytes());
    }
}

on_both! {
    async fn a_full_disk_is_said_clearly_and_tried_again_by_hand(app: TestApp) {
        let folder = app.app.config.storage_url.strip_prefix("file:").unwrap().to_owned();
        let Some(disk) = SmallDisk::at(&folder, "6m") else { return };
        many(&app, 500, 4_000).await;
        for format in ["CSV", "XLSX"] {
            let filler = disk.fill();
            let export = json!({ "kind": "RECORDS", "format": format, "columns": ["all"] });
            let make_room = || std::fs::remove_file(filler).unwrap();
            let id = lacks_room_and_is_made_later(&app, export, make_room).await;
            change(&app, &app.seeded.admin.token, "deleteExport", &id).await;
            assert_eq!(on_disk(&app), 0);
        }
    }
}

on_both! {
    async fn a_full_disk_for_temporary_files_is_said_clearly_too(app: TestApp) {
        let mut app = app;
        let temporary = tempfile::tempdir().unwrap();
        let Some(disk) = SmallDisk::at(temporary.path(), "8m") else { return };
        many(&app, 500, 4_000).await;
        let filler = disk.fill();
        app.app.config = config_with_spool(&app.app, temporary.path());
        let make_room = || std::fs::remove_file(filler).unwrap();
        lacks_room_and_is_made_later(&app, json!({ "kind": "RECORDS", "format": "XLSX", "columns": ["all"] }), make_room).await;
    }
}

fn config_with_spool(app: &App, folder: &Path) -> Arc<Config> {
    let config = Config::clone(&app.config);
    Arc::new(Config { spool_dir: Some(folder.to_path_buf()), ..config })
}
