//! Where it is told how a schedule went, as far as that is for everybody's eyes.
//!
//! What a reader would get wrong: the address of a webhook often is the key to what is behind it; it is shown to no one who
//! could not have set it.

use super::Schedule;
use crate::{
    app::App,
    auth::{Actor, Permission},
    error::Result,
    notifications,
};

/// The address of the schedule's webhook; none when it has none, and for who may not automate.
#[must_use]
pub fn webhook_url<'a>(actor: &Actor, schedule: &'a Schedule) -> Option<&'a str> {
    actor.require(Permission::Automation).ok().and(schedule.webhook_url.as_deref())
}

/// What the requests of the schedule's webhook are signed with, as its receiver is told it: `whsec_…`. None without one.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `WEBHOOKS_NOT_CONFIGURED`.
pub fn webhook_secret(app: &App, actor: &Actor, schedule: &Schedule) -> Result<Option<String>> {
    actor.require(Permission::Automation)?;
    let secret = schedule.webhook_url.is_some().then(|| notifications::webhook_secret(app, schedule.id));
    secret.transpose()
}
