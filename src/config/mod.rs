//! Every setting: documented, defaulted, validated; unknown keys refused.
//!
//! Read from `sellerbook.toml`, then the environment (`SELLERBOOK_<KEY>`, and `DATABASE_URL`), then flags; the later
//! wins. What a reader would get wrong: `Debug` of a [`Config`] never shows a secret.

mod network;
mod read;
mod secret;
mod sources;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use chrono::TimeDelta;
use figment::providers::Serialized;
use serde::Deserialize;

use self::read::{comma_list, explain, read_file, setting_of};
use crate::{
    db::PoolSizes,
    error::{Error, Result},
};

pub use self::{
    network::Network,
    secret::Secret,
    sources::{BestSellersSource, ListingsSource},
};

/// HS256 wants a key at least as long as its hash (RFC 7518, 3.2). A shorter one works, with a warning at the start.
const SHORTEST_SAFE_SECRET: usize = 32;

/// Seconds of a day: of how often expressions fire, one day and the next are looked at.
const LONGEST_GAP: u32 = 86_400;

/// The configuration of a process.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite://<path>` or `postgres://…`; also read from `DATABASE_URL`.
    pub database_url: String,
    /// Where `serve` listens.
    pub listen: SocketAddr,
    /// Shared secret of JWTs signed with HS256, 32 bytes or more to be safe.
    pub jwt_secret: Option<Secret>,
    /// Public keys of JWTs signed with RS256 or ES256: `https://…`, or `file:` and a path. Read again every ten
    /// minutes; while that fails, what is known stays good for a day.
    pub jwks_url: Option<String>,
    /// What the `aud` of a JWT must name, when set.
    pub jwt_audience: Option<String>,
    /// What the `iss` of a JWT must be, when set.
    pub jwt_issuer: Option<String>,
    /// Origins whose pages may call the API from a browser; comma-separated; `*` for all; none by default.
    #[serde(deserialize_with = "comma_list")]
    pub cors_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed, for the audit: networks as `10.0.0.0/8`, comma-separated; none by
    /// default.
    #[serde(deserialize_with = "comma_list")]
    pub trusted_proxies: Vec<String>,
    /// What is logged: a level or `target=level` list (`tracing` filter).
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// Longest a GraphQL request may take, in seconds.
    pub request_timeout_seconds: u64,
    /// Largest body of a GraphQL request, in bytes.
    pub body_limit_bytes: usize,
    /// How long requests and downloads may go on after a signal to stop, in seconds.
    pub shutdown_grace_seconds: u64,
    /// Connections for requests on PostgreSQL.
    pub database_connections: u32,
    /// Downloads that read the database at the same time.
    pub export_concurrency: u32,
    /// Where downloads wait that their clients read slowly; the system's directory for temporary files by default.
    pub spool_dir: Option<PathBuf>,
    /// Most that one download may have waiting there, in bytes; past it, the download is broken off.
    pub spool_limit_bytes: u64,
    /// Where files of export jobs are kept: `file:<folder>`, or `s3://<bucket>/<prefix>` with the usual `AWS_*` variables.
    pub storage_url: String,
    /// How a file in S3 reaches its client.
    pub storage_downloads: StorageDownloads,
    /// Days a finished file is kept.
    pub export_retention_days: u32,
    /// Largest file that can be imported, in bytes.
    pub import_max_bytes: u64,
    /// Most rows of a file that is imported.
    pub import_max_rows: u64,
    /// What links are signed with, 32 bytes or more. By default it is derived from `jwt_secret`, else made up at each start.
    pub link_secret: Option<Secret>,
    /// Where clients reach the service, as `https://api.example.com`, for links. By default links begin with `/`.
    pub public_url: Option<String>,
    /// Minutes a signed link is good for.
    pub link_minutes: u32,
    /// Jobs this process works on at the same time.
    pub workers: u32,
    /// Collection runs this process works on at the same time, beside those jobs.
    pub runs: u32,
    /// Jobs of one organisation that run at the same time, on all processes.
    pub jobs_per_organisation: u32,
    /// Seconds a worker may be silent before another takes its job.
    pub job_lease_seconds: u32,
    /// Most schedules of one organisation.
    pub schedules_max: u32,
    /// Seconds between two times of a schedule, at least.
    pub schedule_shortest_gap_seconds: u32,
    /// Where collection runs read best sellers: `catalogue` (inside the product), `oxylabs` or `rainforest`.
    pub best_sellers: BestSellersSource,
    /// Where collection runs search listings: `catalogue` (inside the product) or `ebay`.
    pub listings: ListingsSource,
    /// Categories that can be collected, in place of those built in: a CSV file with the columns `department_id`,
    /// `department`, `department_node`, `category_id`, `category`, `category_node`.
    pub categories_file: Option<PathBuf>,
    /// Milliseconds a call to the catalogue takes.
    pub catalogue_latency_ms: u64,
    /// How many of all calls to the catalogue fail, from 0 (none) to 1 (all).
    pub catalogue_fault_rate: f64,
    /// Products and listings of one's own for the catalogue, a JSON file (`sources/catalogue/file.rs` has an example).
    pub catalogue_file: Option<PathBuf>,
    /// Longest a call to Oxylabs, Rainforest or eBay may take, in seconds.
    pub source_timeout_seconds: u64,
    /// Milliseconds before a failed call to them is made again; the next wait is twice as long, and so on.
    pub source_retry_ms: u64,
    /// User name at Oxylabs.
    pub oxylabs_username: Option<Secret>,
    /// Password at Oxylabs.
    pub oxylabs_password: Option<Secret>,
    /// Where Oxylabs is.
    pub oxylabs_url: String,
    /// Most calls to Oxylabs a second, of this process.
    pub oxylabs_requests_per_second: f64,
    /// Key at Rainforest.
    pub rainforest_api_key: Option<Secret>,
    /// Where Rainforest is.
    pub rainforest_url: String,
    /// Most calls to Rainforest a second, of this process.
    pub rainforest_requests_per_second: f64,
    /// Client id (app id) at eBay.
    pub ebay_client_id: Option<Secret>,
    /// Client secret (cert id) at eBay.
    pub ebay_client_secret: Option<Secret>,
    /// Where eBay is; `https://api.sandbox.ebay.com` for its sandbox.
    pub ebay_url: String,
    /// Most calls to eBay a second, of this process.
    pub ebay_requests_per_second: f64,
    /// Where e-mail is handed in: `smtps://user:password@host`, or `smtp://…` (STARTTLS; plain on this machine alone).
    pub smtp_url: Option<Secret>,
    /// Who e-mails are from: `Name <address>`.
    pub mail_from: Option<String>,
    /// Whether webhooks may go to private addresses, and by http.
    pub webhook_allow_private: bool,
    /// Longest that one try to deliver a notification may take, in milliseconds.
    pub notification_timeout_ms: u64,
}

