//! The flags every command takes, and the configuration they lead to.

use std::path::PathBuf;

use clap::Args;
use figment::{
    Figment,
    providers::{Format, Toml},
};

use super::{failure::Failure, log};
use crate::config::Config;

/// Where settings come from, besides `sellerbook.toml` and the environment.
#[derive(Debug, Args)]
pub(super) struct Settings {
    /// Configuration file; `sellerbook.toml` in the working directory when there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Database: `sqlite://<path>` or `postgres://<user>@<host>/<database>`
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Any setting, as in the configuration file; repeatable
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
}

impl Settings {
    /// The same with one more setting, which wins.
    pub(super) fn with(mut self, key: &str, value: Option<impl ToString>) -> Self {
        self.set.extend(value.map(|value| (key.to_owned(), value.to_string())));
        self
    }

    /// Reads the configuration, and logs as it says from now on.
    pub(super) fn load(self) -> Result<Config, Failure> {
        let database_url = self.database_url.map(|url| ("database_url".to_owned(), url));
        let flags = self.set.into_iter().chain(database_url);
        let config = Config::load(self.config.as_ref(), environment(), flags)?;
        log::start(&config)?;
        Ok(config)
    }

    /// Whether anything names a database, even the one that is used by default.
    pub(super) fn names_database(&self) -> bool {
        let file = self.config.clone().unwrap_or_else(|| PathBuf::from("sellerbook.toml"));
        self.database_url.is_some()
            || self.set.iter().any(|(key, _)| key == "database_url")
            || environment().any(|(name, _)| name == "DATABASE_URL" || name == "SELLERBOOK_DATABASE_URL")
            || Figment::from(Toml::file_exact(file)).contains("database_url")
    }
}

/// The variables that are text; no other can be a setting.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE, such as log=debug".to_owned()),
    }
}
