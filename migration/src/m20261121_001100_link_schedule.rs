//! Adds `schedule_id` and `notify` to `collection_run` and `export_job`: which schedule started it, and whom its end is told.
//!
//! `collection_run_schedule` and `export_job_schedule` serve the foreign keys when a schedule is deleted.

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
                "ALTER TABLE collection_run ADD COLUMN schedule_id {uuid} REFERENCES schedule (id) ON DELETE SET NULL",
                "ALTER TABLE collection_run ADD COLUMN notify {text} CHECK (notify <> '')",
                "CREATE INDEX collection_run_schedule ON collection_run (schedule_id) WHERE schedule_id IS NOT NULL",
                "ALTER TABLE export_job ADD COLUMN schedule_id {uuid} REFERENCES schedule (id) ON DELETE SET NULL",
                "ALTER TABLE export_job ADD COLUMN notify {text} CHECK (notify <> '')",
                "CREATE INDEX export_job_schedule ON export_job (schedule_id) WHERE schedule_id IS NOT NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX export_job_schedule",
                "ALTER TABLE export_job DROP COLUMN notify",
                "ALTER TABLE export_job DROP COLUMN schedule_id",
                "DROP INDEX collection_run_schedule",
                "ALTER TABLE collection_run DROP COLUMN notify",
                "ALTER TABLE collection_run DROP COLUMN schedule_id",
            ],
        )
        .await
    }
}
