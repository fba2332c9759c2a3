//! The files of export jobs: `GET` and `HEAD /export/jobs/{id}/download`, with ranges, so that a download can be resumed.
//!
//! Not here: who may have the file (`exports::open`, asked at every request) and how ranges are answered (`ranges.rs`).
//! What a reader would get wrong: a download is counted when its first byte is sent, so that one resumed ten times is one.

use std::{ops::Range, time::Duration};

use axum::{
    Router,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    problem::Problem,
    ranges::{self, FileFacts},
    signed_in,
};
use crate::{
    app::App,
    auth::Actor,
    error::{Error, Result},
    exports::{self, Artifact},
    files::Chunks,
    id::IdKind,
};

/// How long an address at S3 is good for: it is followed at once.
const REDIRECT_VALID: Duration = Duration::from_secs(60);

/// The route of finished files.
pub fn routes(app: App) -> Router {
    Router::new().route("/export/jobs/{id}/download", get(download)).with_state(app)
}

async fn download(
    State(app): State<App>,
    method: Method,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let id = id.map_or_else(|_| "\u{fffd}".to_owned(), |Path(id)| id);
    match answer(&app, &method, &id, &uri, &headers).await {
        Ok(response) => response,
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn answer(app: &App, method: &Method, id: &str, uri: &Uri, headers: &HeaderMap) -> Result<Response> {
    let (actor, query) = signed_in::actor_or_follower(app, headers, uri).await?;
    if !query.is_empty() {
        return Err(Error::bad_input("UNKNOWN_PARAMETER", "the download of an export takes no parameters"));
    }
    let artifact = exports::open(app, &actor, IdKind::Export.read(id)?).await?;
    if method == Method::GET
        && let Some(address) = elsewhere(app, &artifact).await?
    {
        exports::downloaded(app, &actor, &artifact).await?;
        return Ok(redirect(&address));
    }
    let facts = FileFacts {
        bytes: artifact.bytes,
        sha256: artifact.sha256.clone(),
        file_name: artifact.file_name.clone(),
        media_type: artifact.format.media_type(),
    };
    Ok(ranges::respond(method, headers, &facts, |range| open(app, &actor, &artifact, range)).await)
}

async fn open(app: &App, actor: &Actor, artifact: &Artifact, range: Range<u64>) -> Result<Chunks> {
    let is_beginning = range.start == 0;
    let chunks = app.files.read(&artifact.key, range).await?;
    if is_beginning {
        exports::downloaded(app, actor, artifact).await?;
    }
    Ok(chunks)
}

/// Where S3 itself gives the file, when it is to.
async fn elsewhere(app: &App, artifact: &Artifact) -> Result<Option<String>> {
    app.files.presign(&artifact.key, &artifact.file_name, artifact.format.media_type(), REDIRECT_VALID).await
}

fn redirect(address: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match HeaderValue::from_str(address) {
        Ok(location) => {
            headers.insert(header::LOCATION, location);
            (StatusCode::FOUND, headers).into_response()
        }
        Err(error) => Problem::from(Error::caused("writing an address", error)).into_response(),
    }
}
