//! `kill -9` of the process that delivers, between the request and its settlement: it comes again, and can be told by its id.

use chrono::TimeDelta;
use entity::job;
use sellerbook::{
    clock::Clock,
    config::Secret,
    notifications::{self, NotificationState as State},
    work::{Chore, chore},
};
use uuid::Uuid;

use super::{Receiver, completed, equip, only, post, receiver::Reply, set_jobs, webhook};
use crate::{
    on_both,
    process::{Setting, eventually},
};

on_both! {
    async fn what_a_killed_process_had_delivered_comes_again_with_the_same_id(app: TestApp) {
        let mut app = app;
        let secret = "a secret of all the processes, thirty-two bytes";
        equip(&mut app, |config| {
            config.webhook_allow_private = true;
            config.link_secret = Some(Secret::new(secret));
        });
        let setting = Setting::of(&app)
            .with("SELLERBOOK_LINK_SECRET", secret)
            .with("SELLERBOOK_WEBHOOK_ALLOW_PRIVATE", "true");
        let (receiver, schedule) = (Receiver::open().await, Uuid::now_v7());
        receiver.reply([Reply::Late]);
        post(&app, webhook(&receiver.url, schedule), completed("a run")).await;
        let mut process = setting.start("work");
        eventually("the request", || async { receiver.received().len() == 1 }).await;
        process.kill();
        let row = only(&app).await;
        assert_eq!((row.state, row.attempts), (State::Pending, 0));

        // What another process would do when the lease is over, at once.
        let now = Clock::system().now();
        app.app.clock.set(now);
        set_jobs(&app, job::Column::LeaseUntil, now - TimeDelta::seconds(1)).await;
        assert_eq!(chore(&app.app, Chore::Rescue).await.unwrap(), 1);
        set_jobs(&app, job::Column::RunAt, now - TimeDelta::seconds(1)).await;
        assert_eq!(app.run_jobs().await, 1);

        let row = only(&app).await;
        assert_eq!((row.state, row.attempts), (State::Delivered, 2));
        let got = receiver.received();
        assert_eq!(got.len(), 2);
        assert_eq!((got[0].id(), &got[0].body), (got[1].id(), &got[1].body));
        let key = notifications::webhook_secret(&app.app, schedule).unwrap();
        assert!(got.iter().all(|one| one.is_signed_with(&key)));
    }
}
