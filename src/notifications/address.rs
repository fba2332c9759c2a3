//! Where a webhook may go: public addresses over https, so that nobody reaches through us what is not theirs to reach.
//!
//! What a reader would get wrong: a name says nothing about where it leads, and may lead elsewhere a moment later. The
//! check of an address as it is set is a courtesy; the one that counts is [`PublicOnly`]'s, which answers the very addresses
//! that are connected to. Literal addresses never reach it; [`allowed`] is asked about them again before every request.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use crate::error::{Error, Result};

/// Longest address of a webhook, in characters: what browsers and proxies agree on.
const LONGEST_URL: usize = 2_000;

/// Azure's own, which answers every machine in it, on a public-looking address.
const AZURE_WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// An address as it is set, in its canonical form.
///
/// # Errors
/// `INVALID_WEBHOOK_URL`, saying why.
pub(super) fn checked(text: &str, may_be_private: bool) -> Result<String> {
    if text.chars().count() > LONGEST_URL {
        return Err(refused(&format!("it must have at most {LONGEST_URL} characters")));
    }
    let url = Url::parse(text).map_err(|_| refused("it must be a whole address such as https://example.com/hook"))?;
    allowed(&url, may_be_private).map_err(refused)?;
    if url.fragment().is_some() {
        return Err(refused("what stands behind `#` is never sent; leave it out"));
    }
    Ok(url.into())
}

/// Whether requests may go there, as far as the address itself tells; else why not.
pub(super) fn allowed(url: &Url, may_be_private: bool) -> Result<(), &'static str> {
    if !(url.scheme() == "https" || may_be_private && url.scheme() == "http") {
        return Err("it must begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it must have no user name and no password");
    }
    let host = url.host_str().ok_or("it must name a host")?;
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    if may_be_private || literal.map_or(!is_local_name(host), is_public) {
        Ok(())
    } else {
        Err("it must be a public address; those of this machine and of private networks are refused")
    }
}

fn refused(why: &str) -> Error {
    Error::bad_input("INVALID_WEBHOOK_URL", format!("`webhookUrl` cannot be used: {why}"))
}

/// Names that mean this machine wherever they are asked for (RFC 6761).
fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether an address belongs to the internet at large.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Of IANA's registry of special addresses, whatever is not reachable everywhere.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_special = match address.octets() {
        // This network; shared by carriers; assigned to protocols; 6to4 relays; benchmarks; reserved.
        [0, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [240..=255, ..] => true,
        [100, second, ..] => second & 0b1100_0000 == 64,
        _ => false,
    };
    !(is_special
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || address == AZURE_WIRE_SERVER)
}

/// Global unicast without what holds an IPv4 address or stands for no machine. All else (loopback, unique local, link-local,
/// mapped IPv4, NAT64, multicast) is outside of 2000::/3.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Protocols (Teredo among them), documentation, 6to4, documentation.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Resolves names, and keeps to itself whatever is not public.
#[derive(Clone, Copy, Debug)]
pub(super) struct PublicOnly {
    /// Whether all addresses are answered.
    pub may_be_private: bool,
}

/// A name that leads to no public address.
#[derive(Debug)]
pub(super) struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads to no public address")
    }
}

impl std::error::Error for NotPublic {}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let may_be_private = self.may_be_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let usable: Vec<SocketAddr> =
                found.into_iter().filter(|address| may_be_private || is_public(address.ip())).collect();
            if usable.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_everybody_is_public() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1",
            "2a00::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn addresses_are_refused_however_they_are_spelt() {
        for text in [
            "",
            "example.com/hook",
            "http://example.com/hook",
            "ftp://example.com/hook",
            "file:///etc/passwd",
            "https://user@example.com/",
            "https://user:word@example.com/",
            "https://example.com/#part",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fd00::1]:8443/",
            "https://169.254.169.254/latest/meta-data/",
            "https://１２７.０.０.１/",
        ] {
            let refusal = checked(text, false).unwrap_err();
            assert_eq!(refusal.code(), "INVALID_WEBHOOK_URL", "{text}");
        }
        assert!(checked(&format!("https://example.com/{}", "a".repeat(LONGEST_URL)), false).is_err());
        assert_eq!(checked(" https://Example.com/a b?c=d ", false).unwrap(), "https://example.com/a%20b?c=d");
        assert_eq!(checked("https://1.1.1.1:8443/", false).unwrap(), "https://1.1.1.1:8443/");
    }

    #[test]
    fn whoever_allows_private_addresses_gets_them_and_http() {
        assert!(checked("http://127.0.0.1:8080/hook", true).is_ok());
        assert!(checked("https://[::1]/hook", true).is_ok());
        assert!(checked("http://user@127.0.0.1/", true).is_err());
        assert!(checked("gopher://127.0.0.1/", true).is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_connected_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let resolve = |may_be_private| PublicOnly { may_be_private }.resolve("localhost".parse().unwrap());
        assert!(resolve(false).await.err().unwrap().downcast_ref::<NotPublic>().is_some());
        assert!(resolve(true).await.unwrap().count() > 0);

        let _ = rustls::crypto::ring::default_provider().install_default();
        let resolver = std::sync::Arc::new(PublicOnly { may_be_private: false });
        let client = reqwest::Client::builder().no_proxy().dns_resolver(resolver).build().unwrap();
        let failure = client.get(format!("http://localhost:{port}/")).send().await.unwrap_err();
        assert!(crate::error::causes(&failure).any(|cause| cause.is::<NotPublic>()), "{failure:?}");
        let accepted = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
        assert!(accepted.is_err(), "somebody connected");
    }
}
