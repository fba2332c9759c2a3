//! What can be done to API tokens: inputs, payloads and refusals of their mutations.

use std::fmt;

use async_graphql::{ID, InputObject, SimpleObject};

use super::{
    api_token::ApiToken,
    change::{names_one, payload},
    scalar::DateTime,
    user_error::user_error,
};
use crate::{
    auth::NewToken,
    error::{Error, Result},
    id::IdKind,
    members::{self, NewApiToken},
};

/// What to make.
#[derive(Debug, InputObject)]
pub struct CreateApiTokenInput {
    /// The member it is to act as: it may what they may, at each moment.
    member_id: ID,
    /// What people call it, at most 200 characters.
    name: String,
    /// When it stops working; never when absent.
    expires_at: Option<DateTime>,
}

impl TryFrom<CreateApiTokenInput> for NewApiToken {
    type Error = Error;

    fn try_from(input: CreateApiTokenInput) -> Result<Self> {
        let member_id = IdKind::Member.read(&input.member_id)?;
        Ok(Self { member_id, name: input.name, expires_at: input.expires_at.map(|at| at.0) })
    }
}

names_one!(RevokeApiTokenInput, Token, "Which API token to revoke.", "The API token's id.");

user_error!(
    /// Why an API token was not made.
    CreateApiTokenError,
    /// Refusals of `createApiToken`.
    CreateApiTokenErrorCode {
        /// The name is empty, too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at Some(&["name"]),
        /// It would have expired already.
        InvalidExpiry = "INVALID_EXPIRY" at Some(&["expiresAt"]),
    }
);

user_error!(
    /// Why an API token was not revoked.
    RevokeApiTokenError,
    /// Refusals of `revokeApiToken`.
    RevokeApiTokenErrorCode {
        /// It has been revoked already.
        TokenRevoked = "TOKEN_REVOKED" at Some(&["id"]),
    }
);

/// What `createApiToken` did.
#[derive(SimpleObject)]
pub struct CreateApiTokenPayload {
    /// The new API token; null when it was refused.
    api_token: Option<ApiToken>,
    /// The token itself, to be kept where secrets are: nobody can see it again. Null when it was refused.
    token: Option<String>,
    /// Why nothing was done; empty when it was.
    user_errors: Vec<CreateApiTokenError>,
}

impl CreateApiTokenPayload {
    pub(super) fn of(outcome: Result<NewToken>) -> Result<Self> {
        match outcome {
            Ok(made) => {
                let shown = members::ApiToken::from(made.row).into();
                Ok(Self { api_token: Some(shown), token: Some(made.secret), user_errors: Vec::new() })
            }
            Err(error) => Ok(Self { api_token: None, token: None, user_errors: vec![CreateApiTokenError::of(error)?] }),
        }
    }
}

impl fmt::Debug for CreateApiTokenPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateApiTokenPayload").field("api_token", &self.api_token).finish_non_exhaustive()
    }
}

payload!(
    RevokeApiTokenPayload,
    RevokeApiTokenError,
    "What `revokeApiToken` did.",
    api_token: ApiToken,
    "The API token as it is now; null when it was refused."
);
