//! Files over HTTP: `GET /export/{kind}/{format}` streams rows as they are read.
//!
//! Not here: what the parameters mean and what the files hold (`exports`). What a reader would get wrong: the status is
//! sent when the first page has been read; what fails later breaks the transfer off, so that no file looks whole that
//! is not.

use axum::{
    Router,
    body::Body,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{problem::Problem, query_string, signed_in};
use crate::{
    app::App,
    error::{Error, Result},
    exports::{self, Download, ExportFormat, ExportKind, ExportRequest},
};

type Format = Result<Path<String>, PathRejection>;

/// The routes of downloads.
pub fn routes(app: App) -> Router {
    Router::new()
        .route("/export/records/{format}", get(records))
        .route("/export/sellers/{format}", get(sellers))
        .with_state(app)
}

async fn records(state: State<App>, format: Format, query: RawQuery, headers: HeaderMap) -> Response {
    answer(ExportKind::Records, state, format, query, headers).await
}

async fn sellers(state: State<App>, format: Format, query: RawQuery, headers: HeaderMap) -> Response {
    answer(ExportKind::Sellers, state, format, query, headers).await
}

async fn answer(
    kind: ExportKind,
    State(app): State<App>,
    format: Format,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    // What is not UTF-8 names no format either.
    let format = format.map_or_else(|_| "\u{fffd}".to_owned(), |Path(format)| format);
    match start(&app, kind, &format, query.as_deref().unwrap_or_default(), &headers).await {
        Ok(download) => file(download),
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn start(app: &App, kind: ExportKind, format: &str, query: &str, headers: &HeaderMap) -> Result<Download> {
    let actor = signed_in::actor(app, headers).await?.ok_or_else(Error::unauthenticated)?;
    let Some(format) = ExportFormat::of_name(kind, format) else {
        return Err(unknown_format(kind, format));
    };
    let parameters = query_string::pairs(query)?;
    exports::stream(app, &actor, ExportRequest::from_parameters(kind, format, &parameters)?).await
}

fn file(download: Download) -> Response {
    let name = &download.file_name;
    // Our names are plain ASCII; `filename*` is for clients that read only that (RFC 6266, 4.3).
    let disposition = format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}");
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(download.format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    (headers, Body::from_stream(download.chunks())).into_response()
}

fn unknown_format(kind: ExportKind, format: &str) -> Error {
    let known: Vec<&str> = ExportFormat::of_kind(kind).map(ExportFormat::name).collect();
    let shown: String = format.chars().take(20).collect();
    let message =
        format!("there is no format `{}` of {}; there are {}", shown.escape_debug(), kind.name(), known.join(", "));
    Error::bad_input("UNKNOWN_FORMAT", message)
}
