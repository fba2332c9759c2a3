//! `sellerbook work`: jobs and chores, and no server, until a signal.

use clap::Args;
use tokio_util::task::AbortOnDropHandle;

use super::{database, failure::Failure, settings::Settings};
use crate::{serve, work};

#[derive(Debug, Args)]
pub(super) struct Work {
    /// Jobs to work on at the same time
    #[arg(long, value_name = "N")]
    workers: Option<u32>,
}

impl Work {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let stop = serve::stop_signal()?;
        let config = settings.with("workers", self.workers).load()?;
        let app = database::connect(config).await?;
        let _ears = AbortOnDropHandle::new(tokio::spawn(work::listen(app.clone())));
        let workers = app.config.workers;
        tracing::info!(workers, "working");
        Ok(work::crew(app, workers, stop).await?)
    }
}
