//! `record_version`: what a record was before a change.

use sea_orm::entity::prelude::*;

use crate::record::RecordStatus;

/// One version that was replaced. Money is integer US cents.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_version")]
pub struct Model {
    /// The record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: Uuid,
    /// Its version then.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// The organisation.
    pub org_id: Uuid,
    /// eBay's order id.
    pub ebay_order_id: String,
    /// The day of the sale.
    pub sale_date: Date,
    /// What was sold, as given.
    pub item_name: String,
    /// `item_name` folded for searching.
    pub item_name_folded: String,
    /// Pieces.
    pub qty: i32,
    /// What the buyer paid.
    pub sale_price_cents: i64,
    /// eBay's fees.
    pub ebay_fees_cents: Option<i64>,
    /// What the goods cost.
    pub amazon_price_cents: Option<i64>,
    /// Tax on the goods.
    pub amazon_tax_cents: Option<i64>,
    /// Shipping of the goods.
    pub amazon_shipping_cents: Option<i64>,
    /// Amazon's order id.
    pub amazon_order_id: Option<String>,
    /// How the sale ended.
    pub status: RecordStatus,
    /// What the return label cost.
    pub return_label_cost_cents: Option<i64>,
    /// The order remark.
    pub order_remark: Option<String>,
    /// The service remark.
    pub service_remark: Option<String>,
    /// When it became so, UTC.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, UTC.
    pub deleted_at: Option<DateTimeUtc>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
