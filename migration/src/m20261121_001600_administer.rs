//! What administration needs to know of API tokens and accounts: a token's name, its last use and who made it; since when
//! an account is archived.
//!
//! `account_archived` serves every list, sum and export of records, which leave out those of archived accounts: of an
//! organisation there are few, and most have none. `api_token_by_member` lists the tokens of a member, `api_token_newest`
//! those of an organisation, `member_access_profile_by_profile` and `account_assignment_by_account` tell who holds a profile
//! and who works on an account.

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
                "ALTER TABLE api_token ADD COLUMN name {text}",
                "ALTER TABLE api_token ADD COLUMN last_used_at {time}",
                "ALTER TABLE api_token ADD COLUMN created_by {uuid} REFERENCES member (id) ON DELETE SET NULL",
                "CREATE INDEX api_token_newest ON api_token (org_id, created_at, id)",
                "CREATE INDEX api_token_by_member ON api_token (org_id, member_id, created_at, id)",
                "ALTER TABLE account ADD COLUMN archived_at {time}",
                "CREATE INDEX account_archived ON account (org_id, id) WHERE archived_at IS NOT NULL",
                r#"CREATE INDEX member_access_profile_by_profile
                    ON member_access_profile (org_id, access_profile_id)"#,
                "CREATE INDEX account_assignment_by_account ON account_assignment (org_id, account_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX account_assignment_by_account",
                "DROP INDEX member_access_profile_by_profile",
                "DROP INDEX account_archived",
                "ALTER TABLE account DROP COLUMN archived_at",
                "DROP INDEX api_token_by_member",
                "DROP INDEX api_token_newest",
                "ALTER TABLE api_token DROP COLUMN created_by",
                "ALTER TABLE api_token DROP COLUMN last_used_at",
                "ALTER TABLE api_token DROP COLUMN name",
            ],
        )
        .await
    }
}
