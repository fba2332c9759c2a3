//! Calls a provider over HTTP: in its turn, paid for, in time, and again where that helps.
//!
//! Not here: what is asked and what an answer means (`oxylabs`, `rainforest`, `ebay`). What a reader would get wrong: every
//! call is paid for right before it is sent, and never sent twice for one payment: the client makes no further tries of
//! its own. Whoever drops a call on its way has paid for it and no more.

use std::time::Duration;

use chrono::TimeDelta;
use rand::Rng;
use reqwest::{Client, RequestBuilder, Response, redirect};

use super::{
    Fault, FaultKind, Note, Provider, Purse, Refusal,
    answer::{Answer, Failure},
    breaker::Breaker,
    pace::Pace,
};
use crate::{
    clock::Clock,
    config::{Config, Secret},
    error::{Error, Result, chain},
};

/// Two pages of two hundred listings have a tenth of it.
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// Who cannot be reached is known sooner than who answers slowly.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A provider that wants more than this is not waited for: whoever asked decides.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A provider that fails is left alone ten times as long as a single call that failed.
const PAUSE: u32 = 10;

/// The way to one provider, shared by all workers of the process.
#[derive(Debug)]
pub(super) struct Caller {
    provider: Provider,
    client: Client,
    clock: Clock,
    pace: Pace,
    breaker: Breaker,
    first_wait: Duration,
    secrets: Vec<Secret>,
}

/// Why a single call brought nothing.
enum Stop {
    Failed(Failure),
    Refused(Refusal),
}

impl Caller {
    /// # Errors
    /// When there can be no client.
    pub(super) fn new(
        provider: Provider,
        config: &Config,
        clock: &Clock,
        per_second: f64,
        secrets: Vec<Secret>,
    ) -> Result<Self> {
        // The ring provider is the one compiled in; a second installation is refused and means the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let timeout = Duration::from_secs(config.source_timeout_seconds);
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(timeout)
            .connect_timeout(timeout.min(CONNECT_TIMEOUT))
            .user_agent(concat!("sellerbook/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::caused("making an HTTP client", error))?;
        let first_wait = Duration::from_millis(config.source_retry_ms);
        let pause = TimeDelta::from_std(first_wait * PAUSE).unwrap_or(TimeDelta::MAX);
        let breaker = Breaker::new(provider, clock.clone(), pause);
        Ok(Self { provider, client, clock: clock.clone(), pace: Pace::new(per_second), breaker, first_wait, secrets })
    }

    /// What requests are made with.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Makes a call, and makes it again while that helps. Without a purse it is one that the provider does not bill.
    pub(super) async fn call<T>(
        &self,
        purse: Option<&Purse>,
        request: impl Fn() -> RequestBuilder + Send + Sync,
        read: impl Fn(&Answer<'_>) -> Result<T, Failure> + Send + Sync,
    ) -> Result<T, Refusal> {
        let mut attempt = 1;
        loop {
            let failure = match self.once(purse, &request, &read).await {
                Ok(value) => return Ok(value),
                Err(Stop::Refused(refusal)) => return Err(refusal),
                Err(Stop::Failed(failure)) => failure,
            };
            let Some(wait) = self.wait_after(attempt, &failure) else {
                return Err(Refusal::Fault(self.fault(failure)));
            };
            if let Some(purse) = purse {
                purse.note(Note { kind: failure.kind, attempt, message: self.speak(&failure.message) });
            }
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn once<T>(
        &self,
        purse: Option<&Purse>,
        request: &(impl Fn() -> RequestBuilder + Send + Sync),
        read: &(impl Fn(&Answer<'_>) -> Result<T, Failure> + Send + Sync),
    ) -> Result<T, Stop> {
        let leave = self.breaker.admit().await.map_err(|open| {
            let message = "is left alone for a while: it failed again and again";
            Stop::Failed(Failure { until: Some(open.until), ..Failure::for_good(open.kind, message) })
        })?;
        self.pace.turn().await;
        if let Some(purse) = purse {
            purse.pay(self.provider).map_err(Stop::Refused)?;
        }
        let result = match self.send(request()).await {
            Ok(answer) => read(&answer),
            Err(failure) => Err(failure),
        };
        match &result {
            Err(Failure { kind: kind @ (FaultKind::Timeout | FaultKind::ServerError), .. }) => leave.failed(*kind),
            _ => leave.answered(),
        }
        result.map_err(Stop::Failed)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer<'_>, Failure> {
        let mut response = request.send().await.map_err(|error| lost(self.provider, error))?;
        let body = self.body(&mut response).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, body, at: self.clock.now(), secrets: &self.secrets })
    }

    async fn body(&self, response: &mut Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(self.provider, error))? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(Failure::for_good(FaultKind::BadResponse, "sent an answer that is far too long"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// How long to wait before the next try; none when it is given up.
    fn wait_after(&self, attempt: i32, failure: &Failure) -> Option<Duration> {
        if let Some(asked) = failure.retry_after.filter(|_| failure.tries > 1) {
            // All workers of the process wait, not only this one.
            self.pace.hold(asked.min(LONGEST_WAIT));
        }
        if attempt >= failure.tries || failure.retry_after.is_some_and(|asked| asked > LONGEST_WAIT) {
            return None;
        }
        let doubled = self.first_wait * 2_u32.saturating_pow(u32::try_from(attempt - 1).unwrap_or_default());
        let wait = doubled.mul_f64(rand::rng().random_range(0.75..1.25));
        Some(failure.retry_after.unwrap_or_default().max(wait).min(LONGEST_WAIT))
    }

    /// A failure as the callers of sources see it.
    pub(super) fn fault(&self, failure: Failure) -> Fault {
        let asked = failure.retry_after.and_then(|asked| TimeDelta::from_std(asked).ok());
        let until = failure.until.or_else(|| Some(self.clock.now() + asked?));
        let message = self.speak(&failure.message);
        tracing::debug!(provider = self.provider.name(), kind = failure.kind.code(), message, "a source failed");
        Fault { provider: self.provider, kind: failure.kind, message, until }
    }

    fn speak(&self, message: &str) -> String {
        let name = match self.provider {
            Provider::Catalogue => "the catalogue",
            Provider::Oxylabs => "Oxylabs",
            Provider::Rainforest => "Rainforest",
            Provider::Ebay => "eBay",
        };
        format!("{name} {message}")
    }
}

/// A call without a whole answer. The library's own text names the address, and that may hold a key.
fn lost(provider: Provider, error: reqwest::Error) -> Failure {
    let message = match &error {
        error if error.is_timeout() => "did not answer in time",
        error if error.is_connect() => "cannot be reached",
        error if error.is_builder() => return Failure::for_good(FaultKind::BadRequest, "cannot be asked that"),
        _ => "broke off the connection",
    };
    let cause = chain(&error.without_url());
    tracing::debug!(provider = provider.name(), cause, "calling a source");
    Failure::passing(FaultKind::Timeout, message)
}
