//! Whom the events of the history were about: the sellers of an event, and the events of a seller.
//!
//! Not here: the events themselves (`events.rs`). What a reader would get wrong: both lists go by ids, which rise with time,
//! because that is what an event of a hundred thousand sellers can be paged by; and an export has no items, only a count.

use std::collections::HashMap;

use entity::{seller, seller_event, seller_event_item};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{Seller, living_and_deleted};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope, qualified},
    error::{Context, Result},
    page::{self, ById, Fingerprint, List, Page, PageRequest},
};

/// One seller of an event.
pub type SellerEventItem = seller_event_item::Model;

/// The order of the sellers of an event: the latest first, or as they were given together.
const BY_SELLER: ById<seller_event_item::Entity> =
    ById { id: seller_event_item::Column::SellerId, of: |item| item.seller_id };
/// The order of the events of a seller, the latest first.
const BY_EVENT: ById<seller_event_item::Entity> =
    ById { id: seller_event_item::Column::EventId, of: |item| item.event_id };

/// The same page of the sellers of each of several events.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`. What is wrong with a page is the answer of its event.
pub async fn event_items(
    app: &App,
    actor: &Actor,
    event_ids: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<SellerEventItem>>>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let list = |id: Uuid| {
        let select = visible(&scope).filter(seller_event_item::Column::EventId.eq(id));
        Ok(List { id, select, fingerprint: Fingerprint::of("seller_event_items", scope.org_id(), &(), &id)? })
    };
    let lists = event_ids.iter().copied().map(list).collect::<Result<_>>()?;
    page::read_each(app.db.read(), lists, BY_SELLER, request, |item| item.event_id).await
}

/// The same page of what happened to each of several sellers, the latest first.
///
/// # Errors
/// As [`event_items`].
pub async fn events_of(
    app: &App,
    actor: &Actor,
    seller_ids: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<SellerEventItem>>>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let list = |id: Uuid| {
        let select = visible(&scope).filter(seller_event_item::Column::SellerId.eq(id));
        Ok(List { id, select, fingerprint: Fingerprint::of("events_of_seller", scope.org_id(), &(), &id)? })
    };
    let lists = seller_ids.iter().copied().map(list).collect::<Result<_>>()?;
    page::read_each(app.db.read(), lists, BY_EVENT, request, |item| item.seller_id).await
}

/// How many events there are of each of these sellers on all pages; one without is left out.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn count_events_of(app: &App, actor: &Actor, seller_ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    let (scope, of) = (actor.require(Permission::ReadSellers)?, seller_event_item::Column::SellerId);
    page::count_each(app.db.read(), visible(&scope).filter(of.is_in(seller_ids.iter().copied())), of).await
}

/// The sellers with these ids as they are now, deleted ones among them, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn find_ever(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Seller>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let found = living_and_deleted(&scope).filter(seller::Column::Id.is_in(ids.iter().copied())).all(app.db.read());
    found.await.doing("finding the sellers of events")
}

/// The items of the scope's events. Every query of this file over them starts here.
fn visible(scope: &Scope) -> Select<seller_event_item::Entity> {
    use seller_event::Column as C;
    let event = seller_event::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(qualified(C::Id).eq(qualified(seller_event_item::Column::EventId)))
        .filter(C::OrgId.eq(scope.org_id()));
    seller_event_item::Entity::find().filter(Expr::exists(event.into_query()))
}
