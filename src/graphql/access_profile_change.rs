//! What can be done to access profiles: inputs, payloads and refusals of their mutations.

use async_graphql::{ID, InputObject};
use uuid::Uuid;

use super::{
    access_profile::AccessProfile,
    change::{names_one, payload},
    user_error::user_error,
};
use crate::{
    error::Result,
    id::IdKind,
    members::{AccessProfileChange, NewAccessProfile},
};

/// What to make.
#[derive(Debug, InputObject)]
pub struct CreateAccessProfileInput {
    /// Its name, at most 200 characters; unique whatever its case.
    name: String,
    /// Permission keys, as `order_tracking.read`; what they imply comes with them.
    permissions: Vec<String>,
}

impl From<CreateAccessProfileInput> for NewAccessProfile {
    fn from(input: CreateAccessProfileInput) -> Self {
        Self { name: input.name, permissions: input.permissions }
    }
}

/// What to change. What is absent stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateAccessProfileInput {
    /// The access profile's id.
    id: ID,
    /// Another name, at most 200 characters; unique whatever its case.
    name: Option<String>,
    /// Permission keys, in place of all it had.
    permissions: Option<Vec<String>>,
}

impl UpdateAccessProfileInput {
    pub(super) fn id(&self) -> Result<Uuid> {
        IdKind::AccessProfile.read(&self.id)
    }
}

impl From<UpdateAccessProfileInput> for AccessProfileChange {
    fn from(input: UpdateAccessProfileInput) -> Self {
        Self { name: input.name, permissions: input.permissions }
    }
}

names_one!(DeleteAccessProfileInput, AccessProfile, "Which access profile to delete.", "The access profile's id.");

user_error!(
    /// Why an access profile was not made.
    CreateAccessProfileError,
    /// Refusals of `createAccessProfile`.
    CreateAccessProfileErrorCode {
        /// The name is empty, too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at Some(&["name"]),
        /// There is an access profile of that name, whatever its case.
        AccessProfileNameTaken = "ACCESS_PROFILE_NAME_TAKEN" at Some(&["name"]),
        /// There is no such permission; the message lists those there are.
        UnknownPermission = "UNKNOWN_PERMISSION" at Some(&["permissions"]),
    }
);

user_error!(
    /// Why an access profile was not changed.
    UpdateAccessProfileError,
    /// Refusals of `updateAccessProfile`.
    UpdateAccessProfileErrorCode {
        /// The name is empty, too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at Some(&["name"]),
        /// There is an access profile of that name, whatever its case.
        AccessProfileNameTaken = "ACCESS_PROFILE_NAME_TAKEN" at Some(&["name"]),
        /// There is no such permission; the message lists those there are.
        UnknownPermission = "UNKNOWN_PERMISSION" at Some(&["permissions"]),
    }
);

user_error!(
    /// Why an access profile was not deleted.
    DeleteAccessProfileError,
    /// Refusals of `deleteAccessProfile`.
    DeleteAccessProfileErrorCode {
        /// Members hold it; the message says how many.
        AccessProfileInUse = "ACCESS_PROFILE_IN_USE" at Some(&["id"]),
    }
);

payload!(
    CreateAccessProfilePayload,
    CreateAccessProfileError,
    "What `createAccessProfile` did.",
    access_profile: AccessProfile,
    "The new access profile; null when it was refused."
);
payload!(
    UpdateAccessProfilePayload,
    UpdateAccessProfileError,
    "What `updateAccessProfile` did.",
    access_profile: AccessProfile,
    "The access profile as it is now; null when it was refused."
);
payload!(
    DeleteAccessProfilePayload,
    DeleteAccessProfileError,
    "What `deleteAccessProfile` did.",
    access_profile: AccessProfile,
    "The access profile as it was; null when it was refused."
);
