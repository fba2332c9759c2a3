//! The collection runs of a demonstration: one that has ended, and one that goes on while people look.
//!
//! What a reader would get wrong: only the marketplace inside the product is asked. Where another one is configured, nothing
//! is started: it would cost real money.

use crate::{
    app::App,
    auth::Actor,
    collection::{self, CollectionRunFilter, NewRun},
    config::Config,
    error::Result,
    jobs::Lane,
    sources::{Provider, Sources},
    work,
};

/// Categories of the run that has ended.
const DONE: [&str; 3] = ["appliances-cooktops", "appliances-dishwashers", "appliances-freezers"];

/// Makes the runs, unless there are any.
pub(super) async fn make(app: &App, actor: &Actor) -> Result<()> {
    let is_inside = app.sources.best_sellers.provider() == Provider::Catalogue
        && app.sources.listings.provider() == Provider::Catalogue;
    if !is_inside || collection::count(app, actor, &CollectionRunFilter::default()).await? > 0 {
        return Ok(());
    }
    let categories = |ids: &mut dyn Iterator<Item = String>| Some(ids.collect::<Vec<_>>());
    let done = NewRun {
        name: Some("Appliances, to begin with".to_owned()),
        category_ids: categories(&mut DONE.iter().map(|id| (*id).to_owned())),
        ..NewRun::default()
    };
    collection::start(app, actor, done).await?;
    let config = Config { catalogue_latency_ms: 0, ..Config::clone(&app.config) };
    let hurried = App { sources: Sources::from_config(&config)?, ..app.clone() };
    work::worker(&hurried).of(Lane::Long).work_off().await?;
    let rest = app.sources.categories.all().map(|category| category.id.clone());
    let going_on = NewRun {
        name: Some("All the rest".to_owned()),
        category_ids: categories(&mut rest.filter(|id| !DONE.contains(&id.as_str()))),
        ..NewRun::default()
    };
    collection::start(app, actor, going_on).await?;
    Ok(())
}
