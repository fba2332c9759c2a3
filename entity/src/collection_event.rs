//! `collection_event`: what happened in a run, in order.

use sea_orm::entity::prelude::*;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum CollectionEventKind {
    /// The run began.
    #[sea_orm(string_value = "STARTED")]
    Started,
    /// A page of best sellers was read.
    #[sea_orm(string_value = "FETCHED")]
    Fetched,
    /// Listings of a product were found, or none.
    #[sea_orm(string_value = "FOUND")]
    Found,
    /// A seller was added.
    #[sea_orm(string_value = "SELLER_ADDED")]
    SellerAdded,
    /// A known seller was seen again.
    #[sea_orm(string_value = "SELLER_SEEN")]
    SellerSeen,
    /// A call failed and was tried again.
    #[sea_orm(string_value = "RETRIED")]
    Retried,
    /// A provider asked to be asked less often.
    #[sea_orm(string_value = "RATE_LIMITED")]
    RateLimited,
    /// An item cannot be done.
    #[sea_orm(string_value = "SKIPPED")]
    Skipped,
    /// An item failed.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// Most of what the run may cost is used.
    #[sea_orm(string_value = "WARNED")]
    Warned,
    /// The run rests.
    #[sea_orm(string_value = "PAUSED")]
    Paused,
    /// The run goes on.
    #[sea_orm(string_value = "RESUMED")]
    Resumed,
    /// The run ended.
    #[sea_orm(string_value = "DONE")]
    Done,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "collection_event")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// The run.
    pub run_id: Uuid,
    /// Its number in the run, from 1, without gaps.
    pub seq: i64,
    /// When, UTC.
    pub at: DateTimeUtc,
    /// What happened.
    pub kind: CollectionEventKind,
    /// Which worker did it.
    pub worker: Option<i32>,
    /// The category.
    pub category_id: Option<String>,
    /// The title of the product.
    pub product: Option<String>,
    /// The seller.
    pub seller_id: Option<Uuid>,
    /// In words.
    pub message: Option<String>,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// Which try.
    pub attempt: Option<i32>,
    /// What went wrong.
    pub error_code: Option<String>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
