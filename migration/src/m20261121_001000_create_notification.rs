//! Creates `notification`: what somebody is to be told, from the change that it tells of to its delivery or its end.
//!
//! `notification_schedule` serves the list of a schedule, `notification_ended` the chore that removes what ended long ago.
//! What a schedule told stays when the schedule goes, and so does what a member was told.

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
                r#"CREATE TABLE notification (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    schedule_id {uuid},
                    event {text} NOT NULL CHECK (event <> ''),
                    channel {text} NOT NULL CHECK (channel IN ('EMAIL', 'WEBHOOK')),
                    member_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
                    signed_for {uuid},
                    destination {text} NOT NULL CHECK (destination <> ''),
                    payload {text} NOT NULL,
                    state {text} NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'GAVE_UP')),
                    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
                    last_error {text} CHECK (last_error <> ''),
                    created_at {time} NOT NULL,
                    finished_at {time},
                    CHECK ((state = 'PENDING') = (finished_at IS NULL)),
                    CHECK ((channel = 'WEBHOOK') = (signed_for IS NOT NULL)),
                    CHECK (channel = 'EMAIL' OR member_id IS NULL),
                    CHECK (state <> 'DELIVERED' OR attempts >= 1),
                    CHECK (state <> 'GAVE_UP' OR last_error IS NOT NULL)
                )"#,
                r#"CREATE INDEX notification_schedule ON notification (org_id, schedule_id, created_at, id)
                    WHERE schedule_id IS NOT NULL"#,
                "CREATE INDEX notification_ended ON notification (finished_at) WHERE finished_at IS NOT NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE notification"]).await
    }
}
