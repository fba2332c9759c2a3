//! The rows of the outbox: in, and out after a while.
//!
//! Not here: seeing them (`list.rs`) and their delivery (`deliver.rs`). What a reader would get wrong: what is told is settled when it is posted, byte by byte, so
//! that every try says and signs the same.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{member, notification};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Channel, Event, NotificationState, Recipients, words::Letter};
use crate::{
    app::App,
    db::Transaction,
    error::{Context, Error, Result},
    jobs::{self, Job},
};

/// Days that a notification is kept after its end, for whoever wants to know what was told.
const KEPT_DAYS: i64 = 30;

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
