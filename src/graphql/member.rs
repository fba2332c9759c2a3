//! Members in the schema: the people of an organisation, as far as they are shown with what they did.

use async_graphql::{ID, SimpleObject};

use super::viewer::Role;
use crate::{id::IdKind, members};

/// One person in the organisation. You see yourself; an admin sees everybody.
#[derive(Clone, Debug, SimpleObject)]
pub struct Member {
    /// Their global id.
    pub(super) id: ID,
    /// Their e-mail address.
    email: String,
    /// Their role.
    role: Role,
}

impl From<members::Member> for Member {
    fn from(row: members::Member) -> Self {
        Self { id: IdKind::Member.show(row.id).into(), email: row.email, role: row.role.into() }
    }
}
