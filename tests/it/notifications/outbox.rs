//! The outbox: with the change or not at all, seen by its organisation, removed after a while.

use chrono::TimeDelta;
use sellerbook::{
    auth::of_member,
    error::{Error, Result},
    notifications::{self, NotificationState as State},
    page::PageRequest,
    work::{Chore, chore},
};
use uuid::Uuid;

use super::{Receiver, completed, let_private, missed, next_try, post, post_in, told, webhook};
use crate::on_both;

on_both! {
    async fn what_did_not_happen_is_not_told(app: TestApp) {
        let (now, org, recipients) = (app.now(), app.seeded.org, webhook("https://example.com/", Uuid::now_v7()));
        let undone: Result<()> = app.app.db.write(move |tx| Box::pin(async move {
            notifications::post(tx, now, org, &recipients, completed("a run")).await?;
            Err(Error::internal("the change is undone"))
        })).await;
        assert!(undone.is_err());
        assert!(told(&app).await.is_empty());
        assert_eq!(next_try(&app).await, None);
    }
}

on_both! {
    async fn whoever_is_to_be_told_by_two_ways_is_told_by_both(app: TestApp) {
        let mut recipients = webhook("https://example.com/", Uuid::now_v7());
        recipients.email = Some(app.seeded.admin.id);
        let stored = serde_json::to_string(&recipients).unwrap();
        assert_eq!(serde_json::from_str::<notifications::Recipients>(&stored).unwrap(), recipients);
        post(&app, recipients, completed("a run")).await;
        let channels: Vec<_> = told(&app).await.into_iter().map(|row| row.channel).collect();
        assert_eq!(channels, [notifications::Channel::Email, notifications::Channel::Webhook]);
        post(&app, notifications::Recipients::default(), completed("a run")).await;
        assert_eq!(told(&app).await.len(), 2);
    }
}

on_both! {
    async fn what_a_schedule_told_is_seen_by_who_may_in_its_organisation(app: TestApp) {
        let schedule = Uuid::now_v7();
        for _ in 0..3 {
            post(&app, webhook("https://example.com/", schedule), missed(schedule)).await;
        }
        post(&app, webhook("https://example.com/", Uuid::now_v7()), missed(Uuid::now_v7())).await;
        post_in(&app, app.seeded.other_org, webhook("https://example.com/", schedule), missed(schedule)).await;
        let page = PageRequest { first: Some(2), ..PageRequest::default() };
        let admin = of_member(&app.app, app.seeded.admin.id).await.unwrap();
        let mut pages = notifications::list(&app.app, &admin, &[schedule], &page).await.unwrap();
        let page = pages.remove(&schedule).unwrap().unwrap();
        assert_eq!((page.rows.len(), page.has_next), (2, true));
        assert!(page.rows.iter().all(|(_, row)| row.org_id == app.seeded.org && row.event == "fire.missed"));
        assert_eq!(notifications::count(&app.app, &admin, &[schedule]).await.unwrap()[&schedule], 3);
        let va = of_member(&app.app, app.seeded.va.id).await.unwrap();
        let refusal = notifications::list(&app.app, &va, &[schedule], &PageRequest::default()).await.unwrap_err();
        assert_eq!(refusal.code(), "FORBIDDEN");
    }
}

on_both! {
    async fn what_ended_a_month_ago_is_removed_and_what_waits_is_not(app: TestApp) {
        let mut app = app;
        let_private(&mut app);
        let receiver = Receiver::open().await;
        post(&app, webhook(&receiver.url, Uuid::now_v7()), completed("the first")).await;
        assert_eq!(app.run_jobs().await, 1);
        app.pass(TimeDelta::days(29));
        post(&app, webhook(&receiver.url, Uuid::now_v7()), completed("the second")).await;
        chore(&app.app, Chore::Purge).await.unwrap();
        assert_eq!(told(&app).await.len(), 2);
        app.pass(TimeDelta::days(2));
        chore(&app.app, Chore::Purge).await.unwrap();
        let left = told(&app).await;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].state, State::Pending);
        assert_eq!(app.run_jobs().await, 1);
    }
}
