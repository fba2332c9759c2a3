//! One transaction over the schedules of an organisation, and what there is to tell once it is committed.
//!
//! What a reader would get wrong: nobody else starts a run of the organisation, fires or changes one of its schedules before
//! the transaction ends; what is read of them here stays true.

use chrono::{DateTime, Utc};
use entity::schedule;
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::{
    app::App,
    collection,
    db::Transaction,
    error::Result,
    exports,
    notifications::{self, Event, Fires, Recipients, Webhook},
};

/// The transaction.
pub(super) struct Turn<'tx> {
    /// The handles.
    pub app: App,
    /// Where it is written.
    pub tx: &'tx Transaction,
    /// Whose schedules.
    pub org_id: Uuid,
    /// When.
    pub now: DateTime<Utc>,
    /// What has come of it so far.
    pub done: Done,
}

/// What came of a turn.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Planned times that got their row, and waiting ones that ended.
    pub fires: u64,
    /// Runs that were started or are to end.
    pub runs: Vec<Uuid>,
    /// Exports that were started.
    pub exports: Vec<Uuid>,
    is_posted: bool,
}

impl Done {
    /// After the commit: workers and watchers look.
    pub fn tell(&self, app: &App) {
        for id in &self.runs {
            collection::told(app, *id);
        }
        for id in &self.exports {
            exports::told(app, *id);
        }
        if self.is_posted {
            app.jobs.wake();
        }
    }
}

impl Turn<'_> {
    /// Tells what has happened to planned times of a schedule, once the transaction is committed.
    pub async fn post(&mut self, schedule: &schedule::Model, event: fn(Fires) -> Event, fires: Fires) -> Result<()> {
        let recipients = recipients(schedule);
        if recipients.is_empty() {
            return Ok(());
        }
        self.done.is_posted = true;
        notifications::post(self.tx, self.now, self.org_id, &recipients, event(fires)).await
    }
}

/// Whom a schedule tells.
pub(super) fn recipients(schedule: &schedule::Model) -> Recipients {
    Recipients {
        email: schedule.member_id.filter(|_| schedule.notify_email),
        webhook: schedule.webhook_url.clone().map(|url| Webhook { url, signed_for: schedule.id }),
    }
}

/// Planned times of a schedule with the same end.
pub(super) fn told(schedule: &schedule::Model, times: &[DateTime<Utc>], reason: &str) -> Option<Fires> {
    Some(Fires {
        schedule_id: schedule.id,
        schedule_name: schedule.name.clone(),
        count: u32::try_from(times.len()).unwrap_or(u32::MAX),
        first_planned_at: *times.first()?,
        last_planned_at: *times.last()?,
        reason: reason.to_owned(),
    })
}

/// Does something to the schedules of an organisation, holding all that would start or change anything of them.
pub(super) async fn take<T, F>(app: &App, org_id: Uuid, work: F) -> Result<(T, u64)>
where
    T: Send,
    F: for<'t, 'tx> FnOnce(&'t mut Turn<'tx>) -> BoxFuture<'t, Result<T>> + Send + 'static,
{
    let (there, now) = (app.clone(), app.clock.now());
    let (value, done) = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                collection::hold_starts(tx, org_id, now).await?;
                let mut turn = Turn { app: there, tx, org_id, now, done: Done::default() };
                let value = work(&mut turn).await?;
                Ok((value, turn.done))
            })
        })
        .await?;
    done.tell(app);
    Ok((value, done.fires))
}
