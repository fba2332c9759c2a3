//! sellerbook: marketplace sellers, order records, and both as files of any size.
//!
//! # The map
//!
//! Layers, downhill only (`tests/it/layers.rs` holds the table):
//!
//! - **process**: `main`, `cli`, [`serve`]
//! - **transport**: [`http`] → [`graphql`]. They call operations and check nothing themselves.
//! - **domain**: [`organisations`], [`members`], [`accounts`], [`sellers`], [`records`], [`exports`]. Every operation takes
//!   an [`auth::Actor`] and begins with `require`, the only maker of the [`auth::Scope`] that queries are built from.
//! - **kernel**: [`app`], [`auth`], [`page`], [`condition`], [`id`]
//! - **ground**: [`db`], [`clock`], [`error`], [`config`], [`text`]
//! - `entity`: table shapes; `migration`: the history of the schema.
//!
//! # One download
//!
//! `GET /export/records/csv` → `http/download.rs` → [`exports::stream`]: `require`; columns checked against what the actor
//! may read; the query of the list (same filter, same order) → [`db::Db::snapshot`] on a blocking thread: rusqlite in one
//! read transaction, or PostgreSQL's binary `COPY` → an encoder (CSV, JSON, XLSX …) writes bytes into chunks → the spool
//! (memory, then a temporary file) → the response. The database is read at its own speed, the client takes at its own.
//!
//! # One list
//!
//! `POST /graphql` → `http/graphql` (media types, credentials) → [`graphql::limits`] on the parsed document → a resolver →
//! [`records::list`]: `require`, the filter, one keyset page ([`page`]) → edges. What rows need from other tables comes
//! through data loaders, one statement a page. What failed becomes null where the schema allows it (`graphql/nulls`), and
//! fields come in the order of the query (`graphql/shape`).
//!
//! # How to add a noun
//!
//! A migration; an entity; a domain file with its operations and one `visible(&Scope)` that every query starts from; a
//! file of the same name in `graphql`; a field in `graphql/query.rs`; a row in `tests/it/permissions.rs`.

pub mod accounts;
pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod condition;
pub mod config;
pub mod csv_file;
pub mod db;
pub mod error;
pub mod exports;
pub mod graphql;
pub mod http;
pub mod id;
pub mod members;
pub mod organisations;
pub mod page;
pub mod records;
pub mod sellers;
pub mod serve;
pub mod text;
