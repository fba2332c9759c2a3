//! Renames a seller, and keeps the name it had among those it is known under.
//!
//! What a reader would get wrong: a rename that changes no more than case or white space is one too; only the very same
//! name is none. And it changes what the next run looks for: a seller whose platform id is not known is known by its name.

use chrono::{DateTime, Utc};
use entity::{
    seller::{self, ActiveModel},
    seller_event::SellerEventKind,
    seller_name,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    sea_query::OnConflict,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Seller,
    add::trimmed,
    history::{self, Happening},
    tell, visible,
    write::name_hash,
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    text,
};

/// Gives a seller another name, without the white space around it. Answers the seller as it is now.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.write`; `NOT_FOUND`, also for one that has been deleted; `INVALID_NAME`;
/// `SELLER_EXISTS` when another one is known by that name.
pub async fn rename(app: &App, actor: &Actor, id: Uuid, display_name: &str) -> Result<Seller> {
    let scope = actor.require(Permission::WriteSellers)?;
    let name = trimmed("`displayName`", display_name)?;
    let (org_id, now) = (scope.org_id(), app.clock.now());
    let renamed = app.db.write(move |tx| Box::pin(async move { rename_one(tx, &scope, now, id, name).await })).await?;
    tell(app, org_id);
    Ok(renamed)
}

async fn rename_one(tx: &Transaction, scope: &Scope, now: DateTime<Utc>, id: Uuid, name: String) -> Result<Seller> {
    let mut history = history::open(tx, scope.org_id(), now).await?;
    let found = visible(scope).filter(seller::Column::Id.eq(id)).one(tx).await;
    let before = found.doing("reading the seller to rename")?.ok_or(Error::NotFound { what: "seller" })?;
    if before.display_name == name {
        return Ok(before);
    }
    let normalized_name = text::normalize(&name);
    let hash = name_hash(&normalized_name);
    refuse_namesake(tx, scope, &before, &hash).await?;
    history.keep_these(&[id]).await?;
    let row = ActiveModel {
        display_name: Set(name),
        normalized_name: Set(normalized_name),
        name_hash: Set(hash),
        updated_at: Set(history.at()),
        ..before.clone().into_active_model()
    };
    let after = row.update(tx).await.doing("renaming a seller")?;
    keep_names(tx, &before, &after).await?;
    let (old, new) = (before.display_name, after.display_name.clone());
    let happening = Happening::by_hand(SellerEventKind::Renamed, scope);
    history.write(happening, vec![(id, Some(old.clone()), Some(new.clone()))]).await?;
    let entry = Entry::of(Action::SellerRenamed).on(Id(IdKind::Seller, id)).named(new.clone());
    let entry = entry.from(json!({ "displayName": old })).to(json!({ "displayName": new }));
    audit::write(tx, scope, history.at(), entry).await?;
    Ok(after)
}

/// Of the sellers whose platform id is not known, one has a name. Whoever has one is known by it, whatever the name.
async fn refuse_namesake(tx: &Transaction, scope: &Scope, seller: &Seller, hash: &[u8]) -> Result<()> {
    use seller::Column as C;
    if seller.platform_id.is_some() {
        return Ok(());
    }
    let namesakes = visible(scope)
        .filter(C::Platform.eq(seller.platform))
        .filter(C::PlatformId.is_null())
        .filter(C::NameHash.eq(hash))
        .filter(C::Id.ne(seller.id))
        .count(tx)
        .await
        .doing("looking for a seller of that name")?;
    if namesakes > 0 {
        let message = "there is another seller of that name, whatever its case".to_owned();
        return Err(Error::Conflict { code: "SELLER_EXISTS", message });
    }
    Ok(())
}

/// The name it had, and then the one it has, are names it has been known under.
async fn keep_names(tx: &Transaction, before: &Seller, after: &Seller) -> Result<()> {
    use seller_name::Column as C;
    let name = |seller: &Seller, first_seen_at| seller_name::ActiveModel {
        seller_id: Set(seller.id),
        name_hash: Set(seller.name_hash.clone()),
        display_name: Set(seller.display_name.clone()),
        first_seen_at: Set(first_seen_at),
    };
    let unless_known = OnConflict::columns([C::SellerId, C::NameHash]).do_nothing().to_owned();
    let rows = [name(before, before.created_at), name(after, after.updated_at)];
    let written = seller_name::Entity::insert_many(rows).on_conflict(unless_known).exec_without_returning(tx).await;
    written.doing("noting the names of a seller").map(drop)
}
