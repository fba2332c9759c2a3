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

use super::{Notification, NotificationState, couriers::carry, failure::Failure};
use crate::{
    app::App,
    db::Transaction,
    error::{Context, Error, Result},
    jobs::{JobError, Lease},
};

/// Code of a failure that the row of the notification explains.
const NOT_DELIVERED: &str = "NOT_DELIVERED";

/// Delivers a notification.
///
/// # Errors
/// To be tried again when the other side may yet take it; given up when it will not.
pub async fn deliver(app: &App, lease: &Lease) -> Result<(), JobError> {
    let Some(notification) = pending(app.db.read(), lease.org_id(), lease.job().subject()).await? else {
        return Ok(lease.finish_alone(&app.db).await?);
    };
    let carried = tokio::select! {
        carried = carry(app, &notification) => carried?,
        () = lease.stop().cancelled_owned() => return Err(JobError::stopped()),
    };
    note(app, lease, carried.clone()).await?;
    let Err(failure) = carried else { return Ok(()) };
    let message = format!("the notification was not delivered: {}", failure.code);
    let error = Error::Conflict { code: NOT_DELIVERED, message };
    Err(if failure.is_final { JobError::give_up(error) } else { JobError::retry(error) })
}

/// Writes down what came of a try. What was delivered is done with the same transaction.
async fn note(app: &App, lease: &Lease, carried: Result<(), Failure>) -> Result<()> {
    let (lease, now) = (lease.clone(), app.clock.now());
    let noted = app.db.write(move |tx| {
        Box::pin(async move {
            match &carried {
                Ok(()) => lease.done(tx).await?,
                Err(_) => lease.hold(tx).await?,
            }
            let found = pending(tx, lease.org_id(), lease.job().subject()).await?;
            let Some(notification) = found else { return Ok(()) };
            let mut row = notification.into_active_model();
            row.attempts = Set(lease.attempt());
            match carried {
                Ok(()) => {
                    row.state = Set(NotificationState::Delivered);
                    row.finished_at = Set(Some(now));
                }
                Err(failure) => row.last_error = Set(Some(failure.code.into_owned())),
            }
            row.update(tx).await.doing("noting what came of a delivery").map(drop)
        })
    });
    noted.await
}

/// The queue gives the notification up: the same transaction says why.
///
/// # Errors
/// The database's own failure.
pub async fn gave_up(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid, why: &Error) -> Result<()> {
    end(tx, now, org_id, id, Some(why.code()).filter(|code| *code != NOT_DELIVERED)).await
}

/// Somebody stopped the job.
///
/// # Errors
/// The database's own failure.
pub async fn cancelled(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid) -> Result<()> {
    end(tx, now, org_id, id, Some("CANCELLED")).await
}

/// The notification is given up, for a reason of its own or the one that was noted.
async fn end(tx: &Transaction, now: DateTime<Utc>, org_id: Uuid, id: Uuid, why: Option<&str>) -> Result<()> {
    let Some(notification) = pending(tx, org_id, id).await? else { return Ok(()) };
    let mut row = notification.into_active_model();
    row.state = Set(NotificationState::GaveUp);
    if let Some(why) = why {
        row.last_error = Set(Some(why.to_owned()));
    }
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
