//! What the demonstration says about itself: where it is, whom to be, and what to try first.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::Tokens;
use crate::cli::{failure::Failure, say};

/// Prints the guide of a server at `url`. Every command can be copied as it stands.
pub(super) fn print(url: &str, is_throw_away: bool, tokens: &Tokens) -> Result<(), Failure> {
    let Tokens { admin, va, client } = tokens;
    let query = r#"{"query":"{ records(first: 3) { nodes { ebayOrderId saleDate itemName profitCents } totals { count profitCents } } }"}"#;
    let start =
        r#"{"query":"mutation { startExport(input: {export: {kind: RECORDS, format: XLSX}}) { exportJob { id } } }"}"#;
    let watch = r#"{"query":"subscription { exportJobProgress(id: \"'$ID'\") { status rowsDone rowsTotal etaSeconds downloadUrl } }"}"#;
    let end = match is_throw_away {
        true => "Ctrl-C ends it and removes its data",
        false => "Ctrl-C ends it; its data stays in the database you named",
    };
    say(format_args!(
        r#"sellerbook demo at {url}   ({end})

  In a browser   {url}/graphql#token={admin}
  Admin token    {admin}
  VA token       {va}
                 (one account of three, no remarks; sellers)
  Client token   {client}
                 (one account of three, no remarks, no sellers)

Three things to try:

  curl -s {url}/graphql -H 'Authorization: Bearer {admin}' -H 'Content-Type: application/json' \
    -d '{query}'

  curl -OJ {url}/export/records/csv -H 'Authorization: Bearer {admin}'

And a workbook in the background: start it, watch it, and download it by a link that needs no token:

  ID=$(curl -s {url}/graphql -H 'Authorization: Bearer {admin}' -H 'Content-Type: application/json' \
    -d '{start}' | grep -o 'export_[0-9a-f]*')
  LINK=$(curl -sN {url}/graphql -H 'Authorization: Bearer {admin}' -H 'Content-Type: application/json' \
    -H 'Accept: text/event-stream' -d '{watch}' | tee /dev/stderr | grep -o 'http[^"]*')
  curl -OJ "$LINK"
"#
    ))
}

/// Where one can go to a server: one that listens everywhere is at home on this machine too.
pub(super) fn url(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("http://{}", SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())),
        false => format!("http://{address}"),
    }
}
