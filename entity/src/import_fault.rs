//! `import_fault`: something wrong with a file.

use sea_orm::entity::prelude::*;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_fault")]
pub struct Model {
    /// The import.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: Uuid,
    /// Its number, from 1, in the order of the file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The line its row begins on; 0 is the file as a whole.
    pub line: i64,
    /// The header of the column, where it is the fault of one.
    pub column_name: Option<String>,
    /// What kind of fault, `SCREAMING_CASE`.
    pub code: String,
    /// What is wrong, for people.
    pub reason: String,
    /// What stands in the cell, cut.
    pub cell: Option<String>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
