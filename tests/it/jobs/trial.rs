//! Work to try the queue with: a function, and what the queue told about its jobs.
//!
//! What a reader would get wrong: the queue survives an assertion that fails in a job; so the trial remembers it, and fails
//! when it is dropped.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use futures::{FutureExt, future::BoxFuture};
use sellerbook::{
    app::App,
    db::Transaction,
    error::{Error, Result},
    jobs::{Job, JobError, Lease, Settled, Work, Worker},
};
use uuid::Uuid;

type Run = Box<dyn for<'a> Fn(&'a App, &'a Lease) -> BoxFuture<'a, Result<(), JobError>> + Send + Sync>;

/// See the file's comment.
pub struct Trial {
    run: Run,
    told: Mutex<Vec<(Job, String)>>,
    refusals: Mutex<u32>,
    panics: AtomicU32,
}

impl Drop for Trial {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(*self.panics.get_mut(), 0, "an assertion failed in a job");
        }
    }
}

impl Trial {
    pub fn new(
        run: impl for<'a> Fn(&'a App, &'a Lease) -> BoxFuture<'a, Result<(), JobError>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            run: Box::new(run),
            told: Mutex::default(),
            refusals: Mutex::default(),
            panics: AtomicU32::default(),
        })
    }

    /// Work that is done at once.
    pub fn easy() -> Arc<Self> {
        Self::new(|app, lease| Box::pin(async move { Ok(lease.finish_alone(&app.db).await?) }))
    }

    /// Work that goes on until it is told to stop.
    pub fn endless() -> Arc<Self> {
        Self::new(|_, lease| {
            Box::pin(async move {
                lease.stop().cancelled().await;
                Err(JobError::stopped())
            })
        })
    }

    /// Work that fails for the time being.
    pub fn vain() -> Arc<Self> {
        Self::new(|_, _| Box::pin(async { Err(JobError::retry(Error::internal("the world is as it should be"))) }))
    }

    pub fn worker(self: &Arc<Self>, app: &App) -> Worker {
        Worker::with(app.clone(), self.clone())
    }

    /// What was told so far.
    pub fn told(&self) -> Vec<(Job, String)> {
        self.told.lock().unwrap().clone()
    }

    /// How many jobs panicked, which is what the test is about.
    pub fn panics(&self) -> u32 {
        self.panics.swap(0, Ordering::SeqCst)
    }

    /// The next times it is told something, it fails.
    pub fn refuse(&self, times: u32) {
        *self.refusals.lock().unwrap() = times;
    }
}

impl Work for Trial {
    fn run<'a>(&'a self, app: &'a App, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async move {
            let outcome = AssertUnwindSafe((self.run)(app, lease)).catch_unwind().await;
            outcome.unwrap_or_else(|panic| {
                self.panics.fetch_add(1, Ordering::SeqCst);
                resume_unwind(panic)
            })
        })
    }

    fn settled<'a>(
        &'a self,
        _: &'a App,
        _: &'a Transaction,
        _: Uuid,
        job: Job,
        settled: Settled<'a>,
    ) -> BoxFuture<'a, Result<()>> {
        let what = match settled {
            Settled::PutBack => "put back".to_owned(),
            Settled::Cancelled => "cancelled".to_owned(),
            Settled::GaveUp(error) => format!("gave up: {}", error.code()),
        };
        self.told.lock().unwrap().push((job, what));
        let mut refusals = self.refusals.lock().unwrap();
        if *refusals > 0 {
            *refusals -= 1;
            return Box::pin(async { Err(Error::internal("the subject can be told")) });
        }
        Box::pin(async { Ok(()) })
    }
}

/// What a job asks before it writes.
pub async fn hold(app: &App, lease: &Lease) -> Result<()> {
    let lease = lease.clone();
    app.db.write(move |tx| Box::pin(async move { lease.hold(tx).await })).await
}
