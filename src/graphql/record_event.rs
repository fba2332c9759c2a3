//! The history of records in the schema: what was done to each, by whom, and what it changed.
//!
//! What a reader would get wrong: one event can be about a thousand records, and is told of each of them by itself; so it is
//! known by its record and the version it made, and is no `Node`.

use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    connection::{connection, total},
    import::Import,
    import_loader::ImportKey,
    loader::{Loader, MemberKey},
    member::Member,
    record::Record,
    record_loader::{ChangesKey, EventCountKey, KnownRecordKey},
    scalar::DateTime,
};
use crate::{id::IdKind, records};

/// A field of a record that people write.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "records::RecordField")]
pub enum RecordField {
    /// `ebayOrderId`. Written with `order_tracking.write.order_fields`.
    EbayOrderId,
    /// `saleDate`. Written with `order_tracking.write.basic_fields`.
    SaleDate,
    /// `itemName`. Written with `order_tracking.write.basic_fields`.
    ItemName,
    /// `qty`. Written with `order_tracking.write.basic_fields`.
    Qty,
    /// `salePriceCents`. Written with `order_tracking.write.order_fields`.
    SalePriceCents,
    /// `ebayFeesCents`. Written with `order_tracking.write.order_fields`.
    EbayFeesCents,
    /// `amazonPriceCents`. Written with `order_tracking.write.order_fields`.
    AmazonPriceCents,
    /// `amazonTaxCents`. Written with `order_tracking.write.order_fields`.
    AmazonTaxCents,
    /// `amazonShippingCents`. Written with `order_tracking.write.order_fields`.
    AmazonShippingCents,
    /// `amazonOrderId`. Written with `order_tracking.write.order_fields`.
    AmazonOrderId,
    /// `status`. Written with `order_tracking.write.service_fields`.
    Status,
    /// `returnLabelCostCents`. Written with `order_tracking.write.service_fields`.
    ReturnLabelCostCents,
    /// `orderRemark`. Written with `order_tracking.write.order_remark`.
    OrderRemark,
    /// `serviceRemark`. Written with `order_tracking.write.service_remark`.
    ServiceRemark,
}

/// What was done to a record.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "records::RecordEventKind")]
pub enum RecordEventKind {
    /// It was stored for the first time.
    Created,
    /// Fields of it were changed.
    Updated,
    /// It was deleted.
    Deleted,
    /// It was restored.
    Restored,
}

/// What did it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "records::RecordEventSource")]
pub enum RecordEventSource {
    /// A person.
    Manual,
    /// An import.
    Import,
    /// The undoing of an import.
    Rollback,
}

/// One change of one record. Kept as long as the record is.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct RecordEvent {
    /// Its id: that of its record and the version.
    pub(super) id: ID,
    /// When it was done.
    at: DateTime,
    /// What was done.
    kind: RecordEventKind,
    /// What did it.
    source: RecordEventSource,
    /// The version that it made of the record.
    version: i32,
    /// To how many records it was done at once, this one among them.
    count: i32,
    /// The global id of the import that did it, or whose undoing did; null for a person alone.
    import_id: Option<ID>,
    #[graphql(skip)]
    key: records::Version,
    #[graphql(skip)]
    member_id: Option<Uuid>,
    #[graphql(skip)]
    import: Option<ImportKey>,
}

impl From<records::RecordEvent> for RecordEvent {
    fn from(event: records::RecordEvent) -> Self {
        Self {
            id: format!("{}_{}", IdKind::RecordEvent.show(event.record_id), event.version).into(),
            at: DateTime(event.at),
            kind: event.kind.into(),
            source: event.source.into(),
            version: event.version,
            count: event.count,
            import_id: event.import_id.map(|id| IdKind::Import.show(id).into()),
            key: (event.record_id, event.version),
            member_id: event.member_id,
            import: event.import_id.map(ImportKey),
        }
    }
}

#[ComplexObject]
impl RecordEvent {
    /// The import that did it, or whose undoing did. Null for a person alone, and when you may not see it.
    async fn import(&self, ctx: &Context<'_>) -> Result<Option<Import>> {
        let Some(key) = self.import else { return Ok(None) };
        let import = ctx.data::<DataLoader<Loader>>()?.load_one(key).await?;
        Ok(import.map(Into::into))
    }

    /// Who did it. Null when you may not see them, when they are gone, or when it was the operator of the service.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let Some(id) = self.member_id else { return Ok(None) };
        let member = ctx.data::<DataLoader<Loader>>()?.load_one(MemberKey(id)).await?;
        Ok(member.map(Into::into))
    }

    /// The record as it is now, deleted or not. Null when it cannot be read.
    async fn record(&self, ctx: &Context<'_>) -> Result<Option<Record>> {
        let record = ctx.data::<DataLoader<Loader>>()?.load_one(KnownRecordKey(self.key.0)).await?;
        Ok(record.map(Into::into))
    }

    /// What it changed, field by field; of a new record every field that has a value. Empty when it was deleted or restored.
    /// Remarks are among them if you may read them. Null when that cannot be read.
    async fn changes(&self, ctx: &Context<'_>) -> Option<Result<Vec<RecordFieldChange>>> {
        let changes = async {
            let changes = ctx.data::<DataLoader<Loader>>()?.load_one(ChangesKey(self.key)).await?;
            Ok(changes.unwrap_or_default().into_iter().map(Into::into).collect())
        };
        Some(changes.await)
    }
}

/// What became of one field of a record, spelled as in a file of records: cents as whole numbers, days as `YYYY-MM-DD`,
/// statuses by their names.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecordFieldChange {
    /// Which field.
    field: RecordField,
    /// Its value before; null when there was none.
    from: Option<String>,
    /// Its value after; null when there is none.
    to: Option<String>,
}

impl From<records::FieldChange> for RecordFieldChange {
    fn from(change: records::FieldChange) -> Self {
        Self { field: change.field.into(), from: change.from, to: change.to }
    }
}

connection!(
    RecordEventConnection,
    RecordEventEdge,
    RecordEvent,
    Uuid,
    "A page of the history of a record, the latest change first."
);

#[ComplexObject]
impl RecordEventConnection {
    /// The events of this page, without their cursors.
    async fn nodes(&self) -> Vec<&RecordEvent> {
        self.rows()
    }

    /// How many events there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async {
            let count = ctx.data::<DataLoader<Loader>>()?.load_one(EventCountKey(self.source)).await?;
            Ok(total(count.unwrap_or_default()))
        };
        Some(count.await)
    }
}
