//! E-mail: where it is handed in, and one try.
//!
//! What a reader would get wrong: the `Message-ID` is the notification's and the same for every try, so that a reader's
//! program can tell that two are one.

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, Utc};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType, header::HeaderName, header::HeaderValue},
    transport::smtp,
};
use reqwest::Url;
use tokio::time::timeout;
use uuid::Uuid;

use super::{failure::Failure, words::Letter};
use crate::{
    config::Config,
    error::{Error, Result},
};

/// Hands e-mails in. Cheap to clone.
#[derive(Clone)]
pub(super) struct Mailer {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    longest: Duration,
    link: Option<String>,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Mailer {
    /// None when e-mail is not configured.
    ///
    /// # Errors
    /// `CONFIG`; the address of the server, which may hold a password, is not shown.
    pub fn from_config(config: &Config) -> Result<Option<Self>> {
        let (Some(url), Some(from)) = (&config.smtp_url, &config.mail_from) else { return Ok(None) };
        let from = from.parse().map_err(|_| {
            Error::bad_input("CONFIG", "`mail_from` must be an address, or a name and an address as `Name <address>`")
        })?;
        // The ring provider is the one compiled in; a second installation is refused and means the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let longest = Duration::from_millis(config.notification_timeout_ms);
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settled(url.expose())?)
            .map_err(|_| unusable())?
            .timeout(Some(longest))
            .build();
        let link = config.public_url.as_ref().map(|url| format!("{}/graphql", url.trim_end_matches('/')));
        Ok(Some(Self { smtp, from, longest, link }))
    }

    /// Hands one in.
    pub async fn send(&self, id: Uuid, to: &str, letter: &Letter, now: DateTime<Utc>) -> Result<(), Failure> {
        let message = self.message(id, to, letter, now)?;
        match timeout(self.longest, self.smtp.send(message)).await {
            Err(_) => Err(Failure::timeout()),
            Ok(Err(error)) => Err(judge(&error)),
            Ok(Ok(_)) => Ok(()),
        }
    }

    fn message(&self, id: Uuid, to: &str, letter: &Letter, now: DateTime<Utc>) -> Result<Message, Failure> {
        let to: Address = to.parse().map_err(|_| Failure::lasting("INVALID_ADDRESS"))?;
        let mut text = letter.text.clone();
        if let Some(link) = &self.link {
            text.push_str(&format!("\n{link}?node={}\n", letter.about));
        }
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.clone())
            .date(now.into())
            .message_id(Some(format!("<{}@{}>", id.simple(), self.from.email.domain())))
            // No program is to answer that somebody is away.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(text);
        message.map_err(|_| Failure::lasting("INVALID_MESSAGE"))
    }
}

/// What a server's refusal means. Of its credentials' the operator will hear; they may be put right.
fn judge(error: &smtp::Error) -> Failure {
    if error.is_timeout() {
        return Failure::timeout();
    }
    let Some(code) = error.status().map(u16::from) else {
        return Failure::passing(if error.is_tls() { "TLS_FAILED" } else { "NOT_REACHED" });
    };
    match code {
        530..=539 => Failure::passing(format!("SMTP_{code}")),
        500..=599 => Failure::lasting(format!("SMTP_{code}")),
        _ => Failure::passing(format!("SMTP_{code}")),
    }
}

/// The address with how it is encrypted: at once, or by STARTTLS; not at all only where nobody can listen.
fn settled(text: &str) -> Result<String> {
    let mut url = Url::parse(text).map_err(|_| unusable())?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(unusable)?;
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(unusable());
    }
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let is_here = literal.map_or(host == "localhost", |address| address.is_loopback());
    match url.scheme() {
        "smtps" => {}
        "smtp" if is_here => {}
        "smtp" => url.set_query(Some("tls=required")),
        _ => return Err(unusable()),
    }
    Ok(url.into())
}

fn unusable() -> Error {
    Error::bad_input("CONFIG", "`smtp_url` must be smtps:// or smtp://, perhaps user:password@, a host, perhaps a port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_go_nowhere_in_the_clear() {
        for (given, settled_as) in [
            ("smtps://user:word@mail.example.com", "smtps://user:word@mail.example.com"),
            ("smtp://user:word@mail.example.com:2525", "smtp://user:word@mail.example.com:2525?tls=required"),
            ("smtp://10.0.0.1", "smtp://10.0.0.1?tls=required"),
            ("smtp://127.0.0.1:2525", "smtp://127.0.0.1:2525"),
            ("smtp://[::1]:2525", "smtp://[::1]:2525"),
            ("smtp://localhost", "smtp://localhost"),
        ] {
            assert_eq!(settled(given).unwrap(), settled_as);
        }
        for refused in [
            "mail.example.com",
            "http://mail.example.com",
            "smtp://mail.example.com?tls=opportunistic",
            "smtp://",
            "smtp://a/b",
        ] {
            let refusal = settled(refused).unwrap_err();
            assert_eq!(refusal.code(), "CONFIG", "{refused}");
            assert!(!refusal.to_string().contains("mail.example.com"), "{refusal}");
        }
    }
}
