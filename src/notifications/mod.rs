//! Notifications: what has happened, told to people by e-mail and to programs by webhook.
//!
//! An outbox: a domain [`post`]s in the transaction of the change that it tells of, so nothing is told that did not happen
//! and nothing that happened is forgotten; a job of the lane of its own ([`jobs::Lane::Post`](crate::jobs::Lane::Post))
//! delivers it, for a day if need be, and then it is given up and [`list`] shows why. Not here: what is worth telling,
//! which is the business of the domains. What a reader would get wrong: delivery is at least once. A process that dies
//! between the answer of the other side and our note of it tells again, with the same `webhook-id` or `Message-ID`.

mod address;
mod couriers;
mod deliver;
mod event;
mod failure;
mod list;
mod mail;
mod outbox;
mod secret;
mod webhook;
mod words;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    app::App,
    error::{Error, Result},
};

pub use couriers::Couriers;
pub use deliver::{cancelled, deliver, gave_up};
pub use entity::notification::{Channel, Model as Notification, NotificationState};
pub use event::{Event, ExportEnd, Fires, RunEnd};
pub use list::{count, list};
pub use outbox::{post, purge};

/// Who is to be told. Nobody, by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipients {
    /// The member who gets an e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Uuid>,
    /// The program that gets a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
}

impl Recipients {
    /// Whether there is nobody to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.email.is_none() && self.webhook.is_none()
    }
}

/// A program that is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where it is, an address that passed its check.
    pub url: String,
    /// Whose secret the requests are signed with: the id of the schedule.
    pub signed_for: Uuid,
}

/// The address of a webhook as it is set, in its canonical form.
///
/// # Errors
/// `INVALID_WEBHOOK_URL`, saying why; `WEBHOOKS_NOT_CONFIGURED` when the server has no secret that lasts.
pub fn check_webhook(app: &App, url: &str) -> Result<String> {
    secret::key(&app.config, Uuid::nil())?;
    address::checked(url, app.config.webhook_allow_private)
}

/// Refuses e-mail where nothing hands it in.
///
/// # Errors
/// `EMAIL_NOT_CONFIGURED`.
pub fn check_email(app: &App) -> Result<()> {
    if app.couriers.have_mail() {
        return Ok(());
    }
    let message = "this service sends no e-mail; its operator must set `smtp_url` and `mail_from` first";
    Err(Error::bad_input("EMAIL_NOT_CONFIGURED", message))
}

/// The secret that webhooks are signed with for somebody (a schedule), as receivers are given it: `whsec_…`. Whoever calls
/// it has made sure that the caller may know it.
///
/// # Errors
/// `WEBHOOKS_NOT_CONFIGURED`.
pub fn webhook_secret(app: &App, signed_for: Uuid) -> Result<String> {
    Ok(secret::shown(&secret::key(&app.config, signed_for)?))
}
