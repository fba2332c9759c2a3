//! Connecting to PostgreSQL: the pool of requests, the one of loads, and how bulk reads connect.
//!
//! What a reader would get wrong: a pool asks a connection for a sign of life when it comes back and, after a rest, before
//! it is handed out; the library's own asking waits for ever, and with it one of the pool's places is lost.

use std::{str::FromStr, sync::Arc, time::Duration};

use futures::{TryFutureExt, future::BoxFuture};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection,
    sqlx::{
        self, Connection, PgConnection,
        pool::PoolConnectionMetadata,
        postgres::{PgConnectOptions, PgPoolOptions},
    },
};
use tokio::time::timeout;

use super::{ACQUIRE_TIMEOUT, Bulk, STATEMENT_CACHE, postgres_bulk::BulkReaders};
use crate::error::{Context, Result};

/// Settings of a session, unless `DATABASE_URL` has its own: how long a statement may take (exports lift it for
/// themselves), and how soon the server notices that we are gone. Until then it keeps the locks of what was open.
const SETTINGS: [(&str, &str); 5] = [
    ("statement_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "60s"),
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
];
/// For one transaction whose queries are to leave the machine to others. An index of which every page is read costs less
/// than a table that is larger by far, unless pages cost more where they do not lie one behind the other.
pub(super) const BESIDE: &str =
    "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL random_page_cost = 1.1; SET LOCAL jit = off";
/// How long an answer is waited for: the statement, and then the network.
pub(super) const PATIENCE: Duration = Duration::from_secs(35);
/// A connection that rested for so long is asked before it is used.
const RESTED: Duration = Duration::from_secs(5);
/// How long a connection may take for a sign of life. Several that are dead must fit into [`ACQUIRE_TIMEOUT`].
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// The pool of requests.
pub(super) async fn connect(url: &str, size: u32) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(size.max(2))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .map_sqlx_postgres_pool_opts(that_asks)
        .sqlx_logging(false)
        .set_application_name("sellerbook")
        .map_sqlx_postgres_opts(|postgres| with_settings(postgres).statement_cache_capacity(STATEMENT_CACHE));
    Database::connect(options).await.doing("connecting to PostgreSQL")
}

/// Where bulk reads and loads go. A load takes as long as its rows take to come, which is no runaway statement.
pub(super) fn connect_bulk(url: &str, size: u32) -> Result<Bulk> {
    let options = PgConnectOptions::from_str(url).doing("reading DATABASE_URL")?;
    let reads = BulkReaders::new(with_settings(options.clone().application_name("sellerbook export")));
    let pool =
        PgPoolOptions::new().max_connections(size.max(1)).acquire_timeout(ACQUIRE_TIMEOUT).test_before_acquire(false);
    let of_loads = with_settings(options.application_name("sellerbook import")).options([("statement_timeout", "0")]);
    Ok(Bulk::Postgres { reads: Arc::new(reads), loads: that_asks(pool).connect_lazy_with(of_loads) })
}

fn with_settings(options: PgConnectOptions) -> PgConnectOptions {
    let theirs = options.get_options().unwrap_or_default().to_owned();
    options.options(SETTINGS.into_iter().filter(|(name, _)| !theirs.contains(&format!("{name}="))))
}

fn that_asks(options: PgPoolOptions) -> PgPoolOptions {
    options.before_acquire(after_a_rest).after_release(on_return)
}

fn after_a_rest(connection: &mut PgConnection, about: PoolConnectionMetadata) -> BoxFuture<'_, sqlx::Result<bool>> {
    Box::pin(async move { if about.idle_for < RESTED { Ok(true) } else { is_alive(connection).await.map(|()| true) } })
}

fn on_return(connection: &mut PgConnection, _: PoolConnectionMetadata) -> BoxFuture<'_, sqlx::Result<bool>> {
    Box::pin(is_alive(connection).map_ok(|()| true))
}

/// Fails when it is not: then it is dropped, without a farewell that nobody would read.
pub(super) async fn is_alive(connection: &mut PgConnection) -> sqlx::Result<()> {
    timeout(SIGN_OF_LIFE, connection.ping()).await.map_err(|elapsed| sqlx::Error::Io(elapsed.into()))?
}
