//! The names that sellers have been seen under.

use std::collections::HashMap;

use entity::{seller, seller_name};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::visible;
use crate::{
    app::App,
    auth::{Actor, Permission},
    error::{Context, Result},
};

/// The names that each of these sellers has been seen under, the oldest first; those of others are left out.
///
/// A marketplace lets people rename themselves, now and then; names are compared in their normalised form.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`.
pub async fn names(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>> {
    use seller_name::Column as C;
    let scope = actor.require(Permission::ReadSellers)?;
    let seen = visible(&scope)
        .select_only()
        .column(seller::Column::Id)
        .filter(seller::Column::Id.is_in(ids.iter().copied()))
        .into_query();
    let rows = seller_name::Entity::find()
        .filter(C::SellerId.in_subquery(seen))
        .order_by_asc(C::FirstSeenAt)
        .order_by_asc(C::NameHash)
        .all(app.db.read())
        .await
        .doing("reading the names of sellers")?;
    let mut names: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in rows {
        names.entry(row.seller_id).or_default().push(row.display_name);
    }
    Ok(names)
}
