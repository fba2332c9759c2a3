//! Keeps what sellers were: `seller_version`, a row for every state that was replaced, with the time it held. So sellers as of
//! a moment, and what differs between two, are queries.
//!
//! `seller_version_moment` finds the states of an organisation at a moment, `seller_by_change` those that changed since one.
//! `seller_history.last_at` keeps the times of an organisation's changes in order, whatever its clocks do. An import changes
//! more of a seller than people do by hand: the events `UPDATED`, and which import it was. SQLite changes no CHECK, so there
//! the tables of events are made anew.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::schema::run;

/// See the file's comment.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const KINDS_BEFORE: &str = "'ADDED', 'RENAMED', 'FLAGGED', 'UNFLAGGED', 'DELETED', 'RESTORED', 'EXPORTED'";
const KINDS_AFTER: &str = "'ADDED', 'RENAMED', 'FLAGGED', 'UNFLAGGED', 'DELETED', 'RESTORED', 'EXPORTED', 'UPDATED'";

/// As it was made first, but for the kinds.
const EVENT: &str = r#"CREATE TABLE seller_event (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    seq bigint NOT NULL CHECK (seq >= 1),
                    at {time} NOT NULL,
                    kind {text} NOT NULL CHECK (
                        kind IN ({kinds})
                    ),
                    source {text} NOT NULL CHECK (source IN ('MANUAL', 'COLLECTION_RUN', 'IMPORT', 'EXPORT')),
                    run_id {uuid} REFERENCES collection_run (id) ON DELETE CASCADE,
                    member_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
                    count integer NOT NULL CHECK (count >= 0)
                )"#;
const ITEM: &str = r#"CREATE TABLE seller_event_item (
                    event_id {uuid} NOT NULL REFERENCES seller_event (id) ON DELETE CASCADE,
                    seller_id {uuid} NOT NULL REFERENCES seller (id) ON DELETE CASCADE,
                    old_value {text},
                    new_value {text},
                    PRIMARY KEY (event_id, seller_id)
                )"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        allow_kinds(manager, KINDS_AFTER).await?;
        run(
            manager,
            &[
                "ALTER TABLE seller_event ADD COLUMN import_id {uuid}",
                "ALTER TABLE seller_history ADD COLUMN last_at {time}",
                r#"CREATE TABLE seller_version (
                    seller_id {uuid} NOT NULL REFERENCES seller (id) ON DELETE CASCADE,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    valid_from {time} NOT NULL,
                    valid_to {time} NOT NULL,
                    display_name {text} NOT NULL,
                    normalized_name {text} NOT NULL,
                    name_hash {blob} NOT NULL,
                    platform {text} NOT NULL,
                    platform_id {text},
                    feedback_percent {real},
                    feedback_count integer,
                    times_seen integer NOT NULL,
                    flagged {bool} NOT NULL,
                    created_at {time} NOT NULL,
                    first_seen_run_id {uuid},
                    last_seen_run_id {uuid},
                    source_product {text},
                    deleted_at {time},
                    PRIMARY KEY (seller_id, valid_from),
                    CHECK (valid_from < valid_to)
                )"#,
                "CREATE INDEX seller_version_moment ON seller_version (org_id, valid_to, valid_from)",
                "CREATE INDEX seller_by_change ON seller (org_id, updated_at, id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX seller_by_change",
                "DROP TABLE seller_version",
                "ALTER TABLE seller_history DROP COLUMN last_at",
                "ALTER TABLE seller_event DROP COLUMN import_id",
                "DELETE FROM seller_event WHERE kind = 'UPDATED'",
            ],
        )
        .await?;
        allow_kinds(manager, KINDS_BEFORE).await
    }
}

async fn allow_kinds(manager: &SchemaManager<'_>, kinds: &str) -> Result<(), DbErr> {
    let rule = format!("ADD CONSTRAINT seller_event_kind_check CHECK (kind IN ({kinds}))");
    if manager.get_database_backend() != DbBackend::Sqlite {
        let change = format!("ALTER TABLE seller_event DROP CONSTRAINT seller_event_kind_check, {rule}");
        return run(manager, &[&change]).await;
    }
    let event = EVENT.replace("{kinds}", kinds);
    run(
        manager,
        &[
            "DROP INDEX seller_event_seq",
            "DROP INDEX seller_event_run",
            "DROP INDEX seller_event_item_seller",
            "ALTER TABLE seller_event_item RENAME TO seller_event_item_before",
            "ALTER TABLE seller_event RENAME TO seller_event_before",
            &event,
            "INSERT INTO seller_event SELECT id, org_id, seq, at, kind, source, run_id, member_id, count FROM seller_event_before",
            ITEM,
            "INSERT INTO seller_event_item SELECT event_id, seller_id, old_value, new_value FROM seller_event_item_before",
            // Items first: a table that others refer to takes their rows along.
            "DROP TABLE seller_event_item_before",
            "DROP TABLE seller_event_before",
            "CREATE UNIQUE INDEX seller_event_seq ON seller_event (org_id, seq)",
            "CREATE INDEX seller_event_run ON seller_event (run_id) WHERE run_id IS NOT NULL",
            "CREATE INDEX seller_event_item_seller ON seller_event_item (seller_id)",
        ],
    )
    .await
}
