//! Data loaders of administration: what the members or events of a page need from other tables, in one statement for the
//! page.
//!
//! Keys of the request's [`Loader`]; what a reader would get wrong there is wrong here.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader;
use uuid::Uuid;

use super::{
    loader::{Loader, Shared, paged},
    node::{self, Node},
};
use crate::{
    accounts::Account,
    error::Error,
    id::Id,
    members::{self, AccessProfile, ApiToken},
    page::{Page, PageRequest},
};

/// The access profiles of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemberProfilesKey(pub Uuid);

/// A page of the accounts of a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberAccountsKey(pub Uuid, pub PageRequest);

/// How many accounts a member has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemberAccountCountKey(pub Uuid);

/// A page of the API tokens of a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberTokensKey(pub Uuid, pub PageRequest);

/// How many API tokens a member has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemberTokenCountKey(pub Uuid);

/// What an event was done to, as far as it is there and may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubjectKey(pub Id);

impl dataloader::Loader<MemberProfilesKey> for Loader {
    type Value = Vec<AccessProfile>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MemberProfilesKey]) -> Shared<HashMap<MemberProfilesKey, Vec<AccessProfile>>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let held = members::profiles(&self.app, &self.actor, &ids).await?;
        Ok(held.into_iter().map(|(id, profiles)| (MemberProfilesKey(id), profiles)).collect())
    }
}

impl dataloader::Loader<MemberAccountsKey> for Loader {
    type Value = Shared<Page<Account>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MemberAccountsKey]) -> Shared<HashMap<MemberAccountsKey, Self::Value>> {
        let read = async |ids: Vec<Uuid>, request| members::accounts(&self.app, &self.actor, &ids, &request).await;
        paged(keys, |key| (key.0, &key.1), read).await
    }
}

impl dataloader::Loader<MemberAccountCountKey> for Loader {
    type Value = u64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MemberAccountCountKey]) -> Shared<HashMap<MemberAccountCountKey, u64>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let counts = members::count_accounts(&self.app, &self.actor, &ids).await?;
        Ok(counts.into_iter().map(|(id, count)| (MemberAccountCountKey(id), count)).collect())
    }
}

impl dataloader::Loader<MemberTokensKey> for Loader {
    type Value = Shared<Page<ApiToken>>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MemberTokensKey]) -> Shared<HashMap<MemberTokensKey, Self::Value>> {
        let read = async |ids: Vec<Uuid>, request| members::tokens(&self.app, &self.actor, &ids, &request).await;
        paged(keys, |key| (key.0, &key.1), read).await
    }
}

impl dataloader::Loader<MemberTokenCountKey> for Loader {
    type Value = u64;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MemberTokenCountKey]) -> Shared<HashMap<MemberTokenCountKey, u64>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let counts = members::count_tokens_of(&self.app, &self.actor, &ids).await?;
        Ok(counts.into_iter().map(|(id, count)| (MemberTokenCountKey(id), count)).collect())
    }
}

impl dataloader::Loader<SubjectKey> for Loader {
    type Value = Node;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[SubjectKey]) -> Shared<HashMap<SubjectKey, Node>> {
        let ids: Vec<Id> = keys.iter().map(|key| key.0).collect();
        let found = node::find_seen(&self.app, &self.actor, &ids).await?;
        Ok(found.into_iter().map(|(id, node)| (SubjectKey(id), node)).collect())
    }
}
