//! Sightings: the listings by which runs saw a seller; why a seller is here.
//!
//! Not here: how they come to be (`collection`). What a reader would get wrong: a run may see a seller hundreds of times;
//! only the latest few of each seller are read, in one statement for a page of sellers.

use std::collections::HashMap;

use entity::{collection_item, sighting};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, JoinType, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    error::{Context, Error, Result},
};

/// Most sightings of a seller that one reading gives: why it is here is told by a few.
const MOST: i32 = 100;
/// Sellers of one statement: SQLite joins at most 500 selections.
const SELLERS: usize = 100;

/// A listing by which a run saw a seller.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Sighting {
    /// The seller.
    pub seller_id: Uuid,
    /// The run.
    pub run_id: Uuid,
    /// The product that was searched, by its title.
    pub product: Option<String>,
    /// The marketplace's id of the listing.
    pub listing_id: String,
    /// The title of the listing.
    pub title: String,
    /// Its price, in cents of `currency`.
    pub price_cents: i64,
    /// ISO 4217.
    pub currency: String,
    /// Its page.
    pub url: Option<String>,
    /// How it was found, as [`Rung::name`](crate::sources::Rung::name) says it.
    pub rung: Option<String>,
}

/// How many sightings of a seller are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SightingCount(u64);

impl TryFrom<i32> for SightingCount {
    type Error = Error;

    /// Refuses what is not 1 to 100 with `PAGE_SIZE`.
    fn try_from(first: i32) -> Result<Self> {
        let refused = || Error::bad_input("PAGE_SIZE", format!("`first` must be 1 to {MOST}, not {first}"));
        let count = u64::try_from(first).ok().filter(|_| (1..=MOST).contains(&first));
        count.map(Self).ok_or_else(refused)
    }
}

/// The latest sightings of each of these sellers, the newest run first, at most `first` of each.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn sightings(
    app: &App,
    actor: &Actor,
    ids: &[Uuid],
    first: SightingCount,
) -> Result<HashMap<Uuid, Vec<Sighting>>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let mut found: HashMap<Uuid, Vec<Sighting>> = HashMap::new();
    for ids in ids.chunks(SELLERS) {
        let Some(statement) = latest(&scope, ids, first) else { continue };
        let statement = app.db.read().get_database_backend().build(&statement);
        let rows = Sighting::find_by_statement(statement).all(app.db.read()).await;
        for row in rows.doing("reading sightings")? {
            found.entry(row.seller_id).or_default().push(row);
        }
    }
    Ok(found)
}

/// Those of each seller from the index, then the titles of their products.
fn latest(scope: &Scope, ids: &[Uuid], first: SightingCount) -> Option<SelectStatement> {
    let mut sellers = ids.iter().map(|id| {
        let select = of_seller(scope, *id).limit(first.0).into_query();
        Query::select().column(Asterisk).from_subquery(select, "latest").take()
    });
    let mut union = sellers.next()?;
    for select in sellers {
        union.union(UnionType::All, select);
    }
    let seen = |column: &'static str| Expr::col((Alias::new("seen"), Alias::new(column)));
    let item = |column: collection_item::Column| Expr::col((collection_item::Entity, column));
    let is_of = item(collection_item::Column::Id).eq(seen("item_id"));
    let mut statement = Query::select();
    for column in ["seller_id", "run_id", "listing_id", "title", "price_cents", "currency", "url", "rung"] {
        statement.expr_as(seen(column), column);
    }
    let statement = statement
        .expr_as(item(collection_item::Column::Title), "product")
        .from_subquery(union, "seen")
        .join(JoinType::LeftJoin, collection_item::Entity, is_of)
        .order_by_expr(seen("run_id"), sea_orm::Order::Desc)
        .order_by_expr(seen("item_id"), sea_orm::Order::Desc)
        .order_by_expr(seen("listing_id"), sea_orm::Order::Asc)
        .take();
    Some(statement)
}

/// The sightings of a seller of the scope, in their order.
fn of_seller(scope: &Scope, id: Uuid) -> sea_orm::Select<sighting::Entity> {
    use sighting::Column as C;
    sighting::Entity::find()
        .filter(C::OrgId.eq(scope.org_id()))
        .filter(C::SellerId.eq(id))
        .order_by_desc(C::RunId)
        .order_by_desc(C::ItemId)
        .order_by_asc(C::ListingId)
}
