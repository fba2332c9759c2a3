//! `sellerbook import`: reads records or sellers from a CSV file.

use clap::Subcommand;

use super::{failure::Failure, settings::Settings};

#[derive(Debug, Subcommand)]
pub(super) enum Import {}

impl Import {
    pub(super) async fn run(self, _settings: Settings) -> Result<(), Failure> {
        match self {}
    }
}
