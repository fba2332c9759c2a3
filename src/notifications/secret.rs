//! The secrets of webhooks: derived from the server's own, one for each schedule, and never stored.
//!
//! Signed as Standard Webhooks say. What a reader would get wrong: whoever changes `link_secret` (or `jwt_secret`, where it
//! stands in) changes them all; receivers must be told the new ones.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    config::Config,
    error::{Error, Result},
};

/// Keeps these keys apart from whatever else the server's secret is used for. A change of it changes them all.
const PURPOSE: &[u8] = b"sellerbook webhooks 1";

/// Refuses webhooks where a secret would not outlast the process.
///
/// # Errors
/// `WEBHOOKS_NOT_CONFIGURED`.
pub(super) fn key(config: &Config, signed_for: Uuid) -> Result<Vec<u8>> {
    let secret = config.link_secret.as_ref().or(config.jwt_secret.as_ref()).ok_or_else(|| {
        let message = "webhooks are signed with `link_secret` or `jwt_secret`; the operator must set one of them first";
        Error::bad_input("WEBHOOKS_NOT_CONFIGURED", message)
    })?;
    let of_purpose = keyed(secret.expose().as_bytes())?.chain_update(PURPOSE).finalize().into_bytes();
    Ok(keyed(&of_purpose)?.chain_update(signed_for.as_bytes()).finalize().into_bytes().to_vec())
}

/// As its holder is shown it.
pub(super) fn shown(key: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(key))
}

/// The header `webhook-signature`.
pub(super) fn signature(key: &[u8], id: &str, timestamp: i64, body: &str) -> Result<String> {
    let signed = keyed(key)?.chain_update(format!("{id}.{timestamp}.")).chain_update(body);
    Ok(format!("v1,{}", STANDARD.encode(signed.finalize().into_bytes())))
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>> {
    Hmac::new_from_slice(key).map_err(|_| Error::internal("HMAC takes keys of every length"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn config(link_secret: Option<&str>, jwt_secret: Option<&str>) -> Config {
        let own = |secret: Option<&str>| secret.map(Secret::new);
        Config { link_secret: own(link_secret), jwt_secret: own(jwt_secret), ..Config::default() }
    }

    /// The example of the specification of Standard Webhooks.
    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(shown(&key), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    #[test]
    fn each_schedule_and_each_server_has_its_own() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let one = key(&config(None, Some("a secret")), a).unwrap();
        assert_eq!(one.len(), 32);
        assert_eq!(one, key(&config(None, Some("a secret")), a).unwrap());
        assert_ne!(one, key(&config(None, Some("a secret")), b).unwrap());
        assert_ne!(one, key(&config(None, Some("another")), a).unwrap());
        assert_ne!(one, key(&config(Some("a link secret"), Some("a secret")), a).unwrap());
        assert_eq!(key(&config(None, None), a).unwrap_err().code(), "WEBHOOKS_NOT_CONFIGURED");
    }
}
