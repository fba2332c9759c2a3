//! `collection_settings`: within which limits an organisation collects.

use sea_orm::entity::prelude::*;

/// The settings of one organisation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "collection_settings")]
pub struct Model {
    /// The organisation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    /// Runs that may be active at the same time.
    pub max_active_runs: i32,
    /// Workers of a run.
    pub workers: i32,
    /// Most that one run may cost, US cents; none for no limit.
    pub max_cost_cents: Option<i64>,
    /// What a call costs by provider, in millionths of a US dollar, as JSON.
    pub prices: String,
    /// Names and platform ids of sellers that are left out, a JSON list.
    pub blocked: String,
    /// When they were last changed, UTC.
    pub updated_at: DateTimeUtc,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
