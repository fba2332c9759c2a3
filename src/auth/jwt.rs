//! Checks JWTs made elsewhere: HS256 with a shared secret, or RS256 and ES256 with the keys of a JWKS.
//!
//! Not here: whose token it is in our tables (`bearer.rs`). What a reader would get wrong: the algorithm is a property
//! of the key; the token's header only picks a key and must agree with it (RFC 8725, 3.1).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;

use crate::{
    config::Config,
    error::{Context, Error, Result},
};

/// How far our clock and the issuer's may be apart.
const LEEWAY_SECONDS: i64 = 30;
/// Keys older than this are fetched again, so that a withdrawn one stops working.
const KEYS_FRESH_FOR: TimeDelta = TimeDelta::minutes(10);
/// A token with an unknown key makes us look for new ones, but not more often than this.
const BETWEEN_FETCHES: TimeDelta = TimeDelta::seconds(30);
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// What a token says of its bearer.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// Who the person is.
    pub sub: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Whether the issuer knows that the address is theirs.
    pub email_verified: Option<bool>,
    exp: f64,
    nbf: Option<f64>,
    /// Whether the key is our own secret rather than an outside issuer's.
    #[serde(skip)]
    pub is_own_issuer: bool,
}

/// The keys tokens are checked with.
#[derive(Debug)]
pub struct JwtKeys {
    source: Source,
    audience: Option<String>,
    issuer: Option<String>,
}

enum Source {
    None,
    Secret(DecodingKey),
    Jwks { url: String, cache: Mutex<Cache>, fetching: tokio::sync::Mutex<()> },
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Secret(_) => "Secret",
            Self::Jwks { .. } => "Jwks",
        })
    }
}

#[derive(Default)]
struct Cache {
    keys: Arc<HashMap<Option<String>, Key>>,
    fetched: Option<DateTime<Utc>>,
}

#[derive(Clone)]
struct Key {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl JwtKeys {
    /// The keys that the configuration names. A JWKS is fetched when the first token arrives.
    ///
    /// # Errors
    /// None today; a configuration that cannot be used.
    pub fn from_config(config: &Config) -> Result<Self> {
        let source = match (&config.jwt_secret, &config.jwks_url) {
            (Some(secret), _) => Source::Secret(DecodingKey::from_secret(secret.expose().as_bytes())),
            (None, Some(url)) => {
                Source::Jwks { url: url.clone(), cache: Mutex::default(), fetching: tokio::sync::Mutex::default() }
            }
            (None, None) => Source::None,
        };
        Ok(Self { source, audience: config.jwt_audience.clone(), issuer: config.jwt_issuer.clone() })
    }

    /// What the token says, once its signature, times, audience and issuer hold.
    ///
    /// # Errors
    /// `TOKEN_INVALID` or `TOKEN_EXPIRED`; unavailable when the keys cannot be had.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims> {
        let header = decode_header(token).map_err(|_| invalid())?;
        let key = match &self.source {
            Source::None => return Err(invalid()),
            Source::Secret(key) => Key { algorithm: Algorithm::HS256, key: key.clone() },
            Source::Jwks { .. } => self.jwks_key(header.kid.as_ref(), now).await?.ok_or_else(invalid)?,
        };
        if header.alg != key.algorithm {
            return Err(invalid());
        }
        let mut claims =
            decode::<Claims>(token, &key.key, &self.validation(key.algorithm)).map_err(|_| invalid())?.claims;
        check_times(&claims, now)?;
        claims.is_own_issuer = matches!(self.source, Source::Secret(_));
        Ok(claims)
    }

    /// Times are checked by our own clock, in `check_times`.
    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        validation.validate_aud = self.audience.is_some();
        let mut required = vec!["exp"];
        if let Some(audience) = &self.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        validation.set_required_spec_claims(&required);
        validation
    }

    async fn jwks_key(&self, kid: Option<&String>, now: DateTime<Utc>) -> Result<Option<Key>> {
        let Source::Jwks { url, cache, fetching } = &self.source else { return Ok(None) };
        let cached = || {
            let cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
            (pick(&cache.keys, kid), cache.fetched.map(|fetched| (now - fetched).abs()))
        };
        let is_settled = |key: &Option<Key>, age: Option<TimeDelta>| {
            age.is_some_and(|age| age < if key.is_some() { KEYS_FRESH_FOR } else { BETWEEN_FETCHES })
        };
        let (key, age) = cached();
        if is_settled(&key, age) {
            return Ok(key);
        }
        let _one_at_a_time = fetching.lock().await;
        let (key, age) = cached();
        if is_settled(&key, age) {
            return Ok(key);
        }
        let keys = Arc::new(usable_keys(&fetch(url).await?));
        let key = pick(&keys, kid);
        *cache.lock().unwrap_or_else(PoisonError::into_inner) = Cache { keys, fetched: Some(now) };
        Ok(key)
    }
}

fn pick(keys: &HashMap<Option<String>, Key>, kid: Option<&String>) -> Option<Key> {
    if let Some(kid) = kid {
        return keys.get(&Some(kid.clone())).cloned();
    }
    // A token need not name its key where there is only one to choose.
    if keys.len() == 1 { keys.values().next().cloned() } else { None }
}

fn check_times(claims: &Claims, now: DateTime<Utc>) -> Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a double")]
    let (earliest, latest) = ((now.timestamp() - LEEWAY_SECONDS) as f64, (now.timestamp() + LEEWAY_SECONDS) as f64);
    if claims.exp.is_nan() || claims.exp <= earliest {
        return Err(Error::Unauthenticated { code: "TOKEN_EXPIRED", message: "the token has expired; get a new one" });
    }
    if claims.nbf.is_some_and(|nbf| nbf > latest) {
        return Err(invalid());
    }
    Ok(())
}

/// The same answer for every way a token can fail, so that nothing is learned by trying.
pub fn invalid() -> Error {
    Error::Unauthenticated { code: "TOKEN_INVALID", message: "the token is not valid here" }
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
