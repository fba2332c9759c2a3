//! What can be done to members: inputs, payloads and refusals of their mutations.

use async_graphql::{ID, InputObject};
use uuid::Uuid;

use super::{
    change::payload,
    connection::ids,
    member::{Member, MemberStatus},
    user_error::user_error,
    viewer::Role,
};
use crate::{
    error::{Error, Result},
    id::IdKind,
    members::{Invitation, MemberChange},
};

/// Whom to invite.
#[derive(Debug, InputObject)]
pub struct InviteMemberInput {
    /// Their e-mail address. They sign in with a JWT whose verified `email` it is; nothing is sent to it.
    email: String,
    /// Their role.
    role: Role,
    /// Access profiles that a VA is to hold, at most 50.
    access_profile_ids: Option<Vec<ID>>,
    /// Accounts that a VA is to work on or a client is to own, at most 1,000.
    account_ids: Option<Vec<ID>>,
}

impl TryFrom<InviteMemberInput> for Invitation {
    type Error = Error;

    fn try_from(input: InviteMemberInput) -> Result<Self> {
        Ok(Self {
            email: input.email,
            role: input.role.into(),
            access_profile_ids: ids(IdKind::AccessProfile, input.access_profile_ids)?.unwrap_or_default(),
            account_ids: ids(IdKind::Account, input.account_ids)?.unwrap_or_default(),
        })
    }
}

/// What to change. What is absent stays as it is; but who gets another role keeps no access profile and no account of the old
/// one, and has only those given here.
#[derive(Debug, InputObject)]
pub struct UpdateMemberInput {
    /// The member's id.
    id: ID,
    /// Another role.
    role: Option<Role>,
    /// SUSPENDED cuts them off at once, ACTIVE lets them in again.
    status: Option<MemberStatus>,
    /// Access profiles of a VA, in place of all they held; at most 50.
    access_profile_ids: Option<Vec<ID>>,
    /// Accounts that a VA is to work on or a client is to own, in place of all they had; at most 1,000. Archived ones stay
    /// with whom they were.
    account_ids: Option<Vec<ID>>,
}

impl UpdateMemberInput {
    pub(super) fn id(&self) -> Result<Uuid> {
        IdKind::Member.read(&self.id)
    }
}

impl TryFrom<UpdateMemberInput> for MemberChange {
    type Error = Error;

    fn try_from(input: UpdateMemberInput) -> Result<Self> {
        Ok(Self {
            role: input.role.map(Into::into),
            status: input.status.map(Into::into),
            access_profile_ids: ids(IdKind::AccessProfile, input.access_profile_ids)?,
            account_ids: ids(IdKind::Account, input.account_ids)?,
        })
    }
}

user_error!(
    /// Why somebody was not invited.
    InviteMemberError,
    /// Refusals of `inviteMember`.
    InviteMemberErrorCode {
        /// That is no e-mail address.
        InvalidEmail = "INVALID_EMAIL" at Some(&["email"]),
        /// They are a member already.
        MemberExists = "MEMBER_EXISTS" at Some(&["email"]),
        /// Access profiles are for the role VA.
        AccessProfilesDoNotFit = "ACCESS_PROFILES_DO_NOT_FIT" at Some(&["accessProfileIds"]),
        /// Accounts are for the roles VA and CLIENT.
        AccountsDoNotFit = "ACCOUNTS_DO_NOT_FIT" at Some(&["accountIds"]),
        /// An account belongs to another client.
        AccountOwned = "ACCOUNT_OWNED" at Some(&["accountIds"]),
        /// More are named than one member may have.
        TooManyIds = "TOO_MANY_IDS" at None,
    }
);

user_error!(
    /// Why a member was not changed.
    UpdateMemberError,
    /// Refusals of `updateMember`.
    UpdateMemberErrorCode {
        /// They are the last active admin, and somebody must be.
        LastAdmin = "LAST_ADMIN" at Some(&["id"]),
        /// Access profiles are for the role VA.
        AccessProfilesDoNotFit = "ACCESS_PROFILES_DO_NOT_FIT" at Some(&["accessProfileIds"]),
        /// Accounts are for the roles VA and CLIENT.
        AccountsDoNotFit = "ACCOUNTS_DO_NOT_FIT" at Some(&["accountIds"]),
        /// An account belongs to another client.
        AccountOwned = "ACCOUNT_OWNED" at Some(&["accountIds"]),
        /// More are named than one member may have.
        TooManyIds = "TOO_MANY_IDS" at None,
    }
);

payload!(
    InviteMemberPayload,
    InviteMemberError,
    "What `inviteMember` did.",
    member: Member,
    "The new member; null when it was refused."
);
payload!(
    UpdateMemberPayload,
    UpdateMemberError,
    "What `updateMember` did.",
    member: Member,
    "The member as they are now; null when it was refused."
);
