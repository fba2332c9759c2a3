//! `sellerbook sources check`: which sources collection runs ask, and whether their credentials work.
//!
//! What a reader would get wrong: no database is needed, and nothing is spent: each provider is asked by a call that it
//! does not bill.

use clap::Subcommand;

use super::{failure::Failure, say, settings::Settings};
use crate::sources::{Fault, Provider, Sources};

#[derive(Debug, Subcommand)]
pub(super) enum SourcesCommand {
    /// Say which sources are configured, and whether their credentials work; 1 when one does not
    Check,
}

impl SourcesCommand {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let Self::Check = self;
        let sources = Sources::from_config(&settings.load()?)?;
        let categories = sources.categories.all().count();
        say(format_args!("categories    {categories} in {} departments", sources.categories.departments().len()))?;
        let (best_sellers, listings) = (&sources.best_sellers, &sources.listings);
        let is_good = [
            report("best sellers", best_sellers.provider(), &best_sellers.check().await)?,
            report("listings", listings.provider(), &listings.check().await)?,
        ];
        if is_good == [true, true] {
            return Ok(());
        }
        Err(Failure::new("a source does not answer as configured; see above"))
    }
}

fn report(what: &str, provider: Provider, checked: &Result<(), Fault>) -> Result<bool, Failure> {
    let name = provider.name().to_lowercase();
    let finding = match checked {
        Ok(()) if provider == Provider::Catalogue => "ok, inside the product".to_owned(),
        Ok(()) => "ok".to_owned(),
        Err(fault) => format!("{}: {}", fault.kind.code(), fault.message),
    };
    say(format_args!("{what:<12}  {name:<10}  {finding}"))?;
    Ok(checked.is_ok())
}
