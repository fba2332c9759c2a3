//! What can be done to accounts: inputs, payloads and refusals of their mutations.

use async_graphql::{ID, InputObject, MaybeUndefined};
use uuid::Uuid;

use super::{
    account::Account,
    change::{names_one, payload},
    connection::id,
    user_error::user_error,
};
use crate::{
    accounts::{AccountChange, NewAccount},
    error::{Error, Result},
    id::IdKind,
};

/// What to make.
#[derive(Debug, InputObject)]
pub struct CreateAccountInput {
    /// Short code, at most 100 characters; unique in the organisation, archived accounts included.
    code: String,
    /// Name shown to people, at most 1,000 characters.
    name: Option<String>,
    /// The client who owns it.
    owner_id: Option<ID>,
}

impl TryFrom<CreateAccountInput> for NewAccount {
    type Error = Error;

    fn try_from(input: CreateAccountInput) -> Result<Self> {
        Ok(Self { code: input.code, name: input.name, owner_id: id(IdKind::Member, input.owner_id)? })
    }
}

/// What to change. What is absent stays as it is. Whose it is, is changed with `updateMember`.
#[derive(Debug, InputObject)]
pub struct UpdateAccountInput {
    /// The account's id.
    id: ID,
    /// Another code, at most 100 characters; unique in the organisation, archived accounts included.
    code: Option<String>,
    /// Another name, at most 1,000 characters; null for none.
    name: MaybeUndefined<String>,
}

impl UpdateAccountInput {
    pub(super) fn id(&self) -> Result<Uuid> {
        IdKind::Account.read(&self.id)
    }
}

impl From<UpdateAccountInput> for AccountChange {
    fn from(input: UpdateAccountInput) -> Self {
        let name = match input.name {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(name) => Some(Some(name)),
        };
        Self { code: input.code, name }
    }
}

names_one!(ArchiveAccountInput, Account, "Which account to archive.", "The account's id.");
names_one!(RestoreAccountInput, Account, "Which account to restore.", "The account's id.");

user_error!(
    /// Why an account was not made.
    CreateAccountError,
    /// Refusals of `createAccount`.
    CreateAccountErrorCode {
        /// A text is empty, too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at None,
        /// Another account has the code; it may be an archived one.
        AccountCodeTaken = "ACCOUNT_CODE_TAKEN" at Some(&["code"]),
        /// Only a member whose role is CLIENT owns accounts.
        OwnerNotClient = "OWNER_NOT_CLIENT" at Some(&["ownerId"]),
    }
);

user_error!(
    /// Why an account was not changed.
    UpdateAccountError,
    /// Refusals of `updateAccount`.
    UpdateAccountErrorCode {
        /// A text is empty, too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at None,
        /// Another account has the code; it may be an archived one.
        AccountCodeTaken = "ACCOUNT_CODE_TAKEN" at Some(&["code"]),
    }
);

user_error!(
    /// Why an account was not archived.
    ArchiveAccountError,
    /// Refusals of `archiveAccount`.
    ArchiveAccountErrorCode {
        /// It is archived already.
        AccountArchived = "ACCOUNT_ARCHIVED" at Some(&["id"]),
    }
);

user_error!(
    /// Why an account was not restored.
    RestoreAccountError,
    /// Refusals of `restoreAccount`.
    RestoreAccountErrorCode {
        /// It is not archived.
        AccountNotArchived = "ACCOUNT_NOT_ARCHIVED" at Some(&["id"]),
    }
);

payload!(
    CreateAccountPayload,
    CreateAccountError,
    "What `createAccount` did.",
    account: Account,
    "The new account; null when it was refused."
);
payload!(
    UpdateAccountPayload,
    UpdateAccountError,
    "What `updateAccount` did.",
    account: Account,
    "The account as it is now; null when it was refused."
);
payload!(
    ArchiveAccountPayload,
    ArchiveAccountError,
    "What `archiveAccount` did.",
    account: Account,
    "The account, of which nothing is seen any more; null when it was refused."
);
payload!(
    RestoreAccountPayload,
    RestoreAccountError,
    "What `restoreAccount` did.",
    account: Account,
    "The account as it is now, with its records; null when it was refused."
);
