//! Creates the history of records: `record_event`, one change of records; `record_event_item`, which records it was about;
//! `record_version`, what a record was before a change.
//!
//! `record_event_item_record` reads the history of one record, `record_event_import` finds what an import did, to roll it back.
//! Versions are whole rows, not texts: a change of a million records is kept, and undone, by one statement. Items do not
//! refer to records, whose rows would each be looked up; those that are purged take their items along.

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
                r#"CREATE TABLE record_event (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    at {time} NOT NULL,
                    kind {text} NOT NULL CHECK (kind IN ('CREATED', 'UPDATED', 'DELETED', 'RESTORED')),
                    source {text} NOT NULL CHECK (source IN ('MANUAL', 'IMPORT', 'ROLLBACK')),
                    member_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
                    import_id {uuid},
                    count integer NOT NULL CHECK (count >= 1),
                    CHECK (source = 'MANUAL' OR import_id IS NOT NULL)
                )"#,
                "CREATE INDEX record_event_import ON record_event (org_id, import_id) WHERE import_id IS NOT NULL",
                r#"CREATE TABLE record_event_item (
                    event_id {uuid} NOT NULL REFERENCES record_event (id) ON DELETE CASCADE,
                    record_id {uuid} NOT NULL,
                    version integer NOT NULL CHECK (version >= 1),
                    PRIMARY KEY (event_id, record_id)
                )"#,
                "CREATE INDEX record_event_item_record ON record_event_item (record_id, version)",
                r#"CREATE TABLE record_version (
                    record_id {uuid} NOT NULL REFERENCES record (id) ON DELETE CASCADE,
                    version integer NOT NULL CHECK (version >= 1),
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    ebay_order_id {text} NOT NULL,
                    sale_date {date} NOT NULL,
                    item_name {text} NOT NULL,
                    item_name_folded {text} NOT NULL,
                    qty integer NOT NULL,
                    sale_price_cents bigint NOT NULL,
                    ebay_fees_cents bigint,
                    amazon_price_cents bigint,
                    amazon_tax_cents bigint,
                    amazon_shipping_cents bigint,
                    amazon_order_id {text},
                    status {text} NOT NULL,
                    return_label_cost_cents bigint,
                    order_remark {text},
                    service_remark {text},
                    updated_at {time} NOT NULL,
                    deleted_at {time},
                    PRIMARY KEY (record_id, version)
                )"#,
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE record_version", "DROP TABLE record_event_item", "DROP TABLE record_event"]).await
    }
}
