//! Signed links: addresses that act as one member until they expire, for browsers and whatever else sends no header.
//!
//! Not here: which addresses take them (`http`). What a reader would get wrong: the signature is of every byte before
//! it, path and query, and comes last; so nothing can be changed, left out, repeated or added without its breaking.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use rand::{TryRngCore, rngs::OsRng};
use sha2::Sha256;
use uuid::Uuid;

use super::Actor;
use crate::{
    app::App,
    config::Config,
    error::{Error, Result},
};

/// Keeps the key apart from whatever else a secret is used for. A change of it ends every link.
const PURPOSE: &[u8] = b"sellerbook signed links 1";
const SIGNATURE: &str = "signature";

/// Signs links, and knows its own again.
#[derive(Clone)]
pub struct Links(Hmac<Sha256>);

/// A link that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedLink {
    /// Whom it acts as.
    pub member_id: Uuid,
    /// Its query string without what was added to sign it.
    pub query: String,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Links(…)")
    }
}

impl Links {
    /// Signs with `link_secret`, else with a key derived from `jwt_secret`, else with one made up for this process.
    ///
    /// # Errors
    /// A system without randomness.
    pub fn from_config(config: &Config) -> Result<Self> {
        let secret = match config.link_secret.as_ref().or(config.jwt_secret.as_ref()) {
            Some(secret) => secret.expose().as_bytes().to_vec(),
            None => {
                let mut random = vec![0; 32];
                OsRng
                    .try_fill_bytes(&mut random)
                    .map_err(|error| Error::caused("asking the system for randomness", error))?;
                random
            }
        };
        let key = keyed(&secret)?.chain_update(PURPOSE).finalize().into_bytes();
        keyed(&key).map(Self)
    }

    /// `path_and_query` with what makes it act as a member until `expires_at`, cut to seconds.
    #[must_use]
    pub fn sign(&self, path_and_query: &str, member_id: Uuid, expires_at: DateTime<Utc>) -> String {
        let joint = if path_and_query.contains('?') { '&' } else { '?' };
        let (member, expires) = (member_id.simple(), expires_at.timestamp());
        let signed = format!("{path_and_query}{joint}member={member}&expires={expires}");
        let signature = self.0.clone().chain_update(&signed).finalize().into_bytes();
        format!("{signed}&{SIGNATURE}={}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// What a link says, once its signature and its time hold; none when the address has no signature at all.
    ///
    /// # Errors
    /// `LINK_INVALID`, `LINK_EXPIRED`.
    pub fn verify(&self, path_and_query: &str, now: DateTime<Utc>) -> Result<Option<SignedLink>> {
        let query = path_and_query.split_once('?').map_or("", |(_, query)| query);
        if !query.split('&').any(|pair| pair.split('=').next() == Some(SIGNATURE)) {
            return Ok(None);
        }
        let signed = self.signed(path_and_query).ok_or_else(invalid)?;
        let (link, expires) = read(signed).ok_or_else(invalid)?;
        if expires <= now.timestamp() {
            return Err(Error::Unauthenticated {
                code: "LINK_EXPIRED",
                message: "the link has expired; ask for a new one",
            });
        }
        Ok(Some(link))
    }

    /// What the signature is of, when it is ours. Compared in constant time.
    fn signed<'a>(&self, path_and_query: &'a str) -> Option<&'a str> {
        let (rest, signature) = path_and_query.rsplit_once('=')?;
        let signed = rest.strip_suffix(SIGNATURE)?.strip_suffix('&')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.0.clone().chain_update(signed).verify_slice(&signature).ok()?;
        Some(signed)
    }
}

/// Reads what [`Links::sign`] wrote: the link and when it expires.
fn read(signed: &str) -> Option<(SignedLink, i64)> {
    let (rest, expires) = signed.rsplit_once("&expires=")?;
    let (rest, member) = rest.rsplit_once("member=")?;
    let query = rest.split_once('?')?.1;
    let query = query.strip_suffix('&').unwrap_or(query).to_owned();
    Some((SignedLink { member_id: Uuid::try_parse(member).ok()?, query }, expires.parse().ok()?))
}

/// A link that acts as the actor for as long as links are good: `path_and_query` signed, and behind the service's own
/// address where that is configured.
#[must_use]
pub fn signed_link(app: &App, actor: &Actor, path_and_query: &str) -> String {
    let expires_at = app.clock.now() + TimeDelta::minutes(app.config.link_minutes.into());
    let base = app.config.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    format!("{base}{}", app.links.sign(path_and_query, actor.member_id, expires_at))
}

