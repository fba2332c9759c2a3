//! eBay's token: fetched once for all workers, kept, and renewed before it ends.
//!
//! What a reader would get wrong: asking for a token is not billed, so no purse is involved; and whoever is dropped while
//! it fetches leaves the fetch to the next in the line.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{Answer, Caller, Failure, FaultKind, Refusal};
use crate::{clock::Clock, config::Secret};

/// A token is renewed so long before its end; one that lives shorter, after half of its life.
const EARLY: TimeDelta = TimeDelta::minutes(5);
const SCOPE: &str = "https://api.ebay.com/oauth/api_scope";

/// The token of this process.
#[derive(Debug)]
pub(super) struct Token {
    clock: Clock,
    id: Secret,
    secret: Secret,
    state: Mutex<State>,
    /// How many fetches have failed: who waited for one that did does not ask for itself.
    failures: std::sync::atomic::AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// The token, and when it is to be renewed.
    current: Option<(Secret, DateTime<Utc>)>,
    failure: Option<Refusal>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Secret,
    expires_in: u32,
}

#[derive(Deserialize)]
struct Denied {
    error_description: Option<String>,
    error: Option<String>,
}

impl Token {
    pub(super) fn new(clock: Clock, id: Secret, secret: Secret) -> Self {
        Self { clock, id, secret, state: Mutex::default(), failures: 0.into() }
    }

    /// The token; fetches one where there is none that is good for a while.
    pub(super) async fn get(&self, caller: &Caller, url: &str) -> Result<Secret, Refusal> {
        use std::sync::atomic::Ordering::SeqCst;
        let failures = self.failures.load(SeqCst);
        let mut state = self.state.lock().await;
        if let Some((token, _)) = state.current.as_ref().filter(|(_, renewed_at)| self.clock.now() < *renewed_at) {
            return Ok(token.clone());
        }
        if let Some(failure) = state.failure.clone().filter(|_| self.failures.load(SeqCst) > failures) {
            return Err(failure);
        }
        match self.fetch(caller, url).await {
            Ok((token, renewed_at)) => {
                *state = State { current: Some((token.clone(), renewed_at)), failure: None };
                Ok(token)
            }
            Err(refusal) => {
                state.failure = Some(refusal.clone());
                self.failures.fetch_add(1, SeqCst);
                Err(refusal)
            }
        }
    }

    /// Fetches a token whatever there is.
    pub(super) async fn renew(&self, caller: &Caller, url: &str) -> Result<(), Refusal> {
        let (token, renewed_at) = self.fetch(caller, url).await?;
        self.state.lock().await.current = Some((token, renewed_at));
        Ok(())
    }

    /// This token is not good any more. Another that came meanwhile is.
    pub(super) async fn forget(&self, token: &Secret) {
        let mut state = self.state.lock().await;
        if state.current.as_ref().is_some_and(|(current, _)| current.expose() == token.expose()) {
            state.current = None;
        }
    }

    async fn fetch(&self, caller: &Caller, url: &str) -> Result<(Secret, DateTime<Utc>), Refusal> {
        let address = format!("{url}/identity/v1/oauth2/token");
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", SCOPE)
            .finish();
        let request = || {
            let request = caller.client().post(&address).basic_auth(self.id.expose(), Some(self.secret.expose()));
            request.header("content-type", "application/x-www-form-urlencoded").body(body.clone())
        };
        let granted = caller.call(None, request, read).await?;
        let life = TimeDelta::seconds(granted.expires_in.into());
        Ok((granted.access_token, self.clock.now() + life - EARLY.min(life / 2)))
    }
}

fn read(answer: &Answer<'_>) -> Result<Granted, Failure> {
    if answer.status == StatusCode::OK {
        return answer.json();
    }
    let denied = answer.json::<Denied>().ok();
    let said = denied.and_then(|denied| denied.error_description.or(denied.error));
    let failure = answer.failure(said.as_deref());
    // Credentials that do not hold can be a bad request there.
    let kind = if failure.kind == FaultKind::BadRequest { FaultKind::Unauthorized } else { failure.kind };
    Err(Failure { kind, ..failure })
}
