//! Why the workers of a run stop after what they have in hand. The first reason counts.

use std::{
    convert::Infallible,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use entity::collection_run;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::{
    app::App,
    error::{Context, Result},
    jobs::Lease,
};

/// How often the row is asked whether somebody wants a pause; it is also looked at with every item.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why a run does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The job was told to stop: cancelled, lost, or the process ends.
    Stopped,
    /// Somebody wants a pause.
    PauseAsked,
    /// A provider fails again and again.
    ProviderFailing,
    /// A provider's quota is used up, at least until then.
    QuotaExhausted(Option<DateTime<Utc>>),
    /// It may make no further call.
    CallCapReached,
    /// It may not spend what the next call costs.
    CostCapReached,
}

impl Reason {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Stopped => "STOPPED",
            Self::PauseAsked => "REQUESTED",
            Self::ProviderFailing => "PROVIDER_FAILING",
            Self::QuotaExhausted(_) => "QUOTA_EXHAUSTED",
            Self::CallCapReached => "CALL_CAP_REACHED",
            Self::CostCapReached => "COST_CAP_REACHED",
        }
    }
}

/// The reason to stop, once there is one.
#[derive(Debug, Default)]
pub struct Halt(Mutex<Option<Reason>>);

impl Halt {
    /// Tells the workers to stop.
    pub fn because(&self, reason: Reason) {
        self.lock().get_or_insert(reason);
    }

    /// Why they stop, if they do.
    pub fn reason(&self) -> Option<Reason> {
        *self.lock()
    }

    /// Listens for as long as it is awaited: to the lease, and to whoever wants a pause.
    pub async fn watch(&self, app: &App, lease: &Lease, id: Uuid) -> Infallible {
        let stop = lease.stop();
        loop {
            if tokio::time::timeout(LOOK_EVERY, stop.cancelled()).await.is_ok() {
                self.because(Reason::Stopped);
                return std::future::pending().await;
            }
            match is_pause_asked(app, lease.org_id(), id).await {
                Ok(false) => {}
                Ok(true) => self.because(Reason::PauseAsked),
                Err(error) => error.log(),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Reason>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn is_pause_asked(app: &App, org_id: Uuid, id: Uuid) -> Result<bool> {
    let asked = collection_run::Entity::find_by_id(id)
        .filter(collection_run::Column::OrgId.eq(org_id))
        .select_only()
        .column(collection_run::Column::PauseAskedAt)
        .into_tuple::<Option<DateTime<Utc>>>()
        .one(app.db.read())
        .await
        .doing("looking whether a run is to pause")?;
    Ok(asked.flatten().is_some())
}
