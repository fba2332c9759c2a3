//! Access profiles in the schema.

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};

use super::{
    actor, app,
    connection::{connection, total},
    scalar::DateTime,
};
use crate::{auth::Permission, id::IdKind, members};

/// A named set of permissions, given to members whose role is VA.
#[derive(Clone, Debug, SimpleObject)]
pub struct AccessProfile {
    /// Its global id.
    pub(super) id: ID,
    /// Its name, unique in the organisation whatever its case.
    name: String,
    /// The permission keys as they were given.
    permissions: Vec<&'static str>,
    /// All permission keys it gives, those that others imply included.
    effective_permissions: Vec<&'static str>,
    /// When it was made.
    created_at: DateTime,
    /// When it was last changed.
    updated_at: DateTime,
}

impl From<members::AccessProfile> for AccessProfile {
    fn from(profile: members::AccessProfile) -> Self {
        Self {
            id: IdKind::AccessProfile.show(profile.id).into(),
            permissions: profile.permissions.iter().map(|permission| permission.key()).collect(),
            effective_permissions: profile.effective().iter().map(Permission::key).collect(),
            name: profile.name,
            created_at: DateTime(profile.created_at),
            updated_at: DateTime(profile.updated_at),
        }
    }
}

connection!(AccessProfileConnection, AccessProfileEdge, AccessProfile, (), "A page of access profiles, by name.");

#[ComplexObject]
impl AccessProfileConnection {
    /// The access profiles of this page, without their cursors.
    async fn nodes(&self) -> Vec<&AccessProfile> {
        self.rows()
    }

    /// How many access profiles there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let () = self.source;
        let count = async { Ok(total(members::count_profiles(app(ctx)?, actor(ctx)?).await?)) };
        Some(count.await)
    }
}
