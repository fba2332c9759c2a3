//! The handles an operation needs: database, clock, configuration and the keys tokens are checked with. No more.

use std::sync::Arc;

use crate::{auth::JwtKeys, clock::Clock, config::Config, db::Db, error::Result};

/// Handed to every operation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The configuration, validated.
    pub config: Arc<Config>,
    /// What JWTs are checked with.
    pub jwt: Arc<JwtKeys>,
}

impl App {
    /// Connects to the database that `config` names; does not migrate it.
    ///
    /// # Errors
    /// When the database does not answer or a key of the configuration cannot be used.
    pub async fn connect(config: Config) -> Result<Self> {
        let db = Db::connect(&config.database_url, config.pool_sizes()).await?;
        let jwt = JwtKeys::from_config(&config)?;
        Ok(Self { db, clock: Clock::system(), config: Arc::new(config), jwt: Arc::new(jwt) })
    }
}
