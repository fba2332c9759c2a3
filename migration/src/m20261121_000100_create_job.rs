//! Creates `job`: work that outlives a request, as rows under leases.
//!
//! `job_slot` holds the promise that an organisation has no more jobs running than it has slots: two workers that claim at
//! the same moment cannot take the same slot. `job_pending` serves the claim, `job_lease` the rescue of expired leases,
//! `job_turn` the fairness between organisations (whose last turn is longest ago comes first), `job_subject` looks up the
//! job of a thing, one live job each.

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
                r#"CREATE TABLE job (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    kind {text} NOT NULL CHECK (kind <> ''),
                    subject_id {uuid} NOT NULL,
                    state {text} NOT NULL CHECK (state IN ('PENDING', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
                    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
                    fence bigint NOT NULL DEFAULT 0 CHECK (fence >= 0),
                    slot integer CHECK (slot >= 1),
                    run_at {time} NOT NULL,
                    claimed_at {time},
                    lease_until {time},
                    cancel_asked_at {time},
                    created_at {time} NOT NULL,
                    finished_at {time},
                    CHECK ((state = 'RUNNING') = (lease_until IS NOT NULL)),
                    CHECK ((state = 'RUNNING') = (slot IS NOT NULL)),
                    CHECK (state <> 'RUNNING' OR claimed_at IS NOT NULL),
                    CHECK ((state IN ('DONE', 'FAILED', 'CANCELLED')) = (finished_at IS NOT NULL))
                )"#,
                "CREATE UNIQUE INDEX job_slot ON job (org_id, slot) WHERE state = 'RUNNING'",
                "CREATE UNIQUE INDEX job_subject ON job (org_id, subject_id) WHERE state IN ('PENDING', 'RUNNING')",
                "CREATE INDEX job_pending ON job (org_id, run_at, id) WHERE state = 'PENDING'",
                "CREATE INDEX job_lease ON job (lease_until) WHERE state = 'RUNNING'",
                "CREATE INDEX job_turn ON job (org_id, claimed_at)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE job"]).await
    }
}
