//! Webhooks: signed, delivered once, tried again, given up and shown.

use chrono::TimeDelta;
use sellerbook::notifications::{self, NotificationState as State};
use serde_json::json;
use uuid::Uuid;

use super::{
    Receiver, SHORT_MS, completed, equip, let_private, missed, next_try, only, post, receiver::Reply, try_again,
    webhook,
};
use crate::on_both;

on_both! {
    async fn a_webhook_is_signed_and_delivered_once(app: TestApp) {
        let mut app = app;
        let_private(&mut app);
        let (receiver, schedule) = (Receiver::open().await, Uuid::now_v7());
        post(&app, webhook(&receiver.url, schedule), missed(schedule)).await;
        assert_eq!(app.run_jobs().await, 1);
        assert_eq!(app.run_jobs().await, 0);

        let got = receiver.received();
        assert_eq!(got.len(), 1);
        let row = only(&app).await;
        assert_eq!((row.state, row.attempts, row.last_error), (State::Delivered, 1, None));
        assert_eq!((row.schedule_id, row.finished_at), (Some(schedule), Some(app.now())));
        assert_eq!(got[0].id(), row.id.simple().to_string());
        assert_eq!(got[0].header("webhook-timestamp"), app.now().timestamp().to_string());
        assert_eq!(got[0].header("content-type"), "application/json");
        assert!(got[0].is_signed_with(&notifications::webhook_secret(&app.app, schedule).unwrap()));
        assert!(!got[0].is_signed_with(&notifications::webhook_secret(&app.app, Uuid::now_v7()).unwrap()));
        assert_eq!(got[0].json(), json!({
            "type": "fire.missed",
            "timestamp": "2026-11-20T08:00:00Z",
            "data": {
                "scheduleId": format!("schedule_{}", schedule.simple()),
                "scheduleName": "Mondays",
                "count": 1,
                "firstPlannedAt": "2026-11-20T06:00:00Z",
                "lastPlannedAt": "2026-11-20T06:00:00Z",
                "reason": "nobody was there",
            },
        }));
    }
}

on_both! {
    async fn what_always_fails_is_tried_for_a_day_with_one_id_then_given_up_and_shown(app: TestApp) {
        let mut app = app;
        let_private(&mut app);
        let (receiver, schedule, begun) = (Receiver::open().await, Uuid::now_v7(), app.now());
        receiver.always(Reply::Status(503));
        post(&app, webhook(&receiver.url, schedule), missed(schedule)).await;
        assert_eq!(app.run_jobs().await, 1);
        let waiting = only(&app).await;
        assert_eq!((waiting.state, waiting.attempts, waiting.last_error.as_deref()), (State::Pending, 1, Some("HTTP_503")));
        let mut waits = Vec::new();
        while let Some(at) = next_try(&app).await {
            waits.push((at - app.now()).num_seconds());
            // Not before its time.
            assert_eq!(app.run_jobs().await, 0);
            assert_eq!(try_again(&app).await, 1);
        }
        let row = only(&app).await;
        assert_eq!((row.state, row.attempts, row.last_error.as_deref()), (State::GaveUp, 12, Some("HTTP_503")));
        assert_eq!(row.finished_at, Some(app.now()));
        assert!(app.now() - begun >= TimeDelta::hours(23), "{waits:?}");
        assert!(app.now() - begun <= TimeDelta::hours(40), "{waits:?}");
        assert!(waits.windows(2).take(6).all(|pair| pair[0] < pair[1]), "{waits:?}");

        let got = receiver.received();
        assert_eq!(got.len(), 12);
        let secret = notifications::webhook_secret(&app.app, schedule).unwrap();
        assert!(got.iter().all(|one| one.id() == got[0].id() && one.body == got[0].body && one.is_signed_with(&secret)));
        assert!(got.windows(2).all(|pair| pair[0].header("webhook-timestamp") < pair[1].header("webhook-timestamp")));
    }
}

