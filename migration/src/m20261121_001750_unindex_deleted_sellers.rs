//! Takes away the index of deleted sellers by when they were deleted: its one reader was the chore that removed them for good,
//! and they are no longer removed. What the sellers were at any moment must stay known.

use sea_orm_migration::prelude::*;

use crate::schema::run;

/// See the file's comment.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX seller_deleted"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = "CREATE INDEX seller_deleted ON seller (org_id, deleted_at) WHERE deleted_at IS NOT NULL";
        run(manager, &[index]).await
    }
}
