//! The history of an organisation's sellers: every change is one numbered event with the sellers it was about.
//!
//! Not here: reading it. What a reader would get wrong: [`open`] comes first in every transaction that writes sellers; it
//! locks the organisation's row, so that two who write the same sellers wait for each other instead of for ever.

use chrono::{DateTime, Utc};
use entity::{
    seller_event::{self, ChangeSource, SellerEventKind},
    seller_event_item, seller_history,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use crate::{
    db::Transaction,
    error::{Context, Result},
};

/// Rows a statement writes.
const BATCH: usize = 1_000;

/// The history of one organisation, locked until the transaction ends.
#[derive(Debug)]
pub(crate) struct History<'tx> {
    tx: &'tx Transaction,
    org_id: Uuid,
    last_seq: i64,
}

/// What happened to sellers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happening {
    /// When.
    pub at: DateTime<Utc>,
    /// What was done.
    pub kind: SellerEventKind,
    /// What did it.
    pub source: ChangeSource,
    /// The run that did it.
    pub run_id: Option<Uuid>,
    /// The person who did it.
    pub member_id: Option<Uuid>,
}

/// One seller of an event; old and new values where something of it was changed.
pub(crate) type Item = (Uuid, Option<String>, Option<String>);

/// Locks the history of an organisation.
pub(crate) async fn open(tx: &Transaction, org_id: Uuid) -> Result<History<'_>> {
    use seller_history::Column as C;
    let begun = seller_history::ActiveModel { org_id: Set(org_id), last_seq: Set(0) };
    // An update that changes nothing: it locks the row that is there.
    let lock = OnConflict::column(C::OrgId)
        .value(C::LastSeq, Expr::col((seller_history::Entity, C::LastSeq)).add(0))
        .to_owned();
    let row = seller_history::Entity::insert(begun).on_conflict(lock).exec_with_returning(tx).await;
    let last_seq = row.doing("opening the history of sellers")?.last_seq;
    Ok(History { tx, org_id, last_seq })
}

impl History<'_> {
    /// Writes an event, unless it is about nobody.
    pub(crate) async fn write(&mut self, happening: Happening, items: Vec<Item>) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        self.last_seq += 1;
        let id = Uuid::now_v7();
        let event = seller_event::ActiveModel {
            id: Set(id),
            org_id: Set(self.org_id),
            seq: Set(self.last_seq),
            at: Set(happening.at),
            kind: Set(happening.kind),
            source: Set(happening.source),
            run_id: Set(happening.run_id),
            member_id: Set(happening.member_id),
            count: Set(i32::try_from(items.len()).unwrap_or(i32::MAX)),
        };
        let written = seller_event::Entity::insert(event).exec_without_returning(self.tx).await;
        written.doing("writing the history of sellers")?;
        for items in items.chunks(BATCH) {
            let rows = items.iter().map(|(seller_id, old_value, new_value)| seller_event_item::ActiveModel {
                event_id: Set(id),
                seller_id: Set(*seller_id),
                old_value: Set(old_value.clone()),
                new_value: Set(new_value.clone()),
            });
            let written = seller_event_item::Entity::insert_many(rows).exec_without_returning(self.tx).await;
            written.doing("writing the history of sellers")?;
        }
        seller_history::Entity::update_many()
            .col_expr(seller_history::Column::LastSeq, Expr::value(self.last_seq))
            .filter(seller_history::Column::OrgId.eq(self.org_id))
            .exec(self.tx)
            .await
            .doing("numbering the history of sellers")?;
        Ok(())
    }
}
