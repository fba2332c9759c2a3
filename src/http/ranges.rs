//! A file of known size and hash over HTTP: whole, one range of it, or only what is known of it (RFC 9110, 13 and 14).
//!
//! Not here: who may have it, where it lies. What a reader would get wrong: a `Range` that makes no sense, and one with
//! several ranges, is answered with the whole file, as the standard allows; only one that lies beyond the end is refused.

use std::ops::Range;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::problem::Problem;
use crate::{
    error::Result,
    files::{Chunks, disposition},
};

/// RFC 9530, and what it replaced (RFC 3230): of the whole file, whichever range is sent.
pub const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
/// The older of the two.
pub const DIGEST: HeaderName = HeaderName::from_static("digest");

/// What is known of a file.
#[derive(Clone, Debug)]
pub struct FileFacts {
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, 64 hex digits; in quotes, its strong entity tag.
    pub sha256: String,
    /// What it is called when it is kept.
    pub file_name: String,
    /// What it is.
    pub media_type: &'static str,
}

/// What is answered.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Whole,
    Part(Range<u64>),
    NotModified,
    PreconditionFailed,
    NotSatisfiable,
}

/// Answers GET or HEAD. `open` is called when bytes are to be sent, and only then: a download may be counted there.
pub async fn respond<F>(
    method: &Method,
    headers: &HeaderMap,
    facts: &FileFacts,
    open: impl FnOnce(Range<u64>) -> F,
) -> Response
where
    F: Future<Output = Result<Chunks>>,
{
    let (status, range) = match answer(method, headers, facts) {
        Answer::Whole => (StatusCode::OK, 0..facts.bytes),
        Answer::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Answer::NotModified => return (StatusCode::NOT_MODIFIED, validators(facts)).into_response(),
        Answer::PreconditionFailed => {
            let detail = "the file is not the one that If-Match names";
            return Problem::new(StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", detail).into_response();
        }
        Answer::NotSatisfiable => return not_satisfiable(facts),
    };
    let mut own = described(facts);
    own.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    if status == StatusCode::PARTIAL_CONTENT {
        insert(&mut own, header::CONTENT_RANGE, &format!("bytes {}-{}/{}", range.start, range.end - 1, facts.bytes));
    }
    if method == Method::HEAD {
        return (status, own).into_response();
    }
    match open(range).await {
        Ok(chunks) => (status, own, Body::from_stream(chunks)).into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Preconditions in the order of RFC 9110, 13.2.2.
fn answer(method: &Method, headers: &HeaderMap, facts: &FileFacts) -> Answer {
    if headers.contains_key(header::IF_MATCH) && !names(headers, header::IF_MATCH, facts, false) {
        return Answer::PreconditionFailed;
    }
    if names(headers, header::IF_NONE_MATCH, facts, true) {
        return Answer::NotModified;
    }
    // Ranges are of GET alone (14.2).
    if method != Method::GET || !is_same_file(headers, facts) {
        return Answer::Whole;
    }
    let mut ranges = headers.get_all(header::RANGE).iter();
    match (ranges.next().and_then(|range| range.to_str().ok()), ranges.next()) {
        (Some(range), None) => read_range(range, facts.bytes),
        _ => Answer::Whole,
    }
}

/// Whether a list of entity tags names the file. A weak tag is as good as a strong one where only `weak` is asked for.
fn names(headers: &HeaderMap, name: HeaderName, facts: &FileFacts, weak: bool) -> bool {
    let lists = headers.get_all(name).into_iter().filter_map(|list| list.to_str().ok());
    // Our tags hold no comma.
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").filter(|_| weak).unwrap_or(tag) == etag(facts))
}

/// Whether what the client has the beginning of is this file. A date says too little: it is answered as another file.
fn is_same_file(headers: &HeaderMap, facts: &FileFacts) -> bool {
    headers.get(header::IF_RANGE).is_none_or(|tag| tag.as_bytes() == etag(facts).as_bytes())
}

fn read_range(value: &str, bytes: u64) -> Answer {
    let set = value.split_once('=').filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes"));
    let range = match set.and_then(|(_, set)| set.trim().split_once('-')) {
        Some(("", last)) => number(last).map(|last| bytes.saturating_sub(last)..bytes),
        Some((first, "")) => number(first).map(|first| first..bytes),
        Some((first, last)) => {
            let ends = number(first).zip(number(last)).filter(|(first, last)| first <= last);
            ends.map(|(first, last)| first..last.saturating_add(1).min(bytes))
        }
        None => None,
    };
    match range {
        None => Answer::Whole,
        Some(range) if range.is_empty() => Answer::NotSatisfiable,
        Some(range) => Answer::Part(range),
    }
}

/// Digits alone; more than any file has is as many as can be.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn not_satisfiable(facts: &FileFacts) -> Response {
    let detail = format!("the range lies beyond the end of the file, which has {} bytes", facts.bytes);
    let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "RANGE_NOT_SATISFIABLE", detail);
    let mut own = HeaderMap::new();
    insert(&mut own, header::CONTENT_RANGE, &format!("bytes */{}", facts.bytes));
    (own, problem).into_response()
}

fn etag(facts: &FileFacts) -> String {
    format!("\"{}\"", facts.sha256)
}

/// What a cache needs: it may keep the file for this person, and asks each time whether they may still have it.
fn validators(facts: &FileFacts) -> HeaderMap {
    let mut headers = HeaderMap::new();
    insert(&mut headers, header::ETAG, &etag(facts));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers
}

fn described(facts: &FileFacts) -> HeaderMap {
    let mut headers = validators(facts);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(facts.media_type));
    insert(&mut headers, header::CONTENT_DISPOSITION, &disposition(&facts.file_name));
    if let Some(hash) = base64(&facts.sha256) {
        insert(&mut headers, REPR_DIGEST, &format!("sha-256=:{hash}:"));
        insert(&mut headers, DIGEST, &format!("SHA-256={hash}"));
    }
    headers
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// From hex digits.
fn base64(hex: &str) -> Option<String> {
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
    bytes.map(|bytes| STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::{StreamExt, stream};
    use http_body_util::BodyExt;

    use super::*;
    use crate::error::Error;

    const CONTENT: &[u8] = b"0123456789";
    const SHA256: &str = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";

    fn facts() -> FileFacts {
        let sha256 = SHA256.to_owned();
        FileFacts { bytes: 10, sha256, file_name: "sellers_20261120.csv".to_owned(), media_type: "text/csv" }
    }

    fn headers(given: &[(HeaderName, &str)]) -> HeaderMap {
        given.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    async fn get(given: &[(HeaderName, &str)]) -> (u16, HeaderMap, Vec<u8>) {
        ask(&Method::GET, given).await
    }

    async fn ask(method: &Method, given: &[(HeaderName, &str)]) -> (u16, HeaderMap, Vec<u8>) {
        let open = async |Range { start, end }| {
            let part = Bytes::from_static(&CONTENT[start as usize..end as usize]);
            Ok(stream::iter([Ok(part)]).boxed())
        };
        let (parts, body) = respond(method, &headers(given), &facts(), open).await.into_parts();
        (parts.status.as_u16(), parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
    }

    #[tokio::test]
    async fn the_whole_file_says_all_that_is_known_of_it() {
        let (status, headers, body) = get(&[]).await;
        assert_eq!((status, body.as_slice()), (200, CONTENT));
        for (name, value) in [
            ("accept-ranges", "bytes"),
            ("content-length", "10"),
            ("content-type", "text/csv"),
            ("etag", "\"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882\""),
            ("repr-digest", "sha-256=:hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=:"),
            ("digest", "SHA-256=hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII="),
            ("cache-control", "private, no-cache"),
        ] {
            assert_eq!(headers[name], value, "{name}");
        }
        assert!(headers["content-disposition"].to_str().unwrap().contains("sellers_20261120.csv"));
    }

    #[tokio::test]
    async fn one_range_is_sent_alone() {
        for (range, sent, content_range) in [
            ("bytes=0-", "0123456789", "bytes 0-9/10"),
            ("bytes=4-", "456789", "bytes 4-9/10"),
            ("bytes=2-5", "2345", "bytes 2-5/10"),
            ("bytes=0-0", "0", "bytes 0-0/10"),
            ("bytes=9-9", "9", "bytes 9-9/10"),
            ("bytes=-5", "56789", "bytes 5-9/10"),
            ("bytes=-50", "0123456789", "bytes 0-9/10"),
            ("bytes=8-100", "89", "bytes 8-9/10"),
            ("bytes=8-99999999999999999999999", "89", "bytes 8-9/10"),
            ("bytes=-99999999999999999999999", "0123456789", "bytes 0-9/10"),
            ("Bytes= 3-4", "34", "bytes 3-4/10"),
        ] {
            let (status, headers, body) = get(&[(header::RANGE, range)]).await;
            assert_eq!((status, body.as_slice()), (206, sent.as_bytes()), "{range}");
            assert_eq!(headers["content-range"], content_range);
            assert_eq!(headers["content-length"], sent.len().to_string().as_str());
            assert!(headers.contains_key("etag") && headers.contains_key("repr-digest"));
        }
    }

    #[tokio::test]
    async fn a_range_beyond_the_end_is_refused_with_the_size() {
        for range in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"] {
            let (status, headers, body) = get(&[(header::RANGE, range)]).await;
            assert_eq!(status, 416, "{range}");
            assert_eq!(headers["content-range"], "bytes */10");
            assert!(String::from_utf8(body).unwrap().contains("RANGE_NOT_SATISFIABLE"));
        }
        let empty = FileFacts { bytes: 0, ..facts() };
        for range in ["bytes=0-", "bytes=-5", "bytes=0-0"] {
            let asked = headers(&[(header::RANGE, range)]);
            assert_eq!(answer(&Method::GET, &asked, &empty), Answer::NotSatisfiable, "{range}");
        }
    }

    #[tokio::test]
    async fn a_range_without_sense_and_several_are_answered_with_the_whole() {
        for range in [
            "bytes=5-2",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=1-b",
            "bytes=b-",
            "bytes=+1-2",
            "bytes=1--2",
            "lines=0-1",
            "0-1",
            "bytes=0-1,3-4",
            "bytes=0-1,",
            "bytes=0-,-1",
            "bytes 0-1",
            "bytes=0 - 1",
            "bytes=-1-",
        ] {
            let (status, headers, body) = get(&[(header::RANGE, range)]).await;
            assert_eq!((status, body.as_slice()), (200, CONTENT), "{range}");
            assert!(!headers.contains_key("content-range"));
        }
        let mut twice = headers(&[(header::RANGE, "bytes=0-1")]);
        twice.append(header::RANGE, HeaderValue::from_static("bytes=3-4"));
        assert_eq!(answer(&Method::GET, &twice, &facts()), Answer::Whole);
    }

    #[tokio::test]
    async fn a_download_goes_on_only_with_the_file_it_began_with() {
        let (own, other) = (etag(&facts()), "\"84d8\"");
        let date = "Fri, 20 Nov 2026 08:00:00 GMT";
        let status = async |tag: &str| get(&[(header::RANGE, "bytes=4-"), (header::IF_RANGE, tag)]).await.0;
        assert_eq!(status(&own).await, 206);
        for other in [other, date, &format!("W/{own}"), SHA256, "*"] {
            assert_eq!(status(other).await, 200, "{other}");
        }
        // Where the file is another, even a range beyond its end is answered with the whole.
        assert_eq!(get(&[(header::RANGE, "bytes=99-"), (header::IF_RANGE, other)]).await.0, 200);
        assert_eq!(get(&[(header::IF_RANGE, &own)]).await.0, 200);
    }

    #[tokio::test]
    async fn who_has_the_file_is_not_sent_it_again() {
        let own = etag(&facts());
        for list in [own.clone(), format!("W/{own}"), format!("\"a\", {own}"), "*".to_owned()] {
            let (status, headers, body) = get(&[(header::IF_NONE_MATCH, &list), (header::RANGE, "bytes=1-")]).await;
            assert_eq!((status, body.len()), (304, 0), "{list}");
            assert_eq!(headers["etag"], own.as_str());
            assert_eq!(ask(&Method::HEAD, &[(header::IF_NONE_MATCH, &list)]).await.0, 304);
        }
        assert_eq!(get(&[(header::IF_NONE_MATCH, "\"a\", \"b\"")]).await.0, 200);
        for (list, status) in [(own.as_str(), 200), ("*", 200), ("\"a\"", 412), (&format!("W/{own}"), 412)] {
            assert_eq!(get(&[(header::IF_MATCH, list)]).await.0, status, "{list}");
        }
    }

    #[tokio::test]
    async fn head_says_what_get_would_and_opens_nothing() {
        let open = async |_: Range<u64>| -> Result<Chunks> { panic!("opened") };
        let asked = headers(&[(header::RANGE, "bytes=2-3")]);
        let head = respond(&Method::HEAD, &asked, &facts(), open).await;
        assert_eq!(head.status(), 200);
        let (_, of_get, _) = get(&[]).await;
        assert_eq!(*head.headers(), of_get);
    }

    #[tokio::test]
    async fn a_file_that_is_gone_is_a_problem() {
        let open = async |_: Range<u64>| Err(Error::NotFound { what: "file" });
        let gone = respond(&Method::GET, &HeaderMap::new(), &facts(), open).await;
        assert_eq!(gone.status(), 404);
        assert!(!gone.headers().contains_key("etag"));
    }
}
