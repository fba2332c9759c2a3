//! `seller`: one marketplace seller worth watching.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// The marketplace a seller sells on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// eBay.
    #[sea_orm(string_value = "ebay")]
    Ebay,
}

/// One seller.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "seller")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// The name as it was given.
    pub display_name: String,
    /// NFKC, lower case, trimmed, runs of white space one space.
    pub normalized_name: String,
    /// SHA-256 of `normalized_name`, so that a long name can be unique by an index.
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
    /// When it was last changed, UTC.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, UTC.
    pub deleted_at: Option<DateTimeUtc>,
    /// The run that added it.
    pub first_seen_run_id: Option<Uuid>,
    /// The run that saw it last.
    pub last_seen_run_id: Option<Uuid>,
    /// Title of the product that brought it.
    pub source_product: Option<String>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
