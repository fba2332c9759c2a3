//! Refusals that a form can show: each mutation's own type, with a code that a program can switch on.
//!
//! Not here: failures no form can mend (not signed in, forbidden, not found, ours); they are errors of the request. What a
//! reader would get wrong: nothing decides here what is refused. The operation answers its error, and the codes listed
//! with a mutation are those that go to its form.

use async_graphql::Interface;

use super::{
    access_profile_change::{CreateAccessProfileError, DeleteAccessProfileError, UpdateAccessProfileError},
    account_change::{ArchiveAccountError, CreateAccountError, RestoreAccountError, UpdateAccountError},
    api_token_change::{CreateApiTokenError, RevokeApiTokenError},
    collection_change::{
        CancelCollectionRunError, PauseCollectionRunError, RerunCollectionRunError, ResumeCollectionRunError,
        RetryCollectionFailuresError, StartCollectionRunError,
    },
    collection_settings::UpdateCollectionSettingsError,
    export_change::{CancelExportError, DeleteExportError, RetryExportError, StartExportError},
    import_change::{
        CommitImportError, DiscardImportError, RollbackImportError, StartImportError, UpdateImportReadingError,
    },
    member_change::{InviteMemberError, UpdateMemberError},
    preset_change::{CreatePresetError, DeletePresetError, UpdatePresetError},
    record_change::{CreateRecordError, UpdateRecordError},
    record_deletion::{DeleteRecordsError, RestoreRecordsError},
    schedule_change::{CreateScheduleError, DeleteScheduleError, TriggerScheduleError, UpdateScheduleError},
    seller_change::{AddSellersError, DeleteSellersError, FlagSellersError, RenameSellerError, RestoreSellersError},
};

/// Why a mutation was refused, for the person who asked.
#[derive(Clone, Debug, Interface)]
#[graphql(
    field(name = "message", ty = "&String", desc = "What is wrong and what to change."),
    field(
        name = "field",
        ty = "&Option<Vec<String>>",
        desc = "Where in the input; null when it is not about one field."
    )
)]
pub enum UserError {
    /// Of `startExport`.
    StartExport(StartExportError),
    /// Of `cancelExport`.
    CancelExport(CancelExportError),
    /// Of `retryExport`.
    RetryExport(RetryExportError),
    /// Of `deleteExport`.
    DeleteExport(DeleteExportError),
    /// Of `createPreset`.
    CreatePreset(CreatePresetError),
    /// Of `updatePreset`.
    UpdatePreset(UpdatePresetError),
    /// Of `deletePreset`.
    DeletePreset(DeletePresetError),
    /// Of `startCollectionRun`.
    StartCollectionRun(StartCollectionRunError),
    /// Of `pauseCollectionRun`.
    PauseCollectionRun(PauseCollectionRunError),
    /// Of `resumeCollectionRun`.
    ResumeCollectionRun(ResumeCollectionRunError),
    /// Of `cancelCollectionRun`.
    CancelCollectionRun(CancelCollectionRunError),
    /// Of `rerunCollectionRun`.
    RerunCollectionRun(RerunCollectionRunError),
    /// Of `retryCollectionFailures`.
    RetryCollectionFailures(RetryCollectionFailuresError),
    /// Of `updateCollectionSettings`.
    UpdateCollectionSettings(UpdateCollectionSettingsError),
    /// Of `createSchedule`.
    CreateSchedule(CreateScheduleError),
    /// Of `updateSchedule`.
    UpdateSchedule(UpdateScheduleError),
    /// Of `deleteSchedule`.
    DeleteSchedule(DeleteScheduleError),
    /// Of `triggerSchedule`.
    TriggerSchedule(TriggerScheduleError),
    /// Of `inviteMember`.
    InviteMember(InviteMemberError),
    /// Of `updateMember`.
    UpdateMember(UpdateMemberError),
    /// Of `createAccessProfile`.
    CreateAccessProfile(CreateAccessProfileError),
    /// Of `updateAccessProfile`.
    UpdateAccessProfile(UpdateAccessProfileError),
    /// Of `deleteAccessProfile`.
    DeleteAccessProfile(DeleteAccessProfileError),
    /// Of `createApiToken`.
    CreateApiToken(CreateApiTokenError),
    /// Of `revokeApiToken`.
    RevokeApiToken(RevokeApiTokenError),
    /// Of `createAccount`.
    CreateAccount(CreateAccountError),
    /// Of `updateAccount`.
    UpdateAccount(UpdateAccountError),
    /// Of `archiveAccount`.
    ArchiveAccount(ArchiveAccountError),
    /// Of `restoreAccount`.
    RestoreAccount(RestoreAccountError),
    /// Of `addSellers`.
    AddSellers(AddSellersError),
    /// Of `renameSeller`.
    RenameSeller(RenameSellerError),
    /// Of `flagSellers`.
    FlagSellers(FlagSellersError),
    /// Of `deleteSellers`.
    DeleteSellers(DeleteSellersError),
    /// Of `restoreSellers`.
    RestoreSellers(RestoreSellersError),
    /// Of `startImport`.
    StartImport(StartImportError),
    /// Of `updateImportReading`.
    UpdateImportReading(UpdateImportReadingError),
    /// Of `commitImport`.
    CommitImport(CommitImportError),
    /// Of `rollbackImport`.
    RollbackImport(RollbackImportError),
    /// Of `discardImport`.
    DiscardImport(DiscardImportError),
    /// Of `createRecord`.
    CreateRecord(CreateRecordError),
    /// Of `updateRecord`.
    UpdateRecord(UpdateRecordError),
    /// Of `deleteRecords`.
    DeleteRecords(DeleteRecordsError),
    /// Of `restoreRecords`.
    RestoreRecords(RestoreRecordsError),
}

/// Defines the error type of a mutation and the enum of its codes: for each, the code of the operation's error, and the
/// field of the input it is about.
macro_rules! user_error {
    (
        $(#[$doc:meta])* $error:ident,
        $(#[$code_doc:meta])* $code:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal at $field:expr),+ $(,)? }
    ) => {
        $(#[$code_doc])*
        #[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $code {
            $($(#[$variant_doc])* $variant,)+
        }

        $(#[$doc])*
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub struct $error {
            /// Which refusal it is.
            pub(super) code: $code,
            /// Where in the input; null when it is not about one field.
            pub(super) field: Option<Vec<String>>,
            /// What is wrong and what to change.
            pub(super) message: String,
        }

        impl $error {
            /// The refusal an operation's error is; the error itself when no form can show it.
            fn of(error: crate::error::Error) -> crate::error::Result<Self> {
                let (code, field): ($code, Option<&[&str]>) = match error.code() {
                    $($text => ($code::$variant, $field),)+
                    _ => return Err(error),
                };
                let field = field.map(|path| path.iter().map(|name| (*name).to_owned()).collect());
                Ok(Self { code, field, message: error.to_string() })
            }
        }
    };
}

pub(super) use user_error;
