//! The log: what the configuration asks for, on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use super::failure::Failure;
use crate::config::{Config, LogFormat};

/// What is too much to be told unasked: at every start the migrations, and PostgreSQL, tell that there is nothing to do,
/// and the clockwork how it is wound up. PostgreSQL also warns that there is nothing to undo, where work was broken off
/// just as its transaction ended. What is wrong with it comes as errors, and stands in its own log.
const QUIET: &str = "sea_orm_migration=warn,sqlx::postgres::notice=error,tokio_cron_scheduler=warn";

/// Logs as the configuration says until the process ends.
pub(super) fn start(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log))
        .map_err(|error| Failure::new(format!("`log` is no level and no `target=level` list: {error}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match config.log_format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Failure::new(format!("starting the log: {error}")))
}
