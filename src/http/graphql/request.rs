//! From a body or a query string to GraphQL requests.
//!
//! What a reader would get wrong: a parameter of the wrong type is refused rather than ignored, because a client that
//! sends `variables` as text believes that they were read.

use async_graphql::{Request, Value, Variables};
use axum::{
    body::Body,
    extract::Query,
    http::{HeaderMap, StatusCode, Uri, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value as Json};

use crate::http::problem::Problem;

/// Operations in one body. Each has limits of its own, so the sum is bounded by this.
const MAX_BATCH: usize = 10;

/// What one body asks for.
pub enum Asked {
    /// One operation.
    One(Box<Request>),
    /// Several, answered in their order.
    Batch(Vec<Request>),
}

/// Reads a body to its end, or to the limit.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<bytes::Bytes, Problem> {
    let too_large = || {
        let detail = format!("the body is larger than {limit} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", detail)
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(malformed("BODY_INCOMPLETE", "the body ended before its end")),
    }
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
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_| malformed("QUERY_STRING_INVALID", "the query string is not form-encoded"))?;
    let mut parameters = Map::new();
    for (name, value) in pairs {
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

fn of_json(json: Json) -> Result<Request, Problem> {
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
