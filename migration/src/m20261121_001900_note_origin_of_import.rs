//! Where whoever asked for what is done to an import asked from, as JSON.
//!
//! Carrying out and undoing are done by a job, and noted by it in the audit, which says from where.

use sea_orm_migration::prelude::*;

use crate::schema::run;

/// See the file's comment.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE import ADD COLUMN origin {text}"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE import DROP COLUMN origin"]).await
    }
}
