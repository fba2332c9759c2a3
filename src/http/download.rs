//! Files over HTTP: `GET /export/{kind}/{format}` streams rows as they are read, to a bearer of a token or of a link.
//!
//! Not here: what the parameters mean and what the files hold (`exports`). What a reader would get wrong: the status is
//! sent when the first page has been read; what fails later breaks the transfer off, so that no file looks whole that
//! is not.

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::stream;

use super::{problem::Problem, query_string, signed_in};
use crate::{
    app::App,
    auth::Actor,
    error::{Error, Result},
    exports::{self, ExportFormat, ExportKind, ExportRequest},
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

async fn records(state: State<App>, format: Format, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer(ExportKind::Records, state, format, &method, &uri, &headers).await
}

async fn sellers(state: State<App>, format: Format, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer(ExportKind::Sellers, state, format, &method, &uri, &headers).await
}

async fn answer(
    kind: ExportKind,
    State(app): State<App>,
    format: Format,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Response {
    // What is not UTF-8 names no format either.
    let format = format.map_or_else(|_| "\u{fffd}".to_owned(), |Path(format)| format);
    let answered = async {
        let (actor, request) = asked(&app, kind, &format, uri, headers).await?;
        if method == Method::HEAD {
            // Nobody takes a file: nothing is read, and nothing logged.
            let file_name = exports::named(&app, &actor, &request).await?;
            // Of unknown length, as the file is.
            let nothing = Body::from_stream(stream::empty::<Result<Bytes, Infallible>>());
            return Ok(file(&file_name, request.format, nothing));
        }
        let download = exports::stream(&app, &actor, request).await?;
        Ok(file(&download.file_name.clone(), download.format, Body::from_stream(download.chunks())))
    };
    answered.await.unwrap_or_else(|error: Error| Problem::from(error).into_response())
}

/// Who asks, and for what.
async fn asked(
    app: &App,
    kind: ExportKind,
    format: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(Actor, ExportRequest)> {
    let (actor, query) = signed_in::actor_or_follower(app, headers, uri).await?;
    let format = ExportFormat::read(kind, format)?;
    let parameters = query_string::pairs(&query)?;
    Ok((actor, ExportRequest::from_parameters(kind, format, &parameters)?))
}

fn file(name: &str, format: ExportFormat, body: Body) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition(name)) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    (headers, body).into_response()
}
