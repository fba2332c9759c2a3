//! Those who carry notifications: the mailer and the client of webhooks, one of the handles of the service.

use entity::member;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{Channel, Notification, failure::Failure, mail::Mailer, secret, webhook::Requests};
use crate::{
    app::App,
    config::Config,
    error::{Context, Error, Result},
};

/// Carries what is told. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Couriers {
    mailer: Option<Mailer>,
    requests: Requests,
}

impl Couriers {
    /// As configured.
    ///
    /// # Errors
    /// `CONFIG`.
    pub fn from_config(config: &Config) -> Result<Self> {
        Ok(Self { mailer: Mailer::from_config(config)?, requests: Requests::from_config(config)? })
    }

    /// Whether there can be e-mail.
    pub(super) fn have_mail(&self) -> bool {
        self.mailer.is_some()
    }
}

/// One try. What fails on our side is an error, what fails on theirs a failure.
pub(super) async fn carry(app: &App, notification: &Notification) -> Result<Result<(), Failure>> {
    match notification.channel {
        Channel::Email => by_mail(app, notification).await,
        Channel::Webhook => {
            let signed_for =
                notification.signed_for.ok_or_else(|| Error::internal("webhooks are signed for somebody"))?;
            let Ok(key) = secret::key(&app.config, signed_for) else {
                return Ok(Err(Failure::passing("WEBHOOKS_NOT_CONFIGURED")));
            };
            Ok(app.couriers.requests.send(notification, &key, app.clock.now()).await)
        }
    }
}

/// To the member's address as it is now, unless they are gone or suspended meanwhile.
async fn by_mail(app: &App, notification: &Notification) -> Result<Result<(), Failure>> {
    let Some(mailer) = &app.couriers.mailer else { return Ok(Err(Failure::passing("EMAIL_NOT_CONFIGURED"))) };
    let Some(member_id) = notification.member_id else { return Ok(Err(Failure::lasting("MEMBER_GONE"))) };
    let member = member::Entity::find_by_id(member_id)
        .filter(member::Column::OrgId.eq(notification.org_id))
        .filter(member::Column::Status.eq(member::MemberStatus::Active))
        .one(app.db.read())
        .await
        .doing("finding who is to be told")?;
    let Some(member) = member else { return Ok(Err(Failure::lasting("MEMBER_GONE"))) };
    let letter =
        serde_json::from_str(&notification.payload).map_err(|error| Error::caused("reading a stored letter", error))?;
    Ok(mailer.send(notification.id, &member.email, &letter, app.clock.now()).await)
}
