//! `sellerbook org create`: adds an organisation.

use clap::Subcommand;

use super::{database, failure::Failure, say, settings::Settings};
use crate::{id::IdKind, organisations};

#[derive(Debug, Subcommand)]
pub(super) enum Org {
    /// Add an organisation; prints its id
    Create {
        /// Short name for headers and commands: lower-case letters, digits, hyphens
        #[arg(long)]
        slug: String,
        /// Name shown to people
        #[arg(long)]
        name: String,
    },
}

impl Org {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let Self::Create { slug, name } = self;
        let app = database::open(settings).await?;
        let organisation = organisations::create(&app, &slug, &name).await?;
        say(IdKind::Organisation.show(organisation.id))
    }
}
