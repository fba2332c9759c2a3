//! Who stays connected, and whether they still may: sign-ins that outlive one request.
//!
//! Every session of the process is looked at again every few seconds, all with one question to the database
//! (`recheck.rs`). Not here: what a session is used for. What a reader would get wrong: a token has one session however
//! many sockets it opened, so that what is computed for one of them serves all.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;
use uuid::Uuid;

use super::{
    Actor,
    bearer::{Proof, prove},
    last_use,
    recheck::recheck,
    token,
};
use crate::{
    app::App,
    error::{Error, Result},
};

/// How often sessions are looked at: a suspended member's streams must end within five seconds.
const RECHECK_EVERY: Duration = Duration::from_secs(2);

/// A token's hash and the organisation it acts in.
type Key = (Vec<u8>, Uuid);

/// The sessions of this process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Sessions(Arc<Mutex<Registry>>);

#[derive(Default)]
struct Registry {
    open: HashMap<Key, Weak<Entry>>,
    /// Whether a task looks at them; there is none while nobody is connected.
    is_watched: bool,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

/// One who is connected. Cheap to clone; the session lasts as long as one of them.
#[derive(Clone, Debug)]
pub struct Session(Arc<Entry>);

#[derive(Debug)]
pub(super) struct Entry {
    id: u64,
    pub(super) member_id: Uuid,
    pub(super) proof: Proof,
    state: watch::Sender<State>,
}

/// What the last look found.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// They may go on, as this actor.
    Open(Arc<Actor>),
    /// They may not.
    Ended(Ending),
}

/// Why a session ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    Suspended,
    Refused { code: &'static str, message: &'static str },
}

impl From<Ending> for Error {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Suspended => Self::Suspended,
            Ending::Refused { code, message } => Self::Unauthenticated { code, message },
        }
    }
}

/// Signs in with a bearer token for longer than one request.
///
/// # Errors
/// Those of [`super::authenticate`].
pub async fn open_session(app: &App, bearer: &str, organisation: Option<&str>) -> Result<Session> {
    let (actor, proof) = prove(app, bearer, organisation).await?;
    let key = (token::hash(bearer), actor.organisation.id);
    Ok(app.sessions.open(app, key, actor, proof))
}

impl Sessions {
    fn open(&self, app: &App, key: Key, actor: Actor, proof: Proof) -> Session {
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = registry.open.get(&key).and_then(Weak::upgrade).filter(|entry| entry.is_open()) {
            entry.settle(State::Open(Arc::new(actor)));
            return Session(entry);
        }
        let entry = Arc::new(Entry::new(actor, proof));
        registry.open.insert(key, Arc::downgrade(&entry));
        if !std::mem::replace(&mut registry.is_watched, true) {
            tokio::spawn(watch_all(app.clone()));
        }
        Session(entry)
    }

    /// Those still open; when there are none, whoever asked stops looking.
    fn open_entries(&self) -> Vec<Arc<Entry>> {
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        registry.open.retain(|_, entry| entry.strong_count() > 0);
        let open: Vec<Arc<Entry>> = registry.open.values().filter_map(Weak::upgrade).collect();
        registry.is_watched = !open.is_empty();
        open
    }
}

impl Session {
    /// What tells this session from any other of the process.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// The member.
    #[must_use]
    pub fn member_id(&self) -> Uuid {
        self.0.member_id
    }

    /// Who they are and what they may do, looked up now, as for a request: what begins after a suspension does not begin.
    ///
    /// # Errors
    /// Why the session ended, or the database's own failure.
    pub async fn look(&self, app: &App) -> Result<Arc<Actor>> {
        let found = recheck(app, std::slice::from_ref(&self.0)).await?;
        found.into_iter().for_each(|state| self.0.settle(state));
        let actor = self.actor()?;
        if let Proof::Token(hash) = &self.0.proof {
            last_use::note(app, hash, None);
        }
        Ok(actor)
    }

    /// Who they are and what they may do, as last looked up.
    ///
    /// # Errors
    /// Why the session ended.
    pub fn actor(&self) -> Result<Arc<Actor>> {
        match &*self.0.state.borrow() {
            State::Open(actor) => Ok(Arc::clone(actor)),
            State::Ended(ending) => Err((*ending).into()),
        }
    }

    /// Ready when the session has ended, with the reason.
    pub async fn ended(self) -> Error {
        let mut states = self.0.state.subscribe();
        let ended = states.wait_for(|state| matches!(state, State::Ended(_))).await;
        match ended.as_deref() {
            Ok(State::Ended(ending)) => (*ending).into(),
            _ => Error::internal("a session outlives those who wait for its end"),
        }
    }

    /// Ready when they are no longer `actor` but somebody with other permissions; never once the session has ended.
    pub async fn replaced(&self, actor: &Arc<Actor>) -> Arc<Actor> {
        let mut states = self.0.state.subscribe();
        let is_new = |state: &State| matches!(state, State::Open(now) if !Arc::ptr_eq(now, actor));
        if let Ok(State::Open(now)) = states.wait_for(is_new).await.as_deref() {
            return Arc::clone(now);
        }
        std::future::pending().await
    }
}

impl Entry {
    fn new(actor: Actor, proof: Proof) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let member_id = actor.member_id;
        Self { id, member_id, proof, state: watch::Sender::new(State::Open(Arc::new(actor))) }
    }

    fn is_open(&self) -> bool {
        matches!(&*self.state.borrow(), State::Open(_))
    }

    /// Takes what a look found. An end is final, and nobody is told of what did not change.
    fn settle(&self, found: State) {
        self.state.send_if_modified(|state| {
            let is_new = match (&*state, &found) {
                (State::Ended(_), _) => false,
                (State::Open(before), State::Open(now)) => before != now,
                (State::Open(_), State::Ended(_)) => true,
            };
            if is_new {
                *state = found;
            }
            is_new
        });
    }
}

/// Looks at all sessions, again and again, until there are none.
async fn watch_all(app: App) {
    let mut is_failing = false;
    loop {
        tokio::time::sleep(RECHECK_EVERY).await;
        let open = app.sessions.open_entries();
        if open.is_empty() {
            return;
        }
        // When the database does not answer, nothing new can be read for them either: they go on, and are looked at again
        // as soon as that is possible.
        let found = recheck(&app, &open).await;
        let has_failed = std::mem::replace(&mut is_failing, found.is_err());
        match found {
            Ok(found) => open.iter().zip(found).for_each(|(entry, state)| entry.settle(state)),
            Err(error) if !has_failed => error.log(),
            Err(_) => {}
        }
    }
}
