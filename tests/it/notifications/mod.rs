//! What is told when something has happened, to a receiver of webhooks and a server of e-mail on this machine, which
//! fail, stall and lie as they are told.

mod ends;
mod killed;
mod mails;
mod outbox;
mod receiver;
mod schedules;
mod smtp;
mod stalls;
mod webhooks;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    job::{self, JobState},
    notification,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use sellerbook::{
    config::{Config, Secret},
    graphql, http,
    notifications::{self, Couriers, Event, Fires, Notification, Recipients, RunEnd, Webhook},
};
use uuid::Uuid;

use self::{receiver::Receiver, smtp::SmtpServer};
use crate::TestApp;

/// What a try may take where it is to take too long.
const SHORT_MS: u64 = 400;

/// The product with other settings.
pub fn equip(app: &mut TestApp, alter: impl FnOnce(&mut Config)) {
    let mut config = Config::clone(&app.app.config);
    alter(&mut config);
    app.app.couriers = Couriers::from_config(&config).unwrap();
    app.app.config = Arc::new(config);
    app.router = http::router(&app.app, graphql::schema());
}

/// May tell receivers on this machine.
pub fn let_private(app: &mut TestApp) {
    equip(app, |config| config.webhook_allow_private = true);
}

/// Hands its e-mails in at this server.
pub fn mail_by(app: &mut TestApp, server: &SmtpServer) {
    equip(app, |config| {
        config.smtp_url = Some(Secret::new(server.url.clone()));
        config.mail_from = Some("Sellerbook <sellerbook@example.com>".to_owned());
    });
}

/// A schedule's program at this address.
pub fn webhook(url: &str, schedule: Uuid) -> Recipients {
    Recipients { email: None, webhook: Some(Webhook { url: url.to_owned(), signed_for: schedule }) }
}

/// A member.
pub fn member(id: Uuid) -> Recipients {
    Recipients { email: Some(id), webhook: None }
}

/// A missed fire.
pub fn missed(schedule: Uuid) -> Event {
    let at = "2026-11-20T06:00:00Z".parse().unwrap();
    Event::FireMissed(Fires {
        schedule_id: schedule,
        schedule_name: "Mondays".to_owned(),
        count: 1,
        first_planned_at: at,
        last_planned_at: at,
        reason: "nobody was there".to_owned(),
    })
}

/// A run of this name that is done.
pub fn completed(name: &str) -> Event {
    Event::RunCompleted(RunEnd {
        run_id: Uuid::from_u128(7),
        schedule_id: None,
        name: name.to_owned(),
        reason: "DONE".to_owned(),
        products_done: 20,
        sellers_found: 9,
        sellers_new: 4,
        failed_items: 0,
        cost_micros: 0,
        started_at: None,
        completed_at: "2026-11-20T07:00:00Z".parse().unwrap(),
    })
}

/// Tells somebody of the organisation something.
pub async fn post(app: &TestApp, recipients: Recipients, event: Event) {
    post_in(app, app.seeded.org, recipients, event).await;
}

pub async fn post_in(app: &TestApp, org: Uuid, recipients: Recipients, event: Event) {
    let now = app.now();
    let posted = app
        .app
        .db
        .write(move |tx| Box::pin(async move { notifications::post(tx, now, org, &recipients, event).await }));
    posted.await.unwrap();
    app.app.jobs.wake();
}

/// All notifications, the oldest first.
pub async fn told(app: &TestApp) -> Vec<Notification> {
    notification::Entity::find().order_by_asc(notification::Column::Id).all(app.app.db.read()).await.unwrap()
}

/// The only one.
pub async fn only(app: &TestApp) -> Notification {
    let mut rows = told(app).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

/// When the job that waits is to be tried again.
pub async fn next_try(app: &TestApp) -> Option<DateTime<Utc>> {
    let waits = job::Entity::find().filter(job::Column::Kind.eq("notification"));
    let waits = waits.filter(job::Column::State.eq(JobState::Pending)).order_by_asc(job::Column::RunAt);
    waits.one(app.app.db.read()).await.unwrap().map(|job| job.run_at)
}

/// Passes the time until something can be tried again, and tries it.
pub async fn try_again(app: &TestApp) -> usize {
    let at = next_try(app).await.unwrap();
    app.app.clock.set(at.max(app.now()) + TimeDelta::milliseconds(1));
    app.run_jobs().await
}

/// Sets a column of the notifications' jobs.
pub async fn set_jobs(app: &TestApp, column: job::Column, at: DateTime<Utc>) {
    let change =
        job::Entity::update_many().col_expr(column, Expr::value(at)).filter(job::Column::Kind.eq("notification"));
    let changed = app.app.db.write(|tx| {
        Box::pin(async move {
            change.exec(tx).await.unwrap();
            Ok(())
        })
    });
    changed.await.unwrap();
}
