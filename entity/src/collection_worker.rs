//! `collection_worker`: what each worker of a run is doing.

use sea_orm::entity::prelude::*;

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum WorkerState {
    /// Has nothing to do just now.
    #[sea_orm(string_value = "IDLE")]
    Idle,
    /// Is at an item.
    #[sea_orm(string_value = "WORKING")]
    Working,
    /// Does not work.
    #[sea_orm(string_value = "STOPPED")]
    Stopped,
}

/// One worker.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "collection_worker")]
pub struct Model {
    /// The run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    /// Which worker, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub worker: i32,
    /// The organisation.
    pub org_id: Uuid,
    /// What it does.
    pub state: WorkerState,
    /// The category it is at.
    pub category_id: Option<String>,
    /// The title of the product it is at.
    pub product: Option<String>,
    /// How its last item ended, in words.
    pub last_result: Option<String>,
    /// Since when, UTC.
    pub since: DateTimeUtc,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
