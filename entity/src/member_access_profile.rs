//! `member_access_profile`: which members hold which access profiles.

use sea_orm::entity::prelude::*;

/// One profile held by one member.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_access_profile")]
pub struct Model {
    /// The organisation of both.
    pub org_id: Uuid,
    /// The member.
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    /// The profile.
    #[sea_orm(primary_key, auto_increment = false)]
    pub access_profile_id: Uuid,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
