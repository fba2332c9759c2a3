//! A fire that a person asks for.

use uuid::Uuid;

use super::ScheduleFire;
use crate::{
    app::App,
    auth::{Actor, Permission},
    error::{Error, Result},
};

/// Fires a schedule now, also one that is disabled. It acts as the schedule does and obeys its overlap policy: the outcome
/// of the fire says what came of it.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `NOT_FOUND`.
pub async fn trigger(app: &App, actor: &Actor, id: Uuid) -> Result<ScheduleFire> {
    actor.require(Permission::Automation)?;
    let _ = (app, id);
    Err(Error::internal("schedules are on their way"))
}
