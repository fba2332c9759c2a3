//! Which media type an answer gets, and which a request may have.
//!
//! After the GraphQL-over-HTTP specification. What a reader would get wrong: `application/json` answers 200 even when
//! the query could not run, for clients that take any other status for a broken server;
//! `application/graphql-response+json` answers 400.

use axum::http::{HeaderMap, StatusCode, header};

use crate::http::problem::Problem;

/// What the client reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/json`.
    Json,
    /// `application/graphql-response+json`.
    GraphqlResponse,
    /// `text/html`: a browser that wants a page.
    Html,
    /// `text/event-stream`: a client that wants every answer as it comes.
    EventStream,
}

impl Media {
    /// The `Content-Type` of one answer, and of a refusal where something else was wanted.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json | Self::Html | Self::EventStream => "application/json; charset=utf-8",
        }
    }

    /// The status of an answer; `is_refused` when nothing of the operation ran.
    pub fn status(self, is_refused: bool) -> StatusCode {
        match self {
            Self::GraphqlResponse if is_refused => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        }
    }

    /// What the client likes best of what we have; `application/json` when it does not say. `other` is what the method
    /// has besides the two forms of JSON.
    pub fn accepted(headers: &HeaderMap, other: Self) -> Result<Self, Problem> {
        let mut ranges = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|range| !range.is_empty())
            .peekable();
        if ranges.peek().is_none() {
            return Ok(Self::Json);
        }
        let has = |media| [Self::Json, Self::GraphqlResponse, other].contains(&media);
        let liked = ranges.filter_map(Liking::of).filter(|liking| has(liking.media));
        liked.reduce(|best, next| if next.is_over(&best) { next } else { best }).map(|liking| liking.media).ok_or_else(
            || {
                let detail = "this address answers application/json and application/graphql-response+json, in UTF-8";
                Problem::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", detail)
            },
        )
    }
}

/// One range of an `Accept` header that we can serve.
struct Liking {
    media: Media,
    /// Named, rather than through `*`.
    is_named: bool,
    quality: f32,
}

impl Liking {
    fn of(range: &str) -> Option<Self> {
        let (essence, parameters) = essence_and_parameters(range);
        let (media, is_named) = match essence.as_str() {
            "application/json" => (Media::Json, true),
            "application/graphql-response+json" => (Media::GraphqlResponse, true),
            "text/html" => (Media::Html, true),
            "text/event-stream" => (Media::EventStream, true),
            "*/*" | "application/*" => (Media::Json, false),
            _ => return None,
        };
        let mut quality = 1.0;
        for (name, value) in parameters {
            match name.as_str() {
                "q" => quality = value.parse().unwrap_or(0.0),
                "charset" if !is_utf8(&value) => return None,
                _ => {}
            }
        }
        (quality > 0.0).then_some(Self { media, is_named, quality })
    }

    /// The first of equals wins; a name comes before a `*`.
    fn is_over(&self, other: &Self) -> bool {
        self.quality > other.quality || (self.quality >= other.quality && self.is_named && !other.is_named)
    }
}

/// Whether the body is a form with files.
pub fn is_form(headers: &HeaderMap) -> bool {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    essence_and_parameters(sent).0 == "multipart/form-data"
}

/// Refuses bodies that are not JSON in UTF-8. This is also what keeps forms of other sites out: a browser sends this type
/// across origins only after asking.
pub fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let unsupported = |detail: &str| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail);
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (essence, parameters) = essence_and_parameters(sent);
    if essence != "application/json" {
        return Err(unsupported("send the request as `Content-Type: application/json`"));
    }
    if parameters.iter().any(|(name, value)| name == "charset" && !is_utf8(value)) {
        return Err(unsupported("send the request in UTF-8"));
    }
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes());
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        return Err(unsupported("send the request without a Content-Encoding"));
    }
    Ok(())
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// `Type/Sub; Name="value"` in lower case but for the values.
fn essence_and_parameters(media_type: &str) -> (String, Vec<(String, String)>) {
    let mut parts = media_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let parameters = parts
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned()))
        .collect();
    (essence, parameters)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn accepted(accept: &'static str, other: Media) -> Option<Media> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
        Media::accepted(&headers, other).ok()
    }

    #[test]
    fn the_client_gets_what_it_likes_best() {
        for (accept, media) in [
            ("application/json", Media::Json),
            ("application/graphql-response+json", Media::GraphqlResponse),
            ("Application/GraphQL-Response+JSON; charset=UTF-8", Media::GraphqlResponse),
            ("*/*", Media::Json),
            ("application/*;q=0.1", Media::Json),
            ("", Media::Json),
            ("application/graphql-response+json, application/json;q=0.9", Media::GraphqlResponse),
            ("application/graphql-response+json;q=0.5, application/json;q=0.9", Media::Json),
            ("application/json, application/graphql-response+json", Media::Json),
            ("*/*, application/graphql-response+json", Media::GraphqlResponse),
            ("multipart/mixed;deferSpec=20220824, application/graphql-response+json", Media::GraphqlResponse),
            ("text/html, application/json", Media::Json),
            ("text/event-stream", Media::EventStream),
            ("application/json, text/event-stream", Media::Json),
            ("text/event-stream, application/json;q=0.9", Media::EventStream),
        ] {
            assert_eq!(accepted(accept, Media::EventStream), Some(media), "{accept}");
        }
        for none in ["text/plain", "application/json;q=0", "application/json; charset=latin1", "text/html"] {
            assert_eq!(accepted(none, Media::EventStream), None, "{none}");
        }
        assert_eq!(accepted("text/event-stream", Media::Html), None);
        assert_eq!(Media::accepted(&HeaderMap::new(), Media::Html).ok(), Some(Media::Json));
    }

    #[test]
    fn a_browser_gets_the_page() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
        assert_eq!(accepted(browser, Media::Html), Some(Media::Html));
        assert_eq!(accepted(browser, Media::EventStream), Some(Media::Json));
        assert_eq!(accepted("*/*", Media::Html), Some(Media::Json));
        assert_eq!(accepted("application/json, text/html;q=0.9", Media::Html), Some(Media::Json));
    }

    #[test]
    fn only_json_in_utf8_is_read() {
        let check = |pairs: &[(axum::http::HeaderName, &'static str)]| {
            require_json(&pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect())
        };
        for good in ["application/json", "Application/JSON; Charset=\"UTF-8\"", "application/json;charset=utf-8"] {
            assert!(check(&[(header::CONTENT_TYPE, good)]).is_ok(), "{good}");
        }
        let form = "application/x-www-form-urlencoded";
        for bad in
            ["", "text/plain", form, "multipart/form-data", "application/jsonp", "application/json; charset=utf-16"]
        {
            assert!(check(&[(header::CONTENT_TYPE, bad)]).is_err(), "{bad}");
        }
        assert!(check(&[]).is_err());
        let encoded = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, "gzip")];
        assert!(check(&encoded).is_err());
    }
}
