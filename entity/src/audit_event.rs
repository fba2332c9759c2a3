//! `audit_event`: who did what to what, when and from where.

use sea_orm::entity::prelude::*;

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Channel {
    /// A request: GraphQL or a route.
    #[sea_orm(string_value = "API")]
    Api,
    /// A command on the machine itself.
    #[sea_orm(string_value = "COMMAND")]
    Command,
    /// A schedule.
    #[sea_orm(string_value = "SCHEDULE")]
    Schedule,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_event")]
pub struct Model {
    /// UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// When, UTC.
    pub at: DateTimeUtc,
    /// The person; none for the operator of the process.
    pub member_id: Option<Uuid>,
    /// The person's e-mail address then.
    pub email: Option<String>,
    /// What was done, as `RECORD_UPDATED`.
    pub action: String,
    /// The type of what it was done to, as ids begin.
    pub subject_kind: Option<String>,
    /// What it was done to.
    pub subject_id: Option<Uuid>,
    /// What that was called then.
    pub subject_name: Option<String>,
    /// To how many things.
    pub count: i32,
    /// What was changed, as it was: a JSON object.
    pub before: Option<String>,
    /// What was changed, as it became: a JSON object.
    pub after: Option<String>,
    /// By which way it came in.
    pub channel: Channel,
    /// The network address it came from.
    pub address: Option<String>,
    /// The program it came from, as that calls itself.
    pub agent: Option<String>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
