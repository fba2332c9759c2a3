//! What the demonstration says about itself: where it is, whom to be, and what to try first.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::Tokens;
use crate::cli::{failure::Failure, say};

/// Prints the guide. Every command can be copied as it stands.
pub(super) fn print(address: SocketAddr, is_throw_away: bool, tokens: &Tokens) -> Result<(), Failure> {
    let Tokens { admin, va, client } = tokens;
    let url = format!("http://{}", reachable(address));
    let query = r#"{"query":"{ records(first: 3) { nodes { ebayOrderId saleDate itemName profitCents } totals { count profitCents } } }"}"#;
    let end = match is_throw_away {
        true => "Ctrl-C ends it and removes its data",
        false => "Ctrl-C ends it; its data stays in the database you named",
    };
    say(format_args!(
        "sellerbook demo at {url}   ({end})

  In a browser   {url}/graphql#token={admin}
  Admin token    {admin}
  VA token       {va}
                 (one account of three, no remarks; sellers)
  Client token   {client}
                 (one account of three, no remarks, no sellers)

Three things to try:

  curl -s {url}/graphql -H 'Authorization: Bearer {admin}' -H 'Content-Type: application/json' \\
    -d '{query}'

  curl -OJ {url}/export/records/csv -H 'Authorization: Bearer {admin}'

  curl -OJ {url}/export/records/excel -H 'Authorization: Bearer {admin}'
"
    ))
}

/// An address one can go to: a server that listens everywhere is at home on this machine too.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip().is_unspecified() {
        true => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port()),
        false => address,
    }
}
