//! Creates `export_job`: a file somebody asked for, from the asking to its expiry.
//!
//! `export_job_list` serves the list of an organisation, `export_job_mine` that of one person, `export_job_key` keeps an
//! idempotency key to one job, `export_job_expiry` serves the chore that removes old files, `export_job_changed` finds what
//! changed lately for those who watch.

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
                r#"CREATE TABLE export_job (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    member_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
                    kind {text} NOT NULL CHECK (kind IN ('RECORDS', 'SELLERS')),
                    format {text} NOT NULL CHECK (format IN ('CSV', 'JSON', 'NDJSON', 'XLSX', 'TEXT', 'PARQUET')),
                    request {text} NOT NULL,
                    columns {text} NOT NULL,
                    reach {text},
                    status {text} NOT NULL CHECK (
                        status IN ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED')
                    ),
                    rows_done bigint NOT NULL DEFAULT 0 CHECK (rows_done >= 0),
                    rows_total bigint CHECK (rows_total >= 0),
                    bytes bigint CHECK (bytes >= 0),
                    sha256 {text},
                    file_name {text},
                    file_key {text},
                    downloads integer NOT NULL DEFAULT 0 CHECK (downloads >= 0),
                    idempotency_key {text} CHECK (idempotency_key <> ''),
                    error_code {text},
                    error_message {text},
                    revision bigint NOT NULL DEFAULT 1 CHECK (revision >= 1),
                    created_at {time} NOT NULL,
                    updated_at {time} NOT NULL,
                    started_at {time},
                    completed_at {time},
                    expires_at {time},
                    CHECK ((status IN ('COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED')) = (completed_at IS NOT NULL)),
                    CHECK ((status = 'FAILED') = (error_code IS NOT NULL)),
                    CHECK ((error_code IS NULL) = (error_message IS NULL)),
                    CHECK (status <> 'PROCESSING' OR started_at IS NOT NULL),
                    CHECK ((status = 'COMPLETED') = (file_key IS NOT NULL)),
                    CHECK (status NOT IN ('COMPLETED', 'EXPIRED') OR (
                        bytes IS NOT NULL AND sha256 IS NOT NULL AND file_name IS NOT NULL AND expires_at IS NOT NULL
                    ))
                )"#,
                "CREATE INDEX export_job_list ON export_job (org_id, created_at, id)",
                "CREATE INDEX export_job_mine ON export_job (org_id, member_id, created_at, id)",
                r#"CREATE UNIQUE INDEX export_job_key ON export_job (org_id, member_id, idempotency_key)
                    WHERE idempotency_key IS NOT NULL"#,
                "CREATE INDEX export_job_expiry ON export_job (expires_at) WHERE status = 'COMPLETED'",
                "CREATE INDEX export_job_changed ON export_job (updated_at)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE export_job"]).await
    }
}
