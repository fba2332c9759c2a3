//! The schema clients call: what it offers, and the limits every request passes first.
//!
//! One file per noun, of the same name as its domain module. Not here: rules, permissions, SQL (the domain) and HTTP
//! (`http/graphql.rs`). What a reader would get wrong: the library's own limits come too late to protect the process;
//! `limits` looks at the parsed document before the library does.

mod account;
mod connection;
pub mod error;
mod export;
pub mod limits;
mod loader;
mod node;
mod query;
mod record;
mod scalar;
mod seller;
mod viewer;

use async_graphql::{EmptyMutation, EmptySubscription, dataloader::DataLoader};

use self::loader::Loader;
use crate::{app::App, auth::Actor, error::Error};

/// The schema with everything it needs.
pub type Schema = async_graphql::Schema<query::Query, EmptyMutation, EmptySubscription>;

/// Builds the schema. Each request brings its own [`App`]-bound data with [`prepare`].
#[must_use]
pub fn schema() -> Schema {
    Schema::build(query::Query, EmptyMutation, EmptySubscription)
        // A second line only: `limits` has looked before.
        .limit_recursive_depth(limits::LIBRARY_DEPTH)
        .finish()
}

/// The schema in GraphQL's own language, as `sellerbook schema` prints it.
#[must_use]
pub fn sdl() -> String {
    schema().sdl()
}

/// Gives a request what its resolvers need. `actor` is none when no credentials were sent: the schema can be read, and
/// every field that needs a person answers `UNAUTHENTICATED`.
#[must_use]
pub fn prepare(request: async_graphql::Request, app: &App, actor: Option<Actor>) -> async_graphql::Request {
    let request = request.data(app.clone());
    match actor {
        None => request,
        Some(actor) => {
            let loader = DataLoader::new(Loader::new(app.clone(), actor.clone()), tokio::spawn);
            request.data(loader).data(actor)
        }
    }
}

/// The handles of the request.
fn app<'ctx>(ctx: &async_graphql::Context<'ctx>) -> Result<&'ctx App, Error> {
    ctx.data_opt::<App>().ok_or_else(|| Error::internal("every request is prepared"))
}

/// The actor of the request.
fn actor<'ctx>(ctx: &async_graphql::Context<'ctx>) -> Result<&'ctx Actor, Error> {
    ctx.data_opt::<Actor>().ok_or_else(Error::unauthenticated)
}
