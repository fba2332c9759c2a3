//! What can be done to collection runs: inputs, payloads and refusals of their mutations.

use async_graphql::InputObject;

use super::{
    change::{names_one, payload},
    collection_estimate::CollectionInput,
    collection_run::CollectionRun,
    user_error::user_error,
};
use crate::{
    collection::NewRun,
    error::{Error, Result},
};

/// What to start.
#[derive(Debug, InputObject)]
pub struct StartCollectionRunInput {
    /// What to collect.
    collection: CollectionInput,
    /// A text of yours, at most 100 characters, new for each run you want: sent again with the same input, it gives the
    /// same run instead of another.
    idempotency_key: Option<String>,
}

impl TryFrom<StartCollectionRunInput> for NewRun {
    type Error = Error;

    fn try_from(input: StartCollectionRunInput) -> Result<Self> {
        Ok(Self { idempotency_key: input.idempotency_key, ..input.collection.try_into()? })
    }
}

user_error!(
    /// Why a run was not started.
    StartCollectionRunError,
    /// Refusals of `startCollectionRun`.
    StartCollectionRunErrorCode {
        /// Neither a preset nor a category is named.
        NothingToCollect = "NOTHING_TO_COLLECT" at Some(&["collection"]),
        /// There is no such category, or the preset has one that is no longer there.
        UnknownCategory = "UNKNOWN_CATEGORY" at Some(&["collection", "categoryIds"]),
        /// A category is named twice.
        DuplicateCategory = "DUPLICATE_CATEGORY" at Some(&["collection", "categoryIds"]),
        /// The search settings find nothing, or no marketplace takes them.
        InvalidSearch = "INVALID_SEARCH" at Some(&["collection", "search"]),
        /// A limit of calls or cost cannot be meant.
        InvalidLimit = "INVALID_LIMIT" at Some(&["collection"]),
        /// A text is too long, empty or holds a NUL.
        InvalidText = "INVALID_TEXT" at None,
        /// As many runs are active as the settings allow.
        TooManyRuns = "TOO_MANY_RUNS" at None,
        /// The key came with another input before.
        IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED" at Some(&["idempotencyKey"]),
    }
);

user_error!(
    /// Why a run was not paused.
    PauseCollectionRunError,
    /// Refusals of `pauseCollectionRun`.
    #[expect(clippy::enum_variant_names, reason = "they are named as their codes are")]
    PauseCollectionRunErrorCode {
        /// It has ended; there is nothing to pause.
        RunFinished = "RUN_FINISHED" at Some(&["id"]),
        /// Somebody has paused it already.
        RunPaused = "RUN_PAUSED" at Some(&["id"]),
        /// Somebody has cancelled it; it ends after the products in hand.
        RunCancelling = "RUN_CANCELLING" at Some(&["id"]),
    }
);

user_error!(
    /// Why a run did not go on.
    ResumeCollectionRunError,
    /// Refusals of `resumeCollectionRun`.
    #[expect(clippy::enum_variant_names, reason = "they are named as their codes are")]
    ResumeCollectionRunErrorCode {
        /// It has ended; it can be run again.
        RunFinished = "RUN_FINISHED" at Some(&["id"]),
        /// It waits or runs already.
        RunNotPaused = "RUN_NOT_PAUSED" at Some(&["id"]),
        /// Somebody has cancelled it; it ends after the products in hand.
        RunCancelling = "RUN_CANCELLING" at Some(&["id"]),
    }
);

user_error!(
    /// Why a run was not cancelled.
    CancelCollectionRunError,
    /// Refusals of `cancelCollectionRun`.
    CancelCollectionRunErrorCode {
        /// It has ended; there is nothing to stop.
        RunFinished = "RUN_FINISHED" at Some(&["id"]),
        /// Somebody has cancelled it already; it ends after the products in hand.
        RunCancelling = "RUN_CANCELLING" at Some(&["id"]),
    }
);

user_error!(
    /// Why a run was not started again.
    RerunCollectionRunError,
    /// Refusals of `rerunCollectionRun`.
    RerunCollectionRunErrorCode {
        /// One of its categories is no longer there.
        UnknownCategory = "UNKNOWN_CATEGORY" at Some(&["id"]),
        /// As many runs are active as the settings allow.
        TooManyRuns = "TOO_MANY_RUNS" at None,
    }
);

user_error!(
    /// Why failures were not tried again.
    RetryCollectionFailuresError,
    /// Refusals of `retryCollectionFailures`.
    RetryCollectionFailuresErrorCode {
        /// Nothing of the run has failed, or all of it has succeeded since.
        NothingFailed = "NOTHING_FAILED" at Some(&["id"]),
        /// As many runs are active as the settings allow.
        TooManyRuns = "TOO_MANY_RUNS" at None,
    }
);

payload!(
    StartCollectionRunPayload,
    StartCollectionRunError,
    "What `startCollectionRun` did.",
    collection_run: CollectionRun,
    "The run, new or that of the idempotency key; null when it was refused."
);
names_one!(PauseCollectionRunInput, Run, "Which run to pause.", "The run's id.");
payload!(
    PauseCollectionRunPayload,
    PauseCollectionRunError,
    "What `pauseCollectionRun` did.",
    collection_run: CollectionRun,
    "The run; one that runs rests after the products in hand. Null when it was refused."
);
names_one!(ResumeCollectionRunInput, Run, "Which run goes on.", "The run's id.");
payload!(
    ResumeCollectionRunPayload,
    ResumeCollectionRunError,
    "What `resumeCollectionRun` did.",
    collection_run: CollectionRun,
    "The run, waiting for a worker or running; null when it was refused."
);
names_one!(CancelCollectionRunInput, Run, "Which run to cancel.", "The run's id.");
payload!(
    CancelCollectionRunPayload,
    CancelCollectionRunError,
    "What `cancelCollectionRun` did.",
    collection_run: CollectionRun,
    "The run; one that runs ends after the products in hand. Null when it was refused."
);
names_one!(RerunCollectionRunInput, Run, "Which run to repeat.", "The run's id.");
payload!(
    RerunCollectionRunPayload,
    RerunCollectionRunError,
    "What `rerunCollectionRun` did.",
    collection_run: CollectionRun,
    "The new run; null when it was refused."
);
names_one!(RetryCollectionFailuresInput, Run, "Of which run to try the failures again.", "The run's id.");
payload!(
    RetryCollectionFailuresPayload,
    RetryCollectionFailuresError,
    "What `retryCollectionFailures` did.",
    collection_run: CollectionRun,
    "The run, at work again; null when it was refused."
);
