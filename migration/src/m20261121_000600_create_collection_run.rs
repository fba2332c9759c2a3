//! Creates `collection_run` and what belongs to one: its work items, its workers, what happened.
//!
//! `collection_run_list` serves the history of an organisation, `collection_run_active` the limit of active runs,
//! `collection_run_key` keeps an idempotency key to one run, `collection_run_changed` finds what changed lately for those
//! who watch. `collection_item_next` serves whoever takes the next item, `collection_item_failed` the list of failures,
//! `collection_item_page` and `collection_item_product` keep a page and a product to one item of a run.
//! `collection_event_seq` replays what happened.

use sea_orm_migration::prelude::*;

use crate::schema::run;

/// The run itself.
const RUN: &[&str] = &[
    r#"CREATE TABLE collection_run (
        id {uuid} PRIMARY KEY NOT NULL,
        org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
        name {text} NOT NULL CHECK (name <> ''),
        status {text} NOT NULL CHECK (
            status IN ('PENDING', 'RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED')
        ),
        reason {text} CHECK (reason <> ''),
        phase {text} CHECK (phase IN ('BEST_SELLERS', 'LISTINGS')),
        preset_id {uuid},
        category_ids {text} NOT NULL,
        search {text} NOT NULL,
        member_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
        rerun_of {uuid},
        idempotency_key {text} CHECK (idempotency_key <> ''),
        best_sellers_provider {text} NOT NULL,
        listings_provider {text} NOT NULL,
        prices {text} NOT NULL,
        workers integer NOT NULL CHECK (workers >= 1),
        max_calls integer CHECK (max_calls >= 0),
        max_cost_micros bigint CHECK (max_cost_micros >= 0),
        departments_total integer NOT NULL CHECK (departments_total >= 0),
        departments_done integer NOT NULL DEFAULT 0 CHECK (departments_done >= 0),
        categories_total integer NOT NULL CHECK (categories_total >= 0),
        categories_done integer NOT NULL DEFAULT 0 CHECK (categories_done >= 0),
        products_total integer NOT NULL DEFAULT 0 CHECK (products_total >= 0),
        products_done integer NOT NULL DEFAULT 0 CHECK (products_done >= 0),
        sellers_found integer NOT NULL DEFAULT 0 CHECK (sellers_found >= 0),
        sellers_new integer NOT NULL DEFAULT 0 CHECK (sellers_new >= 0),
        failed_items integer NOT NULL DEFAULT 0 CHECK (failed_items >= 0),
        best_sellers_calls integer NOT NULL DEFAULT 0 CHECK (best_sellers_calls >= 0),
        listings_calls integer NOT NULL DEFAULT 0 CHECK (listings_calls >= 0),
        cost_micros bigint NOT NULL DEFAULT 0 CHECK (cost_micros >= 0),
        failures_in_row integer NOT NULL DEFAULT 0 CHECK (failures_in_row >= 0),
        pauses_in_row integer NOT NULL DEFAULT 0 CHECK (pauses_in_row >= 0),
        is_cost_warned {bool} NOT NULL DEFAULT {false},
        last_seq bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
        revision bigint NOT NULL DEFAULT 1 CHECK (revision >= 1),
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        started_at {time},
        pause_asked_at {time},
        cancel_asked_at {time},
        resumes_at {time},
        paced_at {time},
        paced_done integer NOT NULL DEFAULT 0,
        completed_at {time},
        CHECK ((status IN ('COMPLETED', 'FAILED', 'CANCELLED')) = (completed_at IS NOT NULL)),
        CHECK ((status IN ('PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED')) = (reason IS NOT NULL)),
        CHECK (status <> 'RUNNING' OR started_at IS NOT NULL),
        CHECK (status = 'PAUSED' OR resumes_at IS NULL)
    )"#,
    "CREATE INDEX collection_run_list ON collection_run (org_id, created_at, id)",
    r#"CREATE INDEX collection_run_active ON collection_run (org_id)
        WHERE status IN ('PENDING', 'RUNNING', 'PAUSED')"#,
    r#"CREATE UNIQUE INDEX collection_run_key ON collection_run (org_id, idempotency_key)
        WHERE idempotency_key IS NOT NULL"#,
    "CREATE INDEX collection_run_changed ON collection_run (updated_at)",
];

