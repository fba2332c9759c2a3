//! The handles an operation needs: database, files, clock, configuration, the keys of tokens and links, the outside world of
//! collection runs, who carries what is told, who stays connected, which tokens are in use, and the wake-ups of workers and watchers. No more.

use std::{sync::Arc, time::Duration};

use tokio_util::task::TaskTracker;

use crate::{
    auth::{JwtKeys, LastUses, Links, Sessions},
    clock::Clock,
    config::Config,
    db::Db,
    error::Result,
    files::Files,
    jobs::Jobs,
    notifications::Couriers,
    progress::Progress,
    sources::Sources,
    streams::Streams,
};

/// What goes on beside the requests writes a row or two.
const ASIDE_TIMEOUT: Duration = Duration::from_secs(5);

/// Handed to every operation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The files of export jobs.
    pub files: Files,
    /// The time.
    pub clock: Clock,
    /// The configuration, validated.
    pub config: Arc<Config>,
    /// What JWTs are checked with.
    pub jwt: Arc<JwtKeys>,
    /// What links are signed with.
    pub links: Links,
    /// Whom collection runs ask.
    pub sources: Sources,
    /// Who carries what is told.
    pub couriers: Couriers,
    /// Wakes the workers of this process.
    pub jobs: Jobs,
    /// Tells the watchers of this process.
    pub progress: Progress,
    /// Who is connected for longer than one request.
    pub sessions: Sessions,
    /// Which API tokens were used of late.
    pub last_uses: LastUses,
    /// The sockets and event streams that are open.
    pub streams: Streams,
    /// What goes on beside the requests and is waited for when the process ends.
    pub aside: TaskTracker,
}

impl App {
    /// Connects to the database that `config` names; does not migrate it.
    ///
    /// # Errors
    /// When the database does not answer or a key of the configuration cannot be used.
    pub async fn connect(config: Config) -> Result<Self> {
        let sources = Sources::from_config(&config)?;
        let db = Db::connect(&config.database_url, config.pool_sizes()).await?;
        let jwt = JwtKeys::from_config(&config)?;
        let (files, links) = (Files::open(&config)?, Links::from_config(&config)?);
        let couriers = Couriers::from_config(&config)?;
        Ok(Self {
            db,
            files,
            clock: Clock::system(),
            config: Arc::new(config),
            jwt: Arc::new(jwt),
            links,
            sources,
            couriers,
            jobs: Jobs::default(),
            progress: Progress::default(),
            sessions: Sessions::default(),
            last_uses: LastUses::default(),
            streams: Streams::default(),
            aside: TaskTracker::new(),
        })
    }

    /// Waits for what goes on beside the requests, but not for ever.
    pub async fn settle(&self) {
        self.aside.close();
        if tokio::time::timeout(ASIDE_TIMEOUT, self.aside.wait()).await.is_err() {
            tracing::warn!(left = self.aside.len(), "what went on beside the requests did not end in time");
        }
    }
}
