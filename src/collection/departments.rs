//! What can be collected, as the sources of this process have it, and how it is called.

use super::CollectionRun;
use crate::{
    app::App,
    auth::{Actor, Permission},
    error::Result,
    sources::Department,
};

/// The departments with their categories, in their order.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub fn departments<'a>(app: &'a App, actor: &Actor) -> Result<&'a [Department]> {
    actor.require(Permission::ReadSellers)?;
    Ok(app.sources.categories.departments())
}

/// What people call a category; its id when the file of categories no longer has it.
#[must_use]
pub fn category_name(app: &App, id: &str) -> String {
    app.sources.categories.find(id).map_or_else(|| id.to_owned(), |category| category.name.clone())
}

/// Ids of the categories of a run, in the order they were chosen in.
#[must_use]
pub fn category_ids(run: &CollectionRun) -> Vec<String> {
    serde_json::from_str(&run.category_ids).unwrap_or_default()
}
