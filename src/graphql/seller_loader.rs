//! Data loaders of the history of sellers: what the sellers or events of a page need of it, in one statement for the page.
//!
//! Keys of the request's [`Loader`]; what a reader would get wrong there is wrong here.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader;
use uuid::Uuid;

use super::loader::{Loader, Shared, paged};
use crate::{
    error::Error,
    page::{Page, PageRequest},
    sellers::{self, Seller, SellerEvent, SellerEventItem},
};

/// A seller by its id, even if it has been deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EverKey(pub Uuid);

/// An event by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventKey(pub Uuid);

/// A page of the sellers of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ItemsKey(pub Uuid, pub PageRequest);

/// A page of the events of a seller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventsOfKey(pub Uuid, pub PageRequest);

/// How many events a seller has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventCountKey(pub Uuid);

impl dataloader::Loader<EverKey> for Loader {
    type Value = Seller;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EverKey]) -> Shared<HashMap<EverKey, Seller>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = sellers::find_ever(&self.app, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (EverKey(row.id), row)).collect())
    }
}

impl dataloader::Loader<EventKey> for Loader {
    type Value = SellerEvent;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EventKey]) -> Shared<HashMap<EventKey, SellerEvent>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = sellers::find_events(&self.app, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (EventKey(row.id), row)).collect())
    }
}

impl dataloader::Loader<ItemsKey> for Loader {
    type Value = Shared<Page<SellerEventItem>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ItemsKey]) -> Shared<HashMap<ItemsKey, Self::Value>> {
        let read = async |ids: Vec<Uuid>, request| sellers::event_items(&self.app, &self.actor, &ids, &request).await;
        paged(keys, |key| (key.0, &key.1), read).await
    }
}

impl dataloader::Loader<EventsOfKey> for Loader {
    type Value = Shared<Page<SellerEventItem>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EventsOfKey]) -> Shared<HashMap<EventsOfKey, Self::Value>> {
        let read = async |ids: Vec<Uuid>, request| sellers::events_of(&self.app, &self.actor, &ids, &request).await;
        paged(keys, |key| (key.0, &key.1), read).await
    }
}

impl dataloader::Loader<EventCountKey> for Loader {
    type Value = u64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[EventCountKey]) -> Shared<HashMap<EventCountKey, u64>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let counts = sellers::count_events_of(&self.app, &self.actor, &ids).await?;
        Ok(counts.into_iter().map(|(id, count)| (EventCountKey(id), count)).collect())
    }
}
