//! Checks JWTs made elsewhere: HS256 with a shared secret, or RS256 and ES256 with the keys of a JWKS.
//!
//! Not here: whose token it is in our tables (`bearer.rs`), and how keys are fetched (`jwks.rs`). What a reader would
//! get wrong: the algorithm is a property of the key; the token's header only picks a key and must agree with it
//! (RFC 8725, 3.1).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use super::jwks::{Jwks, Key};
use crate::{
    clock::Clock,
    config::Config,
    error::{Error, Result},
};

/// How far our clock and the issuer's may be apart.
const LEEWAY_SECONDS: i64 = 30;

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
    Jwks(Arc<Jwks>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Secret(_) => "Secret",
            Self::Jwks(_) => "Jwks",
        })
    }
}

impl JwtKeys {
    /// The keys that the configuration names. A JWKS is fetched when the first token arrives.
    ///
    /// # Errors
    /// None today; a configuration that cannot be used.
    pub fn from_config(config: &Config) -> Result<Self> {
        let source = match (&config.jwt_secret, &config.jwks_url) {
            (Some(secret), _) => Source::Secret(DecodingKey::from_secret(secret.expose().as_bytes())),
            (None, Some(url)) => Source::Jwks(Jwks::new(url.clone())),
            (None, None) => Source::None,
        };
        Ok(Self { source, audience: config.jwt_audience.clone(), issuer: config.jwt_issuer.clone() })
    }

    /// What the token says, once its signature, times, audience and issuer hold.
    ///
    /// # Errors
    /// `TOKEN_INVALID` or `TOKEN_EXPIRED`; unavailable when the keys cannot be had.
    pub async fn verify(&self, token: &str, clock: &Clock) -> Result<Claims> {
        let header = decode_header(token).map_err(|_| invalid())?;
        let key = match &self.source {
            Source::None => return Err(invalid()),
            Source::Secret(key) => Key { algorithm: Algorithm::HS256, key: key.clone() },
            Source::Jwks(keys) => keys.find(header.kid.as_ref(), clock).await?.ok_or_else(invalid)?,
        };
        if header.alg != key.algorithm {
            return Err(invalid());
        }
        let mut claims =
            decode::<Claims>(token, &key.key, &self.validation(key.algorithm)).map_err(|_| invalid())?.claims;
        check_times(&claims, clock.now())?;
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
}

/// Whether a token whose signature held is good at this time.
pub fn check_times(claims: &Claims, now: DateTime<Utc>) -> Result<()> {
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
