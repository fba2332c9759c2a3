//! Who is asking, in the schema.

use async_graphql::{Enum, ID, SimpleObject};

use crate::{
    auth::{self, Actor, ActorOrganisation},
    id::IdKind,
};

/// What a member may do by default.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "auth::Role")]
pub enum Role {
    /// Holds every permission and sees every account.
    Admin,
    /// Holds the permissions of its access profiles and sees the accounts assigned to it.
    Va,
    /// Reads the records of the accounts it owns, never the remarks.
    Client,
}

/// The person who is asking, in one of their organisations.
#[derive(Clone, Debug, SimpleObject)]
pub struct Viewer {
    /// Their id as a member of the organisation.
    pub(super) id: ID,
    /// Their e-mail address.
    email: String,
    /// The organisation they act in.
    organisation: Organisation,
    /// Their role in it.
    role: Role,
    /// The keys of all permissions they hold, implied ones included.
    permissions: Vec<&'static str>,
}

impl From<&Actor> for Viewer {
    fn from(actor: &Actor) -> Self {
        Self {
            id: IdKind::Member.show(actor.member_id).into(),
            email: actor.email.clone(),
            organisation: (&actor.organisation).into(),
            role: actor.role.into(),
            permissions: actor.permissions.iter().map(auth::Permission::key).collect(),
        }
    }
}

/// A team and everything it owns.
#[derive(Clone, Debug, SimpleObject)]
pub struct Organisation {
    /// Its global id.
    pub(super) id: ID,
    /// Its name.
    name: String,
    /// Its short name, for the header `X-Organisation`.
    slug: String,
}

impl From<&ActorOrganisation> for Organisation {
    fn from(organisation: &ActorOrganisation) -> Self {
        Self {
            id: IdKind::Organisation.show(organisation.id).into(),
            name: organisation.name.clone(),
            slug: organisation.slug.clone(),
        }
    }
}
