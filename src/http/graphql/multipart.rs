//! Requests that bring files, after the GraphQL multipart request specification: `operations`, then `map`, then the files.
//!
//! Every file goes to a temporary file while it comes, and nothing runs before the last byte has. Not here: what becomes of
//! a file (the operation). What a reader would get wrong: the parser asks its source for all that is there at once, and
//! takes any number of bytes for a header; [`Feed`] gives it one piece at a time, and no end of them only inside a file.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as Task, Poll, ready},
};

use async_graphql::{Name, Request, Value, Variables};
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use multer::{Field, Multipart};
use serde_json::Value as Json;
use tokio::{fs::File, io::AsyncWriteExt};

use super::request;
use crate::{
    app::App,
    error::{Context, Error},
    files::Chunks,
    graphql::{UploadedFile, Uploads},
    http::{incoming, problem::Problem},
    text,
};

/// Headers, any of which shows that no page of another site made a browser send this: a form cannot set them, and a script
/// that does is asked for by the browser first. The second and the last are those of Apollo's clients.
pub const PREFLIGHT: [&str; 4] =
    ["graphql-preflight", "apollo-require-preflight", "x-requested-with", "x-apollo-operation-name"];

/// Files in one request.
const MAX_FILES: usize = 10;
/// Longest `map`, in bytes: ten files, each named for a few variables.
const MAX_MAP_BYTES: usize = 64 * 1024;
/// What the parser may keep that is neither read as a part's headers nor handed on as its content, beside one piece of
/// the body.
const MAX_UNREAD_BYTES: usize = 64 * 1024;

/// Refuses what a page of another site could have made a browser send.
pub fn require_preflight(headers: &HeaderMap) -> Result<(), Problem> {
    if PREFLIGHT.iter().any(|name| headers.get(*name).is_some_and(|value| !value.is_empty())) {
        return Ok(());
    }
    let detail = "a multipart/form-data request needs the header `GraphQL-Preflight: 1` as well, which forms of other \
                  sites cannot send";
    Err(malformed("PREFLIGHT_REQUIRED", detail))
}

/// Reads a request and its files; the request holds them as [`Uploads`].
pub async fn read(app: &App, headers: &HeaderMap, body: Body) -> Result<Request, Problem> {
    let mut chunks = incoming::chunks(body, app.config.request_timeout());
    let outcome = match (boundary(headers), check_announced(app, headers)) {
        (Ok(boundary), Ok(())) => Form::new(app, &mut chunks, boundary).read().await,
        (Err(problem), _) | (_, Err(problem)) => Err(problem),
    };
    if outcome.is_err() {
        incoming::discard(headers, chunks).await;
    }
    outcome
}

fn boundary(headers: &HeaderMap) -> Result<String, Problem> {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(sent).ok().filter(|boundary| !boundary.is_empty());
    boundary.ok_or_else(|| malformed("MULTIPART_INVALID", "the Content-Type names no boundary between the parts"))
}

/// Refuses at once what says that it is too large.
fn check_announced(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let limit = app.config.import_max_bytes + app.config.body_limit_bytes as u64 + MAX_MAP_BYTES as u64;
    match incoming::announced(headers) {
        Some(bytes) if bytes > limit => Err(too_large(app)),
        _ => Ok(()),
    }
}

/// A form on its way in.
struct Form<'a> {
    app: &'a App,
    parts: Multipart<'a>,
    unread: Arc<AtomicUsize>,
    /// Bytes that the files still to come may have.
    left: u64,
}

impl<'a> Form<'a> {
    fn new(app: &'a App, chunks: &'a mut Chunks, boundary: String) -> Self {
        let unread = Arc::new(AtomicUsize::new(0));
        let feed = Feed { chunks, unread: Arc::clone(&unread), rests: false };
        Self { app, parts: Multipart::new(feed, boundary), unread, left: app.config.import_max_bytes }
    }

    async fn read(mut self) -> Result<Request, Problem> {
        let operations = self.text("operations", self.app.config.body_limit_bytes).await?;
        let mut request = operation(&operations)?;
        let map = self.text("map", MAX_MAP_BYTES).await?;
        let numbers = place(&map, &mut request.variables)?;
        let mut files = BTreeMap::new();
        while let Some(part) = self.next().await? {
            let name = part.name().unwrap_or_default().to_owned();
            let Some(number) = numbers.get(&name) else {
                let detail = format!("`map` does not name the part `{}`", shown(&name));
                return Err(malformed("UPLOAD_NOT_IN_MAP", detail));
            };
            if files.contains_key(number) {
                return Err(malformed("UPLOAD_TWICE", format!("the part `{}` comes twice", shown(&name))));
            }
            files.insert(*number, self.file(part).await?);
        }
        if let Some((name, _)) = numbers.iter().find(|(_, number)| !files.contains_key(number)) {
            let detail = format!("`map` names the part `{}`, which did not come", shown(name));
            return Err(malformed("UPLOAD_MISSING", detail));
        }
        Ok(request.data(Uploads::new(files.into_values().collect())))
    }

