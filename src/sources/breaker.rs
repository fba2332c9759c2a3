//! A circuit breaker: a provider that fails again and again is left alone for a while, then tried by one call.
//!
//! What a reader would get wrong: only failures of the provider itself count (no answer, or a failure that it admits);
//! what it refuses shows that it is alive. A call that is dropped on its way says nothing, and lets the next one try. While
//! one tries the others wait for what comes of it: to refuse them would look like failures of a provider that is back.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

use super::{FaultKind, Provider};
use crate::clock::Clock;

/// Failures in a row. Fewer come by chance: at one failure in five, five workers would meet them every few thousand calls.
const MOST: u32 = 10;
/// The pause after each further failed try is twice as long, up to so many times the first.
const LONGEST: i32 = 12;

/// What keeps calls from a provider that fails.
#[derive(Debug)]
pub(super) struct Breaker {
    provider: Provider,
    clock: Clock,
    first_pause: TimeDelta,
    state: Mutex<State>,
    /// Whoever tried has done so.
    tried: Notify,
}

#[derive(Debug)]
struct State {
    failures: u32,
    kind: FaultKind,
    /// Since when nobody may call, and how long.
    open: Option<(DateTime<Utc>, TimeDelta)>,
    /// Whether somebody tries.
    is_tried: bool,
}

/// Why a call is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// How the last call failed.
    pub(super) kind: FaultKind,
    /// When the next may be made.
    pub(super) until: DateTime<Utc>,
}

/// Leave to make one call; whoever has it tells how it went.
#[derive(Debug)]
pub(super) struct Leave<'b> {
    breaker: &'b Breaker,
    is_trial: bool,
}

impl Breaker {
    /// Closed: calls go through.
    pub(super) fn new(provider: Provider, clock: Clock, first_pause: TimeDelta) -> Self {
        let state = State { failures: 0, kind: FaultKind::ServerError, open: None, is_tried: false };
        Self { provider, clock, first_pause, state: Mutex::new(state), tried: Notify::new() }
    }

    /// Asks for leave to make a call. Waits while somebody tries.
    pub(super) async fn admit(&self) -> Result<Leave<'_>, Open> {
        loop {
            let tried = self.tried.notified();
            if let Some(answer) = self.answer() {
                return answer;
            }
            tried.await;
        }
    }

    /// None while somebody tries.
    fn answer(&self) -> Option<Result<Leave<'_>, Open>> {
        let now = self.clock.now();
        let mut state = self.lock();
        let Some((since, pause)) = state.open else { return Some(Ok(Leave { breaker: self, is_trial: false })) };
        if state.is_tried {
            return None;
        }
        if now < since + pause {
            return Some(Err(Open { kind: state.kind, until: since + pause }));
        }
        state.is_tried = true;
        Some(Ok(Leave { breaker: self, is_trial: true }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leave<'_> {
    /// The provider answered, whatever it said.
    pub(super) fn answered(self) {
        let mut state = self.breaker.lock();
        // A call that was under way when others failed does not end their trial.
        if state.open.is_none() || self.is_trial {
            (state.failures, state.open) = (0, None);
        }
    }

    /// The provider failed.
    pub(super) fn failed(self, kind: FaultKind) {
        let now = self.breaker.clock.now();
        let mut state = self.breaker.lock();
        (state.failures, state.kind) = (state.failures.saturating_add(1), kind);
        match state.open {
            Some((_, pause)) if self.is_trial => {
                let longest = self.breaker.first_pause * LONGEST;
                state.open = Some((now, longest.min(pause * 2)));
            }
            None if state.failures >= MOST => {
                state.open = Some((now, self.breaker.first_pause));
                let (provider, failures) = (self.breaker.provider.name(), state.failures);
                tracing::warn!(provider, failures, kind = kind.code(), "a source is left alone for a while");
            }
            _ => {}
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.is_trial {
            self.breaker.lock().is_tried = false;
            self.breaker.tried.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn breaker() -> (Breaker, Clock) {
        let clock = Clock::fixed(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        (Breaker::new(Provider::Ebay, clock.clone(), TimeDelta::seconds(5)), clock)
    }

    fn admit(breaker: &Breaker) -> Result<Leave<'_>, Open> {
        breaker.admit().now_or_never().expect("nobody tries")
    }

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            admit(breaker).unwrap().failed(FaultKind::Timeout);
        }
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_call_tries() {
        let (breaker, clock) = breaker();
        let begun = clock.now();
        fail(&breaker, MOST - 1);
        admit(&breaker).unwrap().answered();
        fail(&breaker, MOST);
        let open = Open { kind: FaultKind::Timeout, until: begun + TimeDelta::seconds(5) };
        assert_eq!(admit(&breaker).unwrap_err(), open);
        clock.set(open.until);
        let trial = admit(&breaker).unwrap();
        assert!(breaker.admit().now_or_never().is_none(), "one is enough");
        drop(trial);
        admit(&breaker).unwrap().failed(FaultKind::ServerError);
        assert_eq!(admit(&breaker).unwrap_err().until, open.until + TimeDelta::seconds(10));
        clock.set(open.until + TimeDelta::seconds(10));
        admit(&breaker).unwrap().answered();
        fail(&breaker, MOST - 1);
        assert!(admit(&breaker).is_ok());
    }

    #[test]
    fn whoever_waits_for_a_try_goes_by_what_came_of_it() {
        let (breaker, clock) = breaker();
        fail(&breaker, MOST);
        clock.set(clock.now() + TimeDelta::seconds(5));
        let trial = admit(&breaker).unwrap();
        let (mut one, mut other) = (Box::pin(breaker.admit()), Box::pin(breaker.admit()));
        assert!(one.as_mut().now_or_never().is_none() && other.as_mut().now_or_never().is_none());
        drop(trial);
        let trial = one.now_or_never().unwrap().unwrap();
        assert!(other.as_mut().now_or_never().is_none(), "the next one tries");
        trial.answered();
        assert!(other.now_or_never().unwrap().is_ok());
        fail(&breaker, MOST);
        clock.set(clock.now() + TimeDelta::seconds(5));
        let trial = admit(&breaker).unwrap();
        let mut other = Box::pin(breaker.admit());
        assert!(other.as_mut().now_or_never().is_none());
        trial.failed(FaultKind::Timeout);
        assert_eq!(other.now_or_never().unwrap().unwrap_err().until, clock.now() + TimeDelta::seconds(10));
    }

    #[test]
    fn pauses_grow_to_a_minute_and_no_further() {
        let (breaker, clock) = breaker();
        fail(&breaker, MOST);
        for seconds in [5, 10, 20, 40, 60, 60] {
            let until = admit(&breaker).unwrap_err().until;
            assert_eq!((until - clock.now()).num_seconds(), seconds);
            clock.set(until);
            admit(&breaker).unwrap().failed(FaultKind::Timeout);
        }
    }
}
