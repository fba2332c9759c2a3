//! Threads for work that nobody waits for at this moment: on a busy machine they yield to those that answer somebody.
//!
//! Not here: what is done on them. What a reader would get wrong: they are slower only where there is something to yield
//! to; on a machine with a core to spare they run at full speed.

use std::thread;

use crate::error::{Error, Result};

/// How much they yield, from 0 to 19: beside one that answers, a thread gets a tenth of a core.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Does `work` on a thread of its own, and on those that it starts.
///
/// # Errors
/// A system that gives no more threads.
pub fn spawn(name: &'static str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(move || {
        step_back();
        work();
    });
    started.map(drop).map_err(|error| Error::caused("starting a thread", error))
}

/// On Linux this is of the thread alone, and inherited by those it starts; elsewhere it would be of the whole process.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_such_threads_yield() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let (before, (send, receive)) = (nice(), std::sync::mpsc::channel());
        spawn("test", move || thread::scope(|scope| drop(scope.spawn(move || send.send(nice()).unwrap())))).unwrap();
        assert_eq!(receive.recv().unwrap(), before.max(NICE));
        assert_eq!(nice(), before);
    }
}
