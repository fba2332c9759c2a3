//! Creates `member`, `access_profile` and `member_access_profile`: who may do what in an organisation.
//!
//! `member_by_user` serves signing in with a JWT, which names a person, not an organisation; so it is the one index that
//! does not begin with `org_id`. `member_by_email` serves the same for tokens that name a person by e-mail.

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
                r#"CREATE TABLE member (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    user_id {text} NOT NULL,
                    email {text} NOT NULL,
                    role {text} NOT NULL CHECK (role IN ('admin', 'va', 'client')),
                    status {text} NOT NULL CHECK (status IN ('active', 'suspended')),
                    created_at {time} NOT NULL,
                    updated_at {time} NOT NULL,
                    UNIQUE (org_id, user_id),
                    UNIQUE (org_id, email)
                )"#,
                "CREATE INDEX member_by_user ON member (user_id)",
                "CREATE INDEX member_by_email ON member (email)",
                r#"CREATE TABLE access_profile (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    name {text} NOT NULL,
                    permissions {text} NOT NULL,
                    created_at {time} NOT NULL,
                    updated_at {time} NOT NULL,
                    UNIQUE (org_id, name)
                )"#,
                r#"CREATE TABLE member_access_profile (
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    member_id {uuid} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
                    access_profile_id {uuid} NOT NULL REFERENCES access_profile (id) ON DELETE CASCADE,
                    PRIMARY KEY (member_id, access_profile_id)
                )"#,
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE member_access_profile", "DROP TABLE access_profile", "DROP TABLE member"]).await
    }
}
