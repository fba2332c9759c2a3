//! Which imports one may see: one's own, and for an admin all of the organisation's; of the kinds one may import.
//!
//! What a reader would get wrong: the rule is written twice, as a condition for lists and as a question about one row for
//! those who watch; a test holds them together.

use entity::import;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select, sea_query::LockType};
use uuid::Uuid;

use super::{Import, permission, stored_kind};
use crate::{
    auth::{Actor, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    sheet::SheetKind,
};

/// What of the imports an actor sees.
#[derive(Clone, Debug)]
pub struct Sight {
    scope: Scope,
    kinds: Vec<SheetKind>,
}

impl Sight {
    /// The gate of every operation on imports.
    ///
    /// # Errors
    /// `FORBIDDEN` when the actor may import nothing at all.
    pub fn of(actor: &Actor) -> Result<Self> {
        let scopes = [SheetKind::Records, SheetKind::Sellers].map(|kind| (kind, actor.require(permission(kind))));
        let kinds = scopes.iter().filter(|(_, scope)| scope.is_ok()).map(|(kind, _)| *kind).collect();
        let [(_, records), (_, sellers)] = scopes;
        Ok(Self { scope: records.or(sellers)?, kinds })
    }

    /// The organisation.
    pub fn org_id(&self) -> Uuid {
        self.scope.org_id()
    }

    /// Whose doing it is.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The imports, in no order. Every query of this folder over them for a person starts here.
    pub fn visible(&self) -> Select<import::Entity> {
        let imports = import::Entity::find()
            .filter(import::Column::OrgId.eq(self.org_id()))
            .filter(import::Column::Kind.is_in(self.kinds.iter().copied().map(stored_kind)));
        match self.scope.confined_to() {
            Some(member_id) => imports.filter(import::Column::MemberId.eq(member_id)),
            None => imports,
        }
    }

    /// Whether an import is among them.
    pub fn sees(&self, import: &Import) -> bool {
        import.org_id == self.org_id()
            && self.kinds.iter().any(|kind| stored_kind(*kind) == import.kind)
            && self.scope.confined_to().is_none_or(|member_id| import.member_id == Some(member_id))
    }

    /// One of them, locked.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub async fn locked(&self, tx: &Transaction, id: Uuid) -> Result<Import> {
        let found = self.visible().filter(import::Column::Id.eq(id)).lock(LockType::NoKeyUpdate).one(tx).await;
        found.doing("finding an import to change")?.ok_or_else(not_found)
    }
}

/// Nothing of that id that the actor may see.
pub fn not_found() -> Error {
    Error::NotFound { what: "import" }
}
