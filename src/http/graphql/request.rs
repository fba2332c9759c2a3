//! From a body or a query string to GraphQL requests.
//!
//! What a reader would get wrong: a parameter of the wrong type is refused rather than ignored, because a client that
//! sends `variables` as text believes that they were read.

use async_graphql::{Request, Value, Variables};
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, Uri},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde_json::{Map, Value as Json};

use crate::{
    error::Error,
    http::{incoming, problem::Problem, query_string},
};

/// Operations in one body. Each has limits of its own, so the sum is bounded by this.
const MAX_BATCH: usize = 10;

/// What one body asks for.
pub enum Asked {
    /// One operation.
    One(Box<Request>),
    /// Several, answered in their order.
    Batch(Vec<Request>),
}

/// Most of a body that is taken from whoever has not said who they are: many times what a query has.
const MAX_STRANGERS_BYTES: usize = 256 * 1024;

/// Room for a body.
struct Room<F> {
    bytes: usize,
    most: usize,
    is_signed_in: Option<F>,
}

impl<F: Future<Output = Result<bool, Problem>>> Room<F> {
    /// Whether so many bytes are taken. Who sends them is looked up only when that matters: they are signed in once more
    /// before they are answered.
    async fn take(&mut self, bytes: u64) -> Result<(), Problem> {
        if bytes > self.bytes as u64
            && let Some(is_signed_in) = self.is_signed_in.take()
        {
            if !is_signed_in.await? {
                let message = "a body as large as this needs a token: send `Authorization: Bearer <token>`";
                return Err(Error::Unauthenticated { code: "UNAUTHENTICATED", message }.into());
            }
            self.bytes = self.most;
        }
        if bytes > self.bytes as u64 {
            let detail = format!("the body is larger than {} bytes", self.most);
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", detail));
        }
        Ok(())
    }
}

/// Reads a body to its end, or to the limit: `most` bytes, of which strangers may send few.
pub async fn read(
    headers: &HeaderMap,
    mut body: Body,
    most: usize,
    is_signed_in: impl Future<Output = Result<bool, Problem>>,
) -> Result<Bytes, Problem> {
    let few = most.min(MAX_STRANGERS_BYTES);
    let room = Room { bytes: few, most, is_signed_in: (few < most).then_some(is_signed_in) };
    match read_into(room, headers, &mut body).await {
        Err(problem) => Err(incoming::refused(problem, headers, body).await),
        read => read,
    }
}

async fn read_into(
    mut room: Room<impl Future<Output = Result<bool, Problem>>>,
    headers: &HeaderMap,
    body: &mut Body,
) -> Result<Bytes, Problem> {
    room.take(incoming::announced(headers).unwrap_or_default()).await?;
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| malformed("BODY_INCOMPLETE", "the body ended before its end"))?;
        let Ok(data) = frame.into_data() else { continue };
        room.take((read.len() + data.len()) as u64).await?;
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

/// The requests of a body.
pub fn of_body(body: &[u8]) -> Result<Asked, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| malformed("BODY_NOT_UTF8", "the body is not UTF-8"))?;
    let json: Json = serde_json::from_str(text)
        .map_err(|error| malformed("BODY_NOT_JSON", format!("the body is not JSON: {error}")))?;
    match json {
        Json::Object(parameters) => of_parameters(parameters).map(|request| Asked::One(Box::new(request))),
        Json::Array(batch) if batch.is_empty() => Err(malformed("BATCH_EMPTY", "the batch holds no operation")),
        Json::Array(batch) if batch.len() > MAX_BATCH => {
            let detail = format!("the batch holds {} operations; at most {MAX_BATCH}", batch.len());
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BATCH_TOO_LARGE", detail))
        }
        Json::Array(batch) => batch.into_iter().map(of_json).collect::<Result<_, _>>().map(Asked::Batch),
        _ => Err(not_an_object()),
    }
}

/// The request of a query string.
pub fn of_uri(uri: &Uri) -> Result<Request, Problem> {
    let mut parameters = Map::new();
    for (name, value) in query_string::pairs(uri.query().unwrap_or_default())? {
        let value = match name.as_str() {
            "query" | "operationName" => Json::String(value),
            "variables" | "extensions" if value.is_empty() => Json::Null,
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|error| malformed("PARAMETER_INVALID", format!("`{name}` is not JSON: {error}")))?,
            _ => continue,
        };
        if parameters.contains_key(&name) {
            return Err(malformed("PARAMETER_INVALID", format!("`{name}` is given twice")));
        }
        parameters.insert(name, value);
    }
    if parameters.get("operationName").is_some_and(|name| name == "") {
        parameters.remove("operationName");
    }
    of_parameters(parameters)
}

/// The request of one JSON object.
pub fn of_json(json: Json) -> Result<Request, Problem> {
    match json {
        Json::Object(parameters) => of_parameters(parameters),
        _ => Err(not_an_object()),
    }
}

fn of_parameters(mut parameters: Map<String, Json>) -> Result<Request, Problem> {
    let query = match parameters.remove("query") {
        Some(Json::String(query)) if query.contains('\0') => {
            return Err(malformed("PARAMETER_INVALID", "`query` contains the character U+0000"));
        }
        Some(Json::String(query)) => query,
        None | Some(Json::Null) => return Err(malformed("QUERY_MISSING", "the request has no `query`")),
        Some(_) => return Err(wrong_type("query", "text")),
    };
    let mut request = Request::new(query);
    request.operation_name = match parameters.remove("operationName") {
        None | Some(Json::Null) => None,
        Some(Json::String(name)) => Some(name),
        Some(_) => return Err(wrong_type("operationName", "text")),
    };
    if let Some(variables) = object(&mut parameters, "variables")? {
        let variables = Value::from_json(variables).map_err(|_| wrong_type("variables", "an object"))?;
        request.variables = Variables::from_value(variables);
    }
    // Nothing reads them, but a client that sends text here should learn of it.
    object(&mut parameters, "extensions")?;
    Ok(request)
}

fn object(parameters: &mut Map<String, Json>, name: &'static str) -> Result<Option<Json>, Problem> {
    match parameters.remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(object @ Json::Object(_)) => Ok(Some(object)),
        Some(_) => Err(wrong_type(name, "an object")),
    }
}

fn wrong_type(name: &str, expected: &str) -> Problem {
    malformed("PARAMETER_INVALID", format!("`{name}` must be {expected}"))
}

fn not_an_object() -> Problem {
    malformed("BODY_INVALID", "the body must be a JSON object with `query`, or a list of such objects")
}

fn malformed(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, detail)
}
