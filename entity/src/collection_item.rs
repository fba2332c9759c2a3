//! `collection_item`: one piece of work of a run, a page of best sellers or a product to be searched.

use sea_orm::entity::prelude::*;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ItemKind {
    /// Read a page of the best sellers of a category.
    #[sea_orm(string_value = "PAGE")]
    Page,
    /// Search who sells a product.
    #[sea_orm(string_value = "PRODUCT")]
    Product,
}

/// How far an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ItemState {
    /// To be done.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// Done.
    #[sea_orm(string_value = "DONE")]
    Done,
    /// Cannot be done, and need not.
    #[sea_orm(string_value = "SKIPPED")]
    Skipped,
    /// Its last try failed.
    #[sea_orm(string_value = "FAILED")]
    Failed,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "collection_item")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// The run.
    pub run_id: Uuid,
    /// What is to be done.
    pub kind: ItemKind,
    /// The category.
    pub category_id: String,
    /// Which page, from 1.
    pub page: Option<i32>,
    /// The ASIN of the product.
    pub product_key: Option<String>,
    /// The title of the product.
    pub title: Option<String>,
    /// Its brand, where known.
    pub brand: Option<String>,
    /// Its model, where known.
    pub model: Option<String>,
    /// Its UPC or EAN, where known.
    pub gtin: Option<String>,
    /// Its price, in cents of `currency`.
    pub price_cents: Option<i64>,
    /// Of the price, ISO 4217.
    pub currency: Option<String>,
    /// Its rank among the best sellers.
    pub rank: Option<i32>,
    /// Its page.
    pub url: Option<String>,
    /// Items are done in this order.
    pub position: i32,
    /// How far it is.
    pub state: ItemState,
    /// Times it was tried.
    pub attempts: i32,
    /// Why it failed or was skipped.
    pub error_code: Option<String>,
    /// The same in words.
    pub error_message: Option<String>,
    /// How its listings were found.
    pub rung: Option<String>,
    /// Listings found.
    pub listings: i32,
    /// Sellers of them.
    pub sellers_found: i32,
    /// Sellers that were not known.
    pub sellers_new: i32,
    /// Calls made for it.
    pub calls: i32,
    /// What they cost, millionths of a US dollar.
    pub cost_micros: i64,
    /// How long its last try took.
    pub duration_ms: Option<i64>,
    /// When it was found, UTC.
    pub created_at: DateTimeUtc,
    /// When its last try ended, UTC.
    pub finished_at: Option<DateTimeUtc>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
