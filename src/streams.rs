//! What stays open: sockets and event streams, counted, and told when the process stops.
//!
//! Not here: what flows through them. What a reader would get wrong: the server's own graceful stop waits for requests;
//! a socket is none any more, and an event stream never ends by itself, so both must be told.

use tokio_util::{
    sync::{CancellationToken, WaitForCancellationFutureOwned},
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// All that is open in this process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    closing: CancellationToken,
    open: TaskTracker,
}

impl Streams {
    /// Counts one more.
    #[must_use]
    pub fn open(&self) -> OpenStream {
        OpenStream { closing: self.closing.clone(), _counted: self.open.token() }
    }

    /// How many are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.open.len()
    }

    /// Tells all of them to end, those still to come as well.
    pub fn close(&self) {
        self.closing.cancel();
        self.open.close();
    }

    /// Ready when all have ended; never before [`Streams::close`].
    pub async fn closed(&self) {
        self.open.wait().await;
    }
}

/// One that is open; it is counted until this is dropped.
#[derive(Debug)]
pub struct OpenStream {
    closing: CancellationToken,
    _counted: TaskTrackerToken,
}

impl OpenStream {
    /// Ready when it must end.
    pub fn closing(&self) -> WaitForCancellationFutureOwned {
        self.closing.clone().cancelled_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn closing_waits_for_those_that_are_open() {
        let streams = Streams::default();
        let (first, second) = (streams.open(), streams.open());
        assert_eq!(streams.count(), 2);
        drop(second);
        let one = tokio::spawn(async move { first.closing().await });
        streams.close();
        streams.closed().await;
        one.await.unwrap();
        streams.open().closing().await;
    }
}
