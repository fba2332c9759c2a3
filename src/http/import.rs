//! Files of imports: `PUT /import/{id}` takes the file of an import, `GET /import/{id}/faults.csv` gives what is wrong with it.
//!
//! Not here: who may, how large a file may be, and what is done with it (`imports`). What a reader would get wrong: an
//! upload has no time-out as a whole, only one for silence; one that is cut off leaves nothing, and is sent again.

use axum::{
    Extension, Json, Router,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use serde::Serialize;

use super::{incoming, problem::Problem, signed_in};
use crate::{
    app::App,
    auth::{Actor, Origin},
    error::{Error, Result},
    files,
    id::IdKind,
    imports,
};

/// The routes of imports.
pub fn routes(app: App) -> Router {
    Router::new().route("/import/{id}", put(upload)).route("/import/{id}/faults.csv", get(faults)).with_state(app)
}

type Id = Result<Path<String>, PathRejection>;

/// What has come.
#[derive(Serialize)]
struct Received {
    id: String,
    bytes: Option<i64>,
}

async fn upload(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    id: Id,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut chunks = incoming::chunks(body, app.config.request_timeout());
    let outcome = async {
        require_whole(&headers)?;
        let (actor, id) = addressed(&app, id, &headers, &uri).await?;
        let actor = actor.asking_from(origin);
        let announced = incoming::announced(&headers);
        Ok::<_, Problem>(imports::receive(&app, &actor, IdKind::Import.read(&id)?, &mut chunks, announced).await?)
    };
    match outcome.await {
        Ok(import) => {
            let received = Received { id: IdKind::Import.show(import.id), bytes: import.bytes };
            (StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(received)).into_response()
        }
        Err(problem) => {
            incoming::discard(&headers, chunks).await;
            problem.into_response()
        }
    }
}

/// Refuses a part of a file (RFC 9110, 14.5), and one that would have to be unpacked first.
fn require_whole(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(header::CONTENT_RANGE) {
        let detail = "send the file as a whole, without Content-Range";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "FILE_NOT_WHOLE", detail));
    }
    let encoding = headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes);
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        let detail = "send the file without a Content-Encoding";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail));
    }
    Ok(())
}

async fn faults(State(app): State<App>, id: Id, uri: Uri, headers: HeaderMap) -> Response {
    let outcome = async {
        let (actor, id) = addressed(&app, id, &headers, &uri).await?;
        let id = IdKind::Import.read(&id)?;
        let chunks = imports::faults_csv(&app, &actor, id).await?;
        let simple = id.simple().to_string();
        let short = simple.get(..8).unwrap_or_default();
        let name = files::disposition(&format!("import_{short}_faults.csv"));
        let own = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_DISPOSITION, &name),
        ];
        Ok::<_, Error>((own, Body::from_stream(chunks)).into_response())
    };
    outcome.await.unwrap_or_else(|error| Problem::from(error).into_response())
}

/// Who is asking for which import.
async fn addressed(app: &App, id: Id, headers: &HeaderMap, uri: &Uri) -> Result<(Actor, String)> {
    let (actor, query) = signed_in::actor_or_follower(app, headers, uri).await?;
    if !query.is_empty() {
        return Err(Error::bad_input("UNKNOWN_PARAMETER", "this address takes no parameters"));
    }
    // What is not UTF-8 is the id of nothing.
    Ok((actor, id.map_or_else(|_| "\u{fffd}".to_owned(), |Path(id)| id)))
}
