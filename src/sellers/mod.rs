//! Sellers: whom the organisation watches on the marketplaces.
//!
//! Not here: how they are found (collection runs) and files (`exports`). What a reader would get wrong: sellers belong
//! to the whole organisation; accounts do not limit who sees them. And one that is deleted is never removed for good: what
//! the list was at any moment must stay known, so it can be restored however long ago that was.

mod add;
mod change;
mod filter;
mod history;
mod import;
mod names;
mod order;
mod rename;
mod seen;
mod sheet;
mod sightings;
mod taken;
mod write;

use entity::seller;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Select};
use uuid::Uuid;

pub use add::{Added, add};
pub use change::{Changed, changed, delete_many, flag_many, restore_many};
pub use filter::SellerFilter;
pub use import::import;
pub use names::names;
pub use order::{SellerOrder, SellerOrderField};
pub use rename::rename;
pub(crate) use seen::{Saw, Seeing, see};
pub use seller::Platform;
pub use sightings::{Sighting, SightingCount, sightings};
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
    page::read(app.db.read(), matching(&scope, filter)?, order, request, fingerprint).await
}

/// How many sellers a list has.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, actor: &Actor, filter: &SellerFilter) -> Result<u64> {
    let scope = actor.require(Permission::ReadSellers)?;
    matching(&scope, filter)?.count(app.db.read()).await.doing("counting sellers")
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

/// The visible sellers of a filter, in no order.
pub(crate) fn matching(scope: &Scope, filter: &SellerFilter) -> Result<Select<seller::Entity>> {
    filter.check()?;
    Ok(visible(scope).filter(filter.condition(scope.org_id())))
}
