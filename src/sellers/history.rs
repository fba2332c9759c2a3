//! The history of an organisation's sellers: every change is one numbered event with the sellers it was about.
//!
//! Not here: reading it. What a reader would get wrong: [`open`] comes first in every transaction that writes sellers; it
//! locks the organisation's row, so that two who write the same sellers wait for each other instead of for ever, and it says
//! what time it is: [`History::at`] goes into every row, or sellers as of a moment would be those of another. After the
//! commit, [`tell`](super::tell) those who watch.

use chrono::{DateTime, TimeDelta, Utc};
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
    auth::Scope,
    db::{Transaction, id_set},
    error::{Context, Error, Result},
    progress::{self, Topic},
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

impl Happening {
    /// A person did it by hand.
    pub(crate) fn by_hand(kind: SellerEventKind, scope: &Scope) -> Self {
        let member_id = scope.author().member_id;
        Self { kind, source: ChangeSource::Manual, run_id: None, member_id, import_id: None }
    }
}

/// One seller of an event; old and new values where something of it was changed.
pub(crate) type Item = (Uuid, Option<String>, Option<String>);

/// Locks the history of an organisation. What is written then happens at `now`, or with what happened last if that is later:
/// clocks differ, and are set back.
pub(crate) async fn open(tx: &Transaction, org_id: Uuid, now: DateTime<Utc>) -> Result<History<'_>> {
    use seller_history::Column as C;
    let begun =
        seller_history::ActiveModel { org_id: Set(org_id), last_seq: Set(0), last_at: Set(None), revision: Set(1) };
    // This locks the row that is there.
    let counted = OnConflict::column(C::OrgId)
        .value(C::Revision, Expr::col((seller_history::Entity, C::Revision)).add(1))
        .to_owned();
    let row = seller_history::Entity::insert(begun).on_conflict(counted).exec_with_returning(tx).await;
    let row = row.doing("opening the history of sellers")?;
    let at = row.last_at.map_or(now, |last_at| Ord::max(last_at, now));
    let history = History { tx, org_id, last_seq: row.last_seq, at };
    if row.last_at != Some(at) {
        history.note(C::LastAt, at.into()).await?;
    }
    progress::announce(tx, Topic::Sellers, org_id).await?;
    Ok(history)
}

impl History<'_> {
    /// When all that this transaction writes happens.
    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Moves on by the least there is, before anything is written. For a change that must be undone later: what was so for no
    /// time at all is not kept, and a clock that stands still, or was set back, makes such states.
    pub(crate) async fn move_on(&mut self) -> Result<()> {
        self.at += TimeDelta::microseconds(1);
        self.note(seller_history::Column::LastAt, self.at.into()).await
    }

    /// Keeps these sellers as they are now. To be called before each change of them.
    pub(crate) async fn keep_these(&self, ids: &[Uuid]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.keep(id_set(self.tx.get_database_backend(), ids)).await
    }

    /// As [`keep_these`](Self::keep_these), the ids by a query.
    pub(crate) async fn keep(&self, sellers: SelectStatement) -> Result<()> {
        use seller::Column as S;
        use seller_version::Column as V;
        let mut states = Query::select();
        states
            .columns([S::Id, S::UpdatedAt, S::OrgId, S::DisplayName, S::NormalizedName, S::NameHash, S::Platform])
            .columns([S::PlatformId, S::FeedbackPercent, S::FeedbackCount, S::TimesSeen, S::Flagged, S::CreatedAt])
            .columns([S::FirstSeenRunId, S::LastSeenRunId, S::SourceProduct, S::DeletedAt])
            .expr(Expr::value(self.at))
            .from(seller::Entity)
            .and_where(S::OrgId.eq(self.org_id))
            .and_where(S::Id.in_subquery(sellers))
            // What was so for no time at all was never seen.
            .and_where(S::UpdatedAt.lt(self.at));
        let kept = Query::insert()
            .into_table(seller_version::Entity)
            // All in one call: a second would replace the first.
            .columns([
                V::SellerId,
                V::ValidFrom,
                V::OrgId,
                V::DisplayName,
                V::NormalizedName,
                V::NameHash,
                V::Platform,
                V::PlatformId,
                V::FeedbackPercent,
                V::FeedbackCount,
                V::TimesSeen,
                V::Flagged,
                V::CreatedAt,
                V::FirstSeenRunId,
                V::LastSeenRunId,
                V::SourceProduct,
                V::DeletedAt,
                V::ValidTo,
            ])
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
        let id = self.event(happening, items.len()).await?;
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
        Ok(())
    }

    /// Writes an event about these sellers, of whom there is no more to say, unless it is about nobody.
    pub(crate) async fn write_these(&mut self, happening: Happening, ids: &[Uuid]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let no_value = || Expr::value(None::<String>);
        let items = Query::select()
            .column(seller::Column::Id)
            .expr(no_value())
            .expr(no_value())
            .from(seller::Entity)
            .and_where(seller::Column::OrgId.eq(self.org_id))
            .and_where(seller::Column::Id.in_subquery(id_set(self.tx.get_database_backend(), ids)))
            .to_owned();
        self.write_from(happening, ids.len(), items).await
    }

    /// Writes an event about so many sellers, whose items (id, old value, new value) are those of a query. Whoever says that
    /// there are none has nothing written.
    pub(crate) async fn write_from(
        &mut self,
        happening: Happening,
        count: usize,
        mut items: SelectStatement,
    ) -> Result<()> {
        use seller_event_item::Column as C;
        if count == 0 {
            return Ok(());
        }
        let id = self.event(happening, count).await?;
        items.expr(Expr::value(id));
        let written = Query::insert()
            .into_table(seller_event_item::Entity)
            .columns([C::SellerId, C::OldValue, C::NewValue, C::EventId])
            .select_from(items)
            .map_err(|error| Error::caused("writing the history of sellers", error))?
            .to_owned();
        self.tx.execute(&written).await.doing("writing the history of sellers").map(drop)
    }

    /// Writes an event about so many sellers, who are not written down one by one, unless it is about nobody.
    pub(crate) async fn write_count(&mut self, happening: Happening, count: usize) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        self.event(happening, count).await.map(drop)
    }

    /// Writes the next event, still without its items. Answers its id.
    async fn event(&mut self, happening: Happening, count: usize) -> Result<Uuid> {
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
            count: Set(i32::try_from(count).unwrap_or(i32::MAX)),
        };
        let written = seller_event::Entity::insert(event).exec_without_returning(self.tx).await;
        written.doing("writing the history of sellers")?;
        self.note(seller_history::Column::LastSeq, self.last_seq.into()).await?;
        Ok(id)
    }
}
