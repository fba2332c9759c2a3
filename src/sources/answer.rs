//! What a provider answered, and what it means when it is not what was asked for.
//!
//! What a reader would get wrong: whatever a provider says may hold our own secrets and any other text; only what
//! [`Answer::quote`] made of it goes into messages.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use serde::de::DeserializeOwned;

use super::FaultKind;
use crate::config::Secret;

/// A call and two more.
pub(super) const TRIES: i32 = 3;
/// Most characters of theirs in a message.
const LONGEST_QUOTE: usize = 200;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer<'s> {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// When it came.
    pub(super) at: DateTime<Utc>,
    /// What must not be quoted.
    pub(super) secrets: &'s [Secret],
}

/// Why a call failed, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: FaultKind,
    pub(super) message: String,
    /// Calls that may be made in all before it is given up; 1 where another is of no use.
    pub(super) tries: i32,
    /// How long the provider wants to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// When it is worth another try, if that is not soon.
    pub(super) until: Option<DateTime<Utc>>,
}

impl Failure {
    /// One that another call does not mend.
    pub(super) fn for_good(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), tries: 1, retry_after: None, until: None }
    }

    /// One that may have passed at the next call.
    pub(super) fn passing(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { tries: TRIES, ..Self::for_good(kind, message) }
    }
}

impl Answer<'_> {
    /// The body as what it should be.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The library's text quotes the document; where it broke is enough.
            let place = format!("line {}, column {}", error.line(), error.column());
            Failure::passing(FaultKind::BadResponse, format!("an answer that cannot be read ({place})"))
        })
    }

    /// What a status other than 200 means, unless the provider's own rules say otherwise.
    pub(super) fn failure(&self, said: Option<&str>) -> Failure {
        self.failure_of(self.status.as_u16(), said)
    }

    /// The same of a status that stands within the answer.
    pub(super) fn failure_of(&self, status: u16, said: Option<&str>) -> Failure {
        let said = said.map(|said| format!(": {}", self.quote(said))).unwrap_or_default();
        let message = format!("answered {status}{said}");
        match status {
            401 | 403 => Failure::for_good(FaultKind::Unauthorized, message),
            402 => Failure::for_good(FaultKind::QuotaExhausted, message),
            404 | 410 => Failure::for_good(FaultKind::NotFound, message),
            408 => Failure::passing(FaultKind::Timeout, message),
            429 => Failure { retry_after: self.retry_after(), ..Failure::passing(FaultKind::RateLimited, message) },
            400..500 => Failure::for_good(FaultKind::BadRequest, message),
            500.. => Failure { retry_after: self.retry_after(), ..Failure::passing(FaultKind::ServerError, message) },
            _ => Failure::for_good(FaultKind::BadResponse, message),
        }
    }

    /// How long the provider wants to be left alone: seconds, or a date.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let said = self.headers.get(RETRY_AFTER)?.to_str().ok()?;
        if let Ok(seconds) = said.trim().parse::<u32>() {
            return Some(Duration::from_secs(seconds.into()));
        }
        let date = DateTime::parse_from_rfc2822(said.trim()).ok()?.to_utc();
        (date - self.at).max(TimeDelta::zero()).to_std().ok()
    }

    /// Their words for a message of ours: in one line, not long, without a secret.
    pub(super) fn quote(&self, said: &str) -> String {
        let mut said = said.to_owned();
        for secret in self.secrets.iter().map(Secret::expose).filter(|secret| !secret.is_empty()) {
            said = said.replace(secret, "…");
        }
        let printable = said.chars().map(|letter| if is_plain(letter) { letter } else { ' ' });
        let quoted: String = printable.take(LONGEST_QUOTE).collect();
        quoted.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Neither steers a terminal nor turns a line around.
fn is_plain(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer<'s>(status: u16, headers: &[(&'static str, &str)], secrets: &'s [Secret]) -> Answer<'s> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let at = DateTime::from_timestamp(1_445_412_420, 0).unwrap();
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Vec::new(), at, secrets }
    }

    #[test]
    fn every_status_has_its_meaning() {
        use FaultKind::*;
        for (status, kind, tries) in [
            (302, BadResponse, 1),
            (400, BadRequest, 1),
            (401, Unauthorized, 1),
            (402, QuotaExhausted, 1),
            (403, Unauthorized, 1),
            (404, NotFound, 1),
            (408, Timeout, 3),
            (422, BadRequest, 1),
            (429, RateLimited, 3),
            (500, ServerError, 3),
            (524, ServerError, 3),
            (612, ServerError, 3),
            (613, ServerError, 3),
        ] {
            let failure = answer(status, &[], &[]).failure(None);
            assert_eq!((failure.kind, failure.tries), (kind, tries), "{status}");
        }
    }

    #[test]
    fn what_they_ask_for_is_read_as_seconds_or_a_date() {
        let after = |value| answer(429, &[("retry-after", value)], &[]).retry_after().map(|wait| wait.as_secs());
        assert_eq!(after("7"), Some(7));
        assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(60));
        assert_eq!(after("Wed, 21 Oct 2015 07:26:00 GMT"), Some(0));
        assert_eq!((after("soon"), after("-1")), (None, None));
    }

    #[test]
    fn their_words_are_cleaned() {
        let secrets = [Secret::new("s3cret"), Secret::new("")];
        let answer = answer(400, &[], &secrets);
        assert_eq!(answer.quote("key\r\ns3cret \u{202e}is\u{1b}[31m bad\0"), "key … is [31m bad");
        assert_eq!(answer.quote(&"é".repeat(1_000)).chars().count(), 200);
    }
}
