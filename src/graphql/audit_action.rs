//! What was done, in the schema: the actions of the audit.

use async_graphql::Enum;

use crate::audit;

/// Something that was done.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "audit::Action")]
pub enum AuditAction {
    /// The organisation was made.
    OrganisationCreated,
    /// A record was created.
    RecordCreated,
    /// A record was changed.
    RecordUpdated,
    /// Records were deleted.
    RecordsDeleted,
    /// Records were restored.
    RecordsRestored,
    /// Sellers were added.
    SellersAdded,
    /// A seller was renamed.
    SellerRenamed,
    /// Sellers were flagged.
    SellersFlagged,
    /// Flags were taken off sellers.
    SellersUnflagged,
    /// Sellers were deleted.
    SellersDeleted,
    /// Sellers were restored.
    SellersRestored,
    /// A file was handed in to be imported.
    ImportStarted,
    /// The file of an import came.
    ImportReceived,
    /// An import was carried out.
    ImportCommitted,
    /// An import was undone.
    ImportRolledBack,
    /// An import was given up.
    ImportDiscarded,
    /// An export job was started.
    ExportStarted,
    /// An export job was cancelled.
    ExportCancelled,
    /// An export job was tried again.
    ExportRetried,
    /// An export job was deleted.
    ExportDeleted,
    /// A collection run was started.
    RunStarted,
    /// A collection run was paused.
    RunPaused,
    /// A collection run went on.
    RunResumed,
    /// A collection run was cancelled.
    RunCancelled,
    /// The failures of a collection run were tried again.
    RunFailuresRetried,
    /// The settings of collection runs were changed.
    CollectionSettingsUpdated,
    /// A preset was made.
    PresetCreated,
    /// A preset was changed.
    PresetUpdated,
    /// A preset was deleted.
    PresetDeleted,
    /// A schedule was made.
    ScheduleCreated,
    /// A schedule was changed.
    ScheduleUpdated,
    /// A schedule was deleted.
    ScheduleDeleted,
    /// A schedule was triggered by hand.
    ScheduleTriggered,
    /// Somebody was made a member.
    MemberInvited,
    /// A member was changed.
    MemberUpdated,
    /// An access profile was made.
    AccessProfileCreated,
    /// An access profile was changed.
    AccessProfileUpdated,
    /// An access profile was deleted.
    AccessProfileDeleted,
    /// An account was made.
    AccountCreated,
    /// An account was changed.
    AccountUpdated,
    /// An account was archived with its records.
    AccountArchived,
    /// An account was restored.
    AccountRestored,
    /// An API token was made.
    TokenCreated,
    /// An API token was revoked.
    TokenRevoked,
}
