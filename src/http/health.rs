//! Whether the process lives, and whether it can do its work.
//!
//! What a reader would get wrong: `live` never asks the database; a process that waits for one should not be killed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use super::problem::Problem;
use crate::{
    app::App,
    error::{Error, Result},
};

/// How long the database may take to give a sign of life. Probes commonly wait no longer either.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Clone)]
struct Probe {
    app: App,
    /// Once no migration is missing, none will be: a process does not outlive its schema.
    is_migrated: Arc<AtomicBool>,
}

/// `GET /health/live` and `GET /health/ready`.
pub fn routes(app: App) -> Router {
    Router::new()
        .route("/health/live", get(async || well()))
        .route("/health/ready", get(ready))
        .with_state(Probe { app, is_migrated: Arc::default() })
}

fn well() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "status": "ok" }))).into_response()
}

async fn ready(State(probe): State<Probe>) -> Result<Response, Problem> {
    let late = |_| Error::Unavailable { context: "waiting for the database's sign of life", source: None };
    tokio::time::timeout(PATIENCE, probe.look()).await.map_err(late).flatten().map_err(Problem::from)?;
    if !probe.is_migrated.load(Ordering::Relaxed) {
        let detail = "the database lacks migrations; run `sellerbook migrate`";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "MIGRATIONS_PENDING", detail));
    }
    Ok(well())
}

impl Probe {
    async fn look(&self) -> Result<()> {
        self.app.db.ping().await?;
        if !self.is_migrated.load(Ordering::Relaxed) && self.app.db.pending_migrations().await? == 0 {
            self.is_migrated.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