/// Its pieces of work.
const ITEM: &[&str] = &[
    r#"CREATE TABLE collection_item (
        id {uuid} PRIMARY KEY NOT NULL,
        org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
        run_id {uuid} NOT NULL REFERENCES collection_run (id) ON DELETE CASCADE,
        kind {text} NOT NULL CHECK (kind IN ('PAGE', 'PRODUCT')),
        category_id {text} NOT NULL CHECK (category_id <> ''),
        page integer CHECK (page >= 1),
        product_key {text} CHECK (product_key <> ''),
        title {text},
        brand {text},
        model {text},
        gtin {text},
        price_cents bigint CHECK (price_cents >= 0),
        currency {text},
        rank integer,
        url {text},
        position integer NOT NULL,
        state {text} NOT NULL CHECK (state IN ('PENDING', 'DONE', 'SKIPPED', 'FAILED')),
        attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        error_code {text},
        error_message {text},
        rung {text},
        listings integer NOT NULL DEFAULT 0 CHECK (listings >= 0),
        sellers_found integer NOT NULL DEFAULT 0 CHECK (sellers_found >= 0),
        sellers_new integer NOT NULL DEFAULT 0 CHECK (sellers_new >= 0),
        calls integer NOT NULL DEFAULT 0 CHECK (calls >= 0),
        cost_micros bigint NOT NULL DEFAULT 0 CHECK (cost_micros >= 0),
        duration_ms bigint CHECK (duration_ms >= 0),
        created_at {time} NOT NULL,
        finished_at {time},
        CHECK ((kind = 'PAGE') = (page IS NOT NULL)),
        CHECK ((kind = 'PRODUCT') = (product_key IS NOT NULL)),
        CHECK (kind = 'PAGE' OR title IS NOT NULL),
        CHECK ((price_cents IS NULL) = (currency IS NULL)),
        CHECK ((state = 'PENDING') = (finished_at IS NULL)),
        CHECK ((state IN ('SKIPPED', 'FAILED')) = (error_code IS NOT NULL)),
        CHECK ((error_code IS NULL) = (error_message IS NULL))
    )"#,
    r#"CREATE UNIQUE INDEX collection_item_page ON collection_item (run_id, category_id, page)
        WHERE kind = 'PAGE'"#,
    r#"CREATE UNIQUE INDEX collection_item_product ON collection_item (run_id, product_key)
        WHERE kind = 'PRODUCT'"#,
    "CREATE INDEX collection_item_next ON collection_item (run_id, kind, position, id) WHERE state = 'PENDING'",
    "CREATE INDEX collection_item_failed ON collection_item (run_id, finished_at, id) WHERE state = 'FAILED'",
    "CREATE INDEX collection_item_category ON collection_item (run_id, category_id, kind)",
];

/// What its workers do.
const WORKER: &[&str] = &[r#"CREATE TABLE collection_worker (
        run_id {uuid} NOT NULL REFERENCES collection_run (id) ON DELETE CASCADE,
        worker integer NOT NULL CHECK (worker >= 1),
        org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
        state {text} NOT NULL CHECK (state IN ('IDLE', 'WORKING', 'STOPPED')),
        category_id {text},
        product {text},
        last_result {text},
        since {time} NOT NULL,
        PRIMARY KEY (run_id, worker)
    )"#];

/// What happened.
const EVENT: &[&str] = &[
    r#"CREATE TABLE collection_event (
        id {uuid} PRIMARY KEY NOT NULL,
        org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
        run_id {uuid} NOT NULL REFERENCES collection_run (id) ON DELETE CASCADE,
        seq bigint NOT NULL CHECK (seq >= 1),
        at {time} NOT NULL,
        kind {text} NOT NULL CHECK (kind IN (
            'STARTED', 'FETCHED', 'FOUND', 'SELLER_ADDED', 'SELLER_SEEN', 'RETRIED', 'RATE_LIMITED', 'SKIPPED',
            'FAILED', 'WARNED', 'PAUSED', 'RESUMED', 'DONE'
        )),
        worker integer,
        category_id {text},
        product {text},
        seller_id {uuid},
        message {text},
        duration_ms bigint,
        attempt integer,
        error_code {text}
    )"#,
    "CREATE UNIQUE INDEX collection_event_seq ON collection_event (run_id, seq)",
];

/// See the file's comment.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[RUN, ITEM, WORKER, EVENT].concat()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP TABLE collection_event",
                "DROP TABLE collection_worker",
                "DROP TABLE collection_item",
                "DROP TABLE collection_run",
            ],
        )
        .await
    }
}
