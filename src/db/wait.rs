//! Waiting for the database on a thread of one's own.
//!
//! What a reader would get wrong: a runtime that ends takes its clock with it, and whoever still waits on another thread with
//! a time-out panics. So nobody waits there but until they are told to stop, and that is looked at before the clock is.

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};

/// How a thread waits.
pub struct Wait {
    runtime: Handle,
    stop: CancellationToken,
}

impl Wait {
    pub fn new(runtime: Handle, stop: CancellationToken) -> Self {
        Self { runtime, stop }
    }

    /// The runtime that the connections belong to.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// What comes, unless the thread is to stop.
    pub fn until<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => Err(stopped()),
                answer = answer => answer,
            }
        })
    }
}

/// Nobody hears of it: whoever cancels has gone, or knows.
fn stopped() -> Error {
    Error::Unavailable { context: "writing rows in bulk, for somebody who has left", source: None }
}
