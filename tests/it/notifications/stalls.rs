//! Receivers that stall keep nobody waiting but themselves.

use std::time::Duration;

use sellerbook::{jobs::Lane, notifications::NotificationState as State, work::worker};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Receiver, completed, ends::start_run, equip, post, post_in, receiver::Reply, told, webhook};
use crate::{
    on_both,
    process::{PATIENCE, eventually},
};

on_both! {
    async fn a_receiver_that_stalls_blocks_no_run_and_no_other_organisation(app: TestApp) {
        let mut app = app;
        equip(&mut app, |config| {
            config.webhook_allow_private = true;
            // Longer than the test.
            config.notification_timeout_ms = 600_000;
        });
        let (stalling, willing) = (Receiver::open().await, Receiver::open().await);
        stalling.always(Reply::Late);
        for _ in 0..10 {
            post(&app, webhook(&stalling.url, Uuid::now_v7()), completed("a run")).await;
        }
        let (stop, break_off) = (CancellationToken::new(), CancellationToken::new());
        let crew = worker(&app.app).of(Lane::Post).run_together(8, stop.clone(), break_off.clone());
        let crew = tokio::spawn(crew);
        eventually("all its places taken", || async { stalling.connections() == 3 }).await;

        start_run(&app, serde_json::json!({})).await;
        let runs = worker(&app.app).of(Lane::Long);
        assert_eq!(timeout(PATIENCE, runs.work_off()).await.unwrap().unwrap(), 1);
        post_in(&app, app.seeded.other_org, webhook(&willing.url, Uuid::now_v7()), completed("a run")).await;
        let is_told = || async { told(&app).await.iter().any(|row| row.state == State::Delivered) };
        eventually("the other organisation is told", is_told).await;
        assert_eq!(willing.received().len(), 1);
        assert_eq!(stalling.connections(), 3);

        stop.cancel();
        break_off.cancel();
        timeout(Duration::from_secs(30), crew).await.unwrap().unwrap();
        // What was broken off waits for another process, without a mark against it.
        let rows = told(&app).await;
        assert_eq!(rows.iter().filter(|row| row.state == State::Pending && row.attempts == 0).count(), 10);
    }
}
