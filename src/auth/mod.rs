//! Who is asking, what they may do, and how they prove it.
//!
//! [`Actor::require`] is the one gate: the only maker of a [`Scope`], without which no query can be written.
//! Not here: what the operations are. What a reader would get wrong: an `Actor` is one person in one organisation; a
//! person in two organisations is two actors.

mod bearer;
mod jwks;
mod jwt;
mod last_use;
mod link;
mod origin;
mod permission;
mod recheck;
mod session;
mod token;

pub use bearer::{authenticate, of_member, of_member_in, operator, operator_of, operator_of_in};
pub use jwt::JwtKeys;
pub use last_use::LastUses;
pub use link::{Links, SignedLink, invalid as invalid_link, signed_link};
pub use origin::{Author, Channel, Origin};
pub use permission::{Permission, PermissionSet};
pub use session::{Session, Sessions, open_session};
pub use token::{NewToken, TOKEN_PREFIX, TokenRequest, create_token};

pub use entity::member::Role;
use sea_orm::{
    ColumnTrait, Condition, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};
use uuid::Uuid;

use crate::error::{Error, Result};

/// One person in one organisation, signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The member.
    pub member_id: Uuid,
    /// The person's e-mail address.
    pub email: String,
    /// The role in this organisation.
    pub role: Role,
    /// The organisation.
    pub organisation: ActorOrganisation,
    /// What they may do.
    pub permissions: PermissionSet,
    /// Where they ask from.
    pub origin: Origin,
}

/// The organisation an actor acts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorOrganisation {
    /// Its id.
    pub id: Uuid,
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
}

impl Actor {
    /// The same, asking from there.
    #[must_use]
    pub fn asking_from(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// Which member it is; none for the operator of the process.
    #[must_use]
    pub fn member(&self) -> Option<Uuid> {
        Some(self.member_id).filter(|id| !id.is_nil())
    }

    /// Passes the gate: the scope of whoever holds `permission`.
    ///
    /// # Errors
    /// `FORBIDDEN`, naming the permission.
    pub fn require(&self, permission: Permission) -> Result<Scope> {
        if !self.permissions.holds(permission) {
            return Err(Error::Forbidden { permission: permission.key() });
        }
        let reach = match self.role {
            Role::Admin => Reach::All,
            Role::Va => Reach::Assigned(self.member_id),
            Role::Client => Reach::Owned(self.member_id),
        };
        Ok(Scope { org_id: self.organisation.id, reach, permissions: self.permissions, author: Author::of(self) })
    }
}

/// What a query may touch: one organisation, and in it the accounts one may see.
#[derive(Clone, Debug)]
pub struct Scope {
    org_id: Uuid,
    reach: Reach,
    permissions: PermissionSet,
    author: Author,
}

#[derive(Clone, Copy, Debug)]
enum Reach {
    All,
    Assigned(Uuid),
    Owned(Uuid),
}

impl Scope {
    /// The organisation that every query carries.
    #[must_use]
    pub fn org_id(&self) -> Uuid {
        self.org_id
    }

    /// Whose doing it is.
    #[must_use]
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// Whether the actor also holds `permission`, for fields and columns that need one of their own.
    #[must_use]
    pub fn holds(&self, permission: Permission) -> bool {
        self.permissions.holds(permission)
    }

    /// The member to whose own things the actor is confined; none for an admin.
    #[must_use]
    pub fn confined_to(&self) -> Option<Uuid> {
        match self.reach {
            Reach::All => None,
            Reach::Assigned(member_id) | Reach::Owned(member_id) => Some(member_id),
        }
    }

    /// The condition that `account_id` is an account the actor may see: theirs, and not archived.
    ///
    /// There are few archived accounts, or none: both databases read them once for a statement.
    #[must_use]
    pub fn reaches(&self, account_id: SimpleExpr) -> Condition {
        use entity::{account, account_assignment};
        use sea_orm::EntityTrait;
        let mut archived = account::Entity::find().select_only().column(account::Column::Id).into_query();
        archived.and_where(account::Column::OrgId.eq(self.org_id)).and_where(account::Column::ArchivedAt.is_not_null());
        let any = Condition::all().add(account_id.clone().not_in_subquery(archived));
        match self.reach {
            Reach::All => any,
            Reach::Assigned(member_id) => {
                let mut assigned = account_assignment::Entity::find()
                    .select_only()
                    .column(account_assignment::Column::AccountId)
                    .into_query();
                assigned
                    .and_where(account_assignment::Column::OrgId.eq(self.org_id))
                    .and_where(account_assignment::Column::MemberId.eq(member_id));
                any.add(account_id.in_subquery(assigned))
            }
            Reach::Owned(member_id) => {
                let mut owned = account::Entity::find().select_only().column(account::Column::Id).into_query();
                owned
                    .and_where(account::Column::OrgId.eq(self.org_id))
                    .and_where(account::Column::OwnerId.eq(member_id));
                any.add(account_id.in_subquery(owned))
            }
        }
    }
}

/// The expression of a column, qualified by its table.
pub fn qualified(column: impl ColumnTrait) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}
