//! `api_token`: a secret a script signs in with; only its hash is kept.

use sea_orm::entity::prelude::*;

/// One API token.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// The member it acts as.
    pub member_id: Uuid,
    /// SHA-256 of the whole token; unique.
    pub token_hash: Vec<u8>,
    /// The token's first characters, to recognise it by.
    pub prefix: String,
    /// When it was made, UTC.
    pub created_at: DateTimeUtc,
    /// When it stops working, UTC; never when null.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was revoked, UTC.
    pub revoked_at: Option<DateTimeUtc>,
    /// What people call it.
    pub name: Option<String>,
    /// When somebody last signed in with it, UTC, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// The member who made it; null for the operator of the process.
    pub created_by: Option<Uuid>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
