//! The keys of a JWKS: fetched when they are needed, kept, and fetched again while requests go on with those at hand.
//!
//! Not here: what a token must say (`jwt.rs`). What a reader would get wrong: a failed fetch changes no key. What is
//! known stays good until a fetch succeeds and says otherwise, or until it is too old to be believed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use tokio::{sync::watch, time::timeout};

use crate::{
    clock::Clock,
    error::{Cause, Error, Result, chain},
};

/// Keys older than this are fetched again, so that a withdrawn one stops working.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(10);
/// Keys older than this are not used. An issuer that is down must not lock everybody out, and a day is enough to bring
/// it back; but a withdrawn key must not live for ever because somebody keeps us from hearing of it.
const USABLE_FOR: TimeDelta = TimeDelta::hours(24);
/// A token with an unknown key makes us look for new ones, but not more often than this: anybody can make up an id.
const BETWEEN_FETCHES: TimeDelta = TimeDelta::seconds(30);
/// How long the issuer is left alone after a fetch that failed; twice as long after each further one, to the longest.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// Who waits for a fetch waits no longer than this.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// A key and the one algorithm it is used with.
#[derive(Clone)]
pub struct Key {
    /// What the header of the token must name too.
    pub algorithm: Algorithm,
    /// What checks the signature.
    pub key: DecodingKey,
}

type Keys = HashMap<Option<String>, Key>;

/// The keys behind one address, shared by all requests.
pub struct Jwks {
    url: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: Keys,
    /// When the fetch began that the keys are from.
    fetched_at: Option<DateTime<Utc>>,
    /// The last fetch, if it failed.
    failure: Option<Failure>,
    /// The last fetch, under way or ended.
    flight: Option<Flight>,
}

#[derive(Clone, Copy)]
struct Failure {
    at: DateTime<Utc>,
    pause: TimeDelta,
}

/// One fetch. Nothing is ever sent: the sender goes when the fetch ends, even if it ends in a panic.
#[derive(Clone)]
struct Flight(watch::Receiver<()>);

impl Flight {
    fn is_under_way(&self) -> bool {
        self.0.has_changed().is_ok()
    }

    async fn end(mut self) {
        // The only thing that can come is the end.
        let _ = self.0.changed().await;
    }
}

/// What can be said of a key id at this moment.
enum Look {
    Answer(Result<Option<Key>>),
    AnswerAfter(Flight),
}

impl Jwks {
    /// Nothing is fetched before the first token arrives.
    pub fn new(url: String) -> Arc<Self> {
        Arc::new(Self { url, state: Mutex::default() })
    }

    /// The key that a token names; none if the issuer has no such key.
    ///
    /// A known key is answered at once, however the issuer fares. Only who names another waits, for one fetch at most.
    ///
    /// # Errors
    /// Unavailable when the issuer does not answer and what is known does not settle it.
    pub async fn find(self: &Arc<Self>, kid: Option<&String>, clock: &Clock) -> Result<Option<Key>> {
        let flight = match self.look(kid, clock) {
            Look::Answer(answer) => return answer,
            Look::AnswerAfter(flight) => flight,
        };
        flight.end().await;
        match self.look(kid, clock) {
            Look::Answer(answer) => answer,
            Look::AnswerAfter(_) => Err(unavailable()),
        }
    }

    fn look(self: &Arc<Self>, kid: Option<&String>, clock: &Clock) -> Look {
        let now = clock.now();
        let mut state = self.state();
        let age = state.fetched_at.map(|fetched_at| (now - fetched_at).abs());
        let key = if age.is_some_and(|age| age < USABLE_FOR) { pick(&state.keys, kid) } else { None };
        let settled_for = if key.is_some() { FRESH_FOR } else { BETWEEN_FETCHES };
        if age.is_some_and(|age| age < settled_for) {
            return Look::Answer(Ok(key));
        }
        match (key, self.fetch_in(&mut state, clock)) {
            (Some(key), _) => Look::Answer(Ok(Some(key))),
            (None, Some(flight)) => Look::AnswerAfter(flight),
            (None, None) => Look::Answer(Err(unavailable())),
        }
    }

    /// The fetch that is under way, or a new one; none while the issuer is left alone.
    fn fetch_in(self: &Arc<Self>, state: &mut State, clock: &Clock) -> Option<Flight> {
        if let Some(flight) = state.flight.as_ref().filter(|flight| flight.is_under_way()) {
            return Some(flight.clone());
        }
        if state.failure.is_some_and(|failure| (clock.now() - failure.at).abs() < failure.pause) {
            return None;
        }
        let (ends_with_the_task, flight) = watch::channel(());
        let flight = state.flight.insert(Flight(flight)).clone();
        let (jwks, clock) = (Arc::clone(self), clock.clone());
        // A task of its own, because others may wait for it when the request that started it has gone.
        tokio::spawn(async move {
            jwks.refresh(&clock).await;
            drop(ends_with_the_task);
        });
        Some(flight)
    }

    async fn refresh(&self, clock: &Clock) {
        let begun_at = clock.now();
        let fetched = timeout(FETCH_TIMEOUT, fetch(&self.url)).await.unwrap_or_else(|elapsed| Err(elapsed.into()));
        let mut state = self.state();
        match fetched {
            Ok(set) => {
                state.keys = usable_keys(&set);
                state.fetched_at = Some(begun_at);
                state.failure = None;
            }
            Err(cause) => {
                let pause = state.failure.map_or(FIRST_PAUSE, |failure| LONGEST_PAUSE.min(failure.pause * 2));
                state.failure = Some(Failure { at: clock.now(), pause });
                drop(state);
                let (cause, pause_seconds) = (chain(cause.as_ref()), pause.num_seconds());
                tracing::warn!(cause, pause_seconds, "fetching the keys of JSON Web Tokens");
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The warning of the fetch itself has the cause.
fn unavailable() -> Error {
    Error::Unavailable { context: "asking the issuer for the keys of JSON Web Tokens", source: None }
}

fn pick(keys: &Keys, kid: Option<&String>) -> Option<Key> {
    if let Some(kid) = kid {
        return keys.get(&Some(kid.clone())).cloned();
    }
    // A token need not name its key where there is only one to choose.
    if keys.len() == 1 { keys.values().next().cloned() } else { None }
}

async fn fetch(url: &str) -> Result<JwkSet, Cause> {
    if let Some(path) = url.strip_prefix("file:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return Ok(serde_json::from_slice(&tokio::fs::read(path).await?)?);
    }
    // The ring provider is the one compiled in; a second installation is refused and means the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    Ok(client.get(url).send().await?.error_for_status()?.json().await?)
}

/// The keys of the set that sign with an algorithm we accept, each with that one algorithm.
fn usable_keys(set: &JwkSet) -> HashMap<Option<String>, Key> {
    set.keys
        .iter()
        .filter(|jwk| jwk.common.public_key_use != Some(PublicKeyUse::Encryption))
        .filter_map(|jwk| {
            let algorithm = algorithm_of(jwk)?;
            let key = DecodingKey::from_jwk(jwk).ok()?;
            Some((jwk.common.key_id.clone(), Key { algorithm, key }))
        })
        .collect()
}

fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    let natural = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => Algorithm::ES256,
        _ => return None,
    };
    match (jwk.common.key_algorithm, natural) {
        (None, _) | (Some(KeyAlgorithm::RS256), Algorithm::RS256) | (Some(KeyAlgorithm::ES256), Algorithm::ES256) => {
            Some(natural)
        }
        _ => None,
    }
}