/// How a file in S3 reaches its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageDownloads {
    /// Through the server.
    Stream,
    /// From S3 itself, by a presigned address.
    Redirect,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite://sellerbook.db".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            jwt_secret: None,
            jwks_url: None,
            jwt_audience: None,
            jwt_issuer: None,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            request_timeout_seconds: 30,
            // A hundred thousand sellers may be named in one request: their ids alone are 4.5 MB.
            body_limit_bytes: 8 * 1024 * 1024,
            shutdown_grace_seconds: 30,
            database_connections: 10,
            export_concurrency: 4,
            spool_dir: None,
            spool_limit_bytes: 8 * 1024 * 1024 * 1024,
            storage_url: "file:./sellerbook-files".to_owned(),
            storage_downloads: StorageDownloads::Stream,
            export_retention_days: 7,
            import_max_bytes: 1024 * 1024 * 1024,
            import_max_rows: 2_000_000,
            link_secret: None,
            public_url: None,
            link_minutes: 15,
            workers: 2,
            runs: 4,
            jobs_per_organisation: 5,
            job_lease_seconds: 30,
            schedules_max: 50,
            schedule_shortest_gap_seconds: 300,
            best_sellers: BestSellersSource::Catalogue,
            listings: ListingsSource::Catalogue,
            categories_file: None,
            catalogue_latency_ms: 40,
            catalogue_fault_rate: 0.0,
            catalogue_file: None,
            source_timeout_seconds: 60,
            source_retry_ms: 500,
            oxylabs_username: None,
            oxylabs_password: None,
            oxylabs_url: "https://realtime.oxylabs.io".to_owned(),
            oxylabs_requests_per_second: 5.0,
            rainforest_api_key: None,
            rainforest_url: "https://api.rainforestapi.com".to_owned(),
            rainforest_requests_per_second: 5.0,
            ebay_client_id: None,
            ebay_client_secret: None,
            ebay_url: "https://api.ebay.com".to_owned(),
            ebay_requests_per_second: 5.0,
            smtp_url: None,
            mail_from: None,
            webhook_allow_private: false,
            notification_timeout_ms: 10_000,
        }
    }
}

