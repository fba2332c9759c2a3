//! Creates `account` and `account_assignment`: eBay stores and who works on them.
//!
//! An account outlives the client who owned it; its assignments go with the member or the account.
//! `account_by_owner` serves the accounts a client sees, the primary key of `account_assignment` those a `va` sees.

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
                r#"CREATE TABLE account (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    code {text} NOT NULL,
                    name {text},
                    owner_id {uuid} REFERENCES member (id) ON DELETE SET NULL,
                    created_at {time} NOT NULL,
                    updated_at {time} NOT NULL,
                    UNIQUE (org_id, code)
                )"#,
                "CREATE INDEX account_by_owner ON account (org_id, owner_id)",
                r#"CREATE TABLE account_assignment (
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    member_id {uuid} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
                    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
                    PRIMARY KEY (member_id, account_id)
                )"#,
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE account_assignment", "DROP TABLE account"]).await
    }
}
