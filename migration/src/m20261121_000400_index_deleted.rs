//! Indexes what was deleted, by when: the chore that removes it for good after 30 days would read whole tables to find it.

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
                "CREATE INDEX record_deleted ON record (org_id, deleted_at) WHERE deleted_at IS NOT NULL",
                "CREATE INDEX seller_deleted ON seller (org_id, deleted_at) WHERE deleted_at IS NOT NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX seller_deleted", "DROP INDEX record_deleted"]).await
    }
}
