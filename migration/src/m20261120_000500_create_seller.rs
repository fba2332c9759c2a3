//! Creates `seller`.
//!
//! One live seller per platform id where it is known, else per normalised name. The name is unique through its hash:
//! 1,000 characters can pass what a PostgreSQL index entry holds (2,704 bytes).

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
                r#"CREATE TABLE seller (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    display_name {text} NOT NULL CHECK (display_name <> ''),
                    normalized_name {text} NOT NULL CHECK (normalized_name <> ''),
                    name_hash {blob} NOT NULL,
                    platform {text} NOT NULL CHECK (platform IN ('ebay')),
                    platform_id {text} CHECK (platform_id <> ''),
                    feedback_percent {real} CHECK (feedback_percent BETWEEN 0 AND 100),
                    feedback_count integer CHECK (feedback_count >= 0),
                    times_seen integer NOT NULL DEFAULT 0 CHECK (times_seen >= 0),
                    flagged {bool} NOT NULL DEFAULT {false},
                    created_at {time} NOT NULL,
                    updated_at {time} NOT NULL,
                    deleted_at {time}
                )"#,
                r#"CREATE UNIQUE INDEX seller_live_by_platform_id ON seller (org_id, platform, platform_id)
                    WHERE deleted_at IS NULL AND platform_id IS NOT NULL"#,
                r#"CREATE UNIQUE INDEX seller_live_by_name ON seller (org_id, platform, name_hash)
                    WHERE deleted_at IS NULL AND platform_id IS NULL"#,
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE seller"]).await
    }
}
