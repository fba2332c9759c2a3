//! What happened to the sellers of an organisation, in order.
//!
//! Not here: writing it down (`history.rs`), and whom an event was about (`event_items.rs`). What a reader would get wrong:
//! the order is that of the numbers, not of the times; those of one moment tie.

use chrono::{DateTime, Utc};
use entity::{
    seller_event::{self, ChangeSource, SellerEventKind},
    seller_event_item,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::SimpleExpr,
};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    condition::as_stored,
    error::{Context, Error, Result},
    page::{self, ByNumber, Direction, Fingerprint, Page, PageRequest},
};

/// One change of sellers, or one look at them: an export.
pub type SellerEvent = seller_event::Model;

/// Which events. All conditions must hold; what is absent is no condition.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SellerEventFilter {
    /// Of one of these kinds, as stored.
    #[serde(serialize_with = "as_stored")]
    pub kinds: Option<Vec<SellerEventKind>>,
    /// Done by one of these, as stored.
    #[serde(serialize_with = "as_stored")]
    pub sources: Option<Vec<ChangeSource>>,
    /// Done by this run.
    pub run_id: Option<Uuid>,
    /// Done by this member, or on their behalf.
    pub member_id: Option<Uuid>,
    /// Done by this import.
    pub import_id: Option<Uuid>,
    /// About this seller, among others.
    pub seller_id: Option<Uuid>,
    /// At this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// At this moment or earlier.
    pub to: Option<DateTime<Utc>>,
}

/// A page of the history of the organisation's sellers, the newest first.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; a filter or page that cannot be answered.
pub async fn list_events(
    app: &App,
    actor: &Actor,
    filter: &SellerEventFilter,
    request: &PageRequest,
) -> Result<Page<SellerEvent>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let fingerprint = Fingerprint::of("seller_events", scope.org_id(), &(), filter)?;
    page::read(app.db.read(), matching(&scope, filter)?, LATEST, request, fingerprint).await
}

/// How many there are on all pages.
///
/// # Errors
/// As [`list_events`].
pub async fn count_events(app: &App, actor: &Actor, filter: &SellerEventFilter) -> Result<u64> {
    let scope = actor.require(Permission::ReadSellers)?;
    matching(&scope, filter)?.count(app.db.read()).await.doing("counting the history of sellers")
}

/// The events with these ids, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn find_events(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<SellerEvent>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let found = visible(&scope).filter(seller_event::Column::Id.is_in(ids.iter().copied())).all(app.db.read()).await;
    found.doing("finding what happened to sellers")
}

/// The history of the scope. Every query of this file starts here.
fn visible(scope: &Scope) -> Select<seller_event::Entity> {
    seller_event::Entity::find().filter(seller_event::Column::OrgId.eq(scope.org_id()))
}

fn matching(scope: &Scope, filter: &SellerEventFilter) -> Result<Select<seller_event::Entity>> {
    use seller_event::Column as C;
    if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
        return Err(Error::bad_input("INVALID_FILTER", "the first moment must not be after the last"));
    }
    let condition = Condition::all()
        .add_option(filter.kinds.as_ref().map(|kinds| C::Kind.is_in(kinds.iter().copied())))
        .add_option(filter.sources.as_ref().map(|sources| C::Source.is_in(sources.iter().copied())))
        .add_option(filter.run_id.map(|id| C::RunId.eq(id)))
        .add_option(filter.member_id.map(|id| C::MemberId.eq(id)))
        .add_option(filter.import_id.map(|id| C::ImportId.eq(id)))
        .add_option(filter.seller_id.map(about))
        .add_option(filter.from.map(|from| C::At.gte(from)))
        .add_option(filter.to.map(|to| C::At.lte(to)));
    Ok(visible(scope).filter(condition))
}

fn about(seller_id: Uuid) -> SimpleExpr {
    use seller_event_item::Column as C;
    let of_seller =
        seller_event_item::Entity::find().select_only().column(C::EventId).filter(C::SellerId.eq(seller_id));
    seller_event::Column::Id.in_subquery(of_seller.into_query())
}

/// The only order of events.
const LATEST: ByNumber<seller_event::Entity> = ByNumber {
    number: seller_event::Column::Seq,
    id: seller_event::Column::Id,
    direction: Direction::Desc,
    of: |event| (event.seq, event.id),
};
