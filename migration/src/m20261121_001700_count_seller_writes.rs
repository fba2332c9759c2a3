//! Counts the transactions that write an organisation's sellers: `seller_history.revision` rises with each.
//!
//! Whoever watches sellers reads this one row to know whether there is anything new. Neither the number of the latest event
//! nor its time says so: a run that sees a seller again writes no event, and two changes may be of one moment.

use sea_orm_migration::prelude::*;

use crate::schema::run;

/// See the file's comment.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE seller_history ADD COLUMN revision bigint NOT NULL DEFAULT 0"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE seller_history DROP COLUMN revision"]).await
    }
}
