//! Creates `organisation`, the owner of every other row.

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
            &[r#"CREATE TABLE organisation (
                    id {uuid} PRIMARY KEY NOT NULL,
                    slug {text} NOT NULL UNIQUE,
                    name {text} NOT NULL,
                    created_at {time} NOT NULL
                )"#],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE organisation"]).await
    }
}
