//! sellerbook: marketplace sellers, order records, and both as files of any size.
//!
//! # The map
//!
//! Layers, downhill only (`tests/it/layers.rs` holds the table):
//!
//! - **process**: `main`, `cli`, [`serve`], [`work`]
//! - **transport**: [`http`] → [`graphql`]. They call operations and check nothing themselves.
//! - **domain**: [`organisations`], [`members`], [`accounts`], [`sellers`], [`records`], [`exports`], [`imports`],
//!   [`collection`], [`schedules`]. Every operation takes
//!   an [`auth::Actor`] and begins with `require`, the only maker of the [`auth::Scope`] that queries are built from.
//! - **kernel**: [`app`], [`auth`], [`jobs`], [`notifications`], [`progress`], [`sources`], [`page`], [`condition`], [`id`],
//!   [`sheet`]
//! - **ground**: [`db`], [`files`], [`background`], [`clock`], [`error`], [`config`], [`streams`], [`text`]
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
//! # One job
//!
//! A domain writes its row and [`jobs::enqueue`]s in one transaction, then wakes the workers ([`jobs::Jobs::wake`]; `NOTIFY`
//! wakes those of other processes, a slow poll whoever missed it) → a [`jobs::Worker`] claims the next job, fair between
//! organisations, under a [`jobs::Lease`] that it extends while the work goes on → [`work`] knows the function → that
//! [`hold`](jobs::Lease::hold)s the lease in every transaction and ends with [`done`](jobs::Lease::done) in its last. What
//! fails goes back into the line for a while, what was cancelled is let go, what a shutdown interrupts goes back unmarked,
//! and the job of a worker that fell silent is rescued by a chore; each in one transaction with the domain's row.
//!
//! # One import
//!
//! [`imports::start`], and the file ([`imports::receive`]): streamed to [`files`], whole or not at all → a job → [`sheet`] reads
//! it twice on a thread of its own: what is in it, then its rows, which go through [`db::Db::loader`] into a table beside the
//! real one, under the number of this check → a statement compares them with what is stored: so many added, changed, unchanged,
//! or every fault → a person looks, and [`imports::commit`]s → a job: in one transaction ([`db::Db::write_much`]) they are
//! compared anew, what is changed is kept as it was, then changed, what is new is added, each by one statement whatever the
//! size, and the lease is held at the end → for a day [`imports::rollback`] does the same the other way, from what was kept.
//!
//! # One collection run
//!
//! [`collection::start`]: the run, a page item for each category and the job, in one transaction → whoever looks after the
//! long lane of the queue ([`jobs::Lane`]) claims it → several workers of the run take items (`collection/run/feed`), ask the
//! [`sources`], paying for each call out of a [`sources::Purse`] before it is made, and write down what came of an item in one
//! transaction under the lease: products, or sellers and why they are here, the counters, the events and the item's end →
//! [`progress`] tells those who watch, four times a second at most. A pause, a quota used up or a provider that fails ends
//! the job and leaves the run at rest; what goes on by itself has a job that waits for its time.
//!
//! # One schedule fire
//!
//! The clockwork of each process ([`work`]) says every five seconds when to look → [`schedules::tick`] finds what is due in all
//! organisations → for each schedule one transaction, which holds the organisation's settings of collection so that nobody
//! else starts a run meanwhile: `next_run_at` moves on by compare-and-set, every time it passes over gets its row, and the
//! latest one, if it is not too late for it, starts its run or export as the schedule's member, waits, or does not, by the
//! overlap policy → what waits starts with the end of the last active run, or is found by the next tick → whoever is to be
//! told of it has [`notifications`] in the same transaction. Whoever is second finds it moved; whoever dies has done nothing.
//!
//! # One change of sellers
//!
//! `flagSellers` with a hundred thousand ids → [`sellers::flag_many`]: `require` → one transaction, in which the history of the
//! organisation's sellers is locked and says what time it is (`sellers/history`), the states that are replaced are kept, the
//! rows changed, the event and its items written and the [`audit`] told, each by one statement, the ids one parameter
//! ([`db::id_set`]) → after the commit those who watch are woken ([`sellers::watch`]) → each reads on from where it stands,
//! and those who stand together read once ([`progress::Link`]).
//!
//! # One notification
//!
//! Whoever changes something that is worth telling [`notifications::post`]s it in the same transaction: a row of the outbox
//! and a job for each way → the lane of what goes out ([`jobs::Lane::Post`]), so that a receiver that stalls keeps nothing else
//! waiting → one try by e-mail, or by a signed request to an address that is checked as it is connected to → what came of it,
//! under the lease. What fails is tried again for a day; then it is given up, and shown.
//!
//! # One subscription
//!
//! `connection_init` at `/graphql/ws` (`http/graphql/socket`), or `POST /graphql` that accepts an event stream (`sse`) →
//! [`auth::open_session`], looked at again every two seconds → `http/graphql/operation` → the limits → one execution for
//! all who ask the same (`shared`), when only the newest state counts, else one of its own → [`graphql::subscribe`]: each
//! event is resolved, ordered and written once → the socket, as fast as its client reads. What happens in a run is numbered
//! ([`graphql::Numbers`]): over an event stream the number is the `id:`, and whoever comes back with it goes on after it.
//!
//! # How to add a noun
//!
//! A migration; an entity; a domain file with its operations and one `visible(&Scope)` that every query starts from; a
//! file of the same name in `graphql`; a field in `graphql/query.rs`; a row in `tests/it/permissions.rs`.

pub mod accounts;
pub mod app;
pub mod audit;
pub mod auth;
pub mod background;
pub mod cli;
pub mod clock;
pub mod collection;
pub mod condition;
pub mod config;
pub mod db;
pub mod error;
pub mod exports;
pub mod files;
pub mod graphql;
pub mod http;
pub mod id;
pub mod imports;
pub mod jobs;
pub mod members;
pub mod notifications;
pub mod organisations;
pub mod page;
pub mod progress;
pub mod records;
pub mod schedules;
pub mod sellers;
pub mod serve;
pub mod sheet;
pub mod sources;
pub mod streams;
pub mod text;
pub mod work;
