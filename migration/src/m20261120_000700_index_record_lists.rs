//! Indexes the orders of the `records` list and of record exports, one for each order a client may ask for.
//!
//! `record_by_sale_date` also serves every record export, `record_by_account` the records of one account.

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
                "CREATE INDEX record_by_sale_date ON record (org_id, sale_date, id) WHERE deleted_at IS NULL",
                "CREATE INDEX record_by_account ON record (org_id, account_id, sale_date, id) WHERE deleted_at IS NULL",
                "CREATE INDEX record_by_created_at ON record (org_id, created_at, id) WHERE deleted_at IS NULL",
                "CREATE INDEX record_by_updated_at ON record (org_id, updated_at, id) WHERE deleted_at IS NULL",
                "CREATE INDEX record_by_sale_price ON record (org_id, sale_price_cents, id) WHERE deleted_at IS NULL",
                "CREATE INDEX record_by_profit ON record (org_id, profit_cents, id) WHERE deleted_at IS NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX record_by_profit",
                "DROP INDEX record_by_sale_price",
                "DROP INDEX record_by_updated_at",
                "DROP INDEX record_by_created_at",
                "DROP INDEX record_by_account",
                "DROP INDEX record_by_sale_date",
            ],
        )
        .await
    }
}
