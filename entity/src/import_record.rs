//! `import_record`: a row of a file of records, as it was read. Money is integer US cents.

use sea_orm::entity::prelude::*;

/// One row; what the file does not give is null.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_record")]
pub struct Model {
    /// The import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: Uuid,
    /// The attempt that read it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub attempt: i64,
    /// The line it begins on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i64,
    /// The id it gets when it is new.
    pub id: Uuid,
    /// Which fields the file gives for it, a bit each.
    pub given: i64,
    /// The account.
    pub account_id: Uuid,
    /// eBay's order id.
    pub ebay_order_id: String,
    /// The day of the sale.
    pub sale_date: Option<Date>,
    /// What was sold, as given.
    pub item_name: Option<String>,
    /// The same folded for searching.
    pub item_name_folded: Option<String>,
    /// Pieces.
    pub qty: Option<i64>,
    /// What the buyer paid.
    pub sale_price_cents: Option<i64>,
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
    pub status: Option<String>,
    /// What the return label cost.
    pub return_label_cost_cents: Option<i64>,
    /// The order remark.
    pub order_remark: Option<String>,
    /// The service remark.
    pub service_remark: Option<String>,
    /// Which stored row it is; none when it is new.
    pub known_id: Option<Uuid>,
    /// Whether it says something new of that.
    pub differs: Option<bool>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
