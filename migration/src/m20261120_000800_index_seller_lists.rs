//! Indexes the orders of the `sellers` list, one for each order a client may ask for.
//!
//! Names are ordered by their first 200 characters, so that an entry fits a PostgreSQL index page; unknown feedback
//! counts as the lowest. `seller_by_created_at` also serves every seller export.

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
                "CREATE INDEX seller_by_created_at ON seller (org_id, created_at, id) WHERE deleted_at IS NULL",
                "CREATE INDEX seller_by_name ON seller (org_id, (substr(normalized_name, 1, 200)), id) WHERE deleted_at IS NULL",
                "CREATE INDEX seller_by_times_seen ON seller (org_id, times_seen, id) WHERE deleted_at IS NULL",
                "CREATE INDEX seller_by_feedback_percent ON seller (org_id, (COALESCE(feedback_percent, -1)), id) WHERE deleted_at IS NULL",
                "CREATE INDEX seller_by_feedback_count ON seller (org_id, (COALESCE(feedback_count, -1)), id) WHERE deleted_at IS NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX seller_by_feedback_count",
                "DROP INDEX seller_by_feedback_percent",
                "DROP INDEX seller_by_times_seen",
                "DROP INDEX seller_by_name",
                "DROP INDEX seller_by_created_at",
            ],
        )
        .await
    }
}
