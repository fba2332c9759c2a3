//! What an export would be: how many rows, and which way is the better one to get them.

use super::{ExportRequest, parameters, rows};
use crate::{app::App, auth::Actor, error::Result};

/// From so many rows on a job is recommended: a stream of fewer is over before one would look at its progress.
const JOB_FROM: u64 = 10_000;

/// How much an export would hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Rows, as of now.
    pub rows: u64,
    /// Whether a job is the recommended way.
    pub is_for_job: bool,
}

/// Counts the rows of an export and checks that it could be made.
///
/// # Errors
/// Those of [`stream`](super::stream), but for what only reading shows.
pub async fn estimate(app: &App, actor: &Actor, request: &ExportRequest) -> Result<Estimate> {
    let scope = actor.require(request.filter.kind().permission())?;
    request.check()?;
    rows::columns(&scope, request)?;
    let rows = request.filter.count(app.db.read(), &scope).await?;
    Ok(Estimate { rows, is_for_job: rows >= JOB_FROM })
}

/// The address of a download, path and query, that gives this file.
#[must_use]
pub fn stream_path(request: &ExportRequest) -> String {
    let path = format!("/export/{}/{}", request.filter.kind().name(), request.format.name());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters::write(request)).finish();
    if query.is_empty() { path } else { format!("{path}?{query}") }
}
