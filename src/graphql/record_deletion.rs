//! Deleting and restoring records: inputs, payloads and refusals of the two mutations, and the list of what is deleted.

use async_graphql::{ComplexObject, Context, ID, InputObject, Result, SimpleObject};
use uuid::Uuid;

use super::{
    actor, app,
    connection::{connection, total},
    record::Record,
    user_error::user_error,
};
use crate::{
    error,
    id::IdKind,
    records::{self, Affected, RecordFilter},
};

/// Which records to delete.
#[derive(Debug, InputObject)]
pub struct DeleteRecordsInput {
    /// Their ids, 1 to 1,000.
    ids: Vec<ID>,
}

impl DeleteRecordsInput {
    pub(super) fn ids(&self) -> error::Result<Vec<Uuid>> {
        self.ids.iter().map(|id| IdKind::Record.read(id)).collect()
    }
}

/// Which records to restore.
#[derive(Debug, InputObject)]
pub struct RestoreRecordsInput {
    /// Their ids, 1 to 1,000.
    ids: Vec<ID>,
}

impl RestoreRecordsInput {
    pub(super) fn ids(&self) -> error::Result<Vec<Uuid>> {
        self.ids.iter().map(|id| IdKind::Record.read(id)).collect()
    }
}

user_error!(
    /// Why records were not deleted.
    DeleteRecordsError,
    /// Refusals of `deleteRecords`.
    DeleteRecordsErrorCode {
        /// None are named, or more than 1,000.
        InvalidIds = "INVALID_IDS" at Some(&["ids"]),
    }
);

user_error!(
    /// Why records were not restored.
    RestoreRecordsError,
    /// Refusals of `restoreRecords`.
    RestoreRecordsErrorCode {
        /// None are named, or more than 1,000.
        InvalidIds = "INVALID_IDS" at Some(&["ids"]),
        /// There is a live record of one of their eBay orders by now, or two of them are of one order.
        RecordExists = "RECORD_EXISTS" at Some(&["ids"]),
    }
);

/// What `deleteRecords` did.
#[derive(Debug, SimpleObject)]
pub struct DeleteRecordsPayload {
    /// The records that were deleted, in the order of their ids in the input; empty when it was refused.
    records: Vec<Record>,
    /// The ids of which there is no live record that you may see: they were left alone.
    unknown_ids: Vec<ID>,
    /// Why nothing was done; empty when it was.
    user_errors: Vec<DeleteRecordsError>,
}

impl DeleteRecordsPayload {
    pub(super) fn of(outcome: error::Result<Affected>) -> error::Result<Self> {
        let (affected, user_errors) = match outcome {
            Ok(affected) => (affected, Vec::new()),
            Err(error) => (Affected::default(), vec![DeleteRecordsError::of(error)?]),
        };
        let (records, unknown_ids) = shown(affected);
        Ok(Self { records, unknown_ids, user_errors })
    }
}

/// What `restoreRecords` did.
#[derive(Debug, SimpleObject)]
pub struct RestoreRecordsPayload {
    /// The records that were restored, in the order of their ids in the input; empty when it was refused.
    records: Vec<Record>,
    /// The ids of which there is no record that you may see and that was deleted in the last 30 days: they were left alone.
    unknown_ids: Vec<ID>,
    /// Why nothing was done; empty when it was.
    user_errors: Vec<RestoreRecordsError>,
}

impl RestoreRecordsPayload {
    pub(super) fn of(outcome: error::Result<Affected>) -> error::Result<Self> {
        let (affected, user_errors) = match outcome {
            Ok(affected) => (affected, Vec::new()),
            Err(error) => (Affected::default(), vec![RestoreRecordsError::of(error)?]),
        };
        let (records, unknown_ids) = shown(affected);
        Ok(Self { records, unknown_ids, user_errors })
    }
}

fn shown(affected: Affected) -> (Vec<Record>, Vec<ID>) {
    let unknown = affected.unknown.into_iter().map(|id| IdKind::Record.show(id).into());
    (affected.records.into_iter().map(Into::into).collect(), unknown.collect())
}

connection!(
    DeletedRecordConnection,
    DeletedRecordEdge,
    Record,
    RecordFilter,
    "A page of the deleted records that can still be restored, the latest deletion first."
);

#[ComplexObject]
impl DeletedRecordConnection {
    /// The records of this page, without their cursors.
    async fn nodes(&self) -> Vec<&Record> {
        self.rows()
    }

    /// How many records the filter has on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async {
            let count = records::count_deleted(app(ctx)?, actor(ctx)?, &self.source).await?;
            Ok(total(count))
        };
        Some(count.await)
    }
}
