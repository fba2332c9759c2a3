//! Notifications in the schema: what was told, to whom, and whether it got there.

use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    connection::{connection, total},
    loader::Loader,
    scalar::DateTime,
    schedule_loader::NotificationCountKey,
};
use crate::{id::IdKind, notifications};

/// By which way something is told.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "notifications::Channel")]
pub enum NotificationChannel {
    /// An e-mail to a member.
    Email,
    /// A signed request to an address, as in Standard Webhooks.
    Webhook,
}

/// How far a notification is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "notifications::NotificationState")]
pub enum NotificationState {
    /// Waits for its first or next try.
    Pending,
    /// The other side has taken it.
    Delivered,
    /// There will be no further try; `lastError` says why.
    GaveUp,
}

/// Something somebody was told, or is to be. Needs `admin.automation`.
#[derive(Clone, Debug, SimpleObject)]
pub struct Notification {
    /// Its id; the receiver of a webhook knows it by the 32 hex digits.
    id: ID,
    /// What happened: `run.completed`, for example.
    event: String,
    /// By which way it goes.
    channel: NotificationChannel,
    /// Where it goes: an e-mail address or a URL.
    destination: String,
    /// How far it is.
    state: NotificationState,
    /// Times it was tried.
    attempts: i32,
    /// What went wrong the last time, for programs; null when nothing did.
    last_error: Option<String>,
    /// When it was written.
    created_at: DateTime,
    /// When it was delivered or given up; null before.
    finished_at: Option<DateTime>,
}

impl From<notifications::Notification> for Notification {
    fn from(row: notifications::Notification) -> Self {
        Self {
            id: IdKind::Notification.show(row.id).into(),
            event: row.event,
            channel: row.channel.into(),
            destination: row.destination,
            state: row.state.into(),
            attempts: row.attempts,
            last_error: row.last_error,
            created_at: DateTime(row.created_at),
            finished_at: row.finished_at.map(DateTime),
        }
    }
}

connection!(
    NotificationConnection,
    NotificationEdge,
    Notification,
    Uuid,
    "A page of what was told about a schedule, the newest first."
);

#[ComplexObject]
impl NotificationConnection {
    /// The notifications of this page, without their cursors.
    async fn nodes(&self) -> Vec<&Notification> {
        self.rows()
    }

    /// How many there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async {
            let count = ctx.data::<DataLoader<Loader>>()?.load_one(NotificationCountKey(self.source)).await?;
            Ok(total(count.unwrap_or_default()))
        };
        Some(count.await)
    }
}
