//! The schema clients call: what it offers, and the limits every request passes first.
//!
//! One file per noun, of the same name as its domain module. Not here: rules, permissions, SQL (the domain) and HTTP
//! (`http/graphql.rs`). What a reader would get wrong: the library's own limits come too late to protect the process;
//! `limits` looks at the parsed document before the library does.

mod access_profile;
mod access_profile_change;
mod account;
mod account_change;
mod administration;
mod administration_loader;
mod api_token;
mod api_token_change;
mod audit_action;
mod audit_event;
mod batch;
mod change;
mod collection_change;
mod collection_estimate;
mod collection_event;
mod collection_loader;
mod collection_part;
mod collection_query;
mod collection_run;
mod collection_settings;
mod connection;
mod cron_preview;
mod department;
pub mod error;
mod event;
mod export;
mod export_change;
mod export_job;
mod export_log;
mod import;
mod import_change;
mod import_edit;
mod import_file;
mod import_loader;
mod import_reading;
pub mod limits;
mod loader;
mod member;
mod member_change;
mod mutation;
mod node;
mod notification;
mod nulls;
mod preset;
mod preset_change;
mod query;
mod record;
mod record_change;
mod record_deletion;
mod record_event;
mod record_loader;
mod root;
mod root_field;
mod scalar;
mod schedule;
mod schedule_change;
mod schedule_fire;
mod schedule_loader;
mod scheduled_export;
mod schema;
mod seller;
mod seller_change;
mod seller_diff;
mod seller_event;
mod seller_loader;
mod seller_moment;
mod seller_watch;
mod shape;
mod sighting;
mod subscription;
mod upload;
mod user_error;
mod viewer;

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_graphql::{Request, Response, dataloader::DataLoader};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};

use self::{batch::Loads, loader::Loader, nulls::Declared, shape::Shape};
use crate::{
    app::App,
    auth::{Actor, Session},
    error::Error,
};

pub use event::{Event, Numbers, Resume};
pub use root_field::root_field;
pub use schema::{Delivery, Schema};
pub use upload::{UploadedFile, Uploads};

type OwnSchema = async_graphql::Schema<root::Query, root::Mutation, subscription::Subscription>;

fn own_schema() -> OwnSchema {
    OwnSchema::build(root::Query::ROOT, root::Mutation::ROOT, subscription::Subscription)
        // A second line only: `limits` has looked before.
        .register_output_type::<user_error::UserError>()
        .limit_recursive_depth(limits::LIBRARY_DEPTH)
        .finish()
}

/// Builds the schema. What belongs to one request comes with [`execute`] and [`subscribe`].
#[must_use]
pub fn schema() -> Schema {
    Schema::new(own_schema(), subscription::DELIVERIES)
}

/// The schema in GraphQL's own language, as `sellerbook schema` prints it.
#[must_use]
pub fn sdl() -> String {
    own_schema().sdl()
}

/// Answers a request. `actor` is none when no credentials were sent: the schema can be read, and every field that needs a
/// person answers `UNAUTHENTICATED`.
pub async fn execute(schema: &Schema, mut request: Request, app: &App, actor: Option<Actor>) -> Response {
    let shape = Shape::of(&mut request);
    let loads = Loads::default();
    let request = equip(request, app, actor, &loads);
    let mut response = batch::run(schema.execute(request), loads).await;
    finish(&mut response, &shape);
    response
}

/// Answers a subscription: one response for each event, made when it is asked for and not before. `actor` is whom it
/// runs as from its beginning to its end; `session`, where they are connected from, tells its resolvers of a change.
pub fn subscribe(
    schema: &Schema,
    mut request: Request,
    app: &App,
    actor: Option<Arc<Actor>>,
    session: Option<Session>,
) -> BoxStream<'static, Event> {
    let (shape, loads, numbers) = (Shape::of(&mut request), Loads::default(), Numbers::default());
    let mut request = equip(request, app, actor.map(Arc::unwrap_or_clone), &loads).data(numbers.clone());
    if let Some(session) = session {
        request = request.data(session);
    }
    let events = schema.execute_stream(request);
    stream::unfold((events, loads, numbers, shape), async |(mut events, loads, numbers, shape)| {
        let mut response = batch::run(events.next(), loads.clone()).await?;
        finish(&mut response, &shape);
        let event = Event { response, number: numbers.take() };
        Some((event, (events, loads, numbers, shape)))
    })
    .boxed()
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

/// Puts into a request what its resolvers need.
fn equip(request: Request, app: &App, actor: Option<Actor>, loads: &Loads) -> Request {
    let request = request.data(app.clone());
    let Some(actor) = actor else {
        return request;
    };
    let loads = loads.clone();
    let loader = DataLoader::new(Loader::new(app.clone(), actor.clone()), move |load| loads.push(load));
    request.data(loader.delay(Duration::ZERO)).data(actor)
}

/// The handles of the request.
fn app<'ctx>(ctx: &async_graphql::Context<'ctx>) -> Result<&'ctx App, Error> {
    ctx.data_opt::<App>().ok_or_else(|| Error::internal("every request has its app"))
}

/// The actor of the request.
fn actor<'ctx>(ctx: &async_graphql::Context<'ctx>) -> Result<&'ctx Actor, Error> {
    ctx.data_opt::<Actor>().ok_or_else(Error::unauthenticated)
}
