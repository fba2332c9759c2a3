//! `sellerbook migrate`: brings the database up to date.

use clap::Args;

use super::{failure::Failure, say, settings::Settings};
use crate::app::App;

#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Only tell how far behind it is
    #[arg(long)]
    status: bool,
}

impl Migrate {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let app = App::connect(settings.load()?).await?;
        let pending = app.db.pending_migrations().await?;
        if self.status {
            return say(match pending {
                0 => "up to date".to_owned(),
                pending => format!("{pending} migrations behind; run `sellerbook migrate`"),
            });
        }
        app.db.migrate().await?;
        say(match pending {
            0 => "up to date".to_owned(),
            1 => "up to date: 1 migration was applied".to_owned(),
            applied => format!("up to date: {applied} migrations were applied"),
        })
    }
}
