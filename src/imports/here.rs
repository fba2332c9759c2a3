//! Imports within one process, for commands: no queue and no stored file, the same work and the same rules.
//!
//! What a reader would get wrong: each of these returns when it is done; whoever is killed meanwhile has written nothing but the
//! import's own row, which goes by the clock.

use std::{path::Path, sync::Arc};

use uuid::Uuid;

use super::{Import, NewImport};
use crate::{
    app::App,
    auth::Actor,
    error::{Error, Result},
};

/// Hears of every change of an import while it is worked on.
pub type OnChange = Arc<dyn Fn(&Import) + Send + Sync>;

/// Starts an import and checks the file at `path` at once. It is [`Ready`](super::ImportStatus::Ready) then, or
/// [`Invalid`](super::ImportStatus::Invalid).
///
/// # Errors
/// As [`start`](super::start).
pub async fn check_here(app: &App, actor: &Actor, new: NewImport, path: &Path, on_change: OnChange) -> Result<Import> {
    let _ = (app, actor, new, path, on_change);
    Err(Error::internal("not built yet"))
}

/// Carries out an import that was checked.
///
/// # Errors
/// As [`commit`](super::commit), and what carrying it out fails with; nothing is written then.
pub async fn commit_here(app: &App, actor: &Actor, id: Uuid, on_change: OnChange) -> Result<Import> {
    let _ = (app, actor, id, on_change);
    Err(Error::internal("not built yet"))
}

/// Undoes an import.
///
/// # Errors
/// As [`rollback`](super::rollback), and what undoing it fails with; nothing is written then.
pub async fn rollback_here(
    app: &App,
    actor: &Actor,
    id: Uuid,
    include_edited: bool,
    on_change: OnChange,
) -> Result<Import> {
    let _ = (app, actor, id, include_edited, on_change);
    Err(Error::internal("not built yet"))
}
