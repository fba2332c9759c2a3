//! The history of records: every change is one event with the records it was about, and what each of them was before.
//!
//! Not here: reading it (`events.rs`). What a reader would get wrong: a version of a record is its whole row, remarks
//! included, and is copied *before* the change, by [`keep`]; the version that is current is in no other place than the
//! record. So what an event did is the difference between two versions, and neither side of it can be missing.
//!
//! On PostgreSQL whoever calls has locked the records first (`SELECT … FOR UPDATE`): between two statements of one
//! transaction another one may change them otherwise, and what is kept would not be what was replaced.

use chrono::{DateTime, Utc};
use entity::{
    record,
    record_event::{self, RecordEventKind, RecordEventSource},
    record_event_item, record_remark, record_version,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    auth::{Scope, qualified},
    db::Transaction,
    error::{Context, Error, Result},
};

/// What happened to records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happening {
    /// What was done.
    pub kind: RecordEventKind,
    /// What did it.
    pub source: RecordEventSource,
    /// The person who did it.
    pub member_id: Option<Uuid>,
    /// The import that did it, or whose undoing did; none for a person alone.
    pub import_id: Option<Uuid>,
}

impl Happening {
    /// A person did it, with no file.
    pub(super) fn by_hand(kind: RecordEventKind, scope: &Scope) -> Self {
        let member_id = scope.author().member_id;
        Self { kind, source: RecordEventSource::Manual, member_id, import_id: None }
    }
}

/// Keeps these records, ids by a query, as they are now. To be called before each change of them, once a version.
pub(crate) async fn keep(tx: &Transaction, org_id: Uuid, records: SelectStatement) -> Result<()> {
    use record::Column as R;
    use record_remark::Column as M;
    use record_version::Column as V;
    let mut states = Query::select();
    states
        .exprs(
            [R::Id, R::Version, R::OrgId, R::EbayOrderId, R::SaleDate, R::ItemName, R::ItemNameFolded].map(qualified),
        )
        .exprs([R::Qty, R::SalePriceCents, R::EbayFeesCents, R::AmazonPriceCents, R::AmazonTaxCents].map(qualified))
        .exprs([R::AmazonShippingCents, R::AmazonOrderId, R::Status, R::ReturnLabelCostCents].map(qualified))
        .exprs([M::OrderRemark, M::ServiceRemark].map(qualified))
        .exprs([R::UpdatedAt, R::DeletedAt].map(qualified))
        .from(record::Entity)
        .left_join(record_remark::Entity, qualified(M::RecordId).eq(qualified(R::Id)))
        .and_where(qualified(R::OrgId).eq(org_id))
        .and_where(qualified(R::Id).in_subquery(records));
    let kept = Query::insert()
        .into_table(record_version::Entity)
        // In one call: each takes the place of the one before.
        .columns([
            V::RecordId,
            V::Version,
            V::OrgId,
            V::EbayOrderId,
            V::SaleDate,
            V::ItemName,
            V::ItemNameFolded,
            V::Qty,
            V::SalePriceCents,
            V::EbayFeesCents,
            V::AmazonPriceCents,
            V::AmazonTaxCents,
            V::AmazonShippingCents,
            V::AmazonOrderId,
            V::Status,
            V::ReturnLabelCostCents,
            V::OrderRemark,
            V::ServiceRemark,
            V::UpdatedAt,
            V::DeletedAt,
        ])
        .select_from(states)
        .map_err(|error| Error::caused("keeping what records were", error))?
        .to_owned();
    tx.execute(&kept).await.doing("keeping what records were").map(drop)
}

/// Writes an event, unless it is about nothing. `items` is a plain query of two columns, the ids of the records and the
/// versions that the event made of them. Answers how many there are.
pub(crate) async fn write(
    tx: &Transaction,
    org_id: Uuid,
    at: DateTime<Utc>,
    happening: Happening,
    mut items: SelectStatement,
) -> Result<u64> {
    use record_event_item::Column as I;
    let doing = "writing the history of records";
    let id = Uuid::now_v7();
    let event = record_event::ActiveModel {
        id: Set(id),
        org_id: Set(org_id),
        at: Set(at),
        kind: Set(happening.kind),
        source: Set(happening.source),
        member_id: Set(happening.member_id),
        import_id: Set(happening.import_id),
        // Until the items, which refer to it, are there and counted.
        count: Set(1),
    };
    record_event::Entity::insert(event).exec_without_returning(tx).await.doing(doing)?;
    let written = Query::insert()
        .into_table(record_event_item::Entity)
        .columns([I::RecordId, I::Version, I::EventId])
        .select_from(items.expr(Expr::value(id)).take())
        .map_err(|error| Error::caused(doing, error))?
        .to_owned();
    let count = tx.execute(&written).await.doing(doing)?.rows_affected();
    match count {
        0 => record_event::Entity::delete_by_id(id).exec(tx).await.doing(doing).map(drop)?,
        1 => {}
        more => record_event::Entity::update_many()
            .col_expr(record_event::Column::Count, Expr::value(i32::try_from(more).unwrap_or(i32::MAX)))
            .filter(record_event::Column::OrgId.eq(org_id))
            .filter(record_event::Column::Id.eq(id))
            .exec(tx)
            .await
            .doing(doing)
            .map(drop)?,
    }
    Ok(count)
}
