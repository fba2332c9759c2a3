//! Sellers: whom the organisation watches on the marketplaces.
//!
//! Not here: how they are found (collection runs) and files (`exports`). What a reader would get wrong: sellers belong
//! to the whole organisation; accounts do not limit who sees them. And one that is deleted is never removed for good: what
//! the list was at any moment must stay known, so it can be restored however long ago that was.

mod add;
mod as_of;
mod change;
mod diff;
mod event_items;
mod events;
mod exported;
mod filter;
pub(crate) mod history;
mod moment;
mod names;
mod order;
mod rename;
mod seen;
mod sightings;
mod taken;
mod watch;
mod write;

use entity::seller;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Select, sea_query::ExprTrait,
};
use uuid::Uuid;

pub use add::{Added, add};
pub use change::{Changed, changed, delete_many, flag_many, restore_many};
pub use diff::{BY_NAME, SellerChange, SellerDiff, SellerField, count_changed, diff, list_changed};
/// What did something to sellers.
pub use entity::seller_event::ChangeSource;
/// What was done to sellers.
pub use entity::seller_event::SellerEventKind;
pub use event_items::{SellerEventItem, count_events_of, event_items, events_of, find_ever};
pub use events::{SellerEvent, SellerEventFilter, count_events, find_events, list_events};
pub(crate) use exported::note_export;
pub use filter::SellerFilter;
pub use moment::SellerMoment;
pub use names::names;
pub use order::{SellerOrder, SellerOrderField};
pub use rename::rename;
pub(crate) use seen::{Saw, Seeing, see};
pub use seller::Platform;
pub use sightings::{Sighting, SightingCount, sightings};
pub use watch::{SellersChange, watch};
pub(crate) use write::name_hash;
pub use write::{NewSeller, add_many};

use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    error::{Context, Result},
    page::{self, Fingerprint, Page, PageRequest},
    progress::Topic,
};

/// One seller.
pub type Seller = seller::Model;

/// A page of the organisation's sellers.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; a filter or page that cannot be answered.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: &SellerFilter,
    order: SellerOrder,
    request: &PageRequest,
) -> Result<Page<Seller>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let fingerprint = Fingerprint::of("sellers", scope.org_id(), &order, filter)?;
    let (db, sellers) = (app.db.read(), matching(app.db.read(), &scope, filter).await?);
    page::read(db, sellers, order, request, fingerprint).await
}

/// How many sellers a list has.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, actor: &Actor, filter: &SellerFilter) -> Result<u64> {
    let scope = actor.require(Permission::ReadSellers)?;
    matching(app.db.read(), &scope, filter).await?.count(app.db.read()).await.doing("counting sellers")
}

/// The sellers with these ids, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn find_many(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Seller>> {
    let scope = actor.require(Permission::ReadSellers)?;
    visible(&scope)
        .filter(seller::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.read())
        .await
        .doing("finding sellers")
}

/// The live sellers of the scope. Every query of lists and exports starts here.
pub(crate) fn visible(scope: &Scope) -> Select<seller::Entity> {
    living_and_deleted(scope).filter(seller::Column::DeletedAt.is_null())
}

/// The sellers of the scope, deleted ones among them: they can be restored, and are a part of the history.
pub(crate) fn living_and_deleted(scope: &Scope) -> Select<seller::Entity> {
    seller::Entity::find().filter(seller::Column::OrgId.eq(scope.org_id()))
}

/// Tells those who watch the sellers of an organisation to look again. Call it after the commit of whatever opened their
/// history; other processes are told by that.
pub(crate) fn tell(app: &App, org_id: Uuid) {
    app.progress.changed(Topic::Sellers, org_id);
}

/// The sellers of a filter, as of its moment, in no order. Its moments are found by `db`.
pub(crate) async fn matching(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &SellerFilter,
) -> Result<Select<seller::Entity>> {
    filter.check()?;
    let as_of = filter.as_of.unwrap_or(SellerMoment::Now).find(db, scope).await?;
    let mut sellers = as_of::visible_at(scope, as_of).filter(filter.condition(scope.org_id()));
    if let Some(since) = filter.added_since {
        let since = since.find(db, scope).await?;
        sellers = sellers.filter(as_of::was_there(scope, since, Condition::all()).not());
    }
    Ok(sellers)
}
