//! What can be done to export jobs: inputs, payloads and refusals of their mutations.

use async_graphql::InputObject;

use super::{
    change::{names_one, payload},
    export::ExportInput,
    export_job::ExportJob,
    user_error::user_error,
};
use crate::{
    error::{Error, Result},
    exports::NewExport,
};

/// What to start.
#[derive(Debug, InputObject)]
pub struct StartExportInput {
    /// The file.
    export: ExportInput,
    /// A text of yours, at most 100 characters, new for each file you want: sent again with the same input, it gives the
    /// same job instead of another.
    idempotency_key: Option<String>,
    /// Whether you are told by e-mail when it has ended.
    #[graphql(default_with = "Some(false)")]
    notify: Option<bool>,
}

impl TryFrom<StartExportInput> for NewExport {
    type Error = Error;

    fn try_from(input: StartExportInput) -> Result<Self> {
        let (request, notify) = (input.export.try_into()?, input.notify.unwrap_or_default());
        Ok(Self { request, idempotency_key: input.idempotency_key, notify })
    }
}

user_error!(
    /// Why an export was not started.
    StartExportError,
    /// Refusals of `startExport`.
    StartExportErrorCode {
        /// There is no such column, or none is named.
        UnknownColumn = "UNKNOWN_COLUMN" at Some(&["export", "columns"]),
        /// A column is named twice.
        DuplicateColumn = "DUPLICATE_COLUMN" at Some(&["export", "columns"]),
        /// The filter cannot be meant, or is not of this kind.
        InvalidFilter = "INVALID_FILTER" at Some(&["export"]),
        /// The format does not go with the kind or the columns.
        InvalidParameter = "INVALID_PARAMETER" at Some(&["export", "format"]),
        /// This server was built without the format.
        FormatNotBuilt = "FORMAT_NOT_BUILT" at Some(&["export", "format"]),
        /// A text is too long, empty or holds a NUL.
        InvalidText = "INVALID_TEXT" at None,
        /// This server sends no e-mail.
        EmailNotConfigured = "EMAIL_NOT_CONFIGURED" at Some(&["notify"]),
        /// The key came with another input before.
        IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED" at Some(&["idempotencyKey"]),
    }
);

user_error!(
    /// Why an export was not cancelled.
    CancelExportError,
    /// Refusals of `cancelExport`.
    CancelExportErrorCode {
        /// It has ended; there is nothing to stop.
        ExportFinished = "EXPORT_FINISHED" at Some(&["id"]),
    }
);

user_error!(
    /// Why an export was not tried again.
    RetryExportError,
    /// Refusals of `retryExport`.
    RetryExportErrorCode {
        /// It waits, runs or is complete.
        ExportNotRetryable = "EXPORT_NOT_RETRYABLE" at Some(&["id"]),
    }
);

user_error!(
    /// Why an export was not deleted.
    DeleteExportError,
    /// Refusals of `deleteExport`.
    DeleteExportErrorCode {
        /// It has not ended; cancel it first.
        ExportRunning = "EXPORT_RUNNING" at Some(&["id"]),
    }
);

payload!(
    StartExportPayload,
    StartExportError,
    "What `startExport` did.",
    export_job: ExportJob,
    "The job, new or that of the idempotency key; null when it was refused."
);
names_one!(CancelExportInput, Export, "Which export to stop.", "The export job's id.");
payload!(
    CancelExportPayload,
    CancelExportError,
    "What `cancelExport` did.",
    export_job: ExportJob,
    "The job; one that runs stops within a second. Null when it was refused."
);
names_one!(RetryExportInput, Export, "Which export to try again.", "The export job's id.");
payload!(
    RetryExportPayload,
    RetryExportError,
    "What `retryExport` did.",
    export_job: ExportJob,
    "The job, waiting again; null when it was refused."
);
names_one!(DeleteExportInput, Export, "Which export to delete.", "The export job's id.");
payload!(
    DeleteExportPayload,
    DeleteExportError,
    "What `deleteExport` did.",
    export_job: ExportJob,
    "The job as it was; null when it was refused."
);
