//! What every command does before its own work: connects, and makes sure that the schema is the one it knows.

use super::{failure::Failure, settings::Settings};
use crate::{
    app::App,
    auth::{self, Actor},
    config::Config,
    error::{Error, Result},
};

/// Connects as the settings say, to a database that is up to date.
pub(super) async fn open(settings: Settings) -> Result<App, Failure> {
    Ok(connect(settings.load()?).await?)
}

/// Connects to a database that is up to date. SQLite has one user, us, and is migrated unasked; on PostgreSQL others may
/// be at work, so somebody decides when.
pub(super) async fn connect(config: Config) -> Result<App> {
    let app = App::connect(config).await?;
    if app.db.is_sqlite() {
        app.db.migrate().await?;
        return Ok(app);
    }
    match app.db.pending_migrations().await? {
        0 => Ok(app),
        behind => Err(Error::bad_input(
            "DATABASE_BEHIND",
            format!("the database is {behind} migrations behind this version; run `sellerbook migrate`"),
        )),
    }
}

/// The operator of this process, in the organisation with this slug.
pub(super) async fn operator(app: &App, slug: &str) -> Result<Actor, Failure> {
    match auth::operator(app, slug).await {
        Err(Error::BadInput { code: "ORGANISATION_UNKNOWN", .. }) => Err(Failure::new(format!(
            "there is no organisation `{slug}`; make it with `sellerbook org create --slug {slug} --name NAME`"
        ))),
        actor => Ok(actor?),
    }
}
