//! `member`: one person in one organisation.

use sea_orm::entity::prelude::*;

/// What a member may do by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Role {
    /// Holds every permission.
    #[sea_orm(string_value = "admin")]
    Admin,
    /// Holds the union of its access profiles.
    #[sea_orm(string_value = "va")]
    Va,
    /// Owns accounts and reads their records.
    #[sea_orm(string_value = "client")]
    Client,
}

/// Whether a member may enter at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum MemberStatus {
    /// May work.
    #[sea_orm(string_value = "active")]
    Active,
    /// Cut off at once.
    #[sea_orm(string_value = "suspended")]
    Suspended,
}

/// One person in one organisation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// Who the person is across organisations: the subject of their tokens.
    pub user_id: String,
    /// E-mail address, lower case; unique in the organisation.
    pub email: String,
    /// Role in this organisation.
    pub role: Role,
    /// Active or suspended.
    pub status: MemberStatus,
    /// When it was made, UTC.
    pub created_at: DateTimeUtc,
    /// When it was last changed, UTC.
    pub updated_at: DateTimeUtc,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
