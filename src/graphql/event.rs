//! Numbered events: what lets a client that was cut off go on where it stopped.
//!
//! A subscription whose events have numbers says with each which one it is ([`Numbers`]), and begins after the one that
//! its client says it had last ([`Resume`]). Not here: how that is said (`http/graphql/sse`). What a reader would get
//! wrong: the number does not depend on what the client selects of the event.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Response};

/// An answer of a subscription, and its number when it has one.
#[derive(Debug)]
pub struct Event {
    /// The answer.
    pub response: Response,
    /// Rises from event to event.
    pub number: Option<i64>,
}

/// The number of the event that a client had last; in the data of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume(pub i64);

impl Resume {
    /// After which number a subscription begins: what its argument says, or what the client had last.
    pub(super) fn after(ctx: &Context<'_>, argument: Option<i64>) -> i64 {
        let had = ctx.data_opt::<Self>().map_or(0, |resume| resume.0);
        had.max(argument.unwrap_or_default())
    }
}

/// Where a subscription says the number of the event it hands out; in the data of every request. Cheap to clone.
///
/// The library asks for an event, answers it and only then asks for the next: there is one number at a time.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Arc<Mutex<Option<i64>>>);

impl Numbers {
    /// Those of a request.
    #[must_use]
    pub fn of(ctx: &Context<'_>) -> Self {
        ctx.data_opt::<Self>().cloned().unwrap_or_default()
    }

    /// The event that is handed out next has this number.
    pub fn say(&self, number: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(number);
    }

    pub(super) fn take(&self) -> Option<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
