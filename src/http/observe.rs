//! What is known of every request: its id, its span in the log, and one line when it is answered.
//!
//! Never logged: query strings and headers, where tokens and signatures are. What a reader would get wrong: the time is
//! that until the answer begins; a download's body follows.

use std::time::Instant;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;
use uuid::Uuid;

use super::X_REQUEST_ID;

/// Longest id a client may give its request; more would only fill the log.
const MAX_ID_CHARS: usize = 128;
/// Longest part of a path that is logged.
const MAX_PATH_CHARS: usize = 200;

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request being answered, where there is one.
pub fn request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

/// Gives the request its id and span, the answer its common headers, and the log its line.
pub async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = given_id(request.headers()).unwrap_or_else(|| Uuid::now_v7().simple().to_string());
    let path: String = request.uri().path().chars().take(MAX_PATH_CHARS).collect();
    // Probes come every few seconds and say nothing new.
    let is_probe = path.starts_with("/health/");
    let span = tracing::info_span!("request", id, method = %request.method(), path);
    let mut response = REQUEST_ID.scope(id.clone(), next.run(request)).instrument(span.clone()).await;
    span.in_scope(|| {
        let (status, duration_ms) = (response.status().as_u16(), started.elapsed().as_secs_f64() * 1000.0);
        if is_probe {
            tracing::debug!(status, duration_ms, "answered");
        } else {
            tracing::info!(status, duration_ms, "answered");
        }
    });
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The id the client gave, when it is fit for a log line.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    ((1..=MAX_ID_CHARS).contains(&id.len()) && id.bytes().all(is_fit)).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_the_client_is_taken_when_it_is_fit_for_a_log() {
        let given = |id: &'static str| given_id(&HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_static(id))]));
        assert_eq!(given("0197-a_b.c:9").as_deref(), Some("0197-a_b.c:9"));
        for unfit in ["", "a b", "a\"b", "<x>", "line=1\tb"] {
            assert_eq!(given(unfit), None, "{unfit}");
        }
        assert_eq!(given_id(&HeaderMap::new()), None);
    }
}
