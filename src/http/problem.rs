//! Turns errors into HTTP: the status of each, and `application/problem+json` (RFC 9457) for its body.
//!
//! Where a client expects GraphQL, [`Problem::into_graphql`] says the same in GraphQL's form. What a reader would get
//! wrong: the cause of our own failures is logged here and never sent.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use serde::Serialize;

use super::observe;
use crate::error::Error;

/// After how many seconds a client may come back to a busy service.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// A refusal or failure on its way to the client.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    headers: Headers,
}

impl Problem {
    /// A problem of HTTP's own making: addresses, methods, media types.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), headers: Vec::new() }
    }

    /// The same with a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// What is wrong, for the caller.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The response for a GraphQL client: `errors` with one entry, in the media type it understands.
    pub fn into_graphql(self, content_type: &'static str) -> Response {
        let refusal = Refusal { message: self.detail, extensions: Extensions { code: self.code } };
        respond(self.status, self.headers, content_type, Refused { errors: [refusal] })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Details {
            kind: "about:blank",
            title: self.status.canonical_reason(),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code,
            request_id: observe::request_id(),
        };
        respond(self.status, self.headers, "application/problem+json", body)
    }
}

type Headers = Vec<(HeaderName, HeaderValue)>;

fn respond(status: StatusCode, headers: Headers, content_type: &'static str, body: impl Serialize) -> Response {
    let own = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")];
    (status, AppendHeaders(headers), own, Json(body)).into_response()
}

/// The body of RFC 9457, with our code and the id to look for in the log.
#[derive(Serialize)]
struct Details {
    #[serde(rename = "type")]
    kind: &'static str,
    title: Option<&'static str>,
    status: u16,
    detail: String,
    code: &'static str,
    request_id: Option<String>,
}

/// The body of a GraphQL response that is nothing but a refusal.
#[derive(Serialize)]
struct Refused {
    errors: [Refusal; 1],
}

#[derive(Serialize)]
struct Refusal {
    message: String,
    extensions: Extensions,
}

#[derive(Serialize)]
struct Extensions {
    code: &'static str,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        error.log();
        let problem = Self::new(status(&error), error.code(), error.to_string());
        match &error {
            Error::Unauthenticated { .. } => problem.with_header(header::WWW_AUTHENTICATE, challenge(error.code())),
            Error::Unavailable { .. } | Error::Storage { .. } | Error::TimedOut { .. } => {
                problem.with_header(header::RETRY_AFTER, RETRY_AFTER)
            }
            _ => problem,
        }
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
        Error::Suspended | Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::BadInput { .. } => StatusCode::BAD_REQUEST,
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::Unavailable { .. } | Error::Storage { .. } | Error::TimedOut { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What to authenticate with, and whether what was sent was at fault (RFC 6750, 3).
fn challenge(code: &str) -> HeaderValue {
    match code {
        "UNAUTHENTICATED" => HeaderValue::from_static(r#"Bearer realm="sellerbook""#),
        "TOKEN_EXPIRED" => HeaderValue::from_static(
            r#"Bearer realm="sellerbook", error="invalid_token", error_description="the token has expired""#,
        ),
        _ => HeaderValue::from_static(r#"Bearer realm="sellerbook", error="invalid_token""#),
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn body(response: Response) -> serde_json::Value {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_problem_has_status_code_and_detail_and_no_cause() {
        let error = Error::caused("reading rows", std::io::Error::other("secret path"));
        let response = Problem::from(error).into_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = body(response).await;
        assert_eq!(body["code"], "INTERNAL");
        assert_eq!(body["title"], "Internal Server Error");
        assert!(!body.to_string().contains("secret"));
    }

    #[test]
    fn who_is_not_signed_in_is_told_how_to() {
        let challenge = |error: Error| {
            let response = Problem::from(error).into_response();
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().to_owned()
        };
        assert!(!challenge(Error::unauthenticated()).contains("error"));
        let expired = Error::Unauthenticated { code: "TOKEN_EXPIRED", message: "expired" };
        assert!(challenge(expired).contains(r#"error="invalid_token""#));
    }

    #[test]
    fn a_busy_service_says_when_to_come_back() {
        let response = Problem::from(Error::Unavailable { context: "x", source: None }).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }

    #[tokio::test]
    async fn graphql_clients_get_errors() {
        let response = Problem::from(Error::Suspended).into_graphql("application/json");
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(body(response).await["errors"][0]["extensions"]["code"], "MEMBER_SUSPENDED");
    }
}
