//! What can be done that is noted.

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $text:literal,)+) => {
        /// Something that was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $action,)+
        }

        impl Action {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$action),+];

            /// As it is stored, and in the schema.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$action => $text,)+
                }
            }
        }
    };
}

actions! {
    /// The organisation was made.
    OrganisationCreated = "ORGANISATION_CREATED",
    /// A record was created.
    RecordCreated = "RECORD_CREATED",
    /// A record was changed.
    RecordUpdated = "RECORD_UPDATED",
    /// Records were deleted.
    RecordsDeleted = "RECORDS_DELETED",
    /// Records were restored.
    RecordsRestored = "RECORDS_RESTORED",
    /// Sellers were added.
    SellersAdded = "SELLERS_ADDED",
    /// A seller was renamed.
    SellerRenamed = "SELLER_RENAMED",
    /// Sellers were flagged.
    SellersFlagged = "SELLERS_FLAGGED",
    /// Flags were taken off sellers.
    SellersUnflagged = "SELLERS_UNFLAGGED",
    /// Sellers were deleted.
    SellersDeleted = "SELLERS_DELETED",
    /// Sellers were restored.
    SellersRestored = "SELLERS_RESTORED",
    /// A file was handed in to be imported.
    ImportStarted = "IMPORT_STARTED",
    /// The file of an import came.
    ImportReceived = "IMPORT_RECEIVED",
    /// An import was carried out.
    ImportCommitted = "IMPORT_COMMITTED",
    /// An import was undone.
    ImportRolledBack = "IMPORT_ROLLED_BACK",
    /// An import was given up.
    ImportDiscarded = "IMPORT_DISCARDED",
    /// An export job was started.
    ExportStarted = "EXPORT_STARTED",
    /// An export job was cancelled.
    ExportCancelled = "EXPORT_CANCELLED",
    /// An export job was tried again.
    ExportRetried = "EXPORT_RETRIED",
    /// An export job was deleted.
    ExportDeleted = "EXPORT_DELETED",
    /// A collection run was started.
    RunStarted = "RUN_STARTED",
    /// A collection run was paused.
    RunPaused = "RUN_PAUSED",
    /// A collection run went on.
    RunResumed = "RUN_RESUMED",
    /// A collection run was cancelled.
    RunCancelled = "RUN_CANCELLED",
    /// The failures of a collection run were tried again.
    RunFailuresRetried = "RUN_FAILURES_RETRIED",
    /// The settings of collection runs were changed.
    CollectionSettingsUpdated = "COLLECTION_SETTINGS_UPDATED",
    /// A preset was made.
    PresetCreated = "PRESET_CREATED",
    /// A preset was changed.
    PresetUpdated = "PRESET_UPDATED",
    /// A preset was deleted.
    PresetDeleted = "PRESET_DELETED",
    /// A schedule was made.
    ScheduleCreated = "SCHEDULE_CREATED",
    /// A schedule was changed.
    ScheduleUpdated = "SCHEDULE_UPDATED",
    /// A schedule was deleted.
    ScheduleDeleted = "SCHEDULE_DELETED",
    /// A schedule was triggered by hand.
    ScheduleTriggered = "SCHEDULE_TRIGGERED",
    /// Somebody was made a member.
    MemberInvited = "MEMBER_INVITED",
    /// A member was changed.
    MemberUpdated = "MEMBER_UPDATED",
    /// An access profile was made.
    AccessProfileCreated = "ACCESS_PROFILE_CREATED",
    /// An access profile was changed.
    AccessProfileUpdated = "ACCESS_PROFILE_UPDATED",
    /// An access profile was deleted.
    AccessProfileDeleted = "ACCESS_PROFILE_DELETED",
    /// An account was made.
    AccountCreated = "ACCOUNT_CREATED",
    /// An account was changed.
    AccountUpdated = "ACCOUNT_UPDATED",
    /// An account was archived with its records.
    AccountArchived = "ACCOUNT_ARCHIVED",
    /// An account was restored.
    AccountRestored = "ACCOUNT_RESTORED",
    /// An API token was made.
    TokenCreated = "TOKEN_CREATED",
    /// An API token was revoked.
    TokenRevoked = "TOKEN_REVOKED",
}

impl Action {
    /// The action that is stored so, if this version knows it.
    #[must_use]
    pub fn of_stored(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == text)
    }
}
