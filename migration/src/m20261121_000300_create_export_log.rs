//! Creates `export_log`: every file that left or was to leave, streams and jobs alike. It outlives jobs and members.
//!
//! `export_log_list` serves the list of an organisation; `export_log_job` finds the line of a job.

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
                r#"CREATE TABLE export_log (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    member_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
                    email {text} NOT NULL,
                    export_job_id {uuid},
                    kind {text} NOT NULL CHECK (kind IN ('RECORDS', 'SELLERS')),
                    format {text} NOT NULL CHECK (format IN ('CSV', 'JSON', 'NDJSON', 'XLSX', 'TEXT', 'PARQUET')),
                    columns {text} NOT NULL,
                    filter {text} NOT NULL,
                    outcome {text} NOT NULL CHECK (outcome IN ('UNFINISHED', 'COMPLETED', 'FAILED', 'CANCELLED', 'ABANDONED')),
                    row_count bigint CHECK (row_count >= 0),
                    bytes bigint CHECK (bytes >= 0),
                    duration_ms bigint CHECK (duration_ms >= 0),
                    downloads integer NOT NULL DEFAULT 0 CHECK (downloads >= 0),
                    created_at {time} NOT NULL,
                    finished_at {time},
                    CHECK ((outcome = 'UNFINISHED') = (finished_at IS NULL))
                )"#,
                "CREATE INDEX export_log_list ON export_log (org_id, created_at, id)",
                "CREATE UNIQUE INDEX export_log_job ON export_log (export_job_id) WHERE export_job_id IS NOT NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE export_log"]).await
    }
}
