//! `seller_version`: what a seller was before a change.

use sea_orm::entity::prelude::*;

use crate::seller::Platform;

/// One state that was replaced.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "seller_version")]
pub struct Model {
    /// The seller.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seller_id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// When it became so, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: DateTimeUtc,
    /// When it was replaced, UTC.
    pub valid_to: DateTimeUtc,
    /// The name as it was given.
    pub display_name: String,
    /// NFKC, lower case, trimmed, runs of white space one space.
    pub normalized_name: String,
    /// SHA-256 of `normalized_name`.
    pub name_hash: Vec<u8>,
    /// The marketplace.
    pub platform: Platform,
    /// The marketplace's immutable id, where known.
    pub platform_id: Option<String>,
    /// Share of positive feedback, 0 to 100.
    pub feedback_percent: Option<f64>,
    /// Number of feedbacks.
    pub feedback_count: Option<i32>,
    /// Runs it was seen in.
    pub times_seen: i32,
    /// Marked by a person.
    pub flagged: bool,
    /// When it was first stored, UTC.
    pub created_at: DateTimeUtc,
    /// The run that added it.
    pub first_seen_run_id: Option<Uuid>,
    /// The run that saw it last.
    pub last_seen_run_id: Option<Uuid>,
    /// Title of the product that brought it.
    pub source_product: Option<String>,
    /// When it was deleted, UTC.
    pub deleted_at: Option<DateTimeUtc>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
