//! Sellers as of a moment: whatever is asked of sellers, asked of what they were.
//!
//! A past moment takes the place of the table in the query: what has been so since then, and what was replaced after it
//! (`history.rs` keeps it). Columns and alias are those of `seller`, so filters, orders, pages and files go on as they are.
//! Not here: finding moments (`moment.rs`). What a reader would get wrong: the rows are shaped like those of `seller`, but
//! `updated_at` is when a seller became what it was, and whoever was deleted then is not among them.

use chrono::{DateTime, Utc};
use entity::{seller, seller_version};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IdenStatic, Iterable, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType},
};

use super::{moment::Moment, visible};
use crate::auth::{Scope, qualified};

/// What a seller of the query was at another moment, for conditions of [`was_there`].
const OTHER: &str = "other";

/// The live sellers of the scope at a moment.
pub(super) fn visible_at(scope: &Scope, moment: Moment) -> Select<seller::Entity> {
    let mut sellers = visible(scope);
    if let Moment::At(at) = moment {
        QueryTrait::query(&mut sellers).from_clear().from_subquery(present(scope, at), seller::Entity);
    }
    sellers
}

/// That a seller of the query was there at another moment, and was such as [`other`] columns say.
///
/// One subquery over both tables: the databases hash it or look into its indexes, whichever is less. Joined, or asked of each
/// table by itself, PostgreSQL misjudges it and reads one of them for each row of the other.
pub(super) fn was_there(scope: &Scope, moment: Moment, such: Condition) -> SimpleExpr {
    let states = match moment {
        Moment::Now => visible(scope).into_query(),
        Moment::At(at) => present(scope, at),
    };
    let is_same = other(seller::Column::Id).eq(qualified(seller::Column::Id));
    let mut found = Query::select();
    found.expr(Expr::cust("1")).from_subquery(states, Alias::new(OTHER)).and_where(is_same).cond_where(such);
    Expr::exists(found)
}

/// A column of what a seller of the query was at the other moment.
pub(super) fn other(column: seller::Column) -> SimpleExpr {
    Expr::col((Alias::new(OTHER), column))
}

/// What the live sellers of the scope were at a time.
fn present(scope: &Scope, at: DateTime<Utc>) -> SelectStatement {
    let still = visible(scope).filter(seller::Column::UpdatedAt.lte(at));
    still.into_query().union(UnionType::All, replaced(scope, at)).take()
}

/// Those of them that were something else afterwards, as rows of `seller`.
fn replaced(scope: &Scope, at: DateTime<Utc>) -> SelectStatement {
    use seller_version::Column as C;
    let states = seller_version::Entity::find()
        .filter(C::OrgId.eq(scope.org_id()))
        .filter(C::DeletedAt.is_null())
        .filter(C::ValidFrom.lte(at))
        .filter(C::ValidTo.gt(at))
        .select_only();
    // In the order of the columns of `seller`, which is what a union goes by.
    let column = |column: seller::Column| match column {
        seller::Column::Id => C::SellerId.as_str(),
        seller::Column::UpdatedAt => C::ValidFrom.as_str(),
        same => same.as_str(),
    };
    let kept = |name| Expr::col((seller_version::Entity, Alias::new(name)));
    seller::Column::iter().fold(states, |states, of| states.expr_as(kept(column(of)), of.as_str())).into_query()
}