impl Config {
    /// Reads file, environment and flags. `file` is `sellerbook.toml` in the working directory unless named; a file
    /// that was named must exist.
    ///
    /// # Errors
    /// `CONFIG`, naming the key and what is wrong with it.
    pub fn load(
        file: Option<&PathBuf>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        if let Some(file) = file.filter(|file| !file.is_file()) {
            return Err(refused(format!("no configuration file at {}", file.display())));
        }
        let file = file.cloned().unwrap_or_else(|| PathBuf::from("sellerbook.toml"));
        let environment: BTreeMap<String, String> =
            environment.into_iter().filter_map(|(name, value)| Some((setting_of(&name)?, value))).collect();
        let flags: BTreeMap<String, String> = flags.into_iter().collect();
        let config: Self = read_file(&file)
            .merge(Serialized::globals(environment))
            .merge(Serialized::globals(flags))
            .extract_lossy()
            .map_err(|error| refused(explain(&error)))?;
        config.validated()
    }

    /// The least time between two times of a schedule.
    #[must_use]
    pub fn schedule_shortest_gap(&self) -> TimeDelta {
        TimeDelta::seconds(self.schedule_shortest_gap_seconds.into())
    }

    /// How many connections the database is asked for.
    #[must_use]
    pub fn pool_sizes(&self) -> PoolSizes {
        PoolSizes { requests: self.database_connections, exports: self.export_concurrency }
    }

    /// Longest a GraphQL request may take.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    /// How long work may go on after a signal to stop.
    #[must_use]
    pub fn shutdown_grace(&self) -> Duration {
        Duration::from_secs(self.shutdown_grace_seconds)
    }

    /// How long a worker may be silent before another takes its job.
    #[must_use]
    pub fn job_lease(&self) -> Duration {
        Duration::from_secs(self.job_lease_seconds.into())
    }

    /// Whether tokens could be forged by guessing the secret.
    #[must_use]
    pub fn has_weak_secret(&self) -> bool {
        self.jwt_secret.as_ref().is_some_and(|secret| secret.expose().len() < SHORTEST_SAFE_SECRET)
    }

    /// Whether signed links end with the process, and hold for no other.
    #[must_use]
    pub fn has_passing_links(&self) -> bool {
        self.link_secret.is_none() && self.jwt_secret.is_none()
    }

    /// Where slow downloads wait.
    #[must_use]
    pub fn spool_dir(&self) -> PathBuf {
        self.spool_dir.clone().unwrap_or_else(std::env::temp_dir)
    }