    async fn next(&mut self) -> Result<Option<Field<'a>>, Problem> {
        let part = self.parts.next_field().await.map_err(unreadable)?;
        self.unread.store(0, Ordering::Relaxed);
        Ok(part)
    }

    /// What comes next of a part.
    async fn chunk(&self, part: &mut Field<'a>) -> Result<Option<Bytes>, Problem> {
        let chunk = part.chunk().await.map_err(unreadable)?;
        self.unread.store(0, Ordering::Relaxed);
        Ok(chunk)
    }

    /// The next part, which must have this name.
    async fn text(&mut self, name: &str, limit: usize) -> Result<Vec<u8>, Problem> {
        let part = self.next().await?.filter(|part| part.name() == Some(name));
        let out_of_order = "the parts must come in this order: `operations`, `map`, then the files";
        let mut part = part.ok_or_else(|| malformed("MULTIPART_INVALID", out_of_order))?;
        let mut text = Vec::new();
        while let Some(chunk) = self.chunk(&mut part).await? {
            if text.len() + chunk.len() > limit {
                let detail = format!("the part `{name}` is larger than {limit} bytes");
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", detail));
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    /// Keeps a part in a file without a name, which goes away with the request.
    async fn file(&mut self, mut part: Field<'a>) -> Result<UploadedFile, Problem> {
        const DOING: &str = "keeping a file that was sent";
        // Browsers write a `"` within the quotes like this (HTML, multipart form data).
        let name = part.file_name().map(|name| name.replace("%22", "\""));
        let name = name.and_then(|name| text::cleaned(&name, text::LONGEST_NAME));
        let mut file = File::from_std(tempfile::tempfile_in(self.app.config.spool_dir()).doing(DOING)?);
        let before = self.left;
        while let Some(chunk) = self.chunk(&mut part).await? {
            self.left = self.left.checked_sub(chunk.len() as u64).ok_or_else(|| too_large(self.app))?;
            file.write_all(&chunk).await.doing(DOING)?;
        }
        file.flush().await.doing(DOING)?;
        Ok(UploadedFile::new(name, before - self.left, file.into_std().await))
    }
}

/// Feeds a body to the parser, one piece each time it asks.
struct Feed<'a> {
    chunks: &'a mut Chunks,
    /// Bytes since something was last read out of the parser.
    unread: Arc<AtomicUsize>,
    rests: bool,
}

impl Stream for Feed<'_> {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.rests) {
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.unread.load(Ordering::Relaxed) > MAX_UNREAD_BYTES {
            let message = format!("the headers of a part have more than {MAX_UNREAD_BYTES} bytes");
            return Poll::Ready(Some(Err(Error::too_large("HEADERS_TOO_LARGE", message))));
        }
        let next = ready!(self.chunks.poll_next_unpin(task));
        if let Some(Ok(chunk)) = &next {
            self.unread.fetch_add(chunk.len(), Ordering::Relaxed);
            self.rests = true;
        }
        let ours = |error| Error::of_io("receiving a file", error);
        Poll::Ready(next.map(|chunk| chunk.map_err(ours)))
    }
}

/// The one operation of `operations`.
fn operation(json: &[u8]) -> Result<Request, Problem> {
    let invalid = |detail: String| malformed("OPERATIONS_INVALID", detail);
    match serde_json::from_slice(json) {
        Ok(json @ Json::Object(_)) => request::of_json(json),
        Ok(Json::Array(_)) => {
            let detail = "a multipart/form-data request holds one operation; send each of a batch by itself";
            Err(malformed("BATCH_NOT_SUPPORTED", detail))
        }
        Ok(_) => Err(invalid("`operations` must be a JSON object with `query`".to_owned())),
        Err(error) => Err(invalid(format!("`operations` is not JSON: {error}"))),
    }
}

/// Puts a number in the place of every variable that `map` gives a file, and answers the number of each part.
fn place(map: &[u8], variables: &mut Variables) -> Result<BTreeMap<String, u32>, Problem> {
    let invalid = |detail: String| malformed("MAP_INVALID", detail);
    let map: BTreeMap<String, Vec<String>> = serde_json::from_slice(map)
        .map_err(|error| invalid(format!("`map` must be like {{\"0\": [\"variables.input.file\"]}}: {error}")))?;
    if map.len() > MAX_FILES {
        let detail = format!("the request brings {} files; at most {MAX_FILES}", map.len());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_MANY_FILES", detail));
    }
    let mut numbers = BTreeMap::new();
    for ((name, paths), number) in map.into_iter().zip(0_u32..) {
        if paths.is_empty() {
            return Err(invalid(format!("`map` names no variable for the part `{}`", shown(&name))));
        }
        for path in paths {
            let variable = variable(variables, &path).filter(|variable| **variable == Value::Null);
            *variable.ok_or_else(|| {
                invalid(format!("`{}` is not a variable that is null in `operations`", shown(&path)))
            })? = Uploads::variable(number);
        }
        numbers.insert(name, number);
    }
    Ok(numbers)
}

/// What lies at `variables.input.files.0`.
fn variable<'v>(variables: &'v mut Variables, path: &str) -> Option<&'v mut Value> {
    let mut steps = path.strip_prefix("variables.")?.split('.');
    let mut value = variables.get_mut(steps.next()?)?;
    for step in steps {
        value = match value {
            Value::Object(fields) => fields.get_mut(&Name::new(step))?,
            Value::List(items) => items.get_mut(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// What a client wrote, fit for a message.
fn shown(text: &str) -> String {
    text.chars().take(100).collect::<String>().escape_debug().to_string()
}

/// What is wrong with a body that cannot be read as parts.
fn unreadable(error: multer::Error) -> Problem {
    use multer::Error as E;
    match error {
        E::StreamReadFailed(cause) => match cause.downcast::<Error>() {
            Ok(error) => Problem::from(*error),
            Err(cause) => Problem::from(Error::caused("reading a form", cause)),
        },
        E::IncompleteFieldData { .. } | E::IncompleteHeaders | E::IncompleteStream => {
            malformed("MULTIPART_INVALID", "the body ended, or went on in another way, where a boundary was to come")
        }
        _ => malformed("MULTIPART_INVALID", "the headers of a part cannot be read"),
    }
}

fn too_large(app: &App) -> Problem {
    let detail = format!("the files have more than {} bytes", app.config.import_max_bytes);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "IMPORT_TOO_LARGE", detail)
}

fn malformed(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, detail)
}