on_both! {
    async fn whoever_fails_for_a_while_gets_it_when_they_are_back(app: TestApp) {
        let mut app = app;
        equip(&mut app, |config| {
            config.webhook_allow_private = true;
            config.notification_timeout_ms = SHORT_MS;
        });
        let receiver = Receiver::open().await;
        let elsewhere = Receiver::open().await;
        let failures = [
            (Reply::Status(500), "HTTP_500"),
            (Reply::Status(404), "HTTP_404"),
            (Reply::Late, "TIMEOUT"),
            (Reply::Redirect(elsewhere.url.clone()), "REDIRECTED"),
            (Reply::Redirect("http://169.254.169.254/latest/meta-data/".to_owned()), "REDIRECTED"),
            (Reply::Reset, "CONNECTION_LOST"),
            (Reply::Close, "CONNECTION_LOST"),
            (Reply::Nonsense, "CONNECTION_LOST"),
        ];
        receiver.reply(failures.iter().map(|(reply, _)| reply.clone()));
        post(&app, webhook(&receiver.url, Uuid::now_v7()), completed("a run")).await;
        assert_eq!(app.run_jobs().await, 1);
        for (number, (reply, code)) in failures.iter().enumerate() {
            let row = only(&app).await;
            assert_eq!((row.state, row.last_error.as_deref()), (State::Pending, Some(*code)), "{reply:?}");
            assert_eq!(row.attempts, i32::try_from(number + 1).unwrap());
            assert_eq!(try_again(&app).await, 1);
        }
        let row = only(&app).await;
        assert_eq!((row.state, row.attempts), (State::Delivered, 9));
        assert_eq!((receiver.connections(), elsewhere.connections()), (9, 0));
        let got = receiver.received();
        assert!(got.iter().all(|one| one.id() == got[0].id()), "{got:?}");
    }
}

on_both! {
    async fn nobody_there_is_tried_again_and_whoever_wants_no_more_is_not(app: TestApp) {
        let mut app = app;
        let_private(&mut app);
        let receiver = Receiver::open().await;
        receiver.reply([Reply::Status(410)]);
        post(&app, webhook(&receiver.url, Uuid::now_v7()), completed("a run")).await;
        assert_eq!(app.run_jobs().await, 1);
        let row = only(&app).await;
        assert_eq!((row.state, row.attempts, row.last_error.as_deref()), (State::GaveUp, 1, Some("HTTP_410")));
        assert_eq!(next_try(&app).await, None);

        let url = receiver.url.clone();
        drop(receiver);
        post(&app, webhook(&url, Uuid::now_v7()), completed("a run")).await;
        // Its end and the port's are not the same moment.
        assert_eq!(app.run_jobs().await, 1);
        let row = super::told(&app).await.pop().unwrap();
        assert_eq!(row.state, State::Pending);
        assert!(["NOT_REACHED", "CONNECTION_LOST"].contains(&row.last_error.as_deref().unwrap()), "{row:?}");
    }
}

on_both! {
    async fn private_addresses_are_not_connected_to_whatever_was_allowed_before(app: TestApp) {
        let receiver = Receiver::open().await;
        let refusal = notifications::check_webhook(&app.app, &receiver.url).unwrap_err();
        assert_eq!(refusal.code(), "INVALID_WEBHOOK_URL");
        for url in [receiver.url.clone(), receiver.url.replace("http:", "https:"), receiver.url.replace("127.0.0.1", "localhost")] {
            post(&app, webhook(&url, Uuid::now_v7()), completed("a run")).await;
        }
        assert_eq!(app.run_jobs().await, 3);
        for row in super::told(&app).await {
            assert_eq!((row.state, row.attempts, row.last_error.as_deref()), (State::GaveUp, 1, Some("ADDRESS_NOT_ALLOWED")));
        }
        assert_eq!(receiver.connections(), 0);
    }
}

on_both! {
    async fn without_a_secret_that_lasts_there_are_no_webhooks(app: TestApp) {
        let mut app = app;
        let receiver = Receiver::open().await;
        let_private(&mut app);
        assert_eq!(notifications::check_webhook(&app.app, &receiver.url).unwrap(), receiver.url);
        post(&app, webhook(&receiver.url, Uuid::now_v7()), completed("a run")).await;
        equip(&mut app, |config| config.jwt_secret = None);
        let refusal = notifications::check_webhook(&app.app, &receiver.url).unwrap_err();
        assert_eq!(refusal.code(), "WEBHOOKS_NOT_CONFIGURED");
        assert_eq!(app.run_jobs().await, 1);
        let row = only(&app).await;
        assert_eq!((row.state, row.last_error.as_deref()), (State::Pending, Some("WEBHOOKS_NOT_CONFIGURED")));
        assert_eq!(receiver.connections(), 0);
    }
}
