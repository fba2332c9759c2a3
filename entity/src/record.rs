//! `record`: one eBay sale and what it earned. Its remarks live in `record_remark`.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How a sale ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecordStatus {
    /// Sold and kept.
    #[sea_orm(string_value = "SUCCESSFUL")]
    Successful,
    /// A return label was sent to the buyer.
    #[sea_orm(string_value = "RETURN_LABEL_PROVIDED")]
    ReturnLabelProvided,
    /// The return came back.
    #[sea_orm(string_value = "RETURN_CLOSED")]
    ReturnClosed,
    /// Refunded, nothing came back; the return label costs 0.
    #[sea_orm(string_value = "REFUND_NO_RETURN")]
    RefundNoReturn,
}

/// One record. Money is integer US cents.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// The account it was sold from.
    pub account_id: Uuid,
    /// eBay's order id; one live record each per account.
    pub ebay_order_id: String,
    /// The day of the sale.
    pub sale_date: Date,
    /// What was sold, as given.
    pub item_name: String,
    /// Pieces, 1 or more; prices are order totals.
    pub qty: i32,
    /// What the buyer paid.
    pub sale_price_cents: i64,
    /// eBay's fees.
    pub ebay_fees_cents: Option<i64>,
    /// Generated: sale price - fees.
    pub earnings_net_cents: i64,
    /// What the goods cost.
    pub amazon_price_cents: Option<i64>,
    /// Tax on the goods.
    pub amazon_tax_cents: Option<i64>,
    /// Shipping of the goods.
    pub amazon_shipping_cents: Option<i64>,
    /// Generated: price + tax + shipping.
    pub cogs_total_cents: i64,
    /// Amazon's order id.
    pub amazon_order_id: Option<String>,
    /// How the sale ended.
    pub status: RecordStatus,
    /// What the return label cost.
    pub return_label_cost_cents: Option<i64>,
    /// Generated, by status.
    pub profit_cents: i64,
    /// Rises by one with every change.
    pub version: i32,
    /// When it was stored, UTC.
    pub created_at: DateTimeUtc,
    /// When it was last changed, UTC.
    pub updated_at: DateTimeUtc,
    /// When it was deleted, UTC.
    pub deleted_at: Option<DateTimeUtc>,
    /// `item_name` folded for searching.
    pub item_name_folded: String,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
