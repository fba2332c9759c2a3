//! Creates `audit_event`: who did what to what, from what to what, when and from where.
//!
//! `audit_event_at` lists an organisation's, the newest first; the others narrow that to one person, one thing, one action.
//! What a reader would get wrong: it refers to nothing but the organisation, and keeps the person's address as it was: what
//! was done stays told when those who did it, and what it was done to, are gone.

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
                r#"CREATE TABLE audit_event (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    at {time} NOT NULL,
                    member_id {uuid},
                    email {text},
                    action {text} NOT NULL CHECK (action <> ''),
                    subject_kind {text},
                    subject_id {uuid},
                    subject_name {text},
                    count integer NOT NULL CHECK (count >= 0),
                    before {text},
                    after {text},
                    channel {text} NOT NULL CHECK (channel IN ('API', 'COMMAND', 'SCHEDULE')),
                    address {text},
                    agent {text},
                    CHECK ((subject_kind IS NULL) = (subject_id IS NULL))
                )"#,
                "CREATE INDEX audit_event_at ON audit_event (org_id, at, id)",
                "CREATE INDEX audit_event_member ON audit_event (org_id, member_id, at, id)",
                "CREATE INDEX audit_event_subject ON audit_event (org_id, subject_id, at, id)",
                "CREATE INDEX audit_event_action ON audit_event (org_id, action, at, id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE audit_event"]).await
    }
}
