//! Data loaders of runs: what the runs of a page need from other tables, in one statement for the page.
//!
//! Keys of the request's [`Loader`]; what a reader would get wrong there is wrong here.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader;
use uuid::Uuid;

use super::loader::{Loader, Shared, paged};
use crate::{
    collection::{self, CategoryResult, CollectionEvent, CollectionItem, CollectionRun, CollectionWorker, Preset},
    error::Error,
    page::{Page, PageRequest},
    sellers::{self, Seller},
};

/// A run by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunKey(pub Uuid);

/// A preset by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PresetKey(pub Uuid);

/// A seller by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SellerKey(pub Uuid);

/// The workers of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkersKey(pub Uuid);

/// What the categories of a run brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResultsKey(pub Uuid);

/// A page of what failed in a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FailuresKey(pub Uuid, pub PageRequest);

/// A page of what happened in a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventsKey(pub Uuid, pub PageRequest);

impl dataloader::Loader<RunKey> for Loader {
    type Value = CollectionRun;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[RunKey]) -> Shared<HashMap<RunKey, CollectionRun>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = collection::find_many(&self.app, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (RunKey(row.id), row)).collect())
    }
}

impl dataloader::Loader<PresetKey> for Loader {
    type Value = Preset;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[PresetKey]) -> Shared<HashMap<PresetKey, Preset>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let presets = collection::find_presets(&self.app, &self.actor, &ids).await?;
        Ok(presets.into_iter().map(|preset| (PresetKey(preset.id), preset)).collect())
    }
}

impl dataloader::Loader<SellerKey> for Loader {
    type Value = Seller;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[SellerKey]) -> Shared<HashMap<SellerKey, Seller>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = sellers::find_many(&self.app, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (SellerKey(row.id), row)).collect())
    }
}

impl dataloader::Loader<WorkersKey> for Loader {
    type Value = Vec<CollectionWorker>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[WorkersKey]) -> Shared<HashMap<WorkersKey, Self::Value>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let workers = collection::workers(&self.app, &self.actor, &ids).await?;
        Ok(workers.into_iter().map(|(id, workers)| (WorkersKey(id), workers)).collect())
    }
}

impl dataloader::Loader<ResultsKey> for Loader {
    type Value = HashMap<String, CategoryResult>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ResultsKey]) -> Shared<HashMap<ResultsKey, Self::Value>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let results = collection::category_results(&self.app, &self.actor, &ids).await?;
        Ok(results.into_iter().map(|(id, results)| (ResultsKey(id), results)).collect())
    }
}

impl dataloader::Loader<FailuresKey> for Loader {
    type Value = Shared<Page<CollectionItem>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[FailuresKey]) -> Shared<HashMap<FailuresKey, Self::Value>> {
        let read = async |ids: Vec<Uuid>, request| collection::failures(&self.app, &self.actor, &ids, &request).await;
        paged(keys, |key| (key.0, &key.1), read).await
    }
}

impl dataloader::Loader<EventsKey> for Loader {
    type Value = Shared<Page<CollectionEvent>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EventsKey]) -> Shared<HashMap<EventsKey, Self::Value>> {
        let read = async |ids: Vec<Uuid>, request| collection::events(&self.app, &self.actor, &ids, &request).await;
        paged(keys, |key| (key.0, &key.1), read).await
    }
}
