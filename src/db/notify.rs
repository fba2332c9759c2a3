//! Telling other processes to look again: `NOTIFY` and `LISTEN` of PostgreSQL; nothing on SQLite.
//!
//! Not here: what is looked at (`jobs`, `progress`). What a reader would get wrong: a notification can be lost, with its
//! connection or before it. So [`Heard::Missed`] comes at every start of listening, and whoever listens polls as well.

use std::{str::FromStr, time::Duration};

use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sqlx::{
        Executor,
        postgres::{PgConnectOptions, PgListener, PgPoolOptions},
    },
};
use tokio::time::{sleep, timeout};

use super::{ACQUIRE_TIMEOUT, Db, Transaction};
use crate::error::{Context, Error, Result};

/// How long nothing may be heard before the connection is asked whether it is still there. A peer that is silently dead
/// would be listened to for hours otherwise.
const ASK_AFTER: Duration = Duration::from_secs(15);
/// How long its answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two tries to listen again.
const PAUSE: Duration = Duration::from_secs(1);
/// What the connection is called in `pg_stat_activity`.
const NAME: &str = "sellerbook listen";

/// What is told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The queue changed; the text is empty.
    Jobs,
    /// Something that is watched changed; the text says what.
    Changes,
}

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It listens from now on; what was told before went by. Look at everything once.
    Missed,
    /// Somebody told this.
    Told(Channel, String),
}

impl Channel {
    const ALL: [Self; 2] = [Self::Jobs, Self::Changes];

    fn name(self) -> &'static str {
        match self {
            Self::Jobs => "sellerbook_job",
            Self::Changes => "sellerbook_changed",
        }
    }
}

/// Tells every process that listens, once `tx` is committed. On SQLite there is nobody to tell.
///
/// # Errors
/// The database's own failure.
pub async fn notify(tx: &Transaction, channel: Channel, text: &str) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let values = [channel.name().into(), text.into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", values);
    tx.query_one_raw(statement).await.doing("telling the other processes")?;
    Ok(())
}

impl Db {
    /// Listens for as long as it is awaited, again and again when the connection is lost. On SQLite nothing is ever heard.
    pub async fn listen(&self, url: &str, on_heard: impl Fn(Heard) + Send + Sync) {
        if self.is_sqlite() {
            return std::future::pending().await;
        }
        loop {
            if let Err(error) = listen_once(url, &on_heard).await {
                error.log();
            }
            sleep(PAUSE).await;
        }
    }
}

/// Listens until the connection is lost.
async fn listen_once(url: &str, on_heard: &(impl Fn(Heard) + Send + Sync)) -> Result<()> {
    let options = PgConnectOptions::from_str(url).doing("reading DATABASE_URL")?.application_name(NAME);
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT).connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await.doing("connecting to listen")?;
    listener.eager_reconnect(false);
    listener.listen_all(Channel::ALL.map(Channel::name)).await.doing("beginning to listen")?;
    on_heard(Heard::Missed);
    loop {
        match timeout(ASK_AFTER, listener.try_recv()).await {
            Ok(Ok(Some(told))) => {
                if let Some(channel) = Channel::ALL.into_iter().find(|channel| channel.name() == told.channel()) {
                    on_heard(Heard::Told(channel, told.payload().to_owned()));
                }
            }
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error).doing("listening"),
            Err(_) => match timeout(ANSWER_TIMEOUT, listener.execute("SELECT 1")).await {
                Ok(answer) => {
                    answer.doing("asking the listening connection for a sign of life")?;
                }
                Err(_) => return Err(Error::internal("the listening connection has died silently")),
            },
        }
    }
}
