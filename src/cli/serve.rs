//! `sellerbook serve`: the API and the downloads, until a signal.

use std::{io, net::SocketAddr};

use clap::Args;
use tokio::net::TcpListener;

use super::{database, failure::Failure, settings::Settings};
use crate::serve;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let stop = serve::stop_signal()?;
        let config = settings.with("listen", self.listen).load()?;
        let listener = bind(config.listen).await?;
        if config.has_weak_secret() {
            tracing::warn!("`jwt_secret` is shorter than 32 bytes: its tokens can be forged by guessing");
        }
        let app = database::connect(config).await?;
        Ok(serve::serve(app, listener, stop).await?)
    }
}

/// Takes the address before anything else is done: that it is taken is the likeliest failure.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => "; choose another with `--listen 127.0.0.1:PORT`",
            _ => "",
        };
        Failure::new(format!("listening on {address}: {error}{hint}"))
    })
}
