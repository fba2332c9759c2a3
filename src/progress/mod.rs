//! Telling those who watch to look again. A wake-up carries no state, only which thing changed.
//!
//! Here: the wake-ups of this process, and a hub for each kind of thing that reads a changed one once and hands it to all
//! who watch it (`hub.rs`). Not here: how another process is told (`db/notify.rs`) and who may see what (the domain).
//! What a reader would get wrong: a wake-up may come too early, too often or never; the row is the truth and a slow poll
//! finds what nobody told.

mod chain;
mod follow;
mod hub;
mod pace;
mod paced;

use std::{
    any::Any,
    collections::HashMap,
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::future::BoxFuture;
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

pub use chain::Link;
pub use follow::{LATELY, Sight, follow, follow_all, next};
pub use hub::Seen;
pub use pace::{rate, seconds, share};
pub use paced::{EVERY, paced};

use self::{chain::Chains, hub::Hub};
use crate::{
    app::App,
    db::{Channel, Transaction, notify},
    error::{Error, Result},
};

/// What can be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// An export job.
    Export,
    /// A collection run.
    Run,
    /// The sellers of an organisation.
    Sellers,
    /// An import.
    Import,
}

impl Topic {
    const ALL: [Self; 4] = [Self::Export, Self::Run, Self::Sellers, Self::Import];

    fn name(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Run => "run",
            Self::Sellers => "sellers",
            Self::Import => "import",
        }
    }
}

/// A thing that can be watched: a row whose every change raises its revision.
pub trait Watched: Clone + PartialEq + Send + Sync + 'static {
    /// Which wake-ups are about it.
    const TOPIC: Topic;

    /// Which it is.
    fn id(&self) -> Uuid;

    /// Rises with every change.
    fn revision(&self) -> i64;

    /// Whether nothing will change any more.
    fn is_final(&self) -> bool;

    /// Those with these ids, of any organisation; the missing are gone.
    fn read<'a>(app: &'a App, ids: &'a [Uuid]) -> BoxFuture<'a, Result<Vec<Self>>>;

    /// Those of any organisation that may have changed without a word, for whoever watches all of them.
    fn lately(app: &App) -> BoxFuture<'_, Result<Vec<Self>>>;
}

/// The wake-ups of this process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Progress {
    hubs: Arc<Mutex<HashMap<Topic, Entry>>>,
    chains: Chains,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

/// A hub, and what can be asked of it without knowing its type.
struct Entry {
    hub: Arc<dyn Any + Send + Sync>,
    look: Box<dyn Fn(Option<Uuid>) + Send>,
}

impl Progress {
    /// A thing changed, here or on another process. Call it after the commit; before, there is nothing to see.
    pub fn changed(&self, topic: Topic, id: Uuid) {
        if let Some(entry) = self.lock().get(&topic) {
            (entry.look)(Some(id));
        }
    }

    /// What another process told: see [`announce`].
    pub fn told(&self, text: &str) {
        if let Some((name, id)) = text.split_once(' ')
            && let Some(topic) = Topic::ALL.into_iter().find(|topic| topic.name() == name)
            && let Ok(id) = id.parse()
        {
            self.changed(topic, id);
        }
    }

    /// Changes may have been missed: look at everything once.
    pub fn missed(&self) {
        for entry in self.lock().values() {
            (entry.look)(None);
        }
    }

    /// Watches one thing: its present state as soon as it is read, then every change. Slow watchers skip to the latest.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn watch<T: Watched>(&self, app: &App, id: Uuid) -> Result<watch::Receiver<Seen<T>>> {
        Ok(self.hub::<T>()?.watch(app, id))
    }

    /// Watches all things of a kind, of every organisation: their changes from now on.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn watch_all<T: Watched>(&self, app: &App) -> Result<broadcast::Receiver<Arc<T>>> {
        Ok(self.hub::<T>()?.watch_all(app))
    }

    /// Joins those who read the same one after the other, `key` saying what: at the latest link that one of them stands on,
    /// else where `begin` says. See [`Link`].
    ///
    /// # Errors
    /// Those of `begin`.
    pub async fn join<T: Send + Sync + 'static>(
        &self,
        key: String,
        begin: impl Future<Output = Result<T>>,
    ) -> Result<Arc<Link<T>>> {
        self.chains.join(key, begin).await
    }

    fn hub<T: Watched>(&self) -> Result<Arc<Hub<T>>> {
        let mut hubs = self.lock();
        let entry = hubs.entry(T::TOPIC).or_insert_with(|| {
            let hub = Arc::new(Hub::<T>::default());
            let looking = Arc::clone(&hub);
            Entry { hub, look: Box::new(move |id| looking.look(id)) }
        });
        Arc::clone(&entry.hub).downcast().map_err(|_| Error::internal("one type is watched for each topic"))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Topic, Entry>> {
        self.hubs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the other processes, once `tx` is committed. This one is told by [`Progress::changed`].
///
/// # Errors
/// The database's own failure.
pub async fn announce(tx: &Transaction, topic: Topic, id: Uuid) -> Result<()> {
    notify(tx, Channel::Changes, &format!("{} {id}", topic.name())).await
}
