//! `notification`: what somebody is to be told.

use sea_orm::entity::prelude::*;

/// By which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Channel {
    /// An e-mail to a member.
    #[sea_orm(string_value = "EMAIL")]
    Email,
    /// A signed request to an address.
    #[sea_orm(string_value = "WEBHOOK")]
    Webhook,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum NotificationState {
    /// Waits for its first or next try.
    #[sea_orm(string_value = "PENDING")]
    Pending,
    /// The other side has taken it.
    #[sea_orm(string_value = "DELIVERED")]
    Delivered,
    /// There will be no further try.
    #[sea_orm(string_value = "GAVE_UP")]
    GaveUp,
}

/// One notification.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// UUID version 7; what the receiver of a webhook knows it by.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organisation.
    pub org_id: Uuid,
    /// The schedule it is about; none when it is about none, or that is gone.
    pub schedule_id: Option<Uuid>,
    /// What happened: `run.completed`.
    pub event: String,
    /// By which way it goes.
    pub channel: Channel,
    /// Who gets the e-mail; none for a webhook, or when the member is gone.
    pub member_id: Option<Uuid>,
    /// Whose secret a webhook is signed with; none for an e-mail.
    pub signed_for: Option<Uuid>,
    /// Where it goes: an e-mail address or a URL.
    pub destination: String,
    /// What it says, as JSON; the body of a webhook byte by byte.
    pub payload: String,
    /// How far it is.
    pub state: NotificationState,
    /// Times it was tried.
    pub attempts: i32,
    /// What went wrong the last time, a stable code of ours.
    pub last_error: Option<String>,
    /// When it was written, UTC.
    pub created_at: DateTimeUtc,
    /// When it was delivered or given up, UTC.
    pub finished_at: Option<DateTimeUtc>,
}

/// Relations are joined by hand where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
