//! Indexes what `sellerEvents` is narrowed by: without them, what is rare is looked for in the whole history, which runs make
//! long.
//!
//! `seller_event_kind` lists one kind of change, `seller_event_member` what one person did, `seller_event_import` what an
//! import did, `seller_event_at` what happened within some time. `seller_event_run` is there already.

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
                "CREATE INDEX seller_event_kind ON seller_event (org_id, kind, seq)",
                "CREATE INDEX seller_event_member ON seller_event (org_id, member_id, seq) WHERE member_id IS NOT NULL",
                "CREATE INDEX seller_event_import ON seller_event (import_id) WHERE import_id IS NOT NULL",
                "CREATE INDEX seller_event_at ON seller_event (org_id, at, seq)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX seller_event_at",
                "DROP INDEX seller_event_import",
                "DROP INDEX seller_event_member",
                "DROP INDEX seller_event_kind",
            ],
        )
        .await
    }
}
