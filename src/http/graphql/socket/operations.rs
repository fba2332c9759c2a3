//! The operations under way on one socket.
//!
//! What a reader would get wrong: an operation is asked for its next answer only when the socket can take one, and all
//! in turn, so that a busy one does not silence the others.

use std::{future::poll_fn, task::Poll};

use futures::{StreamExt, stream::BoxStream};

use crate::http::graphql::answer::Payload;

/// Most at a time on one socket.
pub const MAX_OPERATIONS: usize = 50;

/// Those under way.
#[derive(Default)]
pub struct Operations {
    /// From the one whose turn it is.
    running: Vec<Operation>,
    begun: u64,
}

struct Operation {
    id: Box<str>,
    payloads: BoxStream<'static, Payload>,
}

impl Operations {
    /// Whether there is one of that id.
    pub fn contains(&self, id: &str) -> bool {
        self.running.iter().any(|operation| &*operation.id == id)
    }

    /// Whether there can be no more.
    pub fn is_full(&self) -> bool {
        self.running.len() >= MAX_OPERATIONS
    }

    /// How many there have been.
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// Adds one.
    pub fn begin(&mut self, id: String, payloads: BoxStream<'static, Payload>) {
        self.begun += 1;
        self.running.push(Operation { id: id.into(), payloads });
    }

    /// Ends one, if it is there.
    pub fn end(&mut self, id: &str) {
        self.running.retain(|operation| &*operation.id != id);
    }

    /// The next answer to any of them, or that one has no more; that one is then gone. Never ready without any.
    pub async fn next(&mut self) -> (Box<str>, Option<Payload>) {
        poll_fn(|cx| {
            for at in 0..self.running.len() {
                let Some(operation) = self.running.get_mut(at) else { break };
                let Poll::Ready(payload) = operation.payloads.poll_next_unpin(cx) else { continue };
                let is_over = payload.as_ref().is_none_or(Payload::is_last);
                let id = if is_over { self.running.remove(at).id } else { self.pass_turn(at) };
                return Poll::Ready((id, payload));
            }
            Poll::Pending
        })
        .await
    }

    /// The one that has just had its turn comes last.
    fn pass_turn(&mut self, at: usize) -> Box<str> {
        self.running.get_mut(at..).into_iter().for_each(|rest| rest.rotate_left(1));
        self.running.last().map(|operation| operation.id.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, stream};

    use super::*;

    fn endless() -> BoxStream<'static, Payload> {
        stream::repeat(Payload::Result("1".into())).boxed()
    }

    #[test]
    fn each_has_its_turn_and_goes_when_it_is_over() {
        let mut operations = Operations::default();
        assert!(operations.next().now_or_never().is_none());
        operations.begin("silent".to_owned(), stream::pending().boxed());
        operations.begin("a".to_owned(), endless());
        operations.begin("b".to_owned(), stream::iter([Payload::Result("1".into())]).boxed());
        operations.begin("c".to_owned(), endless());
        let mut turns = Vec::new();
        for _ in 0..7 {
            let (id, payload) = operations.next().now_or_never().unwrap();
            turns.push(format!("{id}{}", if payload.is_some() { "" } else { " ends" }));
        }
        assert_eq!(turns, ["a", "b", "c", "a", "b ends", "c", "a"]);
        assert!(!operations.contains("b") && operations.contains("silent"));
        operations.end("silent");
        assert_eq!((operations.running.len(), operations.begun()), (2, 4));
    }
}
