//! One reader of changed rows for all who watch them: a thousand watchers cost as many queries as one.
//!
//! Not here: who may watch what (the domain). What a reader would get wrong: the task that reads lives only while
//! somebody watches; it ends by itself, and the next watcher starts another.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, broadcast, watch},
    time::{Instant, sleep, timeout_at},
};
use uuid::Uuid;

use super::Watched;
use crate::{app::App, error::Result};

/// How soon a change is seen that nobody told of.
const POLL: Duration = Duration::from_secs(5);
/// Between two tries when the database does not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// Changes that a watcher of all things may be behind before it has to look at all of them again.
const BEHIND: usize = 256;

/// What is known of a watched thing.
#[derive(Clone, Debug)]
pub enum Seen<T> {
    /// It has not been read yet.
    NotYet,
    /// Its latest state.
    Is(Arc<T>),
    /// There is no such thing any more.
    Gone,
}

/// Those who watch things of one kind.
pub(super) struct Hub<T> {
    state: Mutex<State<T>>,
    look: Notify,
}

struct State<T> {
    one: HashMap<Uuid, watch::Sender<Seen<T>>>,
    all: Option<broadcast::Sender<Arc<T>>>,
    /// What those who watch all have been told, as long as it can change.
    told: HashMap<Uuid, Arc<T>>,
    changed: HashSet<Uuid>,
    everything: bool,
    is_followed: bool,
}

/// What is to be read next.
struct Asked {
    ids: Vec<Uuid>,
    lately: bool,
}

impl<T> Default for Hub<T> {
    fn default() -> Self {
        let state = State {
            one: HashMap::new(),
            all: None,
            told: HashMap::new(),
            changed: HashSet::new(),
            everything: false,
            is_followed: false,
        };
        Self { state: Mutex::new(state), look: Notify::new() }
    }
}

impl<T: Watched> Hub<T> {
    /// Looks at one thing, or at everything that is watched.
    pub(super) fn look(&self, id: Option<Uuid>) {
        let mut state = self.state();
        if !state.is_followed {
            return;
        }
        match id {
            Some(id) if state.all.is_none() && !state.one.contains_key(&id) => return,
            Some(id) => {
                state.changed.insert(id);
            }
            None => state.everything = true,
        }
        drop(state);
        self.look.notify_one();
    }

    pub(super) fn watch(self: &Arc<Self>, app: &App, id: Uuid) -> watch::Receiver<Seen<T>> {
        let mut state = self.state();
        let sender = state.one.entry(id).or_insert_with(|| watch::Sender::new(Seen::NotYet));
        // Those who saw it at its end have left; it may have been taken up again since.
        sender.send_if_modified(|seen| {
            let is_over = matches!(seen, Seen::Is(known) if known.is_final());
            if is_over {
                *seen = Seen::NotYet;
            }
            is_over
        });
        let mut receiver = sender.subscribe();
        // What others have seen is the present state; what nobody has is read now.
        if matches!(*receiver.borrow(), Seen::NotYet) {
            state.changed.insert(id);
        } else {
            receiver.mark_changed();
        }
        self.follow(state, app);
        receiver
    }

    pub(super) fn watch_all(self: &Arc<Self>, app: &App) -> broadcast::Receiver<Arc<T>> {
        let mut state = self.state();
        let receiver = state.all.get_or_insert_with(|| broadcast::Sender::new(BEHIND)).subscribe();
        self.follow(state, app);
        receiver
    }

    /// Starts the reader, unless there is one.
    fn follow(self: &Arc<Self>, mut state: MutexGuard<'_, State<T>>, app: &App) {
        if !std::mem::replace(&mut state.is_followed, true) {
            tokio::spawn(follow(Arc::clone(self), app.clone()));
        }
        drop(state);
        self.look.notify_one();
    }

    /// What to read; none when nobody watches any more.
    fn asked(&self, everything: bool) -> Option<Asked> {
        let mut state = self.state();
        state.one.retain(|_, watchers| watchers.receiver_count() > 0);
        if state.all.as_ref().is_some_and(|all| all.receiver_count() == 0) {
            state.all = None;
            state.told.clear();
        }
        if state.one.is_empty() && state.all.is_none() {
            state.changed.clear();
            state.is_followed = false;
            return None;
        }
        let everything = std::mem::take(&mut state.everything) || everything;
        let mut ids = std::mem::take(&mut state.changed);
        if everything {
            ids.extend(state.one.keys());
        }
        Some(Asked { ids: ids.into_iter().collect(), lately: everything && state.all.is_some() })
    }

    async fn read(&self, app: &App, asked: &Asked) -> Result<()> {
        if !asked.ids.is_empty() {
            let rows = T::read(app, &asked.ids).await?;
            let found: HashSet<Uuid> = rows.iter().map(T::id).collect();
            rows.into_iter().for_each(|row| self.publish(row));
            asked.ids.iter().filter(|id| !found.contains(id)).for_each(|id| self.publish_gone(*id));
        }
        if asked.lately {
            let rows = T::lately(app).await?;
            let late: HashSet<Uuid> = rows.iter().map(T::id).collect();
            rows.into_iter().for_each(|row| self.publish(row));
            // What is final and not of late will not be read again.
            self.state().told.retain(|id, row| !row.is_final() || late.contains(id));
        }
        Ok(())
    }

    fn publish(&self, row: T) {
        let mut state = self.state();
        let row = Arc::new(row);
        if let Some(watchers) = state.one.get(&row.id()) {
            watchers.send_if_modified(|seen| {
                let is_news = !matches!(seen, Seen::Is(known) if !is_news(known.as_ref(), &row));
                if is_news {
                    *seen = Seen::Is(Arc::clone(&row));
                }
                is_news
            });
        }
        if state.all.is_some() && state.told.get(&row.id()).is_none_or(|known| is_news(known.as_ref(), &row)) {
            state.told.insert(row.id(), Arc::clone(&row));
            if let Some(all) = &state.all {
                // Nobody is there to hear it: then nobody misses it.
                let _ = all.send(row);
            }
        }
    }

    fn publish_gone(&self, id: Uuid) {
        let mut state = self.state();
        state.told.remove(&id);
        if let Some(watchers) = state.one.get(&id) {
            watchers.send_replace(Seen::Gone);
        }
    }

    fn put_back(&self, asked: Asked) {
        let mut state = self.state();
        state.changed.extend(asked.ids);
        state.everything |= asked.lately;
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A poll and a wake-up may read in turns: what is older than what is known is no news.
fn is_news<T: Watched>(known: &T, row: &T) -> bool {
    row.revision() >= known.revision() && row != known
}

async fn follow<T: Watched>(hub: Arc<Hub<T>>, app: App) {
    let mut poll_at = Instant::now() + POLL;
    loop {
        let is_poll = timeout_at(poll_at, hub.look.notified()).await.is_err();
        if is_poll {
            poll_at = Instant::now() + POLL;
        }
        let Some(asked) = hub.asked(is_poll) else { return };
        if let Err(error) = hub.read(&app, &asked).await {
            error.log();
            hub.put_back(asked);
            sleep(PAUSE).await;
            hub.look.notify_one();
        }
    }
}
