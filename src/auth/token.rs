//! API tokens: random, shown once, stored as a hash.
//!
//! SHA-256 is enough and fast: a token has 256 bits of its own, so there is nothing to guess that a slow hash would
//! protect (argon2 is for passwords, which people choose). Not here: who may make, see and revoke them (`members`).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::api_token;
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{Context, Error, Result};

/// What every API token begins with, so that secret scanners and people recognise one.
pub const TOKEN_PREFIX: &str = "sb_";
/// Characters kept to recognise a token by: the prefix and 48 bits, far too few to guess the rest from.
const SHOWN_LEN: usize = 11;

/// A token to be made.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The organisation.
    pub org_id: Uuid,
    /// The member it acts as.
    pub member_id: Uuid,
    /// What people call it.
    pub name: Option<String>,
    /// When it stops working; never when none.
    pub expires_at: Option<DateTime<Utc>>,
    /// The member who makes it; none for the operator of the process.
    pub created_by: Option<Uuid>,
}

/// A token just made: the only time it is whole.
pub struct NewToken {
    /// The whole token. Not stored anywhere.
    pub secret: String,
    /// What is stored.
    pub row: api_token::Model,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewToken").field("id", &self.row.id).finish_non_exhaustive()
    }
}

/// Makes a token.
///
/// # Errors
/// The database's own failure, or a system without randomness.
pub async fn create_token(tx: &impl ConnectionTrait, now: DateTime<Utc>, request: TokenRequest) -> Result<NewToken> {
    let mut random = [0_u8; 32];
    OsRng.try_fill_bytes(&mut random).map_err(|error| Error::caused("asking the system for randomness", error))?;
    let secret = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
    let row = api_token::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(request.org_id),
        member_id: Set(request.member_id),
        token_hash: Set(hash(&secret)),
        prefix: Set(secret.chars().take(SHOWN_LEN).collect()),
        created_at: Set(now),
        expires_at: Set(request.expires_at),
        revoked_at: Set(None),
        name: Set(request.name),
        last_used_at: Set(None),
        created_by: Set(request.created_by),
    };
    let row = row.insert(tx).await.doing("storing a token")?;
    Ok(NewToken { secret, row })
}

/// What a token is looked up by.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
