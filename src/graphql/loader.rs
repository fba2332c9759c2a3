//! Data loaders: what every row of a page needs from another table, in one statement for the page.
//!
//! One loader a request, which asks as the request's actor. What a reader would get wrong: an error of a statement is
//! shared by every row that waited for it.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::dataloader;
use uuid::Uuid;

use crate::{
    accounts::{self, Account},
    app::App,
    auth::Actor,
    error::Error,
    exports,
    members::{self, Member},
    page::{Page, PageRequest},
    records::{self, Record, RecordFilter, RecordOrder, Remarks, Totals},
    sellers::{self, Sighting, SightingCount},
};

/// Loads as one actor.
#[derive(Debug)]
pub struct Loader {
    pub(super) app: App,
    pub(super) actor: Actor,
}

/// An account by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountKey(pub Uuid);

/// A member by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemberKey(pub Uuid);

/// The place in the line of an export job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PositionKey(pub Uuid);

/// The remarks of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RemarksKey(pub Uuid);

/// The names of a seller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NamesKey(pub Uuid);

/// The latest sightings of a seller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SightingsKey {
    /// The seller.
    pub seller_id: Uuid,
    /// How many.
    pub first: SightingCount,
}

/// A page of the records of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageKey {
    /// The account.
    pub account_id: Uuid,
    /// Filter and order.
    pub list: Arc<(RecordFilter, RecordOrder)>,
    /// Which page.
    pub request: PageRequest,
}

/// The sums of the records of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TotalsKey {
    /// The account.
    pub account_id: Uuid,
    /// Filter and order; the order does not matter.
    pub list: Arc<(RecordFilter, RecordOrder)>,
}

/// What a load answers: its failure is that of every row that waited for it.
pub(super) type Shared<T> = Result<T, Arc<Error>>;

impl Loader {
    /// A loader for one request.
    #[must_use]
    pub fn new(app: App, actor: Actor) -> Self {
        Self { app, actor }
    }
}

impl dataloader::Loader<AccountKey> for Loader {
    type Value = Account;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[AccountKey]) -> Shared<HashMap<AccountKey, Account>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = accounts::find_many(&self.app, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (AccountKey(row.id), row)).collect())
    }
}

impl dataloader::Loader<MemberKey> for Loader {
    type Value = Member;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MemberKey]) -> Shared<HashMap<MemberKey, Member>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = members::find_many(&self.app, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (MemberKey(row.id), row)).collect())
    }
}

impl dataloader::Loader<PositionKey> for Loader {
    type Value = u64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[PositionKey]) -> Shared<HashMap<PositionKey, u64>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let places = exports::positions(&self.app, &self.actor, &ids).await?;
        Ok(places.into_iter().map(|(id, place)| (PositionKey(id), place)).collect())
    }
}

impl dataloader::Loader<RemarksKey> for Loader {
    type Value = Remarks;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[RemarksKey]) -> Shared<HashMap<RemarksKey, Remarks>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = records::remarks(&self.app, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|(id, remarks)| (RemarksKey(id), remarks)).collect())
    }
}

impl dataloader::Loader<NamesKey> for Loader {
    type Value = Vec<String>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[NamesKey]) -> Shared<HashMap<NamesKey, Vec<String>>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let names = sellers::names(&self.app, &self.actor, &ids).await?;
        Ok(names.into_iter().map(|(id, names)| (NamesKey(id), names)).collect())
    }
}

impl dataloader::Loader<SightingsKey> for Loader {
    type Value = Vec<Sighting>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[SightingsKey]) -> Shared<HashMap<SightingsKey, Vec<Sighting>>> {
        let mut found = HashMap::new();
        for (first, keys) in grouped(keys, |key| key.first) {
            let ids: Vec<Uuid> = keys.iter().map(|key| key.seller_id).collect();
            let seen = sellers::sightings(&self.app, &self.actor, &ids, first).await?;
            found.extend(seen.into_iter().map(|(seller_id, seen)| (SightingsKey { seller_id, first }, seen)));
        }
        Ok(found)
    }
}

impl dataloader::Loader<PageKey> for Loader {
    type Value = Shared<Page<Record>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[PageKey]) -> Shared<HashMap<PageKey, Self::Value>> {
        let mut found = HashMap::new();
        for ((list, request), keys) in grouped(keys, |key| (Arc::clone(&key.list), key.request.clone())) {
            let ids: Vec<Uuid> = keys.iter().map(|key| key.account_id).collect();
            let (filter, order) = list.as_ref();
            let mut pages = records::list_each(&self.app, &self.actor, &ids, filter, *order, &request).await?;
            for key in keys {
                if let Some(page) = pages.remove(&key.account_id) {
                    found.insert(key, page.map_err(Arc::new));
                }
            }
        }
        Ok(found)
    }
}

impl dataloader::Loader<TotalsKey> for Loader {
    type Value = Totals;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[TotalsKey]) -> Shared<HashMap<TotalsKey, Totals>> {
        let mut found = HashMap::new();
        for (list, keys) in grouped(keys, |key| Arc::clone(&key.list)) {
            let ids: Vec<Uuid> = keys.iter().map(|key| key.account_id).collect();
            let sums = records::totals_each(&self.app, &self.actor, &ids, &list.0).await?;
            for key in keys {
                let totals = sums.get(&key.account_id).copied().unwrap_or_default();
                found.insert(key, totals);
            }
        }
        Ok(found)
    }
}

/// The keys that can share a statement, together.
pub(super) fn grouped<K: Clone, G: Hash + Eq>(keys: &[K], group_of: impl Fn(&K) -> G) -> HashMap<G, Vec<K>> {
    let mut groups: HashMap<G, Vec<K>> = HashMap::new();
    for key in keys {
        groups.entry(group_of(key)).or_default().push(key.clone());
    }
    groups
}

/// Pages of what belongs to several things: `read` is asked once for all things of which the same page is wanted.
pub(super) async fn paged<K, T, F>(
    keys: &[K],
    part: impl Fn(&K) -> (Uuid, &PageRequest),
    read: impl Fn(Vec<Uuid>, PageRequest) -> F,
) -> Shared<HashMap<K, Shared<Page<T>>>>
where
    K: Clone + Eq + Hash,
    F: Future<Output = Result<HashMap<Uuid, Result<Page<T>, Error>>, Error>>,
{
    let mut found = HashMap::new();
    for (request, keys) in grouped(keys, |key| part(key).1.clone()) {
        let ids = keys.iter().map(|key| part(key).0).collect();
        let mut pages = read(ids, request).await?;
        let taken = keys.into_iter().filter_map(|key| Some((pages.remove(&part(&key).0)?.map_err(Arc::new), key)));
        found.extend(taken.map(|(page, key)| (key, page)));
    }
    Ok(found)
}

/// For a list that was asked for and has no answer, which none lacks.
pub(super) fn unanswered() -> Error {
    Error::internal("every list asked for has an answer")
}