    fn validated(self) -> Result<Self> {
        if self.jwt_secret.is_some() && self.jwks_url.is_some() {
            return Err(refused("set `jwt_secret` or `jwks_url`, not both"));
        }
        if self.jwt_secret.as_ref().is_some_and(|secret| secret.expose().is_empty()) {
            return Err(refused("`jwt_secret` must not be empty"));
        }
        if let Some(url) = &self.jwks_url
            && !["https://", "http://", "file:"].iter().any(|scheme| url.starts_with(scheme))
        {
            return Err(refused("`jwks_url` must begin with https:// or file:"));
        }
        if self.link_secret.as_ref().is_some_and(|secret| secret.expose().len() < SHORTEST_SAFE_SECRET) {
            return Err(refused("`link_secret` must be 32 bytes or longer"));
        }
        if !["file:", "s3://"].iter().any(|scheme| self.storage_url.starts_with(scheme)) {
            return Err(refused("`storage_url` must be `file:<folder>` or `s3://<bucket>/<prefix>`"));
        }
        if self.public_url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            return Err(refused("`public_url` must begin with https:// or http://"));
        }
        if self.smtp_url.is_some() != self.mail_from.is_some() {
            return Err(refused("set `smtp_url` and `mail_from` together"));
        }
        for network in &self.trusted_proxies {
            network.parse::<Network>().map_err(|fault| refused(format!("`trusted_proxies`: {fault}")))?;
        }
        self.check_sources()?;
        let at_least_one = [
            ("request_timeout_seconds", self.request_timeout_seconds),
            ("body_limit_bytes", self.body_limit_bytes as u64),
            ("database_connections", self.database_connections.into()),
            ("export_concurrency", self.export_concurrency.into()),
            ("spool_limit_bytes", self.spool_limit_bytes),
            ("export_retention_days", self.export_retention_days.into()),
            ("import_max_bytes", self.import_max_bytes),
            ("import_max_rows", self.import_max_rows),
            ("link_minutes", self.link_minutes.into()),
            ("workers", self.workers.into()),
            ("runs", self.runs.into()),
            ("jobs_per_organisation", self.jobs_per_organisation.into()),
            ("job_lease_seconds", self.job_lease_seconds.into()),
            ("schedules_max", self.schedules_max.into()),
            ("schedule_shortest_gap_seconds", self.schedule_shortest_gap_seconds.into()),
            ("source_timeout_seconds", self.source_timeout_seconds),
            ("source_retry_ms", self.source_retry_ms),
            ("notification_timeout_ms", self.notification_timeout_ms),
        ];
        if self.schedule_shortest_gap_seconds > LONGEST_GAP {
            return Err(refused(format!("`schedule_shortest_gap_seconds` must be at most {LONGEST_GAP}, a day")));
        }
        match at_least_one.iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => Err(refused(format!("`{key}` must be 1 or more"))),
            None => Ok(self),
        }
    }
}

fn refused(message: impl Into<String>) -> Error {
    Error::bad_input("CONFIG", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config> {
        let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let environment: Vec<(String, String)> = own(environment);
        let flags: Vec<(String, String)> = own(flags);
        Config::load(None, environment, flags)
    }

    #[test]
    fn every_setting_stands_in_the_documents() {
        let document = include_str!("../../docs/configuration.md");
        let refusal = load(&[("SELLERBOOK_NO_SUCH_SETTING", "1")], &[]).unwrap_err().to_string();
        let (_, keys) = refusal.split_once("the settings are ").unwrap();
        let missing: Vec<&str> = keys.split(", ").filter(|key| !document.contains(&format!("`{key}`"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn flags_win_over_the_environment() {
        let config = load(
            &[("SELLERBOOK_LISTEN", "127.0.0.1:1"), ("DATABASE_URL", "sqlite://a.db"), ("HOME", "/")],
            &[("listen", "127.0.0.1:2")],
        )
        .unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.database_url, "sqlite://a.db");
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = load(&[("SELLERBOOK_LISTEN_ON", "x")], &[]).unwrap_err();
        assert!(error.to_string().contains("`listen_on`"), "{error}");
    }

    #[test]
    fn a_secret_is_text_even_when_it_looks_like_a_number_and_is_never_shown() {
        let secret = "12345678901234567890123456789012";
        let config = load(&[("SELLERBOOK_JWT_SECRET", secret)], &[]).unwrap();
        assert_eq!(config.jwt_secret.as_ref().unwrap().expose(), secret);
        assert!(!format!("{config:?}").contains(secret));
        assert!(load(&[("SELLERBOOK_JWT_SECRET", "short")], &[]).unwrap().has_weak_secret());
        assert!(load(&[("SELLERBOOK_JWT_SECRET", "")], &[]).is_err());
    }

    #[test]
    fn lists_and_numbers_are_read_from_the_environment() {
        let config = load(
            &[
                ("SELLERBOOK_CORS_ORIGINS", "https://a.example, https://b.example"),
                ("SELLERBOOK_BODY_LIMIT_BYTES", "10"),
            ],
            &[],
        )
        .unwrap();
        assert_eq!(config.cors_origins, ["https://a.example", "https://b.example"]);
        assert_eq!(config.body_limit_bytes, 10);
        let error = load(&[("SELLERBOOK_BODY_LIMIT_BYTES", "ten")], &[]).unwrap_err();
        assert!(error.to_string().contains("body_limit_bytes"), "{error}");
    }
}