/// One text for whatever is wrong: what was expected is nobody's business.
pub fn invalid() -> Error {
    Error::Unauthenticated { code: "LINK_INVALID", message: "the link is not one of ours, or it was changed" }
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>> {
    Hmac::new_from_slice(key).map_err(|_| Error::internal("HMAC takes keys of every length"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    const PATH: &str = "/export/sellers/csv?columns=id&search=a%26b";

    fn links(jwt_secret: Option<&str>, link_secret: Option<&str>) -> Links {
        let own = |secret: Option<&str>| secret.map(Secret::new);
        let config = Config { jwt_secret: own(jwt_secret), link_secret: own(link_secret), ..Config::default() };
        Links::from_config(&config).unwrap()
    }

    fn moment(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(1_800_000_000 + seconds)
    }

    fn code(links: &Links, link: &str, now: i64) -> &'static str {
        links.verify(link, moment(now)).map_or_else(|error| error.code(), |found| found.map_or("none", |_| "good"))
    }

    #[test]
    fn a_link_is_good_until_it_expires() {
        let (links, member_id) = (links(Some("s"), None), Uuid::now_v7());
        for (path, query) in [(PATH, "columns=id&search=a%26b"), ("/export/jobs/1/download", ""), ("/a?", "")] {
            let link = links.sign(path, member_id, moment(900));
            let found = links.verify(&link, moment(899)).unwrap();
            assert_eq!(found, Some(SignedLink { member_id, query: query.to_owned() }), "{link}");
            assert_eq!(code(&links, &link, 900), "LINK_EXPIRED");
            assert_eq!(code(&links, &link, 100_000), "LINK_EXPIRED");
        }
    }

    #[test]
    fn what_has_no_signature_is_no_link() {
        let links = links(Some("s"), None);
        for path in ["/a", PATH, "/a?member=1&expires=2", "/signature=1?a=b", "/a?xsignature=1", "/a?b=signature"] {
            assert_eq!(code(&links, path, 0), "none", "{path}");
        }
    }

    #[test]
    fn no_byte_of_a_link_can_be_changed() {
        let links = links(Some("s"), None);
        let link = links.sign(PATH, Uuid::now_v7(), moment(900));
        for at in 0..link.len() {
            for other in ["", "0", "Z", "&", "%41"] {
                let changed = format!("{}{other}{}", &link[..at], &link[at + 1..]);
                let is_same = changed == link;
                let outcome = code(&links, &changed, 0);
                let has_signature = changed.contains('?') && changed.contains("&signature=");
                // Where the query or the word `signature` itself is broken, nothing is signed and a token is asked for.
                let is_refused = outcome == "LINK_INVALID" || outcome == "none" && !has_signature;
                assert!(is_same || is_refused, "{changed}: {outcome}");
            }
        }
    }

    #[test]
    fn what_is_added_taken_away_moved_or_repeated_breaks_a_link() {
        let links = links(Some("s"), None);
        let (member, other) = (Uuid::now_v7(), Uuid::now_v7());
        let link = links.sign(PATH, member, moment(900));
        let theirs = links.sign("/export/sellers/csv?columns=all", other, moment(900));
        let signature = link.rsplit_once("signature=").unwrap().1;
        for changed in [
            format!("{link}&utm_source=mail"),
            format!("{link}&"),
            format!("{link}="),
            format!("{link}#"),
            format!("{link}&signature={signature}"),
            format!("{link}&member={}", other.simple()),
            format!("{link}&expires=9999999999"),
            link.replace("columns=id", "columns=id&columns=all"),
            link.replace("&expires=", "&expires=9999999999&expires="),
            link.replace("member=", &format!("member={}&member=", other.simple())),
            link.replace(&member.simple().to_string(), &member.to_string()),
            link.replace("sellers", "records"),
            link.replace("%26", "&"),
            format!("/?signature={signature}"),
            format!("{}&signature={signature}", theirs.rsplit_once("&signature").unwrap().0),
            "/a?signature".to_owned(),
            "/a?signature=".to_owned(),
            "/a?member=1&expires=1&signature=".to_owned(),
        ] {
            assert_eq!(code(&links, &changed, 0), "LINK_INVALID", "{changed}");
        }
        // Tampered with and expired says no more than tampered with.
        assert_eq!(code(&links, &link.replace("columns=id", "columns=all"), 1000), "LINK_INVALID");
    }

    #[test]
    fn a_link_of_another_key_is_refused() {
        let link = |links: &Links| links.sign(PATH, Uuid::now_v7(), moment(900));
        let of_jwt = links(Some("one"), None);
        let own = "a secret that is at least 32 bytes";
        assert_eq!(code(&links(Some("one"), None), &link(&of_jwt), 0), "good");
        assert_eq!(code(&links(Some("two"), Some(own)), &link(&links(Some("one"), Some(own))), 0), "good");
        for other in [links(Some("two"), None), links(Some("one"), Some(own)), links(None, None)] {
            assert_eq!(code(&other, &link(&of_jwt), 0), "LINK_INVALID");
        }
        // Made up anew by each process.
        assert_eq!(code(&links(None, None), &link(&links(None, None)), 0), "LINK_INVALID");
    }
}
