//! The tick: what is due, fires.

use uuid::Uuid;

use crate::{app::App, error::Result};

/// Fires what is due and starts what has waited long enough. Answers how many planned times got their row, and how many
/// waiting fires ended.
///
/// # Errors
/// The database's own failure.
pub async fn tick(app: &App) -> Result<u64> {
    let _ = app;
    Ok(0)
}

/// Starts the oldest fire of an organisation that waits, when no run is active any more.
///
/// # Errors
/// The database's own failure.
pub async fn release(app: &App, org_id: Uuid) -> Result<u64> {
    let _ = (app, org_id);
    Ok(0)
}
