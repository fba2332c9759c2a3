//! Processes that are told to stop finish what they have in hand, and the next goes on: nothing is bought twice.

use std::time::Duration;

use sellerbook::collection::CollectionRunStatus as Status;

use super::{categories, check_sums, row, setting, start};
use crate::{
    marketplace::{Marketplace, goods::Goods},
    on_both,
    process::{PATIENCE, eventually},
};

const STOPS: usize = 4;

on_both! {
    async fn a_run_whose_process_is_told_to_stop_goes_on_in_the_next_and_buys_nothing_twice(app: TestApp) {
        let market = Marketplace::open(Goods::generated(10, 4, 200)).await;
        market.latency(Duration::from_millis(20));
        let setting = setting(&app, &market);
        let id = start(&app, &categories(20)).await;
        for stop in 0..STOPS {
            let process = setting.start("work");
            let calls = market.asked().len() + 20;
            eventually("it works", || async { market.asked().len() >= calls }).await;
            process.terminate();
            assert!(process.ends(PATIENCE).await.success());
            let run = row(&app, id).await;
            assert_eq!(run.status, Status::Pending, "after {stop} stops");
            check_sums(&app, id).await;
        }
        let _process = setting.start("work");
        eventually("done", || async { row(&app, id).await.completed_at.is_some() }).await;
        assert_eq!(row(&app, id).await.reason.as_deref(), Some("DONE"));
        check_sums(&app, id).await;
        assert!(market.bought().values().all(|times| *times == 1));
    }
}
