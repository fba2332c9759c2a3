//! The rows of the outbox: in, seen, and out after a while.
//!
//! Not here: their delivery (`deliver.rs`). What a reader would get wrong: what is told is settled when it is posted, byte by byte, so
//! that every try says and signs the same.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{member, notification};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Select};
use uuid::Uuid;

use super::{Channel, Event, Notification, NotificationState, Recipients, words::Letter};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    jobs::{self, Job},
    page::{self, Fingerprint, Newest, Page, PageRequest},
};

/// Days that a notification is kept after its end, for whoever wants to know what was told.
const KEPT_DAYS: i64 = 30;

/// The only order of notifications.
const NEWEST: Newest<notification::Entity> =
    Newest { at: notification::Column::CreatedAt, id: notification::Column::Id, of: |row| (row.created_at, row.id) };

/// Tells the recipients of an event, once the transaction is committed; whoever calls it wakes the workers then
/// ([`Jobs::wake`](crate::jobs::Jobs::wake)). A member who is gone or suspended is not told.
///
/// # Errors
/// The database's own failure.
pub async fn post(
    tx: &Transaction,
    now: DateTime<Utc>,
    org_id: Uuid,
    recipients: &Recipients,
    event: Event,
) -> Result<()> {
    if let Some(member_id) = recipients.email
        && let Some(member) = told(tx, org_id, member_id).await?
    {
        let letter =
            serde_json::to_string(&Letter::about(&event)).map_err(|error| Error::caused("storing a letter", error))?;
        let mut row = row(now, org_id, &event, letter);
        (row.channel, row.member_id) = (Set(Channel::Email), Set(Some(member.id)));
        row.destination = Set(member.email);
        put(tx, now, row).await?;
    }
    if let Some(webhook) = &recipients.webhook {
        let mut row = row(now, org_id, &event, event.body(now).to_string());
        (row.channel, row.signed_for) = (Set(Channel::Webhook), Set(Some(webhook.signed_for)));
        row.destination = Set(webhook.url.clone());
        put(tx, now, row).await?;
    }
    Ok(())
}

fn row(now: DateTime<Utc>, org_id: Uuid, event: &Event, payload: String) -> notification::ActiveModel {
    notification::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(org_id),
        schedule_id: Set(event.schedule_id()),
        event: Set(event.name().to_owned()),
        payload: Set(payload),
        state: Set(NotificationState::Pending),
        attempts: Set(0),
        created_at: Set(now),
        ..Default::default()
    }
}

async fn put(tx: &Transaction, now: DateTime<Utc>, row: notification::ActiveModel) -> Result<()> {
    let row = row.insert(tx).await.doing("writing a notification")?;
    jobs::enqueue(tx, now, row.org_id, Job::Notification(row.id)).await
}

/// The member, if there is one who may still be told anything.
async fn told(tx: &Transaction, org_id: Uuid, id: Uuid) -> Result<Option<member::Model>> {
    member::Entity::find_by_id(id)
        .filter(member::Column::OrgId.eq(org_id))
        .filter(member::Column::Status.eq(member::MemberStatus::Active))
        .one(tx)
        .await
        .doing("finding who is to be told")
}

/// A page of what a schedule has told, the newest first.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; a page that cannot be answered.
pub async fn list(app: &App, actor: &Actor, schedule_id: Uuid, request: &PageRequest) -> Result<Page<Notification>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let fingerprint = Fingerprint::of("notifications", scope.org_id(), &(), &schedule_id)?;
    page::read(app.db.read(), of_schedule(&scope, schedule_id), NEWEST, request, fingerprint).await
}

/// How many there are on all pages.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn count(app: &App, actor: &Actor, schedule_id: Uuid) -> Result<u64> {
    let scope = actor.require(Permission::ReadSellers)?;
    of_schedule(&scope, schedule_id).count(app.db.read()).await.doing("counting notifications")
}

fn of_schedule(scope: &Scope, schedule_id: Uuid) -> Select<notification::Entity> {
    visible(scope).filter(notification::Column::ScheduleId.eq(schedule_id))
}

/// The notifications of the scope.
fn visible(scope: &Scope) -> Select<notification::Entity> {
    notification::Entity::find().filter(notification::Column::OrgId.eq(scope.org_id()))
}

/// Removes what ended long ago. Answers how many.
///
/// # Errors
/// The database's own failure.
pub async fn purge(app: &App) -> Result<u64> {
    let ended_before = app.clock.now() - TimeDelta::days(KEPT_DAYS);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let purged = notification::Entity::delete_many()
                    .filter(notification::Column::FinishedAt.lt(ended_before))
                    .exec(tx)
                    .await
                    .doing("removing old notifications")?;
                Ok(purged.rows_affected)
            })
        })
        .await
}
