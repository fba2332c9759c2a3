//! One execution for all who ask the same: the newest state of a thing, made and written once.
//!
//! For subscriptions of which only the newest event counts (`Delivery::Newest`). A slot holds that event; who is slow
//! finds the next one there and has missed what was between, and nothing is kept for anybody. What a reader would get
//! wrong: who joins later begins with the state of the slot, not with a read of their own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::watch;
use tracing::Instrument;

use super::answer::Payload;

/// Who asked what: a session, and the hash of the query, its variables and the name of its operation.
pub type Key = (u64, [u8; 32]);

/// The executions that are under way. Cheap to clone.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<HashMap<Key, watch::Sender<Slot>>>>);

/// The newest payload of an execution.
#[derive(Clone, Default)]
struct Slot {
    payload: Option<Payload>,
    /// How many there were.
    count: u64,
    is_complete: bool,
}

impl Shared {
    /// The payloads of the execution of that key, from the newest one on; `start` begins it when there is none.
    pub fn join(&self, key: Key, start: impl FnOnce() -> BoxStream<'static, Payload>) -> BoxStream<'static, Payload> {
        let mut executions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = match executions.get(&key) {
            Some(sender) => sender.subscribe(),
            None => {
                let (sender, slot) = watch::channel(Slot::default());
                executions.insert(key, sender.clone());
                let execution = Execution { shared: self.clone(), key, slot: sender };
                tokio::spawn(execution.run(start()).in_current_span());
                slot
            }
        };
        follow(slot)
    }

    /// How many executions are under way.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Each payload of a slot that is still there when it is asked for, to the last.
fn follow(slot: watch::Receiver<Slot>) -> BoxStream<'static, Payload> {
    stream::unfold((slot, 0), async |(mut slot, seen)| {
        loop {
            let Slot { payload, count, is_complete } = slot.borrow_and_update().clone();
            if let Some(payload) = payload.filter(|_| count != seen) {
                return Some((payload, (slot, count)));
            }
            if is_complete || slot.changed().await.is_err() {
                return None;
            }
        }
    })
    .boxed()
}

/// An execution under way. However it ends, those who follow it are told.
struct Execution {
    shared: Shared,
    key: Key,
    slot: watch::Sender<Slot>,
}

impl Execution {
    async fn run(self, mut payloads: BoxStream<'static, Payload>) {
        loop {
            tokio::select! {
                payload = payloads.next() => match payload {
                    Some(payload) => self.slot.send_modify(|slot| {
                        slot.count += 1;
                        slot.payload = Some(payload);
                    }),
                    None => return,
                },
                () = self.slot.closed() => if self.is_abandoned() {
                    return;
                },
            }
        }
    }

    /// Whether nobody follows it; if so, nobody can join it any more.
    fn is_abandoned(&self) -> bool {
        let mut executions = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_abandoned = self.slot.receiver_count() == 0;
        if is_abandoned {
            executions.remove(&self.key);
        }
        is_abandoned
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        let mut executions = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        // After `is_abandoned` there may be another of the same key.
        if executions.get(&self.key).is_some_and(|sender| sender.same_channel(&self.slot)) {
            executions.remove(&self.key);
        }
        drop(executions);
        self.slot.send_modify(|slot| slot.is_complete = true);
    }
}

#[cfg(test)]
mod tests {
    use futures::{channel::mpsc, poll};

    use super::*;

    const KEY: Key = (1, [0; 32]);

    fn payload(text: &str) -> Payload {
        Payload::Result(text.into())
    }

    async fn text(stream: &mut BoxStream<'static, Payload>) -> Option<String> {
        match stream.next().await? {
            Payload::Result(text) | Payload::Numbered(text, _) | Payload::Refused(text) => Some(text.to_string()),
        }
    }

    fn never() -> BoxStream<'static, Payload> {
        panic!("begun twice")
    }

    #[tokio::test]
    async fn all_see_the_first_the_newest_and_the_last() {
        let (sender, source) = mpsc::unbounded();
        let shared = Shared::default();
        let mut quick = shared.join(KEY, || source.boxed());
        let mut slow = shared.join(KEY, never);
        for state in ["1", "2", "3"] {
            sender.unbounded_send(payload(state)).unwrap();
            assert_eq!(text(&mut quick).await.as_deref(), Some(state));
        }
        assert_eq!(text(&mut slow).await.as_deref(), Some("3"));
        let mut late = shared.join(KEY, never);
        assert_eq!(text(&mut late).await.as_deref(), Some("3"));
        sender.unbounded_send(payload("4")).unwrap();
        drop(sender);
        for mut follower in [quick, slow] {
            assert_eq!(text(&mut follower).await.as_deref(), Some("4"));
            assert_eq!(text(&mut follower).await, None);
        }
        assert_eq!(shared.count(), 0);
        assert_eq!(text(&mut late).await.as_deref(), Some("4"));
    }

    #[tokio::test]
    async fn an_execution_ends_with_its_last_follower_and_is_begun_again_by_the_next() {
        let (sender, source) = mpsc::unbounded::<Payload>();
        let shared = Shared::default();
        let mut first = shared.join(KEY, || source.boxed());
        assert!(poll!(first.next()).is_pending());
        drop(first);
        while !sender.is_closed() {
            tokio::task::yield_now().await;
        }
        assert_eq!(shared.count(), 0);
        let mut again = shared.join(KEY, || stream::iter([payload("1")]).boxed());
        assert_eq!(text(&mut again).await.as_deref(), Some("1"));
        assert_eq!(text(&mut again).await, None);
    }

    #[tokio::test]
    async fn an_execution_that_panics_ends_for_its_followers() {
        let shared = Shared::default();
        let broken = stream::once(async { panic!("on purpose") }).boxed();
        let mut follower = shared.join(KEY, || broken);
        assert_eq!(text(&mut follower).await, None);
        assert_eq!(shared.count(), 0);
    }
}
