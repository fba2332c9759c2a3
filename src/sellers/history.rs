//! The history of an organisation's sellers: every change is one numbered event with the sellers it was about.
//!
//! Not here: reading it. What a reader would get wrong: [`open`] comes first in every transaction that writes sellers; it
//! locks the organisation's row, so that two who write the same sellers wait for each other instead of for ever, and it says
//! what time it is: [`History::at`] goes into every row, or sellers as of a moment would be those of another.

use chrono::{DateTime, Utc};
use entity::{
    seller,
    seller_event::{self, ChangeSource, SellerEventKind},
    seller_event_item, seller_history, seller_version,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    db::Transaction,
    error::{Context, Error, Result},
};

/// Rows a statement writes.
const BATCH: usize = 1_000;

/// The history of one organisation, locked until the transaction ends.
#[derive(Debug)]
pub(crate) struct History<'tx> {
    tx: &'tx Transaction,
    org_id: Uuid,
    last_seq: i64,
    at: DateTime<Utc>,
}

/// What happened to sellers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happening {
    /// What was done.
    pub kind: SellerEventKind,
    /// What did it.
    pub source: ChangeSource,
    /// The run that did it.
    pub run_id: Option<Uuid>,
    /// The person who did it.
    pub member_id: Option<Uuid>,
    /// The import that did it.
    pub import_id: Option<Uuid>,
}

/// One seller of an event; old and new values where something of it was changed.
pub(crate) type Item = (Uuid, Option<String>, Option<String>);

/// Locks the history of an organisation. What is written then happens at `now`, or with what happened last if that is later:
/// clocks differ, and are set back.
pub(crate) async fn open(tx: &Transaction, org_id: Uuid, now: DateTime<Utc>) -> Result<History<'_>> {
    use seller_history::Column as C;
    let begun = seller_history::ActiveModel { org_id: Set(org_id), last_seq: Set(0), last_at: Set(None) };
    // An update that changes nothing: it locks the row that is there.
    let lock = OnConflict::column(C::OrgId)
        .value(C::LastSeq, Expr::col((seller_history::Entity, C::LastSeq)).add(0))
        .to_owned();
    let row = seller_history::Entity::insert(begun).on_conflict(lock).exec_with_returning(tx).await;
    let row = row.doing("opening the history of sellers")?;
    let at = row.last_at.map_or(now, |last_at| Ord::max(last_at, now));
    let history = History { tx, org_id, last_seq: row.last_seq, at };
    if row.last_at != Some(at) {
        history.note(C::LastAt, at.into()).await?;
    }
    Ok(history)
}

impl History<'_> {
    /// When all that this transaction writes happens.
    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Keeps these sellers, ids by a query, as they are now. To be called before each change of them.
    pub(crate) async fn keep(&self, sellers: SelectStatement) -> Result<()> {
        use seller::Column as S;
        use seller_version::Column as V;
        let mut states = Query::select();
        states
            .columns([S::Id, S::OrgId, S::UpdatedAt])
            .expr(Expr::value(self.at))
            .columns([S::DisplayName, S::NormalizedName, S::NameHash, S::Platform, S::PlatformId, S::FeedbackPercent])
            .columns([S::FeedbackCount, S::TimesSeen, S::Flagged, S::CreatedAt, S::FirstSeenRunId, S::LastSeenRunId])
            .columns([S::SourceProduct, S::DeletedAt])
            .from(seller::Entity)
            .and_where(S::OrgId.eq(self.org_id))
            .and_where(S::Id.in_subquery(sellers))
            // What was so for no time at all was never seen.
            .and_where(S::UpdatedAt.lt(self.at));
        let kept = Query::insert()
            .into_table(seller_version::Entity)
            .columns([V::SellerId, V::OrgId, V::ValidFrom, V::ValidTo])
            .columns([V::DisplayName, V::NormalizedName, V::NameHash, V::Platform, V::PlatformId, V::FeedbackPercent])
            .columns([V::FeedbackCount, V::TimesSeen, V::Flagged, V::CreatedAt, V::FirstSeenRunId, V::LastSeenRunId])
            .columns([V::SourceProduct, V::DeletedAt])
            .select_from(states)
            .map_err(|error| Error::caused("keeping what sellers were", error))?
            .to_owned();
        self.tx.execute(&kept).await.doing("keeping what sellers were").map(drop)
    }

    async fn note(&self, column: seller_history::Column, value: Value) -> Result<()> {
        seller_history::Entity::update_many()
            .col_expr(column, Expr::value(value))
            .filter(seller_history::Column::OrgId.eq(self.org_id))
            .exec(self.tx)
            .await
            .doing("numbering the history of sellers")
            .map(drop)
    }

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
            at: Set(self.at),
            kind: Set(happening.kind),
            source: Set(happening.source),
            run_id: Set(happening.run_id),
            member_id: Set(happening.member_id),
            import_id: Set(happening.import_id),
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
        self.note(seller_history::Column::LastSeq, self.last_seq.into()).await
    }
}
