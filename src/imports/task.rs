//! The work on one import: for whom it is done, by which right, and how far it is.
//!
//! Not here: what is done (`check.rs`, `carry_out.rs`, `undo.rs`). What a reader would get wrong: nothing of an import is written
//! but under the right: the lease of its job, or that of a command, which has the import to itself.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use entity::import;
use sea_orm::ActiveValue::Set;
use tokio::{
    sync::oneshot,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Import, OnChange, kind, permission,
    store::{change, existing, told},
};
use crate::{
    app::App,
    auth::{self, Actor, Origin, Scope},
    background,
    db::{Transaction, stored},
    error::{Error, Result},
    jobs::Lease,
    sheet::Step,
};

/// Between two writes of the progress: four a second at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// By which right an import is worked on.
#[derive(Clone, Debug)]
pub enum Right {
    /// That of its job.
    Lease(Lease),
    /// That of a command.
    Here(CancellationToken),
}

impl Right {
    /// Cancelled when the work is to stop.
    pub fn stop(&self) -> CancellationToken {
        match self {
            Self::Lease(lease) => lease.stop(),
            Self::Here(stop) => stop.clone(),
        }
    }

    /// Makes sure, until `tx` ends, that nobody else works on it.
    pub async fn hold(&self, tx: &Transaction) -> Result<()> {
        match self {
            Self::Lease(lease) => lease.hold(tx).await,
            Self::Here(_) => Ok(()),
        }
    }

    /// The work is done, in the transaction that finishes it.
    pub async fn done(&self, tx: &Transaction) -> Result<()> {
        match self {
            Self::Lease(lease) => lease.done(tx).await,
            Self::Here(_) => Ok(()),
        }
    }
}

/// The work on one import.
pub struct Task<'a> {
    /// The handles.
    pub app: &'a App,
    /// By which right.
    pub right: Right,
    /// For whom.
    pub actor: Actor,
    /// What they may touch.
    pub scope: Scope,
    /// The import, as it was when the work began.
    pub import: Import,
    on_change: Option<OnChange>,
}

impl<'a> Task<'a> {
    /// Asks again whether whoever asked for the work may have it.
    pub async fn of_job(app: &'a App, lease: &Lease, import: Import) -> Result<Self> {
        let gone = || Error::NotFound { what: "member" };
        let mut actor = auth::of_member(app, import.actor_id.ok_or_else(gone)?).await?;
        if let Some(origin) = import.origin.as_deref().and_then(Origin::of_stored) {
            actor = actor.asking_from(origin);
        }
        let right = Right::Lease(lease.clone());
        Self::begin(app, right, actor, import, None)
    }

    /// The work of a command.
    pub fn here(app: &'a App, actor: &Actor, import: Import, on_change: OnChange) -> Result<Self> {
        Self::begin(app, Right::Here(CancellationToken::new()), actor.clone(), import, Some(on_change))
    }

    fn begin(app: &'a App, right: Right, actor: Actor, import: Import, on_change: Option<OnChange>) -> Result<Self> {
        let scope = actor.require(permission(kind(&import)?))?;
        Ok(Self { app, right, actor, scope, import, on_change })
    }

    /// The organisation.
    pub fn org_id(&self) -> Uuid {
        self.scope.org_id()
    }

    /// Writes a change of the import under the right, and tells those who watch.
    pub async fn alter(&self, alter: impl FnOnce(&mut import::ActiveModel) + Send + 'static) -> Result<Import> {
        let (now, org_id, id, right) = (self.app.clock.now(), self.org_id(), self.import.id, self.right.clone());
        let changed = self.app.db.write(move |tx| {
            Box::pin(async move {
                right.hold(tx).await?;
                change(tx, existing(tx, org_id, id).await?, now, alter).await
            })
        });
        Ok(self.told(changed.await?))
    }

    /// After the commit of a change: those who watch look.
    pub fn told(&self, import: Import) -> Import {
        let import = told(self.app, import);
        if let Some(on_change) = &self.on_change {
            on_change(&import);
        }
        import
    }

    /// Does something on a thread of its own, and tells meanwhile how far it is. Dropped, it has the thread stop.
    pub async fn on_thread<T: Send + 'static>(
        &self,
        meter: &Meter,
        work: impl FnOnce(CancellationToken) -> T + Send + 'static,
    ) -> Result<T> {
        let stop = self.right.stop().child_token();
        let _stopping = stop.clone().drop_guard();
        let (send, receive) = oneshot::channel();
        background::spawn("import", move || drop(send.send(work(stop))))?;
        tokio::select! {
            done = receive => done.map_err(|error| Error::caused("waiting for a thread that reads a file", error)),
            // A database that is slow to take it does not hold up the reading.
            never = self.tell(meter) => match never {},
        }
    }

    async fn tell(&self, meter: &Meter) -> Infallible {
        let mut ticks = interval(PROGRESS_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        let mut told = (0, 0);
        loop {
            ticks.tick().await;
            let seen = meter.read();
            if seen != std::mem::replace(&mut told, seen) {
                let (bytes, rows) = (stored(seen.0), stored(seen.1));
                let written = self.alter(move |row| (row.bytes_done, row.rows_done) = (Set(bytes), Set(rows))).await;
                // That it cannot be told does not stop the work; a lost lease does, by itself.
                if let Err(error) = written {
                    error.log();
                }
            }
        }
    }
}

/// How far a thread is.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: AtomicU64,
    rows: AtomicU64,
}

impl Meter {
    /// Takes a sign of progress.
    pub fn note(&self, step: Step) {
        match step {
            Step::Surveying(bytes, _) => self.bytes.store(bytes, Ordering::Relaxed),
            Step::Reading(rows, _) => self.rows.store(rows, Ordering::Relaxed),
        }
    }

    fn read(&self) -> (u64, u64) {
        (self.bytes.load(Ordering::Relaxed), self.rows.load(Ordering::Relaxed))
    }
}
