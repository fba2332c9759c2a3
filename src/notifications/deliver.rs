//! The delivery of a notification: one try, and what is written down of it.
//!
//! Not here: when the next try is and after how many it is given up (`jobs`). What a reader would get wrong: no transaction
//! is open while the other side is waited for, and no connection to the database is held.

use chrono::{DateTime, Utc};
use entity::notification;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::{Notification, NotificationState};
use crate::{
    app::App,
    db::Transaction,
    error::{Context, Error, Result},
    jobs::{JobError, Lease},
};

/// Delivers a notification.
///
/// # Errors
/// To be tried again when the other side may yet take it.
pub async fn deliver(app: &App, lease: &Lease) -> Result<(), JobError> {
    let Some(_notification) = pending(app.db.read(), lease.org_id(), lease.job().subject()).await? else {
        let lease = lease.clone();
        return Ok(app.db.write(move |tx| Box::pin(async move { lease.done(tx).await })).await?);
    };
    Err(JobError::retry(Error::internal("notifications can be delivered")))
}

/// The queue gives the notification up: the same transaction says why.
///
/// # Errors
/// The database's own failure.
pub async fn gave_up(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid, why: &Error) -> Result<()> {
    end(tx, now, org_id, id, why.code()).await
}

/// Somebody stopped the job.
///
/// # Errors
/// The database's own failure.
pub async fn cancelled(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid) -> Result<()> {
    end(tx, now, org_id, id, "CANCELLED").await
}

async fn end(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid, why: &str) -> Result<()> {
    let Some(notification) = pending(tx, org_id, id).await? else { return Ok(()) };
    let mut row = notification.into_active_model();
    row.state = Set(NotificationState::GaveUp);
    row.last_error = Set(Some(why.to_owned()));
    row.finished_at = Set(Some(now));
    row.update(tx).await.doing("giving a notification up").map(drop)
}

/// The notification, unless it has ended or is gone.
async fn pending(db: &impl ConnectionTrait, org_id: Uuid, id: Uuid) -> Result<Option<Notification>> {
    let found = notification::Entity::find_by_id(id)
        .filter(notification::Column::OrgId.eq(org_id))
        .filter(notification::Column::State.eq(NotificationState::Pending))
        .one(db)
        .await;
    found.doing("finding a notification that has not ended")
}
