//! `sellerbook account add`: adds an account, one eBay store.

use clap::Subcommand;

use super::{database, failure::Failure, say, settings::Settings};
use crate::{
    accounts::{self, NewAccount},
    id::IdKind,
};

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Add an account; prints its id
    Add {
        /// Slug of the organisation
        #[arg(long)]
        org: String,
        /// Short code, unique in the organisation
        #[arg(long)]
        code: String,
        /// Name shown to people
        #[arg(long)]
        name: Option<String>,
    },
}

impl AccountCommand {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let Self::Add { org, code, name } = self;
        let app = database::open(settings).await?;
        let actor = database::operator(&app, &org).await?;
        let account = accounts::create(&app, &actor, NewAccount { code, name, owner_id: None }).await?;
        say(IdKind::Account.show(account.id))
    }
}
