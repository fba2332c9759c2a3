//! `sellerbook serve`: the API, the downloads and the jobs behind them, until a signal.

use std::{io, net::SocketAddr};

use clap::Args;
use tokio::net::TcpListener;

use super::{database, failure::Failure, settings::Settings};
use crate::{config::Config, serve};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Jobs to work on at the same time
    #[arg(long, value_name = "N", conflicts_with = "no_work")]
    workers: Option<u32>,
    /// Leave the jobs to other processes
    #[arg(long)]
    no_work: bool,
}

impl Serve {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let stop = serve::stop_signal()?;
        let config = settings.with("listen", self.listen).with("workers", self.workers).load()?;
        let (listener, config) = bind(config).await?;
        if config.has_weak_secret() {
            tracing::warn!("`jwt_secret` is shorter than 32 bytes: its tokens can be forged by guessing");
        }
        let has_passing_links = config.has_passing_links();
        let app = database::connect(config).await?;
        if has_passing_links && !app.db.is_sqlite() {
            tracing::warn!("without `link_secret`, signed links hold only for the process that made them");
        }
        tracing::info!(address = %app.config.listen, "listening");
        let workers = if self.no_work { 0 } else { app.config.workers };
        Ok(serve::serve(app, listener, workers, stop).await?)
    }
}

/// Takes the address before anything else is done: that it is taken is the likeliest failure. Where nobody has said how
/// clients reach the service, they reach it there.
pub(super) async fn bind(mut config: Config) -> Result<(TcpListener, Config), Failure> {
    let address = config.listen;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => "; choose another with `--listen 127.0.0.1:PORT`",
            _ => "",
        };
        Failure::new(format!("listening on {address}: {error}{hint}"))
    })?;
    let bound = listener.local_addr().map_err(|error| Failure::new(format!("listening: {error}")))?;
    config.listen = bound;
    // Who listens everywhere is reached by names it does not know.
    if config.public_url.is_none() && !bound.ip().is_unspecified() {
        config.public_url = Some(format!("http://{bound}"));
    }
    Ok((listener, config))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn public_url(listen: &str, configured: Option<&str>) -> (SocketAddr, Option<String>) {
        let public_url = configured.map(str::to_owned);
        let config = Config { listen: listen.parse().unwrap(), public_url, ..Config::default() };
        let (listener, config) = bind(config).await.unwrap();
        assert_eq!(config.listen, listener.local_addr().unwrap());
        (config.listen, config.public_url)
    }

    #[tokio::test]
    async fn links_lead_to_where_it_listens_unless_told_otherwise() {
        let (address, url) = public_url("127.0.0.1:0", None).await;
        assert_ne!(address.port(), 0);
        assert_eq!(url, Some(format!("http://{address}")));
        assert_eq!(public_url("127.0.0.1:0", Some("https://a.example")).await.1.as_deref(), Some("https://a.example"));
        assert_eq!(public_url("0.0.0.0:0", None).await.1, None);
    }
}
