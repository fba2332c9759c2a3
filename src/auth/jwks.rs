//! The keys of a JWKS: fetched when they are needed, and kept.
//!
//! Not here: what a token must say (`jwt.rs`). What a reader would get wrong: keys are fetched again when they are old,
//! and when a token names one that is not known.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};

use crate::error::{Context, Error, Result};

/// Keys older than this are fetched again, so that a withdrawn one stops working.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(10);
/// A token with an unknown key makes us look for new ones, but not more often than this.
const BETWEEN_FETCHES: TimeDelta = TimeDelta::seconds(30);
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
    cache: Mutex<Cache>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Cache {
    keys: Keys,
    fetched: Option<DateTime<Utc>>,
}

impl Jwks {
    /// Nothing is fetched before the first token arrives.
    pub fn new(url: String) -> Self {
        Self { url, cache: Mutex::default(), fetching: tokio::sync::Mutex::default() }
    }

    /// The key that a token names; none if the issuer has no such key.
    ///
    /// # Errors
    /// Unavailable when the issuer does not answer.
    pub async fn find(&self, kid: Option<&String>, now: DateTime<Utc>) -> Result<Option<Key>> {
        let cached = || {
            let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            (pick(&cache.keys, kid), cache.fetched.map(|fetched| (now - fetched).abs()))
        };
        let is_settled = |key: &Option<Key>, age: Option<TimeDelta>| {
            age.is_some_and(|age| age < if key.is_some() { FRESH_FOR } else { BETWEEN_FETCHES })
        };
        let (key, age) = cached();
        if is_settled(&key, age) {
            return Ok(key);
        }
        let _one_at_a_time = self.fetching.lock().await;
        let (key, age) = cached();
        if is_settled(&key, age) {
            return Ok(key);
        }
        let keys = usable_keys(&fetch(&self.url).await?);
        let key = pick(&keys, kid);
        *self.cache.lock().unwrap_or_else(PoisonError::into_inner) = Cache { keys, fetched: Some(now) };
        Ok(key)
    }
}

fn pick(keys: &Keys, kid: Option<&String>) -> Option<Key> {
    if let Some(kid) = kid {
        return keys.get(&Some(kid.clone())).cloned();
    }
    // A token need not name its key where there is only one to choose.
    if keys.len() == 1 { keys.values().next().cloned() } else { None }
}

async fn fetch(url: &str) -> Result<JwkSet> {
    let context = "fetching the keys of JSON Web Tokens";
    if let Some(path) = url.strip_prefix("file:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        let text = tokio::fs::read(path).await.doing(context)?;
        return serde_json::from_slice(&text).map_err(|error| Error::caused(context, error));
    }
    let unavailable = |error: reqwest::Error| Error::Unavailable { context, source: Some(error.into()) };
    // The ring provider is the one compiled in; a second installation is refused and means the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(FETCH_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(unavailable)?;
    let answer = client.get(url).send().await.and_then(reqwest::Response::error_for_status).map_err(unavailable)?;
    answer.json().await.map_err(unavailable)
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
