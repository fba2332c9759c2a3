//! `GET /graphql/ws`: GraphQL over a WebSocket, by the protocol `graphql-transport-ws`.
//!
//! Here a request becomes a socket; `connection` is what happens on it. What a reader would get wrong: browsers let any
//! page open a socket to anywhere, so `Origin` is looked at here, where CORS does nothing.

mod close;
mod connection;
mod message;
mod operations;

use axum::{
    Extension,
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use self::connection::Connection;
use super::Endpoint;
use crate::{auth::Origin, config::Config, http::problem::Problem};

/// The one protocol we speak.
const PROTOCOL: &str = "graphql-transport-ws";
/// Largest message of a client: a query and its variables.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// What a socket reads and writes at a time. The library's own 128 KiB would be most of what a socket costs.
const BUFFER_BYTES: usize = 4 * 1024;

/// Turns a request into a socket.
pub async fn upgrade(
    State(endpoint): State<Endpoint>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match accepted(&endpoint.app.config, &headers, upgrade) {
        Ok(upgrade) => upgrade,
        Err(problem) => return problem.into_response(),
    };
    let limit = MAX_MESSAGE_BYTES.min(endpoint.app.config.body_limit_bytes);
    let span = tracing::Span::current();
    // Counted from here, so that a process that stops waits for it.
    let open = endpoint.app.streams.open();
    upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(limit)
        .max_frame_size(limit)
        .on_upgrade(move |socket| Connection::new(endpoint, socket, origin, open, limit).run().instrument(span))
}

/// The request, when it is for a socket of ours and from a page that may have one.
fn accepted(
    config: &Config,
    headers: &HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<WebSocketUpgrade, Problem> {
    let upgrade = upgrade.map_err(|_| {
        let detail = format!("this address speaks WebSocket, with the subprotocol {PROTOCOL}");
        Problem::new(StatusCode::UPGRADE_REQUIRED, "UPGRADE_REQUIRED", detail)
            .with_header(header::UPGRADE, HeaderValue::from_static("websocket"))
    })?;
    if !is_origin_allowed(config, headers) {
        let detail = "pages of this origin may not connect; the setting `cors_origins` names those that may";
        return Err(Problem::new(StatusCode::FORBIDDEN, "ORIGIN_NOT_ALLOWED", detail));
    }
    let upgrade = upgrade.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let detail = format!("offer the subprotocol {PROTOCOL} (Sec-WebSocket-Protocol)");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "SUBPROTOCOL_REQUIRED", detail));
    }
    Ok(upgrade)
}

/// Only browsers send an origin: that of the page. Ours is the host the request came to, by whichever scheme: what lies
/// in front of us may speak TLS.
fn is_origin_allowed(config: &Config, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let is_ours = match (origin.split_once("://"), headers.get(header::HOST).and_then(|host| host.to_str().ok())) {
        (Some((_, authority)), Some(host)) => authority.eq_ignore_ascii_case(host),
        _ => false,
    };
    let is_named = |allowed: &String| allowed == "*" || allowed.trim_end_matches('/').eq_ignore_ascii_case(origin);
    is_ours || config.cors_origins.iter().any(is_named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_connect_to_its_own_host_or_where_it_is_named() {
        let config = |origins: &[&str]| Config {
            cors_origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
            ..Config::default()
        };
        let allowed = |origins: &[&str], origin: &'static str| {
            let headers = [(header::HOST, "api.example:8080"), (header::ORIGIN, origin)];
            let headers = headers.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
            is_origin_allowed(&config(origins), &headers)
        };
        assert!(is_origin_allowed(&config(&[]), &HeaderMap::new()));
        for ours in ["http://api.example:8080", "https://API.example:8080"] {
            assert!(allowed(&[], ours), "{ours}");
        }
        for other in ["http://api.example", "http://evil.example", "null", "", "http://api.example:8080.evil.example"] {
            assert!(!allowed(&["https://app.example"], other), "{other}");
        }
        assert!(allowed(&["https://app.example/"], "https://app.example"));
        assert!(!allowed(&["https://app.example"], "http://app.example"));
        assert!(allowed(&["*"], "http://evil.example"));
    }
}
