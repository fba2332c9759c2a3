//! `sellerbook serve`: the API and the downloads, until a signal.

use std::{future::Future, io, net::SocketAddr};

use clap::Args;
use tokio::net::TcpListener;

use super::{database, failure::Failure, settings::Settings};
use crate::app::App;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let stop = stop_signal()?;
        let config = settings.with("listen", self.listen).load()?;
        let listener = bind(config.listen).await?;
        let app = database::connect(config).await?;
        start(app, listener, stop).await
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

/// Ends with the first signal to stop: Ctrl-C, or what service managers send.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| Failure::new(format!("listening for signals: {error}")));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Serves until `stop`.
pub(super) async fn start(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    // Wiring: `crate::serve::serve(app, listener, stop).await?; Ok(())`.
    let _ = (app, listener);
    stop.await;
    Ok(())
}
