//! Creates `preset` and `collection_settings`: what an organisation collects, and within which limits.
//!
//! `preset_name` keeps names unique whatever their case; the list of presets is read by it too. That there is no row of
//! settings means the defaults; whoever writes runs locks the row, so it is made when the first run starts.

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
                r#"CREATE TABLE preset (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    name {text} NOT NULL CHECK (name <> ''),
                    name_key {text} NOT NULL CHECK (name_key <> ''),
                    category_ids {text} NOT NULL,
                    search {text} NOT NULL,
                    created_at {time} NOT NULL,
                    updated_at {time} NOT NULL
                )"#,
                "CREATE UNIQUE INDEX preset_name ON preset (org_id, name_key)",
                r#"CREATE TABLE collection_settings (
                    org_id {uuid} PRIMARY KEY NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    max_active_runs integer NOT NULL CHECK (max_active_runs BETWEEN 1 AND 20),
                    workers integer NOT NULL CHECK (workers BETWEEN 1 AND 20),
                    max_cost_cents bigint CHECK (max_cost_cents >= 0),
                    prices {text} NOT NULL,
                    blocked {text} NOT NULL,
                    updated_at {time} NOT NULL
                )"#,
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE collection_settings", "DROP TABLE preset"]).await
    }
}
