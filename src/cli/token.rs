//! `sellerbook token create`: makes an API token. It is shown this once; the database keeps its hash.

use chrono::TimeDelta;
use clap::Subcommand;

use super::{database, failure::Failure, say, settings::Settings};
use crate::members;

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token that acts as a member; prints the token alone
    Create {
        /// Slug of the organisation
        #[arg(long)]
        org: String,
        /// The member's e-mail address
        #[arg(long)]
        email: String,
        /// What people call it
        #[arg(long)]
        name: Option<String>,
        /// Days until it stops working; never by default
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        expires_in_days: Option<u32>,
    },
}

impl Token {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let Self::Create { org, email, name, expires_in_days } = self;
        let app = database::open(settings).await?;
        let actor = database::operator(&app, &org).await?;
        let expires_in = expires_in_days.map(|days| TimeDelta::days(days.into()));
        let token = members::create_token(&app, &actor, &email, name, expires_in).await?;
        say(token.secret)
    }
}
