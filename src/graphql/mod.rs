//! The schema clients call: what it offers, and the limits every request passes first.
//!
//! One file per noun, of the same name as its domain module. Not here: rules, permissions, SQL (the domain) and HTTP
//! (`http/graphql.rs`). What a reader would get wrong: the library's own limits come too late to protect the process;
//! `limits` looks at the parsed document before the library does.

mod account;
mod batch;
mod connection;
pub mod error;
mod export;
pub mod limits;
mod loader;
mod node;
mod nulls;
mod query;
mod record;
mod scalar;
mod seller;
mod shape;
mod viewer;

use std::{sync::LazyLock, time::Duration};

use async_graphql::{EmptyMutation, EmptySubscription, Request, Response, dataloader::DataLoader};

use self::{batch::Loads, loader::Loader, nulls::Declared, shape::Shape};
use crate::{app::App, auth::Actor, error::Error};

/// The schema with everything it needs.
pub type Schema = async_graphql::Schema<query::Query, EmptyMutation, EmptySubscription>;

/// Builds the schema. What belongs to one request comes with [`execute`].
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

/// Answers a request. `actor` is none when no credentials were sent: the schema can be read, and every field that needs a
/// person answers `UNAUTHENTICATED`.
pub async fn execute(schema: &Schema, mut request: Request, app: &App, actor: Option<Actor>) -> Response {
    let shape = Shape::of(&mut request);
    let mut response = run(schema, request.data(app.clone()), app, actor).await;
    finish(&mut response, &shape);
    response
}

/// Gives a response the form of what was asked for: nulls where something failed, and the order of the query.
fn finish(response: &mut Response, shape: &Shape) {
    nulls::spread(response, shape, declared);
    shape.order(&mut response.data);
}

/// The types of our fields, read when something first fails.
fn declared() -> &'static Declared {
    static DECLARED: LazyLock<Declared> = LazyLock::new(|| {
        Declared::of(&sdl()).unwrap_or_else(|error| {
            Error::caused("reading our own schema", error).log();
            Declared::default()
        })
    });
    &DECLARED
}

async fn run(schema: &Schema, request: Request, app: &App, actor: Option<Actor>) -> Response {
    let Some(actor) = actor else {
        return schema.execute(request).await;
    };
    let loads = Loads::default();
    let asked = loads.clone();
    let loader = DataLoader::new(Loader::new(app.clone(), actor.clone()), move |load| asked.push(load));
    batch::run(schema.execute(request.data(loader.delay(Duration::ZERO)).data(actor)), loads).await
}

/// The handles of the request.
fn app<'ctx>(ctx: &async_graphql::Context<'ctx>) -> Result<&'ctx App, Error> {
    ctx.data_opt::<App>().ok_or_else(|| Error::internal("every request has its app"))
}

/// The actor of the request.
fn actor<'ctx>(ctx: &async_graphql::Context<'ctx>) -> Result<&'ctx Actor, Error> {
    ctx.data_opt::<Actor>().ok_or_else(Error::unauthenticated)
}
