//! The product through the doors its users have: GraphQL, downloads and commands, against real databases.

#![expect(missing_docs, reason = "tests are read by their names")]

mod app;
mod filters;
mod lists;
mod money;
mod paging;
mod schema;
mod seed;
mod statements;

pub use app::{Backend, TestApp};
