//! How often a provider is asked: calls at even distances, and none while it said to wait.
//!
//! What a reader would get wrong: the limit is of this process; whoever runs several divides.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// The line in front of a provider.
#[derive(Debug)]
pub(super) struct Pace {
    between: Duration,
    /// When the next in the line may go; none while nobody has gone yet.
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(per_second: f64) -> Self {
        Self { between: Duration::from_secs_f64(1.0 / per_second), next: Mutex::default() }
    }

    /// Waits for one's turn. Who leaves the line meanwhile leaves a gap and no more.
    pub(super) async fn turn(&self) {
        let now = Instant::now();
        let mine = {
            let mut next = self.lock();
            let mine = next.map_or(now, |next| next.max(now));
            *next = Some(mine + self.between);
            mine
        };
        if mine > now {
            sleep_until(mine).await;
        }
    }

    /// Nobody goes for so long: the provider said so.
    pub(super) fn hold(&self, time: Duration) {
        let mut next = self.lock();
        let held = Instant::now() + time;
        *next = Some(next.map_or(held, |next| next.max(held)));
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_keep_their_distance_and_a_hold_stops_them_all() {
        let (pace, begun) = (Pace::new(10.0), Instant::now());
        join_all((0..5).map(|_| pace.turn())).await;
        assert_eq!(begun.elapsed(), Duration::from_millis(400));
        tokio::time::advance(Duration::from_secs(60)).await;
        let begun = Instant::now();
        pace.turn().await;
        assert_eq!(begun.elapsed(), Duration::ZERO, "a quiet minute is not made up for");
        pace.hold(Duration::from_secs(2));
        pace.turn().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
    }
}
