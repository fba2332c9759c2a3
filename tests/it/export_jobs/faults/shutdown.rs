//! SIGTERM to a process with a job in hand: it takes no further one, finishes this one if there is time, else puts it back.

use std::time::Duration;

use chrono::TimeDelta;
use entity::{export_job::ExportJobStatus, job::JobState};
use sellerbook::clock::Clock;
use serde_json::{Value, json};

use super::{
    bytes, eventually, many, on_disk,
    process::{Process, Setting},
    queued, row, schedule,
};
use crate::{
    TestApp,
    export_jobs::{records_csv, start},
    on_both,
};

/// From the signal to the end of a process that has nothing more to wait for; most of it is for a busy machine.
const SOON: Duration = Duration::from_secs(8);

/// What takes some seconds to make.
fn workbook() -> Value {
    json!({ "kind": "RECORDS", "format": "XLSX", "columns": ["all"] })
}

/// Two exports, of which a process has one in hand.
async fn under_way(app: &TestApp, setting: &Setting, command: &str) -> (Process, String, String) {
    let token = &app.seeded.admin.token;
    let (first, second) = (start(app, token, workbook()).await, start(app, token, records_csv()).await);
    schedule(app, &second, Clock::system().now() + TimeDelta::milliseconds(1)).await;
    let process = setting.start(command);
    eventually("begun", || async { row(app, &first).await.status == ExportJobStatus::Processing }).await;
    (process, first, second)
}

on_both! {
    async fn a_process_that_is_told_to_end_finishes_its_job_and_takes_no_other(app: TestApp) {
        many(&app, 5_000, 2_000).await;
        let setting = Setting::of(&app).with("SELLERBOOK_SHUTDOWN_GRACE_SECONDS", "30");
        for command in ["work", "serve"] {
            let (process, first, second) = under_way(&app, &setting, command).await;
            process.terminate();
            assert_eq!(process.ends(SOON).await.code(), Some(0), "{command}");
            let done = row(&app, &first).await;
            assert_eq!(done.status, ExportJobStatus::Completed);
            assert_eq!(bytes(&app, &first).await.len(), usize::try_from(done.bytes.unwrap()).unwrap());
            let waiting = queued(&app, &second).await;
            assert_eq!((waiting.state, waiting.attempts, waiting.fence), (JobState::Pending, 0, 0));
            // Out of the way of the next process.
            schedule(&app, &second, Clock::system().now() + TimeDelta::hours(1)).await;
        }
    }
}

on_both! {
    async fn a_process_without_the_time_to_finish_puts_its_job_back_uncharged(app: TestApp) {
        many(&app, 5_000, 2_000).await;
        let setting = Setting::of(&app).with("SELLERBOOK_SHUTDOWN_GRACE_SECONDS", "0");
        let mut put_back = Vec::new();
        for command in ["work", "serve"] {
            let (process, first, second) = under_way(&app, &setting, command).await;
            process.terminate();
            assert_eq!(process.ends(SOON).await.code(), Some(0), "{command}");
            let waiting = queued(&app, &first).await;
            assert_eq!((waiting.state, waiting.attempts, waiting.fence), (JobState::Pending, 0, 1), "{command}");
            assert_eq!(row(&app, &first).await.status, ExportJobStatus::Pending);
            assert_eq!(queued(&app, &second).await.fence, 0);
            for id in [&first, &second] {
                schedule(&app, id, Clock::system().now() + TimeDelta::hours(1)).await;
            }
            put_back.push(first);
        }
        assert_eq!(on_disk(&app), 0, "what was begun is taken away before the process ends");
        for id in &put_back {
            schedule(&app, id, Clock::system().now()).await;
        }
        let _process = setting.start("work");
        for id in &put_back {
            eventually("done", || async { row(&app, id).await.status == ExportJobStatus::Completed }).await;
            assert_eq!(queued(&app, id).await.attempts, 1);
        }
    }
}
