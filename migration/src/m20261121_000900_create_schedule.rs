//! Creates `schedule` and `schedule_fire`: what happens by the clock, and what became of each time.
//!
//! `schedule_name` keeps names unique whatever their case; the list of schedules is read by it too. `schedule_due` serves
//! the tick, which looks at all organisations. `schedule_member` serves the foreign key when a member goes.
//! `schedule_fire_planned` keeps a planned time to one row, whoever writes it, and serves the list of fires and the latest
//! of each schedule. `schedule_fire_waiting` finds what waits for a run to end; `schedule_fire_run` and
//! `schedule_fire_export` serve the foreign keys.

use sea_orm_migration::prelude::*;

use crate::schema::run;

/// See the file's comment.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const SCHEDULE: &str = r#"CREATE TABLE schedule (
    id {uuid} PRIMARY KEY NOT NULL,
    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
    name {text} NOT NULL CHECK (name <> ''),
    name_key {text} NOT NULL CHECK (name_key <> ''),
    member_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
    preset_id {uuid},
    export {text} CHECK (export <> ''),
    latest_run_sellers {bool} NOT NULL DEFAULT {false},
    cron {text} NOT NULL CHECK (cron <> ''),
    time_zone {text} NOT NULL CHECK (time_zone <> ''),
    is_enabled {bool} NOT NULL,
    overlap {text} NOT NULL CHECK (overlap IN ('BUFFER_ONE', 'SKIP', 'BUFFER_ALL', 'CANCEL_OTHER', 'ALLOW_ALL')),
    catchup_window_seconds integer NOT NULL CHECK (catchup_window_seconds BETWEEN 0 AND 604800),
    notify_email {bool} NOT NULL DEFAULT {false},
    webhook_url {text} CHECK (webhook_url <> ''),
    next_run_at {time},
    revision bigint NOT NULL DEFAULT 1 CHECK (revision >= 1),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CHECK ((preset_id IS NULL) <> (export IS NULL)),
    CHECK (export IS NOT NULL OR NOT latest_run_sellers),
    CHECK (is_enabled = (next_run_at IS NOT NULL))
)"#;

const FIRE: &str = r#"CREATE TABLE schedule_fire (
    id {uuid} PRIMARY KEY NOT NULL,
    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
    schedule_id {uuid} NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
    planned_at {time} NOT NULL,
    fired_at {time},
    outcome {text} NOT NULL CHECK (outcome IN ('STARTED', 'BUFFERED', 'SKIPPED', 'MISSED', 'DROPPED', 'FAILED')),
    reason {text} CHECK (reason <> ''),
    is_manual {bool} NOT NULL,
    run_id {uuid} REFERENCES collection_run (id) ON DELETE SET NULL,
    export_job_id {uuid} REFERENCES export_job (id) ON DELETE SET NULL,
    created_at {time} NOT NULL,
    CHECK ((outcome = 'STARTED') = (fired_at IS NOT NULL)),
    CHECK ((outcome = 'STARTED') = (reason IS NULL)),
    CHECK (outcome = 'STARTED' OR (run_id IS NULL AND export_job_id IS NULL)),
    CHECK (run_id IS NULL OR export_job_id IS NULL)
)"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                SCHEDULE,
                "CREATE UNIQUE INDEX schedule_name ON schedule (org_id, name_key)",
                "CREATE INDEX schedule_due ON schedule (is_enabled, next_run_at)",
                "CREATE INDEX schedule_member ON schedule (member_id)",
                FIRE,
                "CREATE UNIQUE INDEX schedule_fire_planned ON schedule_fire (schedule_id, planned_at)",
                r#"CREATE INDEX schedule_fire_waiting ON schedule_fire (org_id, planned_at, id)
                    WHERE outcome = 'BUFFERED'"#,
                "CREATE INDEX schedule_fire_run ON schedule_fire (run_id) WHERE run_id IS NOT NULL",
                r#"CREATE INDEX schedule_fire_export ON schedule_fire (export_job_id)
                    WHERE export_job_id IS NOT NULL"#,
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE schedule_fire", "DROP TABLE schedule"]).await
    }
}
