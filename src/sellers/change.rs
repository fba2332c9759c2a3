//! Flags, deletes and restores sellers, a hundred thousand in one call: each call one event, in one transaction.
//!
//! Not here: adding (`add.rs`) and renaming (`rename.rs`), which bring text along. What a reader would get wrong: nothing is
//! toggled. What is already so stays so, and is no part of the event.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{seller, seller_event::SellerEventKind};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, Select, UpdateMany,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    Seller,
    history::{self, Happening},
    living_and_deleted,
    taken::refuse_taken,
    tell,
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::{Transaction, id_set},
    error::{Context, Error, Result},
};

/// Most sellers that one call changes.
pub(super) const MOST: usize = 100_000;

/// What was done to sellers that were named by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Those that were changed, in the order they were named.
    pub ids: Vec<Uuid>,
    /// Those that are not there to be changed, in the order they were named.
    pub unknown: Vec<Uuid>,
}

/// Sets the flag of sellers, or takes it off. Those that have been deleted are unknown.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.write`; `TOO_MANY_SELLERS`.
pub async fn flag_many(app: &App, actor: &Actor, ids: Vec<Uuid>, flagged: bool) -> Result<Changed> {
    let scope = actor.require(Permission::WriteSellers)?;
    Change::Flag(flagged).make(app, scope, ids).await
}

/// Deletes sellers; they can be restored. Those that have been deleted before are unknown.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.write`; `TOO_MANY_SELLERS`.
pub async fn delete_many(app: &App, actor: &Actor, ids: Vec<Uuid>) -> Result<Changed> {
    let scope = actor.require(Permission::WriteSellers)?;
    Change::Delete.make(app, scope, ids).await
}

/// Restores deleted sellers, however long ago that was: as they were, with their flags and history. Those that have not been
/// deleted are unknown.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.write`; `TOO_MANY_SELLERS`; `SELLER_EXISTS` when the place of one is taken.
pub async fn restore_many(app: &App, actor: &Actor, ids: Vec<Uuid>) -> Result<Changed> {
    let scope = actor.require(Permission::WriteSellers)?;
    Change::Restore.make(app, scope, ids).await
}

/// The sellers that a call has added, changed or found there, in the order of the ids; deleted ones among them.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.write`.
pub async fn changed(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Seller>> {
    let scope = actor.require(Permission::WriteSellers)?;
    let db = app.db.read();
    let rows = living_and_deleted(&scope).filter(among(db.get_database_backend(), ids)).all(db).await;
    let mut rows: HashMap<Uuid, Seller> =
        rows.doing("reading sellers that were changed")?.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// Refuses more sellers than one call may change.
pub(super) fn check_count(count: usize) -> Result<()> {
    if count > MOST {
        return Err(Error::bad_input("TOO_MANY_SELLERS", format!("one call may name at most {MOST} sellers")));
    }
    Ok(())
}

/// The condition that a seller is one of these.
pub(super) fn among(backend: DbBackend, ids: &[Uuid]) -> Expr {
    Expr::col((seller::Entity, seller::Column::Id)).in_subquery(id_set(backend, ids))
}

/// What can be done to many sellers at once.
#[derive(Clone, Copy)]
enum Change {
    Flag(bool),
    Delete,
    Restore,
}

impl Change {
    async fn make(self, app: &App, scope: Scope, mut ids: Vec<Uuid>) -> Result<Changed> {
        check_count(ids.len())?;
        let mut named = HashSet::with_capacity(ids.len());
        ids.retain(|id| named.insert(*id));
        if ids.is_empty() {
            return Ok(Changed::default());
        }
        let (org_id, now) = (scope.org_id(), app.clock.now());
        let changed = app.db.write(move |tx| Box::pin(async move { self.write(tx, &scope, now, ids).await })).await?;
        tell(app, org_id);
        Ok(changed)
    }

    async fn write(self, tx: &Transaction, scope: &Scope, now: DateTime<Utc>, ids: Vec<Uuid>) -> Result<Changed> {
        let mut history = history::open(tx, scope.org_id(), now).await?;
        let there = self.there(tx, scope, &ids).await?;
        let (known, unknown): (Vec<Uuid>, Vec<Uuid>) = ids.into_iter().partition(|id| there.contains_key(id));
        let ids: Vec<Uuid> = known.into_iter().filter(|id| there.get(id) == Some(&true)).collect();
        if ids.is_empty() {
            return Ok(Changed { ids, unknown });
        }
        if matches!(self, Self::Restore) {
            refuse_taken(tx, scope, &ids).await?;
        }
        history.keep_these(&ids).await?;
        self.set(history.at())
            .col_expr(seller::Column::UpdatedAt, Expr::value(history.at()))
            .filter(seller::Column::OrgId.eq(scope.org_id()))
            .filter(among(tx.get_database_backend(), &ids))
            .exec(tx)
            .await
            .doing("changing sellers")?;
        history.write_these(Happening::by_hand(self.kind(), scope), &ids).await?;
        audit::write(tx, scope, history.at(), Entry::of(self.action()).times(ids.len())).await?;
        Ok(Changed { ids, unknown })
    }

    /// Those that it can be done to, and whether it makes a difference.
    async fn there(self, tx: &Transaction, scope: &Scope, ids: &[Uuid]) -> Result<HashMap<Uuid, bool>> {
        let rows = self
            .of(living_and_deleted(scope))
            .select_only()
            .columns([seller::Column::Id, seller::Column::Flagged])
            .filter(among(tx.get_database_backend(), ids))
            .into_tuple::<(Uuid, bool)>()
            .all(tx)
            .await
            .doing("looking for sellers to change")?;
        let differs = |is_flagged| !matches!(self, Self::Flag(flagged) if flagged == is_flagged);
        Ok(rows.into_iter().map(|(id, is_flagged)| (id, differs(is_flagged))).collect())
    }

    fn of(self, sellers: Select<seller::Entity>) -> Select<seller::Entity> {
        match self {
            Self::Flag(_) | Self::Delete => sellers.filter(seller::Column::DeletedAt.is_null()),
            Self::Restore => sellers.filter(seller::Column::DeletedAt.is_not_null()),
        }
    }

    fn set(self, at: DateTime<Utc>) -> UpdateMany<seller::Entity> {
        use seller::Column as C;
        let sellers = seller::Entity::update_many();
        match self {
            Self::Flag(flagged) => sellers.col_expr(C::Flagged, Expr::value(flagged)),
            Self::Delete => sellers.col_expr(C::DeletedAt, Expr::value(at)),
            Self::Restore => sellers.col_expr(C::DeletedAt, Expr::value(None::<DateTime<Utc>>)),
        }
    }

    fn kind(self) -> SellerEventKind {
        match self {
            Self::Flag(true) => SellerEventKind::Flagged,
            Self::Flag(false) => SellerEventKind::Unflagged,
            Self::Delete => SellerEventKind::Deleted,
            Self::Restore => SellerEventKind::Restored,
        }
    }

    fn action(self) -> Action {
        match self {
            Self::Flag(true) => Action::SellersFlagged,
            Self::Flag(false) => Action::SellersUnflagged,
            Self::Delete => Action::SellersDeleted,
            Self::Restore => Action::SellersRestored,
        }
    }
}
