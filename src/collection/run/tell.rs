//! Telling those who watch a run that it changed: four times a second at most, however fast its items end.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::{
    app::App,
    error::Result,
    progress::{self, Topic},
};

/// Between two wake-ups.
const EVERY: Duration = Duration::from_millis(250);

/// The wake-ups of one run.
#[derive(Debug)]
pub struct Teller {
    id: Uuid,
    is_changed: AtomicBool,
}

impl Teller {
    /// Of a run that has not changed yet.
    pub fn new(id: Uuid) -> Self {
        Self { id, is_changed: AtomicBool::new(false) }
    }

    /// The run changed, and that is committed.
    pub fn changed(&self) {
        self.is_changed.store(true, Ordering::Relaxed);
    }

    /// Tells, for as long as it is awaited.
    pub async fn tell(&self, app: &App) -> Infallible {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if !self.is_changed.swap(false, Ordering::Relaxed) {
                continue;
            }
            app.progress.changed(Topic::Run, self.id);
            if let Err(error) = self.announce(app).await {
                error.log();
            }
        }
    }

    /// To the other processes; SQLite has none to tell.
    async fn announce(&self, app: &App) -> Result<()> {
        if app.db.is_sqlite() {
            return Ok(());
        }
        let id = self.id;
        app.db.write(move |tx| Box::pin(progress::announce(tx, Topic::Run, id))).await
    }
}
