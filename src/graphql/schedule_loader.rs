//! Data loaders of schedules: what the schedules or fires of a page need from other tables, in one statement for the page.
//!
//! Keys of the request's [`Loader`]; what a reader would get wrong there is wrong here.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader;
use uuid::Uuid;

use super::loader::{Loader, Shared, paged};
use crate::{
    error::Error,
    exports::{self, ExportJob},
    notifications::{self, Notification},
    page::{Page, PageRequest},
    schedules::{self, Schedule, ScheduleFire},
};

/// A schedule by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScheduleKey(pub Uuid);

/// An export job by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExportKey(pub Uuid);

/// A page of the fires of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FiresKey(pub Uuid, pub PageRequest);

/// How many fires a schedule has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FireCountKey(pub Uuid);

/// A page of what was told about a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NotificationsKey(pub Uuid, pub PageRequest);

/// How much was told about a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotificationCountKey(pub Uuid);

impl dataloader::Loader<ScheduleKey> for Loader {
    type Value = Schedule;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ScheduleKey]) -> Shared<HashMap<ScheduleKey, Schedule>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = schedules::find_many(&self.app, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (ScheduleKey(row.id), row)).collect())
    }
}

impl dataloader::Loader<ExportKey> for Loader {
    type Value = ExportJob;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ExportKey]) -> Shared<HashMap<ExportKey, ExportJob>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = exports::find_many(&self.app, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (ExportKey(row.id), row)).collect())
    }
}

impl dataloader::Loader<FiresKey> for Loader {
    type Value = Shared<Page<ScheduleFire>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[FiresKey]) -> Shared<HashMap<FiresKey, Self::Value>> {
        let read = async |ids: Vec<Uuid>, request| schedules::fires(&self.app, &self.actor, &ids, &request).await;
        paged(keys, |key| (key.0, &key.1), read).await
    }
}

impl dataloader::Loader<FireCountKey> for Loader {
    type Value = u64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[FireCountKey]) -> Shared<HashMap<FireCountKey, u64>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let counts = schedules::count_fires(&self.app, &self.actor, &ids).await?;
        Ok(counts.into_iter().map(|(id, count)| (FireCountKey(id), count)).collect())
    }
}

impl dataloader::Loader<NotificationsKey> for Loader {
    type Value = Shared<Page<Notification>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[NotificationsKey]) -> Shared<HashMap<NotificationsKey, Self::Value>> {
        let read = async |ids: Vec<Uuid>, request| notifications::list(&self.app, &self.actor, &ids, &request).await;
        paged(keys, |key| (key.0, &key.1), read).await
    }
}

impl dataloader::Loader<NotificationCountKey> for Loader {
    type Value = u64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[NotificationCountKey]) -> Shared<HashMap<NotificationCountKey, u64>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let counts = notifications::count(&self.app, &self.actor, &ids).await?;
        Ok(counts.into_iter().map(|(id, count)| (NotificationCountKey(id), count)).collect())
    }
}
