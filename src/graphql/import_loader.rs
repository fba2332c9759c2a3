//! The data loader of imports: what the events of a page need, in one statement for the page.
//!
//! Keys of the request's [`Loader`]. What a reader would get wrong: a history is read by more people than may import, so an
//! import that one may not see is none rather than a refusal.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader;
use uuid::Uuid;

use super::loader::{Loader, Shared};
use crate::{
    error::Error,
    imports::{self, Import},
};

/// An import by its id, as far as it may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImportKey(pub Uuid);

impl dataloader::Loader<ImportKey> for Loader {
    type Value = Import;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ImportKey]) -> Shared<HashMap<ImportKey, Import>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = match imports::find_many(&self.app, &self.actor, &ids).await {
            Err(Error::Forbidden { .. }) => Vec::new(),
            rows => rows?,
        };
        Ok(rows.into_iter().map(|row| (ImportKey(row.id), row)).collect())
    }
}
