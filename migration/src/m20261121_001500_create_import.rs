//! Creates `import`: a file of records or sellers that somebody brings, from its arrival to its undoing; `import_fault`, what
//! is wrong with it; `import_record` and `import_seller`, its rows as they were read, until they are carried out.
//!
//! `import_list` serves the list of an organisation, `import_mine` that of one person, `import_key` keeps an idempotency key to
//! one import, `import_expiry` serves the chore that removes files and rows, `import_changed` finds what changed lately for
//! those who watch, `import_staged` what still has rows. What a reader would get wrong: rows are those of an attempt; what a
//! killed attempt left counts for nothing. They refer to nothing, so that a million of them are written without a look-up each.

use sea_orm_migration::prelude::*;

use crate::schema::run;

/// The imports.
const IMPORT: &str = r#"CREATE TABLE import (
    id {uuid} PRIMARY KEY NOT NULL,
    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
    member_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
    actor_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
    kind {text} NOT NULL CHECK (kind IN ('RECORDS', 'SELLERS')),
    account_id {uuid} REFERENCES account (id) ON DELETE CASCADE,
    status {text} NOT NULL CHECK (status IN (
        'AWAITING_FILE', 'PENDING', 'CHECKING', 'READY', 'INVALID', 'COMMITTING', 'COMMITTED',
        'ROLLING_BACK', 'ROLLED_BACK', 'FAILED', 'CANCELLED', 'EXPIRED'
    )),
    phase {text} CHECK (phase IN ('SURVEYING', 'READING', 'COMPARING', 'WRITING')),
    file_name {text} NOT NULL CHECK (file_name <> ''),
    file_key {text},
    receiving_key {text},
    bytes bigint CHECK (bytes >= 0),
    format {text} CHECK (format IN ('CSV', 'JSON', 'NDJSON', 'XLSX')),
    reading {text} NOT NULL,
    survey {text},
    sample {text},
    rows_done bigint NOT NULL DEFAULT 0 CHECK (rows_done >= 0),
    rows_total bigint CHECK (rows_total >= 0),
    bytes_done bigint NOT NULL DEFAULT 0 CHECK (bytes_done >= 0),
    added bigint CHECK (added >= 0),
    changed bigint CHECK (changed >= 0),
    unchanged bigint CHECK (unchanged >= 0),
    fault_count bigint NOT NULL DEFAULT 0 CHECK (fault_count >= 0),
    attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    is_staged {bool} NOT NULL DEFAULT {false},
    with_edited {bool} NOT NULL DEFAULT {false},
    note {text} CHECK (note <> ''),
    idempotency_key {text} CHECK (idempotency_key <> ''),
    error_code {text},
    error_message {text},
    revision bigint NOT NULL DEFAULT 1 CHECK (revision >= 1),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    received_at {time},
    checked_at {time},
    committed_at {time},
    rolled_back_at {time},
    expires_at {time},
    CHECK (kind = 'RECORDS' OR account_id IS NULL),
    CHECK ((error_code IS NULL) = (error_message IS NULL)),
    CHECK (status <> 'FAILED' OR error_code IS NOT NULL),
    CHECK (status NOT IN ('READY', 'INVALID') OR checked_at IS NOT NULL),
    CHECK (status <> 'INVALID' OR fault_count > 0),
    CHECK (status NOT IN ('READY', 'COMMITTING', 'COMMITTED', 'ROLLING_BACK', 'ROLLED_BACK') OR (
        fault_count = 0 AND added IS NOT NULL AND changed IS NOT NULL AND unchanged IS NOT NULL
    )),
    CHECK ((status IN ('COMMITTED', 'ROLLING_BACK', 'ROLLED_BACK')) = (committed_at IS NOT NULL)),
    CHECK ((status = 'ROLLED_BACK') = (rolled_back_at IS NOT NULL)),
    CHECK (status <> 'AWAITING_FILE' OR file_key IS NULL)
)"#;

/// What is wrong with their files.
const FAULTS: &str = r#"CREATE TABLE import_fault (
    import_id {uuid} NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    number integer NOT NULL CHECK (number >= 1),
    line bigint NOT NULL CHECK (line >= 0),
    column_name {text},
    code {text} NOT NULL CHECK (code <> ''),
    reason {text} NOT NULL,
    cell {text},
    PRIMARY KEY (import_id, number)
)"#;

/// The rows of files of records.
const RECORDS: &str = r#"CREATE TABLE import_record (
    import_id {uuid} NOT NULL,
    attempt bigint NOT NULL,
    line bigint NOT NULL,
    id {uuid} NOT NULL,
    given bigint NOT NULL,
    account_id {uuid} NOT NULL,
    ebay_order_id {text} NOT NULL,
    sale_date {date},
    item_name {text},
    item_name_folded {text},
    qty bigint,
    sale_price_cents bigint,
    ebay_fees_cents bigint,
    amazon_price_cents bigint,
    amazon_tax_cents bigint,
    amazon_shipping_cents bigint,
    amazon_order_id {text},
    status {text},
    return_label_cost_cents bigint,
    order_remark {text},
    service_remark {text},
    known_id {uuid},
    differs {bool},
    PRIMARY KEY (import_id, attempt, line)
)"#;

/// The rows of files of sellers.
const SELLERS: &str = r#"CREATE TABLE import_seller (
    import_id {uuid} NOT NULL,
    attempt bigint NOT NULL,
    line bigint NOT NULL,
    id {uuid} NOT NULL,
    given bigint NOT NULL,
    display_name {text} NOT NULL,
    normalized_name {text} NOT NULL,
    name_hash {blob} NOT NULL,
    platform {text} NOT NULL,
    platform_id {text},
    feedback_percent {real},
    feedback_count bigint,
    times_seen bigint,
    flagged {bool},
    known_id {uuid},
    differs {bool},
    PRIMARY KEY (import_id, attempt, line)
)"#;

/// How imports are looked for.
const INDEXES: [&str; 6] = [
    "CREATE INDEX import_list ON import (org_id, created_at, id)",
    "CREATE INDEX import_mine ON import (org_id, member_id, created_at, id)",
    r#"CREATE UNIQUE INDEX import_key ON import (org_id, member_id, idempotency_key)
        WHERE idempotency_key IS NOT NULL"#,
    "CREATE INDEX import_expiry ON import (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE INDEX import_changed ON import (updated_at)",
    "CREATE INDEX import_staged ON import (id) WHERE is_staged",
];

/// See the file's comment.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[IMPORT]).await?;
        run(manager, &INDEXES).await?;
        run(manager, &[FAULTS, RECORDS, SELLERS]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &["DROP TABLE import_seller", "DROP TABLE import_record", "DROP TABLE import_fault", "DROP TABLE import"],
        )
        .await
    }
}
