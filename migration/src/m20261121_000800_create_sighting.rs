//! Creates `run_seller` and `sighting`: which sellers a run saw, and why each of them is there.
//!
//! The key of `run_seller` keeps a seller to one count a run and serves the sellers of a run. `sighting_seller` answers why a
//! seller is here. The runs a seller was first and last seen in stand on its row, and the product that brought it; runs are
//! never deleted but with their organisation, so those columns refer to nothing.

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
                r#"CREATE TABLE run_seller (
                    run_id {uuid} NOT NULL REFERENCES collection_run (id) ON DELETE CASCADE,
                    seller_id {uuid} NOT NULL REFERENCES seller (id) ON DELETE CASCADE,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    is_new {bool} NOT NULL,
                    seen_at {time} NOT NULL,
                    PRIMARY KEY (run_id, seller_id)
                )"#,
                "CREATE INDEX run_seller_seller ON run_seller (seller_id)",
                r#"CREATE TABLE sighting (
                    item_id {uuid} NOT NULL REFERENCES collection_item (id) ON DELETE CASCADE,
                    listing_id {text} NOT NULL CHECK (listing_id <> ''),
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    run_id {uuid} NOT NULL REFERENCES collection_run (id) ON DELETE CASCADE,
                    seller_id {uuid} NOT NULL REFERENCES seller (id) ON DELETE CASCADE,
                    title {text} NOT NULL,
                    price_cents bigint NOT NULL CHECK (price_cents >= 0),
                    currency {text} NOT NULL,
                    url {text},
                    rung {text},
                    PRIMARY KEY (item_id, listing_id)
                )"#,
                "CREATE INDEX sighting_seller ON sighting (seller_id, run_id)",
                "ALTER TABLE seller ADD COLUMN first_seen_run_id {uuid}",
                "ALTER TABLE seller ADD COLUMN last_seen_run_id {uuid}",
                "ALTER TABLE seller ADD COLUMN source_product {text}",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "ALTER TABLE seller DROP COLUMN source_product",
                "ALTER TABLE seller DROP COLUMN last_seen_run_id",
                "ALTER TABLE seller DROP COLUMN first_seen_run_id",
                "DROP TABLE sighting",
                "DROP TABLE run_seller",
            ],
        )
        .await
    }
}
