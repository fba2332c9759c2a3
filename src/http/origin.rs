//! Where a request comes from: its network address and the program that sent it, for the audit.
//!
//! Not here: any decision, for nothing is decided by it. What a reader would get wrong: `X-Forwarded-For` is what anybody may
//! send; it is read from its end, and only as far as proxies that the setting `trusted_proxies` names have written it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, header},
    middleware::Next,
    response::Response,
};

use crate::{
    auth::{Channel, Origin},
    config::{Config, Network},
    text,
};

/// The addresses a request came by, the client's first, each added by the proxy that it came to.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Most characters kept of what a program calls itself.
const LONGEST_AGENT: usize = 300;

/// The proxies whose word is taken.
#[derive(Clone)]
pub struct Proxies(Arc<[Network]>);

impl Proxies {
    /// Those of the configuration, which has been checked.
    pub fn of(config: &Config) -> Self {
        Self(config.trusted_proxies.iter().filter_map(|network| network.parse().ok()).collect())
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The last address that no proxy of ours has.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let lines: Vec<&str> =
            headers.get_all(X_FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or_default()).collect();
        for hop in lines.iter().flat_map(|line| line.split(',')).rev() {
            if !self.is_trusted(client) {
                break;
            }
            let Some(address) = address_of(hop.trim()) else { break };
            client = address;
        }
        client.to_canonical()
    }
}

/// Puts the [`Origin`] of a request where its handler finds it.
pub async fn note(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let headers = request.headers();
    let origin = Origin {
        channel: Channel::Api,
        address: peer.map(|peer| proxies.client(peer, headers)),
        agent: headers
            .get(header::USER_AGENT)
            .and_then(|agent| text::cleaned(&String::from_utf8_lossy(agent.as_bytes()), LONGEST_AGENT)),
    };
    request.extensions_mut().insert(origin);
    next.run(request).await
}

/// An address, which some proxies write with a port.
fn address_of(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|with_port: SocketAddr| with_port.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&'static str]) -> String {
        let trusted_proxies = trusted.iter().map(|network| (*network).to_owned()).collect();
        let proxies = Proxies::of(&Config { trusted_proxies, ..Config::default() });
        let lines = forwarded.iter().map(|line| (X_FORWARDED_FOR, HeaderValue::from_static(line)));
        proxies.client(peer.parse().unwrap(), &lines.collect()).to_string()
    }

    #[test]
    fn the_peer_is_the_client_unless_it_is_a_trusted_proxy() {
        assert_eq!(client(&[], "203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(client(&["10.0.0.0/8"], "203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client(&[], "::ffff:203.0.113.7", &[]), "203.0.113.7");
    }

    #[test]
    fn what_a_client_claims_before_the_proxies_is_not_believed() {
        let proxies = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(client(&proxies, "10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(client(&proxies, "10.0.0.1", &["1.1.1.1, 198.51.100.1", "[fd00::2]:443"]), "198.51.100.1");
        assert_eq!(client(&proxies, "10.0.0.1", &["198.51.100.1, unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client(&proxies, "10.0.0.1", &["198.51.100.1:1234"]), "198.51.100.1");
        assert_eq!(client(&proxies, "10.0.0.1", &["10.0.0.3"]), "10.0.0.3");
    }
}
