//! `sighting`: a listing by which a run saw a seller.

use sea_orm::entity::prelude::*;

/// One sighting.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sighting")]
pub struct Model {
    /// The product that was searched.
    #[sea_orm(primary_key, auto_increment = false)]
    pub item_id: Uuid,
    /// The marketplace's id of the listing.
    #[sea_orm(primary_key, auto_increment = false)]
    pub listing_id: String,
    /// The organisation.
    pub org_id: Uuid,
    /// The run.
    pub run_id: Uuid,
    /// The seller.
    pub seller_id: Uuid,
    /// The title of the listing.
    pub title: String,
    /// Its price, in cents of `currency`.
    pub price_cents: i64,
    /// ISO 4217.
    pub currency: String,
    /// Its page.
    pub url: Option<String>,
    /// How it was found.
    pub rung: Option<String>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
