//! Data loaders of the history of records: what the records or events of a page need, in one statement for the page.
//!
//! Keys of the request's [`Loader`]; what a reader would get wrong there is wrong here.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader;
use uuid::Uuid;

use super::loader::{Loader, Shared, paged};
use crate::{
    error::Error,
    page::{Page, PageRequest},
    records::{self, FieldChange, Record, RecordEvent, Version},
};

/// A record by its id, deleted or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KnownRecordKey(pub Uuid);

/// A page of the events of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventsKey(pub Uuid, pub PageRequest);

/// How many events a record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventCountKey(pub Uuid);

/// What the event that made this version changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChangesKey(pub Version);

impl dataloader::Loader<KnownRecordKey> for Loader {
    type Value = Record;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[KnownRecordKey]) -> Shared<HashMap<KnownRecordKey, Record>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = records::find_known(&self.app, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (KnownRecordKey(row.id), row)).collect())
    }
}

impl dataloader::Loader<EventsKey> for Loader {
    type Value = Shared<Page<RecordEvent>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EventsKey]) -> Shared<HashMap<EventsKey, Self::Value>> {
        let read = async |ids: Vec<Uuid>, request| records::events_each(&self.app, &self.actor, &ids, &request).await;
        paged(keys, |key| (key.0, &key.1), read).await
    }
}

impl dataloader::Loader<EventCountKey> for Loader {
    type Value = u64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EventCountKey]) -> Shared<HashMap<EventCountKey, u64>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let counts = records::count_events(&self.app, &self.actor, &ids).await?;
        Ok(counts.into_iter().map(|(id, count)| (EventCountKey(id), count)).collect())
    }
}

impl dataloader::Loader<ChangesKey> for Loader {
    type Value = Vec<FieldChange>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ChangesKey]) -> Shared<HashMap<ChangesKey, Vec<FieldChange>>> {
        let versions: Vec<Version> = keys.iter().map(|key| key.0).collect();
        let changes = records::changes(&self.app, &self.actor, &versions).await?;
        Ok(changes.into_iter().map(|(version, changes)| (ChangesKey(version), changes)).collect())
    }
}
