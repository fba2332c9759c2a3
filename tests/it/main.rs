//! The product through the doors its users have: GraphQL, downloads and commands, against real databases.

#![expect(missing_docs, reason = "tests are read by their names")]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; what the lints allow in tests they do not see in their helpers"
)]

mod app;
mod auth;
mod bad_input;
mod files;
mod filters;
mod imports;
mod layers;
mod lists;
mod log;
mod migrations;
mod money;
mod paging;
mod partial;
mod permissions;
mod schema;
mod seed;
mod snapshot;
mod statements;

pub use app::{Backend, TestApp};
