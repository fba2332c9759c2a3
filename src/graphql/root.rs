//! The roots of queries and of changes, each put together from its parts: a file for what everybody works with, one for what
//! is asked about collection, one for what admins do.

use async_graphql::MergedObject;

use super::{
    administration::{AdministrationMutation, AdministrationQuery},
    collection_query::CollectionQuery,
    mutation::WorkMutation,
    query::WorkQuery,
};

/// Everything that can be asked.
#[derive(Debug, MergedObject)]
pub struct Query(WorkQuery, CollectionQuery, AdministrationQuery);

impl Query {
    /// The root.
    pub const ROOT: Self = Self(WorkQuery, CollectionQuery, AdministrationQuery);
}

/// Everything that can be changed.
#[derive(Debug, MergedObject)]
pub struct Mutation(WorkMutation, AdministrationMutation);

impl Mutation {
    /// The root.
    pub const ROOT: Self = Self(WorkMutation, AdministrationMutation);
}
