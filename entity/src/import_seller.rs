//! `import_seller`: a row of a file of sellers, as it was read.

use sea_orm::entity::prelude::*;

/// One row; what the file does not give is null.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_seller")]
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
    /// The name as it is given.
    pub display_name: String,
    /// The name folded.
    pub normalized_name: String,
    /// SHA-256 of the folded name.
    pub name_hash: Vec<u8>,
    /// The marketplace.
    pub platform: String,
    /// The marketplace's id.
    pub platform_id: Option<String>,
    /// Share of positive feedback, 0 to 100.
    pub feedback_percent: Option<f64>,
    /// Number of feedbacks.
    pub feedback_count: Option<i64>,
    /// Runs it was seen in.
    pub times_seen: Option<i64>,
    /// Marked by a person.
    pub flagged: Option<bool>,
    /// Which stored row it is; none when it is new.
    pub known_id: Option<Uuid>,
    /// Whether it says something new of that.
    pub differs: Option<bool>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
