//! `collection_run`: one reading of best sellers and their sellers.

use sea_orm::entity::prelude::*;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum CollectionRunStatus {
    /// Waits for a worker.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// Is being worked on.
    #[sea_orm(string_value = "RUNNING")]
    Running,
    /// Rests, by the will of a person or because it cannot go on just now.
    #[sea_orm(string_value = "PAUSED")]
    Paused,
    /// Has tried everything.
    #[sea_orm(string_value = "COMPLETED")]
    Completed,
    /// Could not go on.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// Stopped by a person.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
}

/// What a run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum CollectionPhase {
    /// Reads the best sellers of its categories.
    #[sea_orm(string_value = "BEST_SELLERS")]
    BestSellers,
    /// Searches who sells its products.
    #[sea_orm(string_value = "LISTINGS")]
    Listings,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "collection_run")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// What people call it.
    pub name: String,
    /// How far it is.
    pub status: CollectionRunStatus,
    /// Why it rests or has ended, a stable code.
    pub reason: Option<String>,
    /// What it is at; none before it began.
    pub phase: Option<CollectionPhase>,
    /// The preset it was started with; it may be gone.
    pub preset_id: Option<Uuid>,
    /// Ids of its categories, a JSON list.
    pub category_ids: String,
    /// Its search settings, as JSON.
    pub search: String,
    /// Who started it; none when the member is gone, or for the operator.
    pub member_id: Option<Uuid>,
    /// The run it repeats.
    pub rerun_of: Option<Uuid>,
    /// Given by who started it.
    pub idempotency_key: Option<String>,
    /// Where best sellers are read.
    pub best_sellers_provider: String,
    /// Where listings are searched.
    pub listings_provider: String,
    /// What a call costs by provider, in millionths of a US dollar, as JSON.
    pub prices: String,
    /// Items worked on at the same time.
    pub workers: i32,
    /// Most calls it may make.
    pub max_calls: Option<i32>,
    /// Most it may cost, millionths of a US dollar.
    pub max_cost_micros: Option<i64>,
    /// Departments of its categories.
    pub departments_total: i32,
    /// Those of which all categories are done.
    pub departments_done: i32,
    /// Its categories.
    pub categories_total: i32,
    /// Those whose best sellers are read.
    pub categories_done: i32,
    /// Products found so far.
    pub products_total: i32,
    /// Products searched, found or not.
    pub products_done: i32,
    /// Different sellers seen.
    pub sellers_found: i32,
    /// Of these, sellers that were not known.
    pub sellers_new: i32,
    /// Items whose last try failed.
    pub failed_items: i32,
    /// Calls for best sellers.
    pub best_sellers_calls: i32,
    /// Calls for listings.
    pub listings_calls: i32,
    /// What the calls cost, millionths of a US dollar.
    pub cost_micros: i64,
    /// Items that failed one after another, up to now.
    pub failures_in_row: i32,
    /// Times it paused by itself since an item last succeeded.
    pub pauses_in_row: i32,
    /// Whether it was said that most of the limit is used.
    pub is_cost_warned: bool,
    /// Number of its latest event.
    pub last_seq: i64,
    /// Rises with every change.
    pub revision: i64,
    /// When it was asked for, UTC.
    pub created_at: DateTimeUtc,
    /// When it was last changed, UTC.
    pub updated_at: DateTimeUtc,
    /// When it first began, UTC.
    pub started_at: Option<DateTimeUtc>,
    /// When somebody asked it to pause, UTC.
    pub pause_asked_at: Option<DateTimeUtc>,
    /// When somebody asked it to end, UTC.
    pub cancel_asked_at: Option<DateTimeUtc>,
    /// When it goes on by itself, UTC.
    pub resumes_at: Option<DateTimeUtc>,
    /// Since when its pace is measured, UTC.
    pub paced_at: Option<DateTimeUtc>,
    /// Products done at that moment.
    pub paced_done: i32,
    /// When it ended, UTC.
    pub completed_at: Option<DateTimeUtc>,
    /// The schedule that started it.
    pub schedule_id: Option<Uuid>,
    /// Whom its end is told, as JSON.
    pub notify: Option<String>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
