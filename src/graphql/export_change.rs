//! What can be done to export jobs: inputs, payloads and refusals of their mutations.

use async_graphql::{ID, InputObject, SimpleObject};

use super::{export::ExportInput, export_job::ExportJob, user_error::user_error};
use crate::{
    error::{Error, Result},
    exports::{self, NewExport},
    id::IdKind,
};

/// What to start.
#[derive(Debug, InputObject)]
pub struct StartExportInput {
    /// The file.
    export: ExportInput,
    /// A text of yours, at most 100 characters, new for each file you want: sent again with the same input, it gives the
    /// same job instead of another.
    idempotency_key: Option<String>,
}

impl TryFrom<StartExportInput> for NewExport {
    type Error = Error;

    fn try_from(input: StartExportInput) -> Result<Self> {
        Ok(Self { request: input.export.try_into()?, idempotency_key: input.idempotency_key })
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

/// Defines the payload of a mutation, and the input that names one export.
macro_rules! payload {
    ($payload:ident, $error:ident, $doc:literal, $job_doc:literal $(, $input:ident, $input_doc:literal)?) => {
        $(
            #[doc = $input_doc]
            #[derive(Debug, InputObject)]
            pub struct $input {
                /// The export job's id.
                id: ID,
            }

            impl $input {
                pub(super) fn id(&self) -> Result<uuid::Uuid> {
                    IdKind::Export.read(&self.id)
                }
            }
        )?

        #[doc = $doc]
        #[derive(Debug, SimpleObject)]
        pub struct $payload {
            #[doc = $job_doc]
            export_job: Option<ExportJob>,
            /// Why nothing was done; empty when it was.
            user_errors: Vec<$error>,
        }

        impl $payload {
            pub(super) fn of(outcome: Result<exports::ExportJob>) -> Result<Self> {
                match outcome {
                    Ok(job) => Ok(Self { export_job: Some(job.into()), user_errors: Vec::new() }),
                    Err(error) => Ok(Self { export_job: None, user_errors: vec![$error::of(error)?] }),
                }
            }
        }
    };
}

payload!(
    StartExportPayload,
    StartExportError,
    "What `startExport` did.",
    "The job, new or that of the idempotency key; null when it was refused."
);
payload!(
    CancelExportPayload,
    CancelExportError,
    "What `cancelExport` did.",
    "The job; one that runs stops within a second. Null when it was refused.",
    CancelExportInput,
    "Which export to stop."
);
payload!(
    RetryExportPayload,
    RetryExportError,
    "What `retryExport` did.",
    "The job, waiting again; null when it was refused.",
    RetryExportInput,
    "Which export to try again."
);
payload!(
    DeleteExportPayload,
    DeleteExportError,
    "What `deleteExport` did.",
    "The job as it was; null when it was refused.",
    DeleteExportInput,
    "Which export to delete."
);
