//! When the loads of a request run: once its resolvers wait for nothing else.
//!
//! So the rows of a page always share a statement. The library would start a load a millisecond after its first key, on
//! a task of its own; on a busy machine that is before the last row has asked, and the page costs several statements.
//! What a reader would get wrong: loads run inside the request, so one that is given up takes its loads with it.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered, task::AtomicWaker};

/// Loads that have been asked for and not begun.
#[derive(Clone, Default)]
pub struct Loads(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl Loads {
    /// Adds one.
    pub fn push(&self, load: BoxFuture<'static, ()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(load);
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs `execution` and the loads it asks for.
pub async fn run<T>(execution: impl Future<Output = T>, loads: Loads) -> T {
    let mut execution = pin!(execution);
    let mut running = FuturesUnordered::new();
    let progress = Arc::new(Progress::default());
    let waker = Waker::from(Arc::clone(&progress));
    poll_fn(move |cx| {
        progress.task.register(cx.waker());
        loop {
            progress.is_woken.store(false, Ordering::Release);
            if let Poll::Ready(done) = execution.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(done);
            }
            // It only paused: there may be more to ask for. The runtime comes back at once.
            if progress.is_woken.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            running.extend(loads.take());
            if !matches!(running.poll_next_unpin(cx), Poll::Ready(Some(()))) {
                return Poll::Pending;
            }
        }
    })
    .await
}

/// Whether the execution was woken while it was polled.
#[derive(Default)]
struct Progress {
    is_woken: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Progress {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    /// As a long list pauses between its rows.
    async fn pause() {
        let mut is_over = false;
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut is_over, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    #[tokio::test]
    async fn a_load_begins_when_everything_else_waits() {
        let (loads, seen) = (Loads::default(), Arc::new(Mutex::new(Vec::new())));
        let note = |what: &'static str| seen.lock().unwrap().push(what);
        let (sender, receiver) = futures::channel::oneshot::channel::<()>();
        let (asked, noted) = (loads.clone(), Arc::clone(&seen));
        let execution = async {
            asked.push(async move { noted.lock().unwrap().push("load") }.map(|()| drop(sender)).boxed());
            note("asked");
            for _ in 0..3 {
                pause().await;
                note("paused");
            }
            let _ = receiver.await;
            note("answered");
        };
        run(execution, loads).await;
        assert_eq!(*seen.lock().unwrap(), ["asked", "paused", "paused", "paused", "load", "answered"]);
    }
}
