//! The queue: work that outlives a request, as rows under leases, on both databases.
//!
//! Here: what a domain does with its jobs, [`enqueue`], [`cancel`] and [`positions`]; and what works on them, [`Worker`].
//! Not here: what the jobs do, which is the business of `work`. What a reader would get wrong: a job may run twice, at
//! worst at the same time; what makes that harmless is that it writes only in transactions that [`Lease::hold`] the row.
//! Whoever locks a job's row and its subject's locks the job first, or two transactions wait for each other.

mod claim;
mod failure;
mod lease;
mod queue;
mod settle;
mod worker;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::sleep};
use uuid::Uuid;

pub use failure::JobError;
pub use lease::{Lease, Stopped};
pub use queue::{Cancelling, cancel, enqueue, enqueue_at, hurry, lock, marks, positions, purge, withdraw};
pub use worker::{Settled, Work, Worker};

/// One thing to do. It carries ids only: what there is to know is read when it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Job {
    /// Write the file of this export job.
    Export(Uuid),
    /// Work on this collection run.
    Collection(Uuid),
    /// Deliver this notification.
    Notification(Uuid),
    /// Check this import, carry it out or undo it.
    Import(Uuid),
}

/// Which workers a job is for. What takes hours must not keep what takes seconds waiting, nor take its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Jobs of seconds and minutes.
    Short,
    /// Jobs of minutes and hours, which can be broken off at any moment and go on where they were.
    Long,
    /// What goes out to others, who may keep us waiting and need another try hours later.
    Post,
}

impl Lane {
    /// All lanes.
    pub const ALL: [Self; 3] = [Self::Short, Self::Long, Self::Post];

    /// The kinds of its jobs.
    fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Short => &["export", "import"],
            Self::Long => &["collection"],
            Self::Post => &["notification"],
        }
    }

    /// Places of an organisation are numbered from here, so that those of different lanes are never the same.
    fn first_place(self) -> i32 {
        match self {
            Self::Short => 1,
            Self::Long => 1_001,
            Self::Post => 2_001,
        }
    }

    /// Kinds as a list in SQL.
    fn kinds_in_sql(self) -> String {
        self.kinds().iter().map(|kind| format!("'{kind}'")).collect::<Vec<_>>().join(", ")
    }
}

impl Job {
    /// The kinds this version knows. A newer one may have put others into the queue; they are left to it.
    const KINDS: [&str; 4] = ["export", "collection", "notification", "import"];

    /// The stable name of what is to be done.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Export(_) => "export",
            Self::Collection(_) => "collection",
            Self::Notification(_) => "notification",
            Self::Import(_) => "import",
        }
    }

    /// What it is to be done to.
    #[must_use]
    pub fn subject(self) -> Uuid {
        match self {
            Self::Export(id) | Self::Collection(id) | Self::Notification(id) | Self::Import(id) => id,
        }
    }

    /// Which workers it is for.
    fn lane(self) -> Lane {
        match self {
            Self::Export(_) | Self::Import(_) => Lane::Short,
            Self::Collection(_) => Lane::Long,
            Self::Notification(_) => Lane::Post,
        }
    }

    /// The job of a row.
    fn read(kind: &str, subject: Uuid) -> Option<Self> {
        match kind {
            "export" => Some(Self::Export(subject)),
            "collection" => Some(Self::Collection(subject)),
            "notification" => Some(Self::Notification(subject)),
            "import" => Some(Self::Import(subject)),
            _ => None,
        }
    }
}

/// What the workers of this process share: the wake-up, and which jobs they have. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    wake: watch::Sender<()>,
    held: Arc<Mutex<HashSet<Uuid>>>,
}

impl Jobs {
    /// The queue changed: look at it. Call it after the commit; before, there is nothing to see.
    pub fn wake(&self) {
        self.wake.send_replace(());
    }

    /// The queue will be worth a look then: a job's wait is over. Other processes find it by their slow poll.
    fn wake_after(&self, wait: Duration) {
        let jobs = self.clone();
        tokio::spawn(async move {
            sleep(wait).await;
            jobs.wake();
        });
    }

    /// Changes with every wake-up from now on.
    fn woken(&self) -> watch::Receiver<()> {
        self.wake.subscribe()
    }

    /// Notes that a worker of this process has a job, until what is answered is dropped.
    fn holds(&self, id: Uuid) -> Held {
        self.lock().insert(id);
        Held { jobs: self.clone(), id }
    }

    /// Whether a worker of this process has the job. However long its lease is over (SQLite lets nobody extend one while
    /// somebody else writes), it is no lost worker.
    fn has(&self, id: Uuid) -> bool {
        self.lock().contains(&id)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job in the hands of a worker of this process.
#[derive(Debug)]
struct Held {
    jobs: Jobs,
    id: Uuid,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.jobs.lock().remove(&self.id);
    }
}
