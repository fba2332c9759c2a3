//! Requests to webhooks: one try, signed as Standard Webhooks say.
//!
//! What a reader would get wrong: nothing the other side says is followed, read or kept, only its status counts. No
//! redirect, no proxy of the environment (it would resolve names for us), no body.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use reqwest::{Client, StatusCode, Url, header::CONTENT_TYPE, redirect};

use super::{
    Notification,
    address::{self, NotPublic, PublicOnly},
    failure::Failure,
    secret,
};
use crate::{
    config::Config,
    error::{Error, Result, causes},
};

/// Sends requests to webhooks. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    client: Client,
    may_be_private: bool,
}

impl Requests {
    pub fn from_config(config: &Config) -> Result<Self> {
        // The ring provider is the one compiled in; a second installation is refused and means the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let may_be_private = config.webhook_allow_private;
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .dns_resolver(Arc::new(PublicOnly { may_be_private }))
            .https_only(!may_be_private)
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_millis(config.notification_timeout_ms))
            .user_agent(concat!("sellerbook/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::caused("making the client of webhooks", error))?;
        Ok(Self { client, may_be_private })
    }

    /// Sends one; whatever begins with 2 is an answer that says it was taken.
    pub async fn send(&self, notification: &Notification, key: &[u8], now: DateTime<Utc>) -> Result<(), Failure> {
        let url = Url::parse(&notification.destination).map_err(|_| Failure::lasting("INVALID_ADDRESS"))?;
        address::allowed(&url, self.may_be_private).map_err(|_| Failure::lasting("ADDRESS_NOT_ALLOWED"))?;
        let (id, timestamp) = (notification.id.simple().to_string(), now.timestamp());
        let signature = secret::signature(key, &id, timestamp, &notification.payload)
            .map_err(|_| Failure::passing("WEBHOOKS_NOT_CONFIGURED"))?;
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(notification.payload.clone());
        let answer = request.send().await.map_err(|error| lost(&error))?;
        judge(answer.status())
    }
}

fn judge(status: StatusCode) -> Result<(), Failure> {
    match status {
        status if status.is_success() => Ok(()),
        status if status.is_redirection() => Err(Failure::passing("REDIRECTED")),
        // Whoever answers so wants no more.
        StatusCode::GONE => Err(Failure::lasting("HTTP_410")),
        status => Err(Failure::passing(format!("HTTP_{}", status.as_u16()))),
    }
}

fn lost(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        Failure::timeout()
    } else if causes(error).any(|cause| cause.is::<NotPublic>()) {
        Failure::lasting("ADDRESS_NOT_ALLOWED")
    } else if causes(error).any(is_of_tls) {
        Failure::passing("TLS_FAILED")
    } else if error.is_connect() {
        Failure::passing("NOT_REACHED")
    } else {
        Failure::passing("CONNECTION_LOST")
    }
}

/// The library of TLS speaks through failures of input and output, which hide what they hold.
fn is_of_tls(cause: &(dyn std::error::Error + 'static)) -> bool {
    let within = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    cause.is::<rustls::Error>() || within.is_some_and(|within| within.is::<rustls::Error>())
}
