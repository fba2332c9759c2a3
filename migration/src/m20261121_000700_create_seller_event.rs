//! Creates the history of sellers: `seller_event` and `seller_event_item`, numbered within their organisation by
//! `seller_history`; and `seller_name`, the names a seller has been seen under.
//!
//! `seller_event_seq` reads the history in order, `seller_event_run` that of a run, `seller_event_item_seller` that of one
//! seller. The row of `seller_history` is what writers of an organisation's sellers lock first. `seller_by_name_hash` finds a
//! seller by its name whether or not its platform id is known.

use sea_orm_migration::prelude::*;

use crate::schema::run;

/// See the file's comment.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                r#"CREATE TABLE seller_history (
                    org_id {uuid} PRIMARY KEY NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    last_seq bigint NOT NULL CHECK (last_seq >= 0)
                )"#,
                r#"CREATE TABLE seller_event (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    seq bigint NOT NULL CHECK (seq >= 1),
                    at {time} NOT NULL,
                    kind {text} NOT NULL CHECK (
                        kind IN ('ADDED', 'RENAMED', 'FLAGGED', 'UNFLAGGED', 'DELETED', 'RESTORED', 'EXPORTED')
                    ),
                    source {text} NOT NULL CHECK (source IN ('MANUAL', 'COLLECTION_RUN', 'IMPORT', 'EXPORT')),
                    run_id {uuid} REFERENCES collection_run (id) ON DELETE CASCADE,
                    member_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
                    count integer NOT NULL CHECK (count >= 0)
                )"#,
                "CREATE UNIQUE INDEX seller_event_seq ON seller_event (org_id, seq)",
                "CREATE INDEX seller_event_run ON seller_event (run_id) WHERE run_id IS NOT NULL",
                r#"CREATE TABLE seller_event_item (
                    event_id {uuid} NOT NULL REFERENCES seller_event (id) ON DELETE CASCADE,
                    seller_id {uuid} NOT NULL REFERENCES seller (id) ON DELETE CASCADE,
                    old_value {text},
                    new_value {text},
                    PRIMARY KEY (event_id, seller_id)
                )"#,
                "CREATE INDEX seller_event_item_seller ON seller_event_item (seller_id)",
                r#"CREATE TABLE seller_name (
                    seller_id {uuid} NOT NULL REFERENCES seller (id) ON DELETE CASCADE,
                    name_hash {blob} NOT NULL,
                    display_name {text} NOT NULL CHECK (display_name <> ''),
                    first_seen_at {time} NOT NULL,
                    PRIMARY KEY (seller_id, name_hash)
                )"#,
                "CREATE INDEX seller_by_name_hash ON seller (org_id, platform, name_hash) WHERE deleted_at IS NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX seller_by_name_hash",
                "DROP TABLE seller_name",
                "DROP TABLE seller_event_item",
                "DROP TABLE seller_event",
                "DROP TABLE seller_history",
            ],
        )
        .await
    }
}
