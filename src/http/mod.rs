//! The HTTP side: which address leads where, and what every request passes through.
//!
//! Not here: rules and permissions (the domain), GraphQL's own limits (`graphql/limits`). What a reader would get wrong:
//! no time-out lies around the whole router, because a download may last for hours; GraphQL keeps its own.

mod artifact;
mod download;
pub mod graphiql;
pub mod graphql;
pub mod health;
mod import;
mod incoming;
mod observe;
mod origin;
pub mod problem;
mod query_string;
pub mod ranges;
pub mod signed_in;

use std::{any::Any, time::Duration};

use axum::{
    Router,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version, header},
    middleware,
    response::IntoResponse,
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
    cors::{AllowOrigin, Any as AnyOrigin, CorsLayer},
};

use self::{origin::Proxies, problem::Problem};
use crate::{app::App, config::Config, error::Error, graphql::Schema};

/// The event that a client had last whose stream was cut off.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// The id of a request: taken from the client when it is one, else made here; in the answer and in the log.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The slug of the organisation that a person in several of them means.
pub const X_ORGANISATION: HeaderName = HeaderName::from_static("x-organisation");

/// What pages of other origins may send, beside what a browser always lets them.
const ALLOWED_HEADERS: [HeaderName; 9] = [
    header::ACCEPT,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::RANGE,
    X_ORGANISATION,
    LAST_EVENT_ID,
    X_REQUEST_ID,
];

/// Shorter bodies fit into one packet as they are.
const COMPRESSED_FROM_BYTES: u64 = 1024;
/// How long a browser may remember what CORS allows. Chromium remembers no longer than this.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// Everything the service answers.
pub fn router(app: &App, schema: Schema) -> Router {
    let routes = Router::new()
        .merge(graphql::routes(app.clone(), schema))
        .merge(download::routes(app.clone()))
        .merge(artifact::routes(app.clone()))
        .merge(import::routes(app.clone()))
        .merge(health::routes(app.clone()))
        .route("/graphiql/{name}", get(graphiql::asset));
    layered(routes, &app.config)
}

/// Puts what every request passes through around `routes`. The last layer added is the first a request meets.
fn layered(routes: Router, config: &Config) -> Router {
    let routes = routes
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is nothing at this address"))
        .method_not_allowed_fallback(async || {
            let detail = "this address does not take this method; the header Allow lists those it takes";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail)
        })
        .layer(middleware::from_fn_with_state(Proxies::of(config), origin::note))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(compression());
    let routes = match cors(&config.cors_origins) {
        Some(cors) => routes.layer(cors),
        None => routes,
    };
    routes.layer(middleware::from_fn(observe::observe))
}

/// The panic itself is on standard error, with its place; the caller gets a problem like any other.
fn panicked(_: Box<dyn Any + Send>) -> Response<axum::body::Body> {
    Problem::from(Error::internal("no handler panics")).into_response()
}

/// Compression as the body flows, at the level that keeps up with an export.
fn compression() -> CompressionLayer<impl Predicate> {
    let predicate = SizeAbove::new(COMPRESSED_FROM_BYTES)
        // These are compressed already.
        .and(NotForContentType::new("application/vnd.openxmlformats"))
        .and(NotForContentType::new("application/vnd.apache.parquet"))
        .and(NotForContentType::new("application/zip"))
        .and(NotForContentType::new("application/gzip"))
        .and(NotForContentType::IMAGES)
        // An event must leave at once.
        .and(NotForContentType::SSE)
        // A range is of the bytes as they are, and so is the size that a resumed download goes on from.
        .and(has_no_ranges);
    CompressionLayer::new().gzip(true).zstd(true).quality(CompressionLevel::Fastest).compress_when(predicate)
}

fn has_no_ranges(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::ACCEPT_RANGES)
}

/// Which pages may call from a browser; none unless configured. Credentials are bearer tokens, never cookies.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::from(AnyOrigin)
    } else {
        let origins: Vec<HeaderValue> =
            origins.iter().filter_map(|origin| HeaderValue::from_str(origin.trim_end_matches('/')).ok()).collect();
        if origins.is_empty() {
            return None;
        }
        AllowOrigin::list(origins)
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT])
        .allow_headers(
            ALLOWED_HEADERS.into_iter().chain(graphql::PREFLIGHT.map(HeaderName::from_static)).collect::<Vec<_>>(),
        )
        .expose_headers([
            header::ACCEPT_RANGES,
            header::CONTENT_DISPOSITION,
            header::CONTENT_RANGE,
            header::ETAG,
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
            ranges::DIGEST,
            ranges::REPR_DIGEST,
            X_REQUEST_ID,
        ])
        .max_age(PREFLIGHT_MAX_AGE);
    Some(layer)
}

#[cfg(test)]
mod tests;
