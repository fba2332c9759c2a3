//! The product through the doors its users have: GraphQL, downloads and commands, against real databases.

#![expect(missing_docs, reason = "tests are read by their names")]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; what the lints allow in tests they do not see in their helpers"
)]

mod administration;
mod app;
mod auth;
mod bad_input;
mod collect;
mod collection;
mod collection_api;
mod cron_preview;
mod export_jobs;
mod exports_by_run;
mod files;
mod filters;
mod fires;
mod import_api;
mod imports_engine;
mod jobs;
mod layers;
mod links;
mod lists;
mod log;
mod marketplace;
mod migrations;
mod money;
mod notifications;
mod paging;
#[cfg(feature = "parquet")]
mod parquet;
mod partial;
mod permissions;
mod process;
mod record_editing;
mod schedule_api;
mod schedules_command;
mod schema;
mod seed;
mod seed_runs;
mod seed_schedules;
mod seller_editing;
mod seller_history;
mod sessions;
mod sheets;
mod sightings;
mod snapshot;
mod socket;
mod sources;
mod sse;
mod statements;
mod storage;
mod template;
mod wire;

pub use app::{Backend, TestApp};
