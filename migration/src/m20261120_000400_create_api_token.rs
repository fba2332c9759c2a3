//! Creates `api_token`. The token itself is never stored; the unique hash serves every request that carries one.

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
            &[r#"CREATE TABLE api_token (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    member_id {uuid} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
                    token_hash {blob} NOT NULL UNIQUE,
                    prefix {text} NOT NULL,
                    created_at {time} NOT NULL,
                    expires_at {time},
                    revoked_at {time}
                )"#],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE api_token"]).await
    }
}
