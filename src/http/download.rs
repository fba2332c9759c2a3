//! Files over HTTP: `GET /export/{kind}/{format}` streams rows as they are read, to a bearer of a token or of a link.
//!
//! Not here: what the parameters mean and what the files hold (`exports`). What a reader would get wrong: the status is
//! sent when the first page has been read; what fails later breaks the transfer off, so that no file looks whole that
//! is not.

use axum::{
    Router,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{problem::Problem, query_string, signed_in};
use crate::{
    app::App,
    error::Result,
    exports::{self, Download, ExportFormat, ExportKind, ExportRequest},
    files::disposition,
};

type Format = Result<Path<String>, PathRejection>;

/// The routes of downloads.
pub fn routes(app: App) -> Router {
    Router::new()
        .route("/export/records/{format}", get(records))
        .route("/export/sellers/{format}", get(sellers))
        .with_state(app)
}

async fn records(state: State<App>, format: Format, uri: Uri, headers: HeaderMap) -> Response {
    answer(ExportKind::Records, state, format, &uri, &headers).await
}

async fn sellers(state: State<App>, format: Format, uri: Uri, headers: HeaderMap) -> Response {
    answer(ExportKind::Sellers, state, format, &uri, &headers).await
}

async fn answer(kind: ExportKind, State(app): State<App>, format: Format, uri: &Uri, headers: &HeaderMap) -> Response {
    // What is not UTF-8 names no format either.
    let format = format.map_or_else(|_| "\u{fffd}".to_owned(), |Path(format)| format);
    match start(&app, kind, &format, uri, headers).await {
        Ok(download) => file(download),
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn start(app: &App, kind: ExportKind, format: &str, uri: &Uri, headers: &HeaderMap) -> Result<Download> {
    let (actor, query) = signed_in::actor_or_follower(app, headers, uri).await?;
    let format = ExportFormat::read(kind, format)?;
    let parameters = query_string::pairs(&query)?;
    exports::stream(app, &actor, ExportRequest::from_parameters(kind, format, &parameters)?).await
}

fn file(download: Download) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(download.format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition(&download.file_name)) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    (headers, Body::from_stream(download.chunks())).into_response()
}
